// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

// council buys centrally under a dossier that office keeps.
const council = fsc.PeerID("00000099000000000005")

// signed is a call-off that both have signed while the purchasing body is away.
func (c *circle) signed(buyer fsc.PeerID, f, in deed.Hash, quantity int64) deed.Hash {
	c.t.Helper()
	o, err := c.callOff(buyer, f, in, quantity)
	fatal(c.t, err)
	c.settle()
	fatal(c.t, c.at(maker).Sign(c.t.Context(), o, accept(dossier.RoleSupplier)))
	c.settle()
	return o
}

// back lets the purchasing body return, with all that waited on either side.
func (c *circle) back() {
	c.t.Helper()
	delete(c.cut, council)
	c.pass(time.Hour)
	c.settle()
	c.settle()
}

func (c *circle) lotOf(f deed.Hash) (committed, reserved int64) {
	c.t.Helper()
	view, err := c.at(office).View(c.t.Context(), f)
	fatal(c.t, err)
	l, err := collective.LedgerOf(view, f)
	fatal(c.t, err)
	return l.Lots()[0].Committed, l.Lots()[0].Escrowed
}

func TestABuyerDrawsAloneWhileThePurchasingBodyIsAway(t *testing.T) {
	c := newCircle(t, office, council, maker, duinwijk)
	f := c.bought(council, 1000, duinwijk)
	in, err := c.accede(duinwijk, f, 500, 300)
	fatal(t, err)
	c.settle()
	c.cut[council] = true
	o := c.signed(duinwijk, f, in, 200)
	if s := c.state(duinwijk, o); s.State != "signed" || len(s.Overlays) != 0 {
		t.Fatalf("it is %s %v", s.State, s.Overlays)
	}
	v, err := c.at(duinwijk).View(t.Context(), f)
	fatal(t, err)
	if left, enough, err := collective.OwnLeft(v, o); err != nil || left != 300 || !enough {
		t.Errorf("%d left, enough %v, %v", left, enough, err)
	}
	own, err := c.at(duinwijk).DrawAlone(t.Context(), o)
	fatal(t, err)
	again, err := c.at(duinwijk).DrawAlone(t.Context(), o) // tried again before the keeper has it
	fatal(t, err)
	if again != own {
		t.Error("the same is drawn twice")
	}
	c.settle()
	for _, p := range []fsc.PeerID{office, maker, duinwijk} {
		if s := c.state(p, o); fmt.Sprint(s.Overlays) != "[allocated]" {
			t.Errorf("%s sees %s %v", p, s.State, s.Overlays)
		}
	}
	if a, err := c.at(maker).CallOff(t.Context(), string(o)); err != nil || a.Ended != "" {
		t.Errorf("the supplier lets nothing through: %+v, %v", a, err)
	}
	c.wantOwnDraw(f, o, own, false)
	if again, err = c.at(duinwijk).DrawAlone(t.Context(), o); again != own || err != nil {
		t.Errorf("once more made %q: %v", again, err)
	}
	rest := c.signed(duinwijk, f, in, 200)
	if _, err := c.at(duinwijk).DrawAlone(t.Context(), rest); !refusedFor(err, "maximum_reached") {
		t.Errorf("drew more than was reserved: %v", err)
	}
	c.back()
	c.everywhere(o, "signed", "allocated")
	c.everywhere(rest, "signed", "allocated") // from the pool
	c.wantOwnDraw(f, o, own, true)
	if committed, reserved := c.lotOf(f); committed != 400 || reserved != 0 {
		t.Errorf("the ledger has %d and %d", committed, reserved)
	}
}

func refusedFor(err error, want rule.ReasonCode) bool {
	r, ok := errors.AsType[*collective.Refusal](err)
	return ok && r.Code == want
}

func (c *circle) wantOwnDraw(f, o, own deed.Hash, settled bool) {
	c.t.Helper()
	v, err := c.at(duinwijk).View(c.t.Context(), f)
	fatal(c.t, err)
	if got := collective.OwnDrawOf(v, o); got.Deed != own || got.Settled != settled {
		c.t.Errorf("the own draw is %+v", got)
	}
}

func TestOnlyTheBuyerDrawsAloneAndOneAtATime(t *testing.T) {
	c := newCircle(t, office, council, maker, duinwijk)
	f := c.bought(council, 1000, duinwijk)
	in, err := c.accede(duinwijk, f, 500, 300)
	fatal(t, err)
	c.settle()
	c.cut[council] = true
	first, second := c.signed(duinwijk, f, in, 100), c.signed(duinwijk, f, in, 100)
	if _, err := c.at(maker).DrawAlone(t.Context(), first); !refusedFor(err, rule.ReasonNotAParty) {
		t.Errorf("the supplier drew: %v", err)
	}
	if _, err := c.at(duinwijk).DrawAlone(t.Context(), in); !refusedFor(err, collective.CodeUnknown) {
		t.Errorf("drew an accession: %v", err)
	}
	_, err = c.at(duinwijk).DrawAlone(t.Context(), first)
	fatal(t, err)
	if _, err := c.at(duinwijk).DrawAlone(t.Context(), second); !refusedFor(err, collective.CodeOwnNumber) {
		t.Errorf("two are under way: %v", err)
	}
	c.settle()
	_, err = c.at(duinwijk).DrawAlone(t.Context(), second)
	fatal(t, err)
	c.back()
	c.everywhere(first, "signed", "allocated")
	c.everywhere(second, "signed", "allocated")
}

