// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/pki"
)

func TestOfTwoWhoWantTheLastUnitsOneGetsThemAndOneAReason(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk, veenhoven)
	f := c.mantel(100, duinwijk, veenhoven)
	var offers []deed.Hash
	for _, buyer := range []fsc.PeerID{duinwijk, veenhoven} {
		a, err := c.accede(buyer, f, 100, 0)
		fatal(t, err)
		c.settle()
		o, err := c.callOff(buyer, f, a, 100)
		fatal(t, err)
		offers = append(offers, o)
	}
	c.settle()
	for _, o := range offers {
		fatal(t, c.at(maker).Sign(t.Context(), o, accept(dossier.RoleSupplier)))
	}
	c.settle()
	c.everywhere(offers[0], "signed", "allocated") // the supplier signed it first
	c.everywhere(offers[1], rule.Refused)
	if s, err := c.at(veenhoven).Status(t.Context(), offers[1]); err != nil || s.Reasons[0].Code != "maximum_reached" || !strings.Contains(s.Reasons[0].Detail, "0 could") {
		t.Errorf("the reason is %+v, %v", s.Reasons, err)
	}
	c.everywhere(f, "exhausted", "used_100")
	if _, err := c.callOff(veenhoven, f, c.first(veenhoven, dossier.TypeAccession), 1); err == nil {
		t.Error("a call-off under an exhausted framework was offered")
	}
}

// first gives the first deed of a type of which a Peer is a party.
func (c *circle) first(p fsc.PeerID, typ deed.Type) deed.Hash {
	c.t.Helper()
	all, err := c.at(p).States(c.t.Context(), collective.StateFilter{Types: []deed.Type{typ}, Party: p})
	fatal(c.t, err)
	if len(all) == 0 {
		c.t.Fatalf("%s has no deed of type %d", p, typ)
	}
	return all[len(all)-1].Deed
}

func TestADeedWaitsWhileItsKeeperIsAway(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk)
	f := c.mantel(100, duinwijk)
	c.cut[office] = true
	a, err := c.accede(duinwijk, f, 50, 0)
	fatal(t, err)
	c.settle()
	if s := c.state(duinwijk, a); s.State != "requested" {
		t.Errorf("an accession without a receipt is %s", s.State)
	}
	waiting, err := c.at(duinwijk).Deliveries(t.Context())
	fatal(t, err)
	if len(waiting) != 2 || waiting[0].Problem == "" || waiting[0].Refused {
		t.Errorf("the outbox tells %+v", waiting)
	}
	delete(c.cut, office)
	c.pass(time.Hour)
	c.settle()
	c.everywhere(a, "effective")
	if waiting, err = c.at(duinwijk).Deliveries(t.Context()); err != nil || len(waiting) != 0 {
		t.Errorf("still on its way: %v %v", waiting, err)
	}
}

func TestARevokeStopsBeforeItsReceipt(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk)
	o := c.live(duinwijk, 10)
	c.cut[office] = true
	fatal(t, c.at(duinwijk).Sign(t.Context(), o, revoke(dossier.RoleBuyer)))
	if got, err := c.at(duinwijk).CallOff(t.Context(), string(o)); err != nil || got.Ended == "" {
		t.Errorf("a call-off that its buyer has ended is %+v, %v", got, err)
	}
}

// live brings a call-off of a buyer to life.
func (c *circle) live(buyer fsc.PeerID, quantity int64) deed.Hash {
	c.t.Helper()
	f := c.mantel(1000, buyer)
	a, err := c.accede(buyer, f, quantity, quantity)
	fatal(c.t, err)
	c.settle()
	o, err := c.callOff(buyer, f, a, quantity)
	fatal(c.t, err)
	c.settle()
	fatal(c.t, c.at(maker).Sign(c.t.Context(), o, accept(dossier.RoleSupplier)))
	c.settle()
	c.everywhere(o, "signed", "allocated")
	return o
}

