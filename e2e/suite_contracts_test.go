// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

func (s *suite) submitContract(t *testing.T) {
	t.Helper()
	use := connection(amberID, s.amber.pair, providerID, service)
	publish := publication(providerID, amberID, "loket")
	for i, grant := range []fsc.Grant{
		use, publish, publishedFor(publish, berylID), behalf(use, berylID), offeredFor(use, berylID), behalf(offeredFor(use, berylID), consumerID),
	} {
		s.run(t, fmt.Sprintf("Manager-SubmitContract-%d", i+1), func(t *testing.T) {
			c := draft(t, nil, grant)
			jws := s.amber.sign(t, c, fsc.SignatureTypeAccept)
			s.created(t, s.amber.api(t, s.provider.peer, http.MethodPost, "/contracts", submission(c.Raw(), jws)))
			s.stored(t, s.amber, c, fsc.SignatureTypeAccept, jws)
		})
	}
	s.run(t, "Manager-SubmitContract-7", func(t *testing.T) {
		c := draft(t, nil, use)
		s.outsider.submit(t, s.provider.peer, c).refusedByManager(t, fsc.CodeSubmittingPeerNotPartOfContract, 422)
		s.notStored(t, c)
	})
	s.run(t, "Manager-SubmitContract-8", func(t *testing.T) {
		c := draft(t, nil, use, publish)
		s.amber.submit(t, s.provider.peer, c).refusedByManager(t, fsc.CodeGrantCombinationNotAllowed, 422)
		s.notStored(t, c)
	})
	s.run(t, "Manager-SubmitContract-9", func(t *testing.T) {
		c := draft(t, func(d *fsc.Draft) { d.GroupID = "another-group" }, use)
		s.amber.submit(t, s.provider.peer, c).refusedByManager(t, fsc.CodeIncorrectGroupID, 422)
		s.notStored(t, c)
	})
	s.run(t, "Manager-SubmitContract-10", func(t *testing.T) {
		c := draft(t, nil, use)
		raw := bytes.Replace(c.Raw(), []byte("HASH_ALGORITHM_SHA3_512"), []byte("HASH_ALGORITHM_SHA2_256"), 1)
		a := s.amber.api(t, s.provider.peer, http.MethodPost, "/contracts", submission(raw, s.amber.sign(t, c, fsc.SignatureTypeAccept)))
		a.refusedByManager(t, fsc.CodeUnknownHashAlgorithmHash, 422)
		s.notStored(t, c)
	})
	for i, by := range []*foreign{s.beryl, s.amber} {
		s.run(t, fmt.Sprintf("Manager-SubmitContract-%d", i+11), func(t *testing.T) {
			c := draft(t, nil, connection(by.peer.ID, by.pair, providerID, service))
			jws := by.sign(t, c, fsc.SignatureTypeAccept)
			if alg := algorithm(t, jws); alg != []string{"RS256", "ES256"}[i] {
				t.Fatalf("the test signs with %s", alg)
			}
			s.created(t, by.api(t, s.provider.peer, http.MethodPost, "/contracts", submission(c.Raw(), jws)))
			s.stored(t, by, c, fsc.SignatureTypeAccept, jws)
		})
	}
}

// created checks a success without a body.
func (f *federation) created(t *testing.T, a answer) {
	t.Helper()
	if a.status != http.StatusCreated || len(a.body) != 0 {
		t.Fatalf("want 201 without a body, got %d %s", a.status, a.body)
	}
}

