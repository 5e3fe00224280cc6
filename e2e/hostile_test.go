// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// TestHostilePeers sends what no honest Peer sends. Whatever it is, the answer
// is a clear error or a closed connection, nothing of it is kept, and nothing of
// it goes on running inside the node.
func TestHostilePeers(t *testing.T) {
	f := newFederation(t)
	f.callInway(t, f.inwayToken(t), newTransactionID(t))
	before, _ := goroutines()
	t.Run("bodies", f.hostileBodies)
	t.Run("grants", f.hostileGrants)
	t.Run("headers of Managers", f.hostileAddresses)
	t.Run("signatures", f.hostileSignatures)
	t.Run("key sets", f.hostileKeySets)
	t.Run("certificates", f.hostileCertificates)
	t.Run("tokens", f.hostileTokens)
	t.Run("smuggling", f.hostileBytes)
	t.Run("applications", f.hostileApplications)
	t.Run("nothing goes on running", func(t *testing.T) {
		for _, p := range []*foreign{f.amber, f.beryl, f.outsider} {
			p.client.CloseIdleConnections()
		}
		f.application.CloseIdleConnections()
		t.Cleanup(func() {
			if t.Failed() {
				_, stacks := goroutines()
				t.Log(stacks)
			}
		})
		eventually(t, fmt.Sprintf("goroutines are as few as the %d before", before), func() bool {
			now, _ := goroutines()
			return now <= before
		})
	})
}

// goroutines counts those that run, without the three of each connection that the
// nodes keep with each other: how many of these there are depends on what happened
// at the same time.
func goroutines() (n int, stacks string) {
	b := make([]byte, 4<<20)
	stacks = string(b[:runtime.Stack(b, true)])
	return strings.Count(stacks, "\ngoroutine ") + 1 - 3*strings.Count(stacks, "net/http.(*persistConn).readLoop("), stacks
}

// contracts counts what the provider keeps.
func (f *federation) contracts(t *testing.T) int {
	t.Helper()
	cs, err := f.provider.door.ListContracts(t.Context(), 1000, "")
	if err != nil {
		t.Fatal(err)
	}
	return len(cs)
}

