// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

// The Group of the desks in these tests: a secretariat that keeps the dossiers
// and buys centrally, a supplier, and buyers.
const (
	deskGroup = fsc.GroupID("example-group")
	office    = fsc.PeerID("00000099000000000001")
	maker     = fsc.PeerID("00000099000000000002")
	duinwijk  = fsc.PeerID("00000099000000000003")
	veenhoven = fsc.PeerID("00000099000000000004")
)

var opening = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// circle is a Group of desks that reach each other.
type circle struct {
	t       testing.TB
	ca      *localca.CA
	trusted *pki.Anchors
	table   *rule.Table
	clock   atomic.Int64
	desks   map[fsc.PeerID]*collective.Desk
	cut     map[fsc.PeerID]bool // that can't be reached
	logs    map[fsc.PeerID]*book
	// unreleased is what a person hears who signs at a desk; nil: it is signed.
	unreleased error
}

// facts is the register, read once for all tests: reading takes longer than most.
var facts = sync.OnceValues(register.Load)

func newCircle(t testing.TB, members ...fsc.PeerID) *circle {
	t.Helper()
	ca, err := localca.New(opening)
	fatal(t, err)
	trusted, err := pki.LoadAnchors(ca.AnchorPEM())
	fatal(t, err)
	reg, err := facts()
	fatal(t, err)
	table, err := collective.NewTable(reg)
	fatal(t, err)
	c := &circle{t: t, ca: ca, trusted: trusted, table: table, desks: map[fsc.PeerID]*collective.Desk{}, cut: map[fsc.PeerID]bool{}, logs: map[fsc.PeerID]*book{}}
	c.clock.Store(opening.Unix())
	for _, id := range members {
		c.join(id)
	}
	return c
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (c *circle) now() time.Time                   { return time.Unix(c.clock.Load(), 0).UTC() }
func (c *circle) pass(d time.Duration)             { c.clock.Add(int64(d / time.Second)) }
func (c *circle) at(p fsc.PeerID) *collective.Desk { return c.desks[p] }

// join gives a member a desk with a store of its own.
func (c *circle) join(id fsc.PeerID) *collective.Desk {
	c.t.Helper()
	db, err := store.OpenSQLite(c.t.Context(), empty.Dir(c.t), slog.New(slog.DiscardHandler))
	fatal(c.t, err)
	c.t.Cleanup(func() { _ = db.Close() })
	c.logs[id] = &book{LogStore: db.Log()}
	d, err := collective.New(collective.Config{
		Self: id, Group: deskGroup, Calls: c.logs[id], Partner: post{c, id}, Store: db.Collective(), Keys: c.seal(id), Table: c.table,
		Authority: collective.Anchors{Group: deskGroup, Trusted: func() *pki.Anchors { return c.trusted }},
		Remote:    post{c, id}, Follow: []fsc.PeerID{office}, Now: c.now, Logger: slog.New(slog.DiscardHandler),
		Released: func(context.Context) error { return c.unreleased },
	})
	fatal(c.t, err)
	c.desks[id] = d
	return d
}

// seal is the key of a member.
type seal struct {
	signer *deed.Signer
	chain  [][]byte
}

func (s seal) DeedSigner() (*deed.Signer, [][]byte, error) { return s.signer, s.chain, nil }

func (c *circle) seal(id fsc.PeerID) seal {
	c.t.Helper()
	issued, err := c.ca.Issue(localca.Request{PeerID: id, Name: "Organisatie " + string(id), NotAfter: opening.AddDate(1, 0, 0)})
	fatal(c.t, err)
	pair, err := issued.KeyPair()
	fatal(c.t, err)
	var s seal
	for _, cert := range pair.Chain {
		s.chain = append(s.chain, cert.Raw)
	}
	s.signer, err = deed.NewSigner(pair.Key, s.chain[0])
	fatal(c.t, err)
	return s
}

// post brings deeds from one desk to another, as the layer does in a node.
type post struct {
	circle *circle
	self   fsc.PeerID
}

func (p post) Put(ctx context.Context, to fsc.PeerID, it collective.Item) error {
	if p.circle.cut[to] || p.circle.cut[p.self] {
		return errors.New("no connection")
	}
	err := p.circle.desks[to].Receive(ctx, p.self, it)
	if r, ok := errors.AsType[*collective.Refusal](err); ok {
		return &collective.Refused{Code: string(r.Code), Detail: r.Detail}
	}
	return err
}

func (p post) Feed(ctx context.Context, keeper fsc.PeerID, after int64, _ time.Duration) (collective.Batch, error) {
	if p.circle.cut[keeper] || p.circle.cut[p.self] {
		return collective.Batch{}, errors.New("no connection")
	}
	return p.circle.desks[keeper].Feed(ctx, p.self, after, 1000)
}

func (p post) Witness(ctx context.Context, with fsc.PeerID, seen []collective.SignedCheckpoint) ([]collective.SignedCheckpoint, error) {
	return p.circle.desks[with].Witness(ctx, p.self, seen)
}

// settle lets everything travel until nothing changes any more.
func (c *circle) settle() {
	c.t.Helper()
	for range 4 {
		for _, d := range c.desks {
			fatal(c.t, d.Deliver(c.t.Context()))
			fatal(c.t, d.Fold(c.t.Context()))
		}
		for id, d := range c.desks {
			if id != office && !c.cut[id] && !c.cut[office] {
				fatal(c.t, d.Catch(c.t.Context(), office))
				fatal(c.t, d.Fold(c.t.Context()))
			}
		}
	}
}

func body(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	fatal(t, err)
	return raw
}

func accept(r deed.Role) collective.Act { return collective.Act{Act: deed.Accept, Role: r} }
func revoke(r deed.Role) collective.Act { return collective.Act{Act: deed.Revoke, Role: r} }

// mantel concludes a framework for web services, with one lot of so many units.
func (c *circle) mantel(units int64, eligible ...fsc.PeerID) deed.Hash {
	c.t.Helper()
	return c.bought(office, units, eligible...)
}

// bought is such a framework of this purchasing body, under a dossier that office keeps.
func (c *circle) bought(by fsc.PeerID, units int64, eligible ...fsc.PeerID) deed.Hash {
	c.t.Helper()
	now := c.now().Unix()
	f := dossier.Framework{
		Name: "Webdiensten burgerzaken", Published: now - 90*day, TailDays: 30, Eligible: eligible,
		Windows: []dossier.Window{{From: now - day, Until: now + 200*day}},
		Lots: []dossier.Lot{{
			ID: "1", Name: "Verhuizing doorgeven", Unit: "meldingen", MaximumQuantity: units, MaximumValue: 100_000_000,
			Suppliers: []fsc.PeerID{maker}, Services: []string{"verhuizing-doorgeven"},
		}},
	}
	h, err := c.at(by).Propose(c.t.Context(), deed.Draft{
		Type: dossier.TypeFramework, NotBefore: now, NotAfter: now + 700*day, Body: body(c.t, f), Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{
			{PeerID: office, Role: deed.Secretariat}, {PeerID: by, Role: dossier.RolePurchasingBody}, {PeerID: maker, Role: dossier.RoleSupplier},
		},
	}, accept(dossier.RolePurchasingBody))
	fatal(c.t, err)
	c.settle()
	fatal(c.t, c.at(maker).Sign(c.t.Context(), h, accept(dossier.RoleSupplier)))
	c.settle()
	return h
}

const day = int64(86400)

// accede joins a framework.
func (c *circle) accede(buyer fsc.PeerID, framework deed.Hash, need, reserved int64) (deed.Hash, error) {
	return c.at(buyer).Propose(c.t.Context(), deed.Draft{
		Type: dossier.TypeAccession, Parents: []deed.Hash{framework}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: buyer, Role: dossier.RoleBuyer}},
		Body:    body(c.t, dossier.Accession{Lots: []dossier.Reservation{{Lot: "1", Need: need, Reserved: reserved}}}),
	}, accept(dossier.RoleBuyer))
}