// putSignature has the seven or nine tests that accept, reject and revoke share.
func (s *suite) putSignature(t *testing.T, name string, kind fsc.SignatureType) {
	t.Helper()
	id := func(n int) string { return fmt.Sprintf("Manager-%s-%d", name, n) }
	other := fsc.SignatureTypeReject
	if kind == other {
		other = fsc.SignatureTypeAccept
	}
	// proposed gives a contract that waits for somebody else than the provider.
	proposed := func(t *testing.T, by, waiting *foreign) *fsc.Content {
		c := draft(t, nil, behalf(connection(by.peer.ID, by.pair, providerID, service), waiting.peer.ID))
		s.created(t, by.submit(t, s.provider.peer, c))
		return c
	}
	good := func(n int, by, waiting *foreign) {
		s.run(t, id(n), func(t *testing.T) {
			c := proposed(t, by, waiting)
			jws := waiting.sign(t, c, kind)
			s.created(t, waiting.putRaw(t, s.provider.peer, kind, c.Hash(), c, jws))
			s.stored(t, waiting, c, kind, jws)
			if want := map[fsc.SignatureType]fsc.ContractState{
				fsc.SignatureTypeAccept: fsc.StateValid, fsc.SignatureTypeReject: fsc.StateRejected, fsc.SignatureTypeRevoke: fsc.StateRevoked,
			}[kind]; true {
				s.inState(t, s.provider, c.Hash(), want)
			}
		})
	}
	bad := func(n int, code fsc.ErrorCode, by *foreign, jws func(t *testing.T, c *fsc.Content) string) {
		s.run(t, id(n), func(t *testing.T) {
			c := proposed(t, s.amber, s.beryl)
			by.putRaw(t, s.provider.peer, kind, c.Hash(), c, jws(t, c)).refusedByManager(t, code, 422)
			s.unsigned(t, c, kind, by)
		})
	}
	good(1, s.amber, s.beryl)
	bad(2, fsc.CodeSubmittingPeerNotPartOfContract, s.outsider, func(t *testing.T, c *fsc.Content) string { return s.outsider.sign(t, c, kind) })
	bad(3, fsc.CodeSignatureVerificationFailed, s.beryl, func(*testing.T, *fsc.Content) string { return "dit is geen handtekening" })
	bad(4, fsc.CodeSignatureContractContentHashMismatch, s.beryl, func(t *testing.T, c *fsc.Content) string {
		return s.beryl.sign(t, draft(t, nil, c.Grants...), kind)
	})
	bad(5, fsc.CodeSignatureVerificationFailed, s.beryl, func(t *testing.T, c *fsc.Content) string { return s.beryl.sign(t, c, other) })
	s.run(t, id(6), func(t *testing.T) {
		c := proposed(t, s.amber, s.beryl)
		path := draft(t, nil, c.Grants...).Hash()
		s.beryl.putRaw(t, s.provider.peer, kind, path, c, s.beryl.sign(t, c, kind)).refusedByManager(t, fsc.CodeURLPathContentHashMismatch, 422)
		s.unsigned(t, c, kind, s.beryl)
	})
	bad(7, fsc.CodeUnknownAlgorithmSignature, s.beryl, func(t *testing.T, c *fsc.Content) string {
		return s.beryl.forge(t, "PS256", contractClaims(c.Hash(), kind))
	})
	if kind == fsc.SignatureTypeAccept {
		good(8, s.amber, s.beryl)
		good(9, s.beryl, s.amber)
	}
}

// unsigned checks that a refused signature left no trace.
func (f *federation) unsigned(t *testing.T, c *fsc.Content, kind fsc.SignatureType, by *foreign) {
	t.Helper()
	got, ok := f.amber.find(t, f.provider.peer, c)
	if !ok {
		t.Fatal("the contract is gone")
	}
	if jws, ok := got.Signatures[string(kind)][string(by.peer.ID)]; ok {
		t.Errorf("the signature was stored: %s", jws)
	}
	if inside, err := f.provider.door.ShowContract(t.Context(), c.Hash()); err != nil || inside.State != fsc.StateProposed {
		t.Errorf("state %s, %v", inside.State, err)
	}
}

func contractClaims(h fsc.ContentHash, kind fsc.SignatureType) map[string]any {
	return map[string]any{"contract_content_hash": h, "type": kind, "signed_at": time.Now().Unix()}
}