// hostileBodies sends what isn't a contract at all.
func (f *federation) hostileBodies(t *testing.T) {
	use := connection(amberID, f.amber.pair, providerID, service)
	c := draft(t, nil, use)
	jws := f.amber.sign(t, c, fsc.SignatureTypeAccept)
	good := string(submission(c.Raw(), jws))
	change := func(before, after string) string {
		if !strings.Contains(good, before) {
			t.Fatalf("the test changes %s, which isn't there", before)
		}
		return strings.Replace(good, before, after, 1)
	}
	number := func(v string) string { return change(fmt.Sprintf(`"created_at":%d`, c.CreatedAt), `"created_at":`+v) }
	properties := func(v string) string { return change(`"data":{`, `"data":{"properties":`+v+`,`) }
	for name, body := range map[string]string{
		"nothing":                         "",
		"half an object":                  good[:len(good)/2],
		"an array":                        "[" + good + "]",
		"something behind it":             good + "{}",
		"a byte order mark":               "\uFEFF" + good,
		"a name twice":                    change(`"signature":`, `"signature":"x","signature":`),
		"a name twice in the content":     change(`"iv":`, `"iv":"x","iv":`),
		"a name twice, once escaped":      change(`"iv":`, `"\u0069v":"x","iv":`),
		"a name in another case":          change(`"iv":`, `"IV":`),
		"an unknown name":                 change(`"signature":`, `"extra":1,"signature":`),
		"an unknown name in the content":  change(`"iv":`, `"extra":1,"iv":`),
		"an unknown name in a grant":      change(`"data":{`, `"data":{"extra":1,`),
		"a number beyond all":             number("1e400"),
		"a number that a double can't do": number("9007199254740993"),
		"a negative time":                 number("-1"),
		"a broken time":                   number("1.5"),
		"a time as text":                  number(`"1"`),
		"a time that is null":             number("null"),
		"grants that aren't a list":       change(`"grants":[`, `"grants":{},"x":[`),
		"an empty grant":                  change(`"grants":[`, `"grants":[{},`),
		"a grant that is null":            change(`"grants":[`, `"grants":[null,`),
		"properties that are a list":      properties("[]"),
		"properties that are null":        properties("null"),
		"a lone surrogate":                properties(`{"a":"\ud800"}`),
		"bytes that aren't UTF-8":         properties("{\"a\":\"\xff\"}"),
		"a hundred levels":                properties(strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)),
		"a content that is text":          `{"contract_content":"x","signature":"x"}`,
		"a signature that is a number":    `{"contract_content":{},"signature":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			n := f.contracts(t)
			f.amber.api(t, f.provider.peer, http.MethodPost, "/contracts", []byte(body)).refusedByManager(t, fsc.CodeInvalidRequest, 400)
			if f.contracts(t) != n {
				t.Error("something was kept")
			}
		})
	}
	t.Run("another media type", func(t *testing.T) {
		h := http.Header{"Content-Type": {"text/plain"}, "Fsc-Manager-Address": {f.amber.peer.ManagerAddress}}
		mustSend(t, f.amber.client, http.MethodPost, f.provider.peer.ManagerAddress+"/v1/contracts", h, []byte(good)).
			refusedByManager(t, fsc.CodeInvalidRequest, 415)
	})
}

// hostileGrants sends contracts that are well written and mean nothing good.
func (f *federation) hostileGrants(t *testing.T) {
	use := connection(amberID, f.amber.pair, providerID, service)
	for name, grants := range map[string][]fsc.Grant{
		"properties of 2 MB":       {withProperties(use, `{"a":"`+strings.Repeat("x", 2<<20)+`"}`)},
		"the same grant twice":     {use, use},
		"a service name with path": {connection(amberID, f.amber.pair, providerID, "../geheim")},
		"no grants":                {},
	} {
		t.Run(name, func(t *testing.T) {
			bad := draft(t, nil, grants...)
			code := fsc.CodeContractValidationFailed
			if len(grants) == 0 {
				code = fsc.CodeSubmittingPeerNotPartOfContract
			}
			f.amber.submit(t, f.provider.peer, bad).refusedByManager(t, code, 422)
			f.notStored(t, bad)
		})
	}
	t.Run("the same iv with other content", func(t *testing.T) {
		first := f.validContract(t, f.amber, nil, use)
		second := draft(t, func(d *fsc.Draft) { d.IV = first.IV }, behalf(use, berylID))
		f.amber.submit(t, f.provider.peer, second).refusedByManager(t, fsc.CodeContractValidationFailed, 422)
		f.notStored(t, second)
		f.stored(t, f.amber, first, fsc.SignatureTypeAccept, "")
	})
	t.Run("the same contract again", func(t *testing.T) {
		again := f.validContract(t, f.amber, nil, use)
		n := f.contracts(t)
		f.created(t, f.amber.submit(t, f.provider.peer, again))
		if f.contracts(t) != n {
			t.Error("it is kept twice")
		}
	})
}

func (f *federation) hostileAddresses(t *testing.T) {
	address := func(t *testing.T) string {
		a := f.outsider.api(t, f.provider.peer, http.MethodGet, "/peers?peer_id="+string(amberID), nil)
		return string(a.body)
	}
	known := address(t)
	if !strings.Contains(known, f.amber.peer.ManagerAddress) {
		t.Fatalf("amber's address is not known: %s", known)
	}
	for name, values := range map[string][]string{
		"none":                   nil,
		"two":                    {f.amber.peer.ManagerAddress, f.amber.peer.ManagerAddress},
		"plain http":             {strings.Replace(f.amber.peer.ManagerAddress, "https", "http", 1)},
		"a path":                 {f.amber.peer.ManagerAddress + "/v1"},
		"a user":                 {strings.Replace(f.amber.peer.ManagerAddress, "localhost", "a@localhost", 1)},
		"no port":                {"https://localhost"},
		"another Peer's Manager": {f.beryl.peer.ManagerAddress},
		"the Manager asked":      {f.provider.peer.ManagerAddress},
		"nobody":                 {"https://localhost:1"},
		"300 characters":         {"https://" + strings.Repeat("a", 300) + ":8443"},
	} {
		t.Run("announce with "+name, func(t *testing.T) {
			a := mustSend(t, f.amber.client, http.MethodPut, f.provider.peer.ManagerAddress+"/v1/announce", http.Header{"Fsc-Manager-Address": values}, nil)
			a.refusedByManager(t, fsc.CodeInvalidRequest, 400)
			if got := address(t); got != known {
				t.Errorf("the address is now %s", got)
			}
		})
	}
	t.Run("submit with another Peer's Manager", func(t *testing.T) {
		c := draft(t, nil, connection(amberID, f.amber.pair, providerID, service))
		h := http.Header{"Content-Type": {"application/json"}, "Fsc-Manager-Address": {f.beryl.peer.ManagerAddress}}
		body := submission(c.Raw(), f.amber.sign(t, c, fsc.SignatureTypeAccept))
		mustSend(t, f.amber.client, http.MethodPost, f.provider.peer.ManagerAddress+"/v1/contracts", h, body)
		if got := address(t); got != known {
			t.Errorf("the address is now %s", got)
		}
	})
	t.Run("headers of 100 kB", func(t *testing.T) {
		h := http.Header{"X-Ballast": {strings.Repeat("x", 100_000)}}
		for _, base := range []string{f.provider.peer.ManagerAddress + "/v1/peer", f.provider.inway + "/", f.consumer.outway + "/"} {
			a, err := send(f.amber.client, http.MethodGet, base, h, nil)
			if err == nil && a.status != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("%s answers %d", base, a.status)
			}
		}
	})
}

func (f *federation) hostileSignatures(t *testing.T) {
	use := behalf(connection(amberID, f.amber.pair, providerID, service), berylID)
	first, second := draft(t, nil, use), draft(t, nil, use)
	for _, c := range []*fsc.Content{first, second} {
		f.created(t, f.amber.submit(t, f.provider.peer, c))
	}
	accept := f.beryl.sign(t, first, fsc.SignatureTypeAccept)
	put := func(t *testing.T, by *foreign, kind fsc.SignatureType, c *fsc.Content, jws string, code fsc.ErrorCode) {
		t.Helper()
		by.putRaw(t, f.provider.peer, kind, c.Hash(), c, jws).refusedByManager(t, code, 422)
		f.unsigned(t, c, kind, f.beryl)
	}
	t.Run("an accept replayed on another contract", func(t *testing.T) {
		put(t, f.beryl, fsc.SignatureTypeAccept, second, accept, fsc.CodeSignatureContractContentHashMismatch)
	})
	t.Run("an accept replayed as a revoke", func(t *testing.T) {
		put(t, f.beryl, fsc.SignatureTypeRevoke, first, accept, fsc.CodeSignatureVerificationFailed)
	})
	t.Run("an accept brought by somebody else", func(t *testing.T) {
		f.amber.serveKeys(f.amber.pair, f.beryl.pair)
		defer f.amber.serveKeys(f.amber.pair)
		put(t, f.amber, fsc.SignatureTypeAccept, first, accept, fsc.CodePeerIDSignatureMismatch)
	})
	t.Run("an accept from the future", func(t *testing.T) {
		jws, err := fsc.Sign(f.beryl.signer, first.Hash(), fsc.SignatureTypeAccept, time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		put(t, f.beryl, fsc.SignatureTypeAccept, first, jws, fsc.CodeSignatureVerificationFailed)
	})
	for _, alg := range []string{"none", "HS256", "PS256"} {
		t.Run("algorithm "+alg, func(t *testing.T) {
			put(t, f.beryl, fsc.SignatureTypeAccept, first, f.beryl.forge(t, alg, contractClaims(first.Hash(), fsc.SignatureTypeAccept)), fsc.CodeUnknownAlgorithmSignature)
		})
	}
	t.Run("an accept replayed after the revoke", func(t *testing.T) {
		f.created(t, f.beryl.putRaw(t, f.provider.peer, fsc.SignatureTypeAccept, first.Hash(), first, accept))
		f.inState(t, f.provider, first.Hash(), fsc.StateValid)
		f.created(t, f.amber.put(t, f.provider.peer, fsc.SignatureTypeRevoke, first))
		f.beryl.putRaw(t, f.provider.peer, fsc.SignatureTypeAccept, first.Hash(), first, accept)
		f.amber.submit(t, f.provider.peer, first)
		if c, err := f.provider.door.ShowContract(t.Context(), first.Hash()); err != nil || c.State != fsc.StateRevoked {
			t.Errorf("state %s, %v", c.State, err)
		}
	})
}
