// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"slices"

	"github.com/samenspel/samenspel/fsc"
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
		if err := d.allocateUnder(ctx, view, c); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) allocateUnder(ctx context.Context, view *rule.View, framework *deed.Content) error {
	s := &sequencer{self: d.cfg.Self, view: view, framework: framework, now: d.now(), done: map[string]bool{}}
	if err := s.begin(); err != nil || s.inFlight {
		return err
	}
	owed, err := OwedBy(view, framework.Hash())
	if err != nil {
		return err
	}
	for _, o := range owed {
		if s.done[o.Command.Request] {
			continue
		}
		if err := s.carryOut(d, o); err != nil {
			return err
		}
		if o.Command.Kind == ledger.Close {
			break // windows have other numbers now; what is left follows the next time
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
	self      fsc.PeerID
	view      *rule.View
	framework *deed.Content
	ledger    *ledger.Ledger
	now       int64

	done      map[string]bool // requests that were answered, or tried often enough
	unable    int
	inFlight  bool
	proposals []proposal
}

func (s *sequencer) begin() (err error) {
	refused, crossed := map[string]int{}, 0
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
		case s.signed(&st):
			s.inFlight = true
		case st.State == rule.Refused: // so the purchasing body had signed it
			refused[a.Command.Request]++
			if slices.ContainsFunc(st.Reasons, func(r rule.Reason) bool { return r.Code == CodeOwnNumber }) {
				crossed++
			}
		}
	}
	// An allocation that crossed an own draw is refused with all that were numbered
	// after it. That is nobody's fault, so it costs no attempt.
	for request, times := range refused {
		if times >= maxAttempts+crossed {
			s.done[request] = true
			s.unable++
		}
	}
	s.ledger, err = LedgerOf(s.view, s.framework.Hash())
	return err
}

// signed tells whether this Peer has signed an allocation that has no receipt yet.
// One that others hand in unsigned doesn't hold anything up.
func (s *sequencer) signed(st *rule.Status) bool {
	return st.State == rule.Proposed && slices.ContainsFunc(st.Notes, func(n rule.Reason) bool {
		return n.Code == rule.ReasonNoReceipt && n.Peer == s.self
	})
}

// carryOut asks the ledger and writes its answer down as a deed.
func (s *sequencer) carryOut(d *Desk, o Owed) error {
	draft, err := Allocate(s.framework, o, s.ledger)
	if err != nil {
		return err
	}
	draft.NotBefore = s.now - clockRoom
	content, err := d.Draft(draft)
	if err != nil {
		return err
	}
	s.proposals = append(s.proposals, proposal{content, []Act{{Act: deed.Accept, Role: dossier.RolePurchasingBody}}})
	return nil
}