func TestAnOwnDrawThatIsAskedForAtTheSameMomentIsMadeOnce(t *testing.T) {
	c := newCircle(t, office, council, maker, duinwijk)
	f := c.bought(council, 1000, duinwijk)
	in, err := c.accede(duinwijk, f, 500, 300)
	fatal(t, err)
	c.settle()
	c.cut[council] = true
	o := c.signed(duinwijk, f, in, 100)
	var made [8]deed.Hash
	var errs [len(made)]error
	var all sync.WaitGroup
	for i := range made {
		all.Go(func() { made[i], errs[i] = c.at(duinwijk).DrawAlone(t.Context(), o) })
	}
	all.Wait()
	for i := range made {
		if errs[i] != nil || made[i] == "" || made[i] != made[0] {
			t.Errorf("ask %d made %q, ask 0 %q: %v", i, made[i], made[0], errs[i])
		}
	}
	states, err := c.at(duinwijk).States(t.Context(), collective.StateFilter{Types: []deed.Type{dossier.TypeOwnDraw}})
	fatal(t, err)
	if len(states) != 1 {
		t.Errorf("there are %d own draws, want 1", len(states))
	}
	c.back()
	c.everywhere(o, "signed", "allocated")
}

func TestADeskDrawsAloneAfterItHasWaited(t *testing.T) {
	c := newCircle(t, office, council, maker, duinwijk)
	c.desks[duinwijk] = c.patient(duinwijk)
	f := c.bought(council, 1000, duinwijk)
	in, err := c.accede(duinwijk, f, 500, 300)
	fatal(t, err)
	c.settle()
	c.cut[council] = true
	o, more := c.signed(duinwijk, f, in, 200), c.signed(duinwijk, f, in, 200)
	fatal(t, c.at(duinwijk).DrawOverdue(t.Context()))
	c.settle()
	if s := c.state(duinwijk, o); len(s.Overlays) != 0 {
		t.Errorf("drawn at once: %v", s.Overlays)
	}
	c.unreleased = errUnreleased // it follows from call-offs that were released
	c.pass(collective.DrawAloneAfter)
	for range 3 { // a node that starts again looks again
		fatal(t, c.at(duinwijk).DrawOverdue(t.Context()))
		c.settle()
	}
	drawn := 0
	for _, h := range []deed.Hash{o, more} {
		drawn += len(c.state(duinwijk, h).Overlays)
	}
	if drawn != 1 {
		t.Errorf("%d are drawn from a reservation for one", drawn)
	}
	c.unreleased = nil
	c.back()
	c.everywhere(o, "signed", "allocated")
	c.everywhere(more, "signed", "allocated")
}

// A purchasing body that was away until after the entry window settles what was
// drawn alone in time, before it closes the window.
func TestAPurchasingBodyThatComesBackAfterTheWindowSettlesFirst(t *testing.T) {
	c := newCircle(t, office, council, maker, duinwijk)
	f := c.bought(council, 1000, duinwijk)
	in, err := c.accede(duinwijk, f, 500, 300)
	fatal(t, err)
	c.settle()
	c.cut[council] = true
	o := c.signed(duinwijk, f, in, 200)
	_, err = c.at(duinwijk).DrawAlone(t.Context(), o)
	fatal(t, err)
	c.settle()
	c.pass(201 * 24 * time.Hour) // the window is over
	c.back()
	c.everywhere(o, "signed", "allocated")
	if committed, reserved := c.lotOf(f); committed != 200 || reserved != 0 {
		t.Errorf("the ledger has %d and %d", committed, reserved)
	}
}

// TestAnEntryWindowClosesByTheClock: no deed comes in at its end.
func TestAnEntryWindowClosesByTheClock(t *testing.T) {
	c := newCircle(t, office, council, maker, duinwijk)
	f := c.bought(council, 1000, duinwijk)
	_, err := c.accede(duinwijk, f, 500, 300)
	fatal(t, err)
	c.settle()
	if _, reserved := c.lotOf(f); reserved != 300 {
		t.Fatalf("%d are reserved", reserved)
	}
	c.pass(201 * 24 * time.Hour)
	c.settle()
	if _, reserved := c.lotOf(f); reserved != 0 {
		t.Errorf("the window is over, and %d are still reserved", reserved)
	}
}

