// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ledger"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

const (
	// clockRoom is how far the clock of a keeper may be behind ours: an allocation
	// holds from the moment it is received.
	clockRoom = 300
	// maxAttempts bounds how often an allocation that everybody refused is made
	// again; it points to a fault that people have to look into.
	maxAttempts = 3
)

// allocate hands out what the frameworks of this Peer in a dossier owe: a receipt
// or a reasoned refusal for each reservation and call-off, in the order in which
// they became complete. It does nothing while allocations of before are on their
// way to the keeper: the next serial number follows on theirs.
func (d *Desk) allocate(ctx context.Context, home deed.Hash) error {
	var view *rule.View
	var k *known
	err := d.cfg.Store.View(ctx, func(tx Tx) (err error) {
		if view, err = d.view(ctx, tx, home); err != nil {
			return err
		}
		k, err = d.load(ctx, tx, home)
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range k.facts.Deeds {
		if c.Type != dossier.TypeFramework || !c.HasParty(d.cfg.Self, dossier.RolePurchasingBody) {
			continue
		}
		if err := d.allocateUnder(ctx, view, k, c); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) allocateUnder(ctx context.Context, view *rule.View, k *known, framework *deed.Content) error {
	s := &sequencer{view: view, framework: framework, now: d.now(), numbers: map[deed.Hash]int64{}, done: map[string]bool{}}
	if err := s.begin(k); err != nil || s.inFlight {
		return err
	}
	for _, o := range s.owed() {
		if err := s.carryOut(d, o); err != nil {
			return err
		}
	}
	if s.unable > 0 {
		d.cfg.Logger.Error("allocations are refused by the rules again and again", "framework", framework.Hash(), "requests", s.unable)
	}
	if len(s.proposals) == 0 {
		return nil
	}
	return d.put(ctx, s.proposals...)
}

// sequencer hands out what one framework owes at one moment.
type sequencer struct {
	view      *rule.View
	framework *deed.Content
	body      dossier.Framework
	ledger    *ledger.Ledger
	now       int64

	numbers   map[deed.Hash]int64 // of the last signature received on each deed
	done      map[string]bool     // requests that were answered, or tried often enough
	unable    int
	inFlight  bool
	proposals []proposal
}

// owed is a command that follows from a deed, and when it did.
type owed struct {
	command    ledger.Command
	about      deed.Hash // empty for a close
	at, number int64
	order      int // at one moment: units come back before others are handed out
}

func (s *sequencer) begin(k *known) (err error) {
	if err := deed.Unmarshal(s.framework.Body, &s.body); err != nil {
		return err
	}
	for _, by := range k.facts.Signed {
		s.numbers[by.DeedHash] = max(s.numbers[by.DeedHash], by.Receipt.Number)
	}
	refused := map[string]int{}
	for _, h := range s.view.Children(s.framework.Hash()) {
		st, _ := s.view.Status(h)
		if st.Deed.Type != dossier.TypeAllocation {
			continue
		}
		a, err := dossier.ReadAllocation(st.Deed)
		switch {
		case err != nil:
		case st.State == stateIssued:
			s.done[a.Command.Request] = true
		case !st.Final:
			s.inFlight = true
		default:
			if refused[a.Command.Request]++; refused[a.Command.Request] >= maxAttempts {
				s.done[a.Command.Request] = true
				s.unable++
			}
		}
	}
	s.ledger, err = LedgerOf(s.view, s.framework.Hash())
	return err
}

// owed lists the commands that follow from the deeds and were not answered yet.
func (s *sequencer) owed() []owed {
	var out []owed
	f, _ := s.view.Status(s.framework.Hash())
	stopped := stoppedBy(rule.Snapshot{State: f.State, Overlays: f.Overlays}) != ""
	for _, h := range s.view.Children(s.framework.Hash()) {
		st, _ := s.view.Status(h)
		switch {
		case st.Deed.Type == dossier.TypeAccession && st.State == stateEffective && !stopped:
			out = append(out, s.reservations(&st)...)
		case st.Deed.Type == dossier.TypeAccession && st.State == stateEnded:
			out = append(out, s.withdrawals(&st)...)
		case st.Deed.Type == dossier.TypeCallOff:
			out = append(out, s.callOff(&st, stopped)...)
		}
	}
	out = append(out, s.closings()...)
	out = slices.DeleteFunc(out, func(o owed) bool { return s.done[o.command.Request] })
	slices.SortFunc(out, func(a, b owed) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order), cmp.Compare(a.number, b.number), cmp.Compare(a.command.Request, b.command.Request))
	})
	return out
}

