// SPDX-License-Identifier: EUPL-1.2

package verify_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/verify"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// The Group of these tests: a secretariat that buys centrally, a supplier and a
// buyer. They are fictitious.
const (
	group  = fsc.GroupID("example-group")
	office = fsc.PeerID("00000099000000000001")
	maker  = fsc.PeerID("00000099000000000002")
	town   = fsc.PeerID("00000099000000000003")
	day    = int64(86400)
)

// opening is the moment the tests play at.
var opening = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// world makes dossiers by hand, as a keeper could that means no good.
type world struct {
	t       testing.TB
	ca      *localca.CA
	signers map[fsc.PeerID]*deed.Signer
	chains  map[fsc.PeerID][][]byte
	ids     byte
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, signers: map[fsc.PeerID]*deed.Signer{}, chains: map[fsc.PeerID][][]byte{}}
	var err error
	w.ca, err = localca.New(opening)
	w.must(err)
	for _, id := range []fsc.PeerID{office, maker, town} {
		issued, err := w.ca.Issue(localca.Request{PeerID: id, Name: "Organisatie " + string(id)})
		w.must(err)
		pair, err := issued.KeyPair()
		w.must(err)
		for _, c := range pair.Chain {
			w.chains[id] = append(w.chains[id], c.Raw)
		}
		w.signers[id], err = deed.NewSigner(pair.Key, w.chains[id][0])
		w.must(err)
	}
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) verifier() *verify.Verifier {
	w.t.Helper()
	v, err := verify.New(verify.Config{Group: group, Anchors: [][]byte{w.ca.AnchorPEM()}})
	w.must(err)
	return v
}

func (w *world) deed(d deed.Draft, body any) *deed.Content {
	w.t.Helper()
	raw, err := json.Marshal(body)
	w.must(err)
	w.ids++
	d.ID, d.GroupID, d.IssuedAt, d.Body = deed.NewID(opening.UnixMilli(), [10]byte{w.ids}), group, opening.Unix(), raw
	d.NotBefore = opening.Unix()
	c, err := d.Content()
	w.must(err)
	return c
}

func (w *world) mantel() *deed.Content {
	now := opening.Unix()
	return w.deed(deed.Draft{
		Type: dossier.TypeFramework, NotAfter: now + 700*day, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{
			{PeerID: office, Role: deed.Secretariat}, {PeerID: office, Role: dossier.RolePurchasingBody}, {PeerID: maker, Role: dossier.RoleSupplier},
		},
	}, dossier.Framework{
		Name: "Webdiensten burgerzaken", Published: now - 90*day, TailDays: 30, Eligible: []fsc.PeerID{town},
		Windows: []dossier.Window{{From: now - day, Until: now + 200*day}},
		Lots: []dossier.Lot{{
			ID: "1", Name: "Verhuizing doorgeven", Unit: "meldingen", MaximumQuantity: 1000, MaximumValue: 100_000,
			Suppliers: []fsc.PeerID{maker}, Services: []string{"verhuizing-doorgeven"},
		}},
	})
}

// process is a deed with a dossier of its own that leans on the framework.
func (w *world) process(f *deed.Content) *deed.Content {
	return w.deed(deed.Draft{
		Type: dossier.TypeProcess, Parents: []deed.Hash{f.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne, Role: dossier.RoleSteward},
		Parties: []deed.Party{{PeerID: office, Role: deed.Secretariat}, {PeerID: office, Role: dossier.RoleSteward}},
	}, dossier.Process{Code: "P29", Name: "Verhuizing doorgeven"})
}

func (w *world) sign(c *deed.Content, by fsc.PeerID, r deed.Role) *deed.Signature {
	w.t.Helper()
	s, err := w.signers[by].Sign(deed.Statement{DeedHash: c.Hash(), Act: deed.Accept, Role: r, SignedAt: opening.Unix()})
	w.must(err)
	return s
}

// file is a dossier of one deed with its signatures, received in this order.
func (w *world) file(c *deed.Content, signatures ...*deed.Signature) []byte {
	w.t.Helper()
	d := deed.Dossier{Root: c.Hash(), Deeds: []*deed.Content{c}, Signatures: signatures}
	head := deed.NewFeed(c.Hash())
	take := func(kind deed.EntryKind, subject deed.Hash) {
		e, next, err := head.Append(kind, subject, opening.Unix())
		w.must(err)
		d.Entries, head = append(d.Entries, e), next
	}
	take(deed.EntryDeed, c.Hash())
	for _, s := range signatures {
		take(deed.EntrySignature, s.Hash())
	}
	for _, id := range []fsc.PeerID{office, maker} {
		d.Chains = append(d.Chains, w.chains[id])
	}
	cp, err := w.signers[office].Checkpoint(head, opening.Unix())
	w.must(err)
	d.Checkpoints = []*deed.Checkpoint{cp}
	raw, err := d.Raw()
	w.must(err)
	return raw
}