// patient gives a member a desk that draws alone when the purchasing body lets it
// wait.
func (c *circle) patient(id fsc.PeerID) *collective.Desk {
	c.t.Helper()
	db, err := store.OpenSQLite(c.t.Context(), empty.Dir(c.t), slog.New(slog.DiscardHandler))
	fatal(c.t, err)
	c.t.Cleanup(func() { _ = db.Close() })
	d, err := collective.New(collective.Config{
		Self: id, Group: deskGroup, Store: db.Collective(), Keys: c.seal(id), Table: c.table,
		Authority: collective.Anchors{Group: deskGroup, Trusted: func() *pki.Anchors { return c.trusted }},
		Remote:    post{c, id}, Follow: []fsc.PeerID{office}, Now: c.now, Logger: slog.New(slog.DiscardHandler),
		DrawAloneAfter: collective.DrawAloneAfter, Released: func(context.Context) error { return c.unreleased },
	})
	fatal(c.t, err)
	return d
}

// TestBuyersThatDrawAloneAllAtOnceEndExact has 84 buyers of one framework call
// off at the same moment, of which those with a reservation draw alone while the
// purchasing body is away, each twice; then it returns and all settles exact.
func TestBuyersThatDrawAloneAllAtOnceEndExact(t *testing.T) {
	if testing.Short() {
		t.Skip("not in the loop while you work; make test runs it")
	}
	const units, each, buyers = 39_000, 500, 84
	c := newCircle(t, office, council, maker)
	var eligible []fsc.PeerID
	for i := range buyers {
		eligible = append(eligible, fsc.PeerID(fmt.Sprintf("0000009900000030%04d", i)))
	}
	f := c.bought(council, units, eligible...)
	keys, entered := map[fsc.PeerID]seal{}, map[fsc.PeerID]*deed.Content{}
	for i, id := range eligible {
		reserved := int64(0)
		if i%3 == 0 {
			reserved = each
		}
		keys[id] = c.seal(id)
		entered[id] = c.draft(id, deed.Draft{
			Type: dossier.TypeAccession, Parents: []deed.Hash{f}, Rule: deed.Rule{Kind: deed.RuleOne},
			Parties: []deed.Party{{PeerID: id, Role: dossier.RoleBuyer}},
			Body:    body(t, dossier.Accession{Lots: []dossier.Reservation{{Lot: "1", Need: each, Reserved: reserved}}}),
		})
		fatal(t, c.hand(entered[id], keys[id], deed.Accept, dossier.RoleBuyer, id))
	}
	c.settle()
	c.cut[council] = true
	supplier := c.seal(maker)
	var g errgroup.Group
	var mu sync.Mutex
	alone, offers := []deed.Hash{}, []deed.Hash{}
	for i, id := range eligible {
		g.Go(func() error {
			o := c.callOffDraft(id, f, entered[id].Hash(), each)
			if err := errors.Join(c.hand(o, keys[id], deed.Accept, dossier.RoleBuyer, id), c.hand(o, supplier, deed.Accept, dossier.RoleSupplier, maker)); err != nil {
				return err
			}
			mu.Lock()
			offers = append(offers, o.Hash())
			if i%3 == 0 {
				alone = append(alone, o.Hash())
			}
			mu.Unlock()
			for range 2 * (1 - min(i%3, 1)) { // a second try, made by a node that lost the first
				if err := c.hand(c.ownDraft(id, f, o), keys[id], deed.Accept, dossier.RoleBuyer, id); err != nil {
					return err
				}
			}
			return nil
		})
	}
	fatal(t, g.Wait())
	c.settle()
	wantLive(t, c, f, alone, len(alone))
	c.back()
	wantLive(t, c, f, alone, len(alone))
	wantLive(t, c, f, offers, units/each)
	if committed, reserved := c.lotOf(f); committed != units || reserved != 0 {
		t.Errorf("the ledger ends with %d called off and %d reserved", committed, reserved)
	}
}

func (c *circle) ownDraft(buyer fsc.PeerID, f deed.Hash, o *deed.Content) *deed.Content {
	call, err := dossier.ReadCallOff(o)
	if err != nil {
		c.t.Error(err)
	}
	h := string(o.Hash())
	return c.draft(buyer, deed.Draft{
		Type: dossier.TypeOwnDraw, Parents: []deed.Hash{f, o.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: buyer, Role: dossier.RoleBuyer}},
		Body: body(c.t, dossier.OwnDraw{Command: dossier.Command{
			Request: "d/" + h, Kind: "draw", Lot: call.Lot, Buyer: string(buyer), CallOff: h, Quantity: call.Quantity, Local: 1,
		}}),
	})
}

func wantLive(t *testing.T, c *circle, f deed.Hash, of []deed.Hash, want int) {
	t.Helper()
	view, err := c.at(office).View(t.Context(), f)
	fatal(t, err)
	live := 0
	for _, o := range of {
		if s, _ := view.Status(o); collective.CallOffState(s) == collective.WordLive {
			live++
		}
	}
	if live != want {
		t.Errorf("%d of %d call-offs are live, want %d", live, len(of), want)
	}
}
