// SPDX-License-Identifier: EUPL-1.2

package deed_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

func TestASignatureTellsWhoSignedWhat(t *testing.T) {
	w := newWorld(t)
	c := w.content(w.draft())
	for _, keyType := range []string{localca.ECDSAP256, localca.ECDSAP384, localca.RSA2048} {
		m := w.member(town, keyType)
		s, err := m.signer.Sign(deed.Statement{DeedHash: c.Hash(), Act: deed.Accept, Role: "buyer", MandateHash: c.Hash(), SignedAt: day.Unix()})
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Judge(c, m.chain, w.anchors, deed.Receipt{})
		if err != nil {
			t.Fatal(err)
		}
		want := deed.Signed{Statement: s.Statement, Signer: town, KeyThumbprint: m.pair.PublicKeyThumbprint()}
		if got != want || got.Act != deed.Accept || got.Role != "buyer" || got.MandateHash != c.Hash() {
			t.Errorf("got %+v", got)
		}
	}
}

// A deed and a contract are signed with the same key. Whoever has one signature
// must not be able to show it as the other.
func TestNoSignatureOfADeedIsOneOfAContractOrTheReverse(t *testing.T) {
	w := newWorld(t)
	m := w.member(town, "")
	c := w.content(w.draft())
	contracts, err := fsc.NewSigner(m.pair.Key, m.chain[0])
	if err != nil {
		t.Fatal(err)
	}
	feed := deed.NewFeed(c.Hash())
	_, feed, err = feed.Append(deed.EntryDeed, c.Hash(), day.Unix())
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := m.signer.Checkpoint(feed, day.Unix())
	if err != nil {
		t.Fatal(err)
	}
	for _, jws := range []string{w.sign(m, c, deed.Accept, "buyer").JWS, checkpoint.JWS} {
		if _, err := fsc.ParseSignature(jws); err == nil {
			t.Error("passes as the signature of a contract")
		}
		if _, err := fsc.ParseToken(jws); err == nil {
			t.Error("passes as a token")
		}
	}
	// The other way around, even for a contract hash that looks like that of a deed.
	contract, err := fsc.Sign(contracts, fsc.ContentHash(c.Hash()), fsc.SignatureTypeAccept, day)
	if err != nil {
		t.Fatal(err)
	}
	_, err = deed.ParseSignature(contract)
	wantCode(t, err, deed.CodeSignature, "typ")
	_, err = deed.ParseCheckpoint(contract)
	wantCode(t, err, deed.CodeSignature, "typ")
	// A checkpoint isn't the signature of a deed either.
	_, err = deed.ParseSignature(checkpoint.JWS)
	wantCode(t, err, deed.CodeSignature, "typ")
	_, err = deed.ParseCheckpoint(w.sign(m, c, deed.Accept, "buyer").JWS)
	wantCode(t, err, deed.CodeSignature, "typ")
	// And their hashes can't be mixed up.
	if err := fsc.ContentHash(c.Hash()).Validate(); err == nil {
		t.Error("the hash of a deed passes as that of a contract")
	}
	if _, err := deed.Hash("$1$1$" + strings.Repeat("A", 86)).Type(); err == nil {
		t.Error("the hash of a contract passes as that of a deed")
	}
}

func TestASignatureDoesNotHoldFor(t *testing.T) {
	w := newWorld(t)
	m, stranger := w.member(town, ""), w.member(town, "")
	c, another := w.content(w.draft()), w.content(w.draft())
	foreign := w.draft()
	foreign.GroupID = "another-group"
	s := w.sign(m, c, deed.Accept, "buyer")

	_, err := s.Judge(another, m.chain, w.anchors, deed.Receipt{})
	wantCode(t, err, deed.CodeHash, "another deed")
	_, err = s.Judge(c, stranger.chain, w.anchors, deed.Receipt{})
	wantCode(t, err, deed.CodeCertificate, "isn't the one")
	_, err = s.Judge(c, nil, w.anchors, deed.Receipt{})
	wantCode(t, err, deed.CodeLimit, "chain")
	_, err = s.Judge(c, m.chain, newWorld(t).anchors, deed.Receipt{})
	wantCode(t, err, deed.CodeCertificate, "trusted")
	f := w.content(foreign)
	_, err = w.sign(m, f, deed.Accept, "buyer").Judge(f, m.chain, w.anchors, deed.Receipt{})
	wantCode(t, err, deed.CodeCertificate, "trusted")

	forged := w.sign(stranger, c, deed.Accept, "buyer").JWS
	parts, own := strings.Split(forged, "."), strings.Split(s.JWS, ".")
	mixed, err := deed.ParseSignature(own[0] + "." + own[1] + "." + parts[2])
	if err != nil {
		t.Fatal(err)
	}
	_, err = mixed.Judge(c, m.chain, w.anchors, deed.Receipt{})
	wantCode(t, err, deed.CodeSignature, "doesn't match")
}