// callOff offers a call-off to the supplier.
func (c *circle) callOff(buyer fsc.PeerID, framework, accession deed.Hash, quantity int64) (deed.Hash, error) {
	return c.at(buyer).Propose(c.t.Context(), deed.Draft{
		Type: dossier.TypeCallOff, Parents: []deed.Hash{framework, accession}, Rule: deed.Rule{Kind: deed.RuleAll},
		NotAfter: c.now().Unix() + 365*day,
		Parties:  []deed.Party{{PeerID: buyer, Role: dossier.RoleBuyer}, {PeerID: maker, Role: dossier.RoleSupplier}},
		Body:     body(c.t, dossier.CallOff{Lot: "1", Quantity: quantity, Value: quantity * 100, Services: []string{"verhuizing-doorgeven"}}),
	}, accept(dossier.RoleBuyer))
}

// state tells how a desk sees a deed.
func (c *circle) state(p fsc.PeerID, h deed.Hash) *collective.State {
	c.t.Helper()
	s, err := c.at(p).State(c.t.Context(), h)
	if err != nil {
		c.t.Fatalf("state at %s: %v", p, err)
	}
	return s
}

// everywhere checks that all desks see a deed alike.
func (c *circle) everywhere(h deed.Hash, want rule.State, overlays ...string) {
	c.t.Helper()
	for id := range c.desks {
		if s := c.state(id, h); s.State != want || fmt.Sprint(s.Overlays) != fmt.Sprint(overlays) {
			status, _ := c.at(id).Status(c.t.Context(), h)
			c.t.Errorf("%s sees %s %v, want %s %v; reasons %v notes %v", id, s.State, s.Overlays, want, overlays, status.Reasons, status.Notes)
		}
	}
}