func (s *suite) listContracts(t *testing.T) {
	t.Helper()
	list := func(t *testing.T, by *foreign) string {
		a := by.api(t, s.provider.peer, http.MethodGet, "/contracts?limit=1000&grant_type=GRANT_TYPE_SERVICE_CONNECTION", nil)
		if a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		return string(a.body)
	}
	s.run(t, "Manager-Contracts-1", func(t *testing.T) {
		c := s.validContract(t, s.amber, nil, connection(amberID, s.amber.pair, providerID, service))
		if !bytes.Contains([]byte(list(t, s.amber)), c.Raw()) {
			t.Error("the list lacks a contract of the caller")
		}
	})
	s.run(t, "Manager-Contracts-2", func(t *testing.T) {
		c := s.validContract(t, s.amber, nil, connection(amberID, s.amber.pair, providerID, service))
		for _, by := range []*foreign{s.beryl, s.outsider} {
			if bytes.Contains([]byte(list(t, by)), []byte(c.IV)) {
				t.Errorf("Peer %s sees a contract of others", by.peer.ID)
			}
			if _, ok := by.find(t, s.provider.peer, c); ok {
				t.Errorf("Peer %s finds a contract of others by its grant", by.peer.ID)
			}
		}
	})
}

// listing is a service in a Directory.
type listing struct {
	Data struct {
		Type string `json:"type"`
		Name string `json:"name"`
		Peer struct {
			ID             string `json:"id"`
			ManagerAddress string `json:"manager_address"`
		} `json:"peer"`
		Protocol  string `json:"protocol"`
		Delegator struct {
			PeerID string `json:"peer_id"`
		} `json:"delegator"`
		Properties json.RawMessage `json:"properties"`
	} `json:"data"`
}

func (s *suite) services(t *testing.T, name string) []listing {
	t.Helper()
	a := s.outsider.api(t, s.provider.peer, http.MethodGet, "/services?service_name="+url.QueryEscape(name), nil)
	var v struct {
		Services []listing `json:"services"`
	}
	if err := json.Unmarshal(a.body, &v); err != nil || a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	return v.Services
}

func (s *suite) listServices(t *testing.T) {
	t.Helper()
	const properties = `{"documentatie":"https://example.nl/api","versies":[1,2.50]}`
	s.run(t, "Manager-Services-1", func(t *testing.T) {
		s.validContract(t, s.amber, nil, publication(providerID, amberID, "open-data"))
		got := s.services(t, "open-data")
		if len(got) != 1 || got[0].Data.Type != "SERVICE_TYPE_SERVICE" || got[0].Data.Peer.ID != string(amberID) ||
			got[0].Data.Peer.ManagerAddress != s.amber.peer.ManagerAddress || got[0].Data.Protocol != string(fsc.ProtocolHTTP11) || got[0].Data.Properties != nil {
			t.Errorf("listed: %+v", got)
		}
	})
	s.run(t, "Manager-Services-2", func(t *testing.T) {
		c := draft(t, nil, publishedFor(publication(providerID, amberID, "gedelegeerd"), berylID))
		s.created(t, s.amber.submit(t, s.provider.peer, c))
		if got := s.services(t, "gedelegeerd"); len(got) != 0 {
			t.Errorf("listed before the delegator accepted: %+v", got)
		}
		s.created(t, s.beryl.put(t, s.provider.peer, fsc.SignatureTypeAccept, c))
		got := s.services(t, "gedelegeerd")
		if len(got) != 1 || got[0].Data.Type != "SERVICE_TYPE_DELEGATED_SERVICE" || got[0].Data.Delegator.PeerID != string(berylID) {
			t.Errorf("listed: %+v", got)
		}
	})
	s.run(t, "Manager-Services-3", func(t *testing.T) {
		s.validContract(t, s.amber, nil, withProperties(publication(providerID, amberID, "met-eigenschappen"), properties))
		if got := s.services(t, "met-eigenschappen"); len(got) != 1 || string(got[0].Data.Properties) != properties {
			t.Errorf("listed: %+v", got)
		}
	})
	s.run(t, "Manager-Services-4", func(t *testing.T) {
		s.validContract(t, s.amber, []*foreign{s.beryl}, withProperties(publishedFor(publication(providerID, amberID, "beide"), berylID), properties))
		if got := s.services(t, "beide"); len(got) != 1 || string(got[0].Data.Properties) != properties || got[0].Data.Delegator.PeerID != string(berylID) {
			t.Errorf("listed: %+v", got)
		}
	})
}