// A certificate is judged when the secretariat received the signature: what was
// signed well stays signed, and an old certificate can't sign anew.
func TestTheReceiptDecidesWhichCertificateCounts(t *testing.T) {
	w := newWorld(t)
	m := w.member(town, "")
	c := w.content(w.draft())
	s := w.sign(m, c, deed.Accept, "buyer")
	receipt := deed.Receipt{Dossier: c.Hash(), Number: 2, At: day.Add(time.Hour).Unix()}
	if _, err := s.Judge(c, m.chain, w.anchors, receipt); err != nil {
		t.Errorf("received while the certificate was valid: %v", err)
	}
	receipt.At = m.pair.Leaf().NotAfter.Add(time.Second).Unix()
	_, err := s.Judge(c, m.chain, w.anchors, receipt)
	wantCode(t, err, deed.CodeCertificate, "at that time")
	receipt.At = day.Add(-61 * time.Second).Unix()
	_, err = s.Judge(c, m.chain, w.anchors, receipt)
	wantCode(t, err, deed.CodeSignature, "ahead")
}

type revoking struct{ anchors }

func (r revoking) Identify(g fsc.GroupID, chain [][]byte, at time.Time) (deed.Identity, error) {
	id, err := r.anchors.Identify(g, chain, at)
	id.Revoked = true
	return id, err
}

func TestARevokedKeyIsToldAndTheSignatureStands(t *testing.T) {
	w := newWorld(t)
	m := w.member(town, "")
	c := w.content(w.draft())
	got, err := w.sign(m, c, deed.Accept, "buyer").Judge(c, m.chain, revoking{w.anchors}, deed.Receipt{})
	if err != nil || !got.KeyRevoked {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestPayloadOfASignatureRefuses(t *testing.T) {
	w := newWorld(t)
	m := w.member(town, "")
	raw, err := fsc.NewStatementSigner(m.pair.Key, m.chain[0], "collective-deed+jws")
	if err != nil {
		t.Fatal(err)
	}
	h := string(w.content(w.draft()).Hash())
	good := `{"deed_hash":"` + h + `","act":"accept","role":"buyer","signed_at":1}`
	for _, c := range []struct{ name, old, with string }{
		{"an unknown member", `{`, `{"x":1,`},
		{"a member twice", `{`, `{"act":"accept",`},
		{"the payload key of a contract", "deed_hash", "contract_content_hash"},
		{"the hash of a contract", "$1$110$", "$1$1$"},
		{"no act", `"act":"accept",`, ``},
		{"an act that doesn't exist", `"accept"`, `"agree"`},
		{"no role", `"role":"buyer",`, ``},
		{"a role in capitals", `"buyer"`, `"BUYER"`},
		{"no time", `,"signed_at":1`, ``},
		{"a negative time", `"signed_at":1`, `"signed_at":-1`},
		{"a fraction", `"signed_at":1`, `"signed_at":1.5`},
		{"an empty mandate", `"role"`, `"mandate_hash":"","role"`},
		{"a null", `"role"`, `"mandate_hash":null,"role"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			jws, err := raw.Sign([]byte(replace(t, good, c.old, c.with)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := deed.ParseSignature(jws); err == nil {
				t.Error("was accepted")
			}
		})
	}
	if _, err := deed.ParseSignature(strings.Repeat("x", deed.MaxSignature+1)); deed.CodeOf(err) != deed.CodeLimit {
		t.Errorf("too large: %v", err)
	}
	if _, err := m.signer.Sign(deed.Statement{DeedHash: deed.Hash(h), Act: "agree", Role: "buyer"}); err == nil {
		t.Error("signed what nobody can read")
	}
}

func TestErrorsKeepTheirCause(t *testing.T) {
	_, err := deed.Parse([]byte(`{"a":`))
	syntax, ok := errors.AsType[*deed.Error](err)
	if !ok || syntax.Cause == nil || strings.Contains(syntax.Detail, syntax.Cause.Error()) {
		t.Errorf("got %#v", err)
	}
	if deed.CodeOf(json.Unmarshal([]byte("{"), new(int))) != deed.CodeMalformed {
		t.Error("a strange error has no code")
	}
}