func TestWhatCantHaveItsEffectIsRefusedBeforeItIsSent(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk, veenhoven)
	f := c.mantel(100, duinwijk)
	for name, try := range map[string]func() error{
		"not_eligible":     func() error { _, err := c.accede(veenhoven, f, 10, 0); return err },
		"over_reservation": func() error { _, err := c.accede(duinwijk, f, 10, 13); return err },
		"unknown_deed":     func() error { return c.at(duinwijk).Sign(t.Context(), deedThatIsNowhere, accept(dossier.RoleBuyer)) },
		"not_a_party":      func() error { return c.at(veenhoven).Sign(t.Context(), f, accept(dossier.RoleSupplier)) },
	} {
		refusal, ok := errors.AsType[*collective.Refusal](try())
		if !ok || !strings.Contains(fmt.Sprint(refusal.Code, refusal.Reasons), name) {
			t.Errorf("%s: got %+v", name, refusal)
		}
	}
	if waiting, err := c.at(veenhoven).Deliveries(t.Context()); err != nil || len(waiting) != 0 {
		t.Errorf("sent all the same: %v %v", waiting, err)
	}
}

const deedThatIsNowhere = deed.Hash("$1$110$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA")

func TestAKeeperTakesOnlyWhatBelongsWithIt(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk)
	f := c.mantel(100, duinwijk)
	raw, err := c.at(office).Deed(t.Context(), f)
	fatal(t, err)
	signatures, err := c.at(office).Signatures(t.Context(), f)
	fatal(t, err)
	stranger := newCircle(t, office, maker)
	foreign := stranger.mantel(5, duinwijk)
	foreignDeed, err := stranger.at(office).Deed(t.Context(), foreign)
	fatal(t, err)
	foreignSigned, err := stranger.at(office).Signatures(t.Context(), foreign)
	fatal(t, err)
	fatal(t, c.at(office).Receive(t.Context(), maker, collective.Item{Deed: foreignDeed})) // a deed alone is worth nothing
	before := c.entries(f)
	for name, try := range map[string]func() error{
		"no deed":           func() error { return c.at(office).Receive(t.Context(), maker, collective.Item{Deed: []byte(`{}`)}) },
		"no signature":      func() error { return c.at(office).Receive(t.Context(), maker, collective.Item{JWS: "a.b.c"}) },
		"anchors of others": func() error { return c.at(office).Receive(t.Context(), maker, foreignSigned[0]) },
		"chain of another": func() error {
			return c.at(office).Receive(t.Context(), maker, collective.Item{JWS: signatures[0].JWS, Chain: signatures[1].Chain})
		},
		"other Group": func() error {
			return c.at(office).Receive(t.Context(), maker, collective.Item{Deed: []byte(strings.Replace(string(raw), string(deedGroup(raw)), "another-group", 1))})
		},
		"handed to a follower":  func() error { return c.at(duinwijk).Receive(t.Context(), maker, collective.Item{Deed: foreignDeed}) },
		"signature on the deed": func() error { return c.at(duinwijk).Receive(t.Context(), maker, foreignSigned[0]) },
	} {
		if err := try(); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	fatal(t, c.at(office).Receive(t.Context(), maker, signatures[0])) // once more is nothing new
	if after := c.entries(f); after != before {
		t.Errorf("the feed grew from %d to %d entries", before, after)
	}
}

func deedGroup([]byte) fsc.GroupID { return deskGroup }

func (c *circle) entries(root deed.Hash) int {
	c.t.Helper()
	raw, err := c.at(office).Dossier(c.t.Context(), root)
	fatal(c.t, err)
	file, err := deed.ParseDossier(raw)
	fatal(c.t, err)
	return len(file.Entries)
}

func TestADossierIsVerifiedWithoutTheNode(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk)
	o := c.live(duinwijk, 10)
	s := c.state(duinwijk, o)
	raw, err := c.at(duinwijk).Dossier(t.Context(), s.Dossier)
	fatal(t, err)
	report, err := deed.Verify(raw, collective.Anchors{Group: deskGroup, Trusted: func() *pki.Anchors { return c.trusted }})
	fatal(t, err)
	if !report.Sound() || report.Keeper != office || len(report.Missing) != 0 {
		t.Fatalf("got %+v", report)
	}
	status, ok := rule.Fold(c.table, rule.FactsOf(report), c.now().Unix()).Status(o)
	if !ok || status.State != s.State || !slices.Equal(status.Overlays, s.Overlays) {
		t.Errorf("the file says %s %v, the node %s %v", status.State, status.Overlays, s.State, s.Overlays)
	}
}

