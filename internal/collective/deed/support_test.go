// SPDX-License-Identifier: EUPL-1.2

package deed_test

import (
	"crypto/x509"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

const (
	group       = fsc.GroupID("example-group")
	secretariat = fsc.PeerID("00000099000000000001")
	town        = fsc.PeerID("00000099000000000002")
	village     = fsc.PeerID("00000099000000000003")
	founding    = deed.Type(110)
)

// day is the moment the tests play at, in Unix seconds.
var day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// anchors judges certificates as a node does: a chain to an anchor, and the
// organisation in the subject.
type anchors struct{ trusted *pki.Anchors }

func (a anchors) Identify(g fsc.GroupID, chain [][]byte, at time.Time) (deed.Identity, error) {
	if g != group {
		return deed.Identity{}, fmt.Errorf("no anchors of Group %s", g)
	}
	var certs []*x509.Certificate
	for _, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return deed.Identity{}, err
		}
		certs = append(certs, c)
	}
	if _, err := a.trusted.Verify(certs, at, x509.ExtKeyUsageAny); err != nil {
		return deed.Identity{}, err
	}
	p, err := pki.IdentityRule{}.Peer(certs[0])
	return deed.Identity{PeerID: p.ID, PublicKey: certs[0].PublicKey}, err
}

type member struct {
	id     fsc.PeerID
	signer *deed.Signer
	chain  [][]byte
	pair   *pki.KeyPair
}

type world struct {
	t       testing.TB
	anchors anchors
	ca      *localca.CA
	ids     byte
}

func newWorld(t testing.TB) *world {
	t.Helper()
	ca, err := localca.New(day)
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := pki.LoadAnchors(ca.AnchorPEM())
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, ca: ca, anchors: anchors{trusted}}
}

func (w *world) member(id fsc.PeerID, keyType string) *member {
	w.t.Helper()
	issued, err := w.ca.Issue(localca.Request{PeerID: id, Name: "Organisatie " + string(id), KeyType: keyType})
	if err != nil {
		w.t.Fatal(err)
	}
	pair, err := issued.KeyPair()
	if err != nil {
		w.t.Fatal(err)
	}
	m := &member{id: id, pair: pair}
	for _, c := range pair.Chain {
		m.chain = append(m.chain, c.Raw)
	}
	if m.signer, err = deed.NewSigner(pair.Key, m.chain[0]); err != nil {
		w.t.Fatal(err)
	}
	return m
}

// draft is a deed that founds a dossier, signed by the town alone.
func (w *world) draft() *deed.Draft {
	w.ids++
	return &deed.Draft{
		Type: founding, ID: deed.NewID(day.UnixMilli(), [10]byte{w.ids}), GroupID: group,
		IssuedAt: day.Unix(), NotBefore: day.Unix(), NotAfter: day.AddDate(1, 0, 0).Unix(),
		Parties: []deed.Party{{PeerID: town, Role: "buyer"}, {PeerID: secretariat, Role: deed.Secretariat}},
		Rule:    deed.Rule{Kind: deed.RuleOne, Role: "buyer"}, Body: []byte(`{"title":"Verhuizing doorgeven"}`),
	}
}

func (w *world) content(d *deed.Draft) *deed.Content {
	w.t.Helper()
	c, err := d.Content()
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) sign(m *member, c *deed.Content, a deed.Act, role deed.Role) *deed.Signature {
	w.t.Helper()
	s, err := m.signer.Sign(deed.Statement{DeedHash: c.Hash(), Act: a, Role: role, SignedAt: day.Unix()})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func wantCode(t testing.TB, err error, code deed.Code, part string) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error, want %s about %q", code, part)
	}
	if deed.CodeOf(err) != code || !strings.Contains(err.Error(), part) {
		t.Fatalf("got %s: %v, want %s about %q", deed.CodeOf(err), err, code, part)
	}
}

// replace edits a text and fails when there is nothing to edit.
func replace(t testing.TB, s, old, with string) string {
	t.Helper()
	if !strings.Contains(s, old) {
		t.Fatalf("%q is not in %.300s", old, s)
	}
	return strings.Replace(s, old, with, 1)
}