func (s *sequencer) reservations(in *rule.Status) (out []owed) {
	for _, l := range s.body.Lots {
		if c, ok := reserveCommand(in.Deed, l.ID, windowOf(s.body.Windows, s.ledger, in.CompleteAt, l.ID)); ok {
			out = append(out, owed{c, in.Deed.Hash(), in.CompleteAt, s.numbers[in.Deed.Hash()], 1})
		}
	}
	return out
}

// withdrawals give back what is left of reservations that had been made.
func (s *sequencer) withdrawals(in *rule.Status) (out []owed) {
	for _, l := range s.body.Lots {
		c := withdrawCommand(in.Deed, l.ID)
		if r, ok := reserveCommand(in.Deed, l.ID, 1); ok && s.done[r.Request] && held(s.ledger, l.ID, dossier.Buyer(in.Deed)) > 0 {
			out = append(out, owed{c, in.Deed.Hash(), in.Since, s.numbers[in.Deed.Hash()], 0})
		}
	}
	return out
}

func (s *sequencer) callOff(o *rule.Status, stopped bool) []owed {
	allocated := slices.Contains(o.Overlays, OverlayAllocated)
	make := drawCommand
	entry := owed{about: o.Deed.Hash(), at: o.CompleteAt, number: s.numbers[o.Deed.Hash()], order: 1}
	switch {
	case o.Final && allocated:
		make, entry.at, entry.order = releaseCommand, o.Since, 0
	case !o.Final && !allocated && !stopped && (o.State == stateSigned || o.State == rule.Pending):
	default:
		return nil
	}
	c, reason := make(o.Deed)
	if reason != nil {
		return nil
	}
	entry.command = c
	return []owed{entry}
}

// closings end the entry windows that are over.
func (s *sequencer) closings() (out []owed) {
	for _, l := range s.body.Lots {
		w := lotOf(s.ledger, l.ID).Window
		if w >= 1 && w <= int64(len(s.body.Windows)) && s.body.Windows[w-1].Until <= s.now {
			out = append(out, owed{command: closeCommand(s.framework, l.ID, w), at: s.body.Windows[w-1].Until, order: 2})
		}
	}
	return out
}

// carryOut asks the ledger and writes its answer down as a deed.
func (s *sequencer) carryOut(d *Desk, o owed) error {
	receipt, err := s.ledger.Apply(o.command, func(ledger.Entry) error { return nil })
	refusal, refused := errors.AsType[*ledger.RefusalError](err)
	if err != nil && !refused {
		return err
	}
	body, err := allocationBody(o.command, receipt, refusal, s.ledger.Lots())
	if err != nil {
		return err
	}
	parents := []deed.Hash{s.framework.Hash()}
	if o.about != "" {
		parents = append(parents, o.about)
	}
	content, err := d.Draft(deed.Draft{
		Type: dossier.TypeAllocation, NotBefore: s.now - clockRoom, Parents: parents, Body: body,
		Parties: []deed.Party{{PeerID: d.cfg.Self, Role: dossier.RolePurchasingBody}},
		Rule:    deed.Rule{Kind: deed.RuleOne, Role: dossier.RolePurchasingBody},
	})
	if err != nil {
		return err
	}
	s.proposals = append(s.proposals, proposal{content, []Act{{Act: deed.Accept, Role: dossier.RolePurchasingBody}}})
	return nil
}