func TestProjectionsAreMadeAnewTheSame(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk)
	c.live(duinwijk, 10)
	for id, d := range c.desks {
		before, err := d.States(t.Context(), collective.StateFilter{})
		fatal(t, err)
		fatal(t, d.Rebuild(t.Context()))
		after, err := d.States(t.Context(), collective.StateFilter{})
		fatal(t, err)
		if string(body(t, before)) != string(body(t, after)) {
			t.Errorf("%s: projections differ after they were made anew", id)
		}
	}
}

// TestAKeeperThatTellsTwoStoriesIsCaught has a secretariat with one key and two
// stores; two Peers that were told different stories show each other what they
// were told.
func TestAKeeperThatTellsTwoStoriesIsCaught(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk, veenhoven)
	f := c.mantel(100, duinwijk, veenhoven)
	honest := c.desks[office]
	_, err := c.accede(duinwijk, f, 10, 0)
	fatal(t, err)
	fatal(t, c.at(duinwijk).Deliver(t.Context()))
	fatal(t, c.at(duinwijk).Catch(t.Context(), office))

	c.pass(time.Minute)
	other := c.join(office) // begins with what everybody knows, and goes on in another way
	raw, err := honest.Deed(t.Context(), f)
	fatal(t, err)
	fatal(t, other.Receive(t.Context(), office, collective.Item{Deed: raw}))
	signatures, err := honest.Signatures(t.Context(), f)
	fatal(t, err)
	for _, s := range signatures {
		fatal(t, other.Receive(t.Context(), office, s))
	}
	late := c.join(maker) // was told the other story from the beginning
	fatal(t, late.Catch(t.Context(), office))
	fatal(t, late.Gossip(t.Context(), duinwijk))
	alarms, err := c.at(duinwijk).Alarms(t.Context(), 10)
	fatal(t, err)
	if len(alarms) != 1 || alarms[0].Code != "equivocation" || alarms[0].Peer != office {
		t.Fatalf("got %+v", alarms)
	}
	proof, err := deed.ParseEquivocation(alarms[0].Proof)
	fatal(t, err)
	by, err := proof.Verify(deskGroup, collective.Anchors{Group: deskGroup, Trusted: func() *pki.Anchors { return c.trusted }})
	if err != nil || by != office {
		t.Errorf("the proof names %s, %v", by, err)
	}
}

// TestAFollowerTakesNoFeedThatDoesntHold offers a follower altered batches.
func TestAFollowerTakesNoFeedThatDoesntHold(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk)
	c.cut[duinwijk] = true
	f := c.mantel(100, duinwijk)
	delete(c.cut, duinwijk)
	for name, alter := range map[string]func(*collective.Batch){
		"without its checkpoint": func(b *collective.Batch) { b.Checkpoints = nil },
		"with a gap":             func(b *collective.Batch) { b.Items = append(b.Items[:1], b.Items[2:]...) },
		"in another order":       func(b *collective.Batch) { b.Items[1], b.Items[2] = b.Items[2], b.Items[1] },
		"with another deed":      func(b *collective.Batch) { b.Items[0].Item.Deed = b.Items[0].Item.Deed[1:] },
		"cut short":              func(b *collective.Batch) { b.Items = b.Items[:2] },
	} {
		batch, err := c.at(office).Feed(t.Context(), duinwijk, 0, 100)
		fatal(t, err)
		if len(batch.Items) < 3 {
			t.Fatalf("the feed has %d entries", len(batch.Items))
		}
		alter(&batch)
		if err := c.at(duinwijk).Take(t.Context(), office, batch); err == nil {
			t.Errorf("a feed %s was taken", name)
		}
		if _, err := c.at(duinwijk).Deed(t.Context(), f); !errors.Is(err, collective.ErrNotFound) {
			t.Errorf("a feed %s left something: %v", name, err)
		}
	}
	c.settle()
	c.everywhere(f, "live")
}
