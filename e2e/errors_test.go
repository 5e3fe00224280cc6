// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"bytes"
	"crypto/x509/pkix"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// neverSent are codes that a node only has to understand, with the reason.
var neverSent = map[fsc.ErrorCode]string{
	fsc.CodePeerNotPartOfContract:        "Core 1.x; 2.0 says which of the two Peers isn't",
	fsc.CodeIncorrectPublicKeyThumbprint: "for keys of other kinds than RSA and ECDSA, with which no connection comes about",
}

// provocation makes a node give an error.
type provocation struct {
	code    fsc.ErrorCode
	domain  fsc.ErrorDomain
	status  int
	provoke func(t *testing.T) answer
}

// TestErrorCodes provokes every code of package fsc from outside.
func TestErrorCodes(t *testing.T) {
	t.Parallel()
	f := newFederation(t)
	all := append(f.contractErrors(), f.requestErrors()...)
	all = append(all, f.inwayErrors()...)
	all = append(all, f.outwayErrors(t)...)
	all = append(all, f.policyErrors()...)
	all = append(all, f.diskErrors(t)...)
	covered := map[fsc.ErrorCode]bool{}
	for _, p := range all {
		covered[p.code] = true
		t.Run(string(p.code)+"/"+string(p.domain), func(t *testing.T) {
			p.provoke(t).refused(t, p.code, p.status, p.domain)
		})
	}
	for _, code := range declaredCodes(t) {
		if _, never := neverSent[code]; covered[code] == never {
			t.Errorf("%s: provoked %v, listed as never sent %v", code, covered[code], never)
		}
	}
}

// declaredCodes reads the codes from the source of package fsc.
func declaredCodes(t *testing.T) []fsc.ErrorCode {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../fsc/errors.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var codes []fsc.ErrorCode
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Code") {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, fsc.ErrorCode(text))
		}
		return true
	})
	if len(codes) < 30 {
		t.Fatalf("found only %d codes", len(codes))
	}
	return codes
}

// contractErrors are refusals of a submitted contract.
func (f *federation) contractErrors() []provocation {
	use := connection(amberID, f.amber.pair, providerID, service)
	// submitted posts content with a signature by amber; both may be spoilt.
	submitted := func(t *testing.T, change func(*fsc.Draft), raw func([]byte) []byte, jws func(c *fsc.Content) string) answer {
		c := draft(t, change, use)
		content, signature := c.Raw(), f.amber.sign(t, c, fsc.SignatureTypeAccept)
		if raw != nil {
			content = raw(content)
		}
		if jws != nil {
			signature = jws(c)
		}
		return f.amber.api(t, f.provider.peer, http.MethodPost, "/contracts", submission(content, signature))
	}
	replaced := func(before, after string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.Replace(b, []byte(before), []byte(after), 1) }
	}
	simple := func(code fsc.ErrorCode, change func(*fsc.Draft), raw func([]byte) []byte, jws func(t *testing.T, c *fsc.Content) string) provocation {
		return provocation{code, fsc.DomainManager, 422, func(t *testing.T) answer {
			if jws == nil {
				return submitted(t, change, raw, nil)
			}
			return submitted(t, change, raw, func(c *fsc.Content) string { return jws(t, c) })
		}}
	}
	return []provocation{
		simple(fsc.CodeIncorrectGroupID, func(d *fsc.Draft) { d.GroupID = "elders" }, nil, nil),
		simple(fsc.CodeUnknownHashAlgorithmHash, nil, replaced("SHA3_512", "SHA3_999"), nil),
		simple(fsc.CodeUnknownFSCVersion, nil, replaced(`"2.0.0"`, `"9.0.0"`), nil),
		simple(fsc.CodeContractValidationFailed, func(d *fsc.Draft) { d.NotAfter = time.Now().Add(-time.Second) }, nil, nil),
		simple(fsc.CodeGrantCombinationNotAllowed, func(d *fsc.Draft) { d.Grants = append(d.Grants, publication(providerID, amberID, "loket")) }, nil, nil),
		simple(fsc.CodeReceivingPeerNotPartOfContract, func(d *fsc.Draft) { d.Grants = []fsc.Grant{connection(amberID, f.amber.pair, berylID, service)} }, nil, nil),
		simple(fsc.CodeSubmittingPeerNotPartOfContract, func(d *fsc.Draft) { d.Grants = []fsc.Grant{connection(berylID, f.beryl.pair, providerID, service)} }, nil, nil),
		simple(fsc.CodeSignatureContractContentHashMismatch, nil, nil, func(t *testing.T, _ *fsc.Content) string {
			return f.amber.sign(t, draft(t, nil, use), fsc.SignatureTypeAccept)
		}),
		simple(fsc.CodeUnknownAlgorithmSignature, nil, nil, func(t *testing.T, c *fsc.Content) string {
			return f.amber.forge(t, "HS256", contractClaims(c.Hash(), fsc.SignatureTypeAccept))
		}),
		simple(fsc.CodeSignatureVerificationFailed, nil, nil, func(t *testing.T, c *fsc.Content) string {
			jws := f.amber.sign(t, c, fsc.SignatureTypeAccept)
			another := f.amber.sign(t, draft(t, nil, use), fsc.SignatureTypeAccept)
			return jws[:strings.LastIndex(jws, ".")] + another[strings.LastIndex(another, "."):]
		}),
		simple(fsc.CodePeerIDSignatureMismatch, nil, nil, func(t *testing.T, c *fsc.Content) string {
			f.amber.serveKeys(f.amber.pair, f.beryl.pair)
			return f.beryl.sign(t, c, fsc.SignatureTypeAccept)
		}),
		{fsc.CodeURLPathContentHashMismatch, fsc.DomainManager, 422, func(t *testing.T) answer {
			c := draft(t, nil, use)
			return f.amber.putRaw(t, f.provider.peer, fsc.SignatureTypeReject, draft(t, nil, use).Hash(), c, f.amber.sign(t, c, fsc.SignatureTypeReject))
		}},
		{fsc.CodePeerCertificateVerificationFailed, fsc.DomainManager, 400, func(t *testing.T) answer {
			nobody := f.odd.issue(t, pkix.Name{Organization: []string{"Zonder nummer"}})
			f.amber.serveKeys(f.amber.pair, nobody)
			signer, err := fsc.NewSigner(nobody.Key, nobody.Leaf().Raw)
			if err != nil {
				t.Fatal(err)
			}
			c := draft(t, nil, use)
			jws, err := fsc.Sign(signer, c.Hash(), fsc.SignatureTypeAccept, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			return f.amber.api(t, f.provider.peer, http.MethodPost, "/contracts", submission(c.Raw(), jws))
		}},
	}
}
