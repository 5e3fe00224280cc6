// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ledger"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// account is what one fold adds up of a framework while the deeds below it come:
// the same at everybody, for they come in the same order.
type account struct {
	body    *dossier.Framework // with the changes so far
	ledger  *ledger.Ledger
	list    register.EligibleList
	acceded map[place]deed.Hash
	indexed int64 // basis points
	spent   map[string]*spending
	// reserved has the request of the last reservation of each buyer in each lot.
	reserved map[place]string
	// alone has what each buyer knows of its reservation, with what it drew alone.
	alone map[place]ledger.Escrow
	// current are the terms of call-offs that were changed.
	current map[deed.Hash]Terms
}

// spending is the value of the call-offs of one lot, in euro cents; what a change
// adds stands under its own hash.
type spending struct {
	sum      int64
	callOffs map[deed.Hash]int64
}

// spend counts the value of a call-off, or tells why it doesn't fit under the
// maximum of its lot. Units and value have a maximum each. What was spent stays
// spent; only a call-off that got no units makes room again.
func (a *account) spend(m rule.Moment, o *dossier.CallOff) *rule.Reason {
	return a.spendMore(m, m.Deed.Hash(), o.Lot, o.Value)
}

// spendMore counts what a call-off, or a change of one, adds to a lot.
func (a *account) spendMore(m rule.Moment, by deed.Hash, id string, value int64) *rule.Reason {
	lot, ok := a.body.Lot(id)
	if !ok {
		return nil // told elsewhere
	}
	s := a.spent[id]
	if s == nil {
		s = &spending{callOffs: map[deed.Hash]int64{}}
		a.spent[id] = s
	}
	if value > lot.MaximumValue-s.sum {
		s.recount(m)
	}
	if left := lot.MaximumValue - s.sum; value > left {
		return because(rule.ReasonCode(dossier.ReasonExhausted), "", sourceMaximum, "value_cents is more than the %d cents that can still be spent on this lot", left)
	}
	s.sum += value
	s.callOffs[by] = value
	return nil
}

// recount leaves out the call-offs and changes that were refused their units, and
// changes whose call-off ended first.
func (s *spending) recount(m rule.Moment) {
	for h, value := range s.callOffs {
		if st, ok := m.Find(h); ok && (st.State == rule.Refused || st.State == rule.Lapsed) {
			s.sum -= value
			delete(s.callOffs, h)
		}
	}
}

// place is a buyer in a lot.
type place struct {
	buyer fsc.PeerID
	lot   string
}

// frameworkOf gives the framework that a deed stands under, and its account.
func (k *rules) frameworkOf(m rule.Moment) (rule.Snapshot, *account) {
	f, _ := parent(m, dossier.TypeFramework)
	a, _ := m.Account(f.Deed.Hash(), func() any { return k.open(f.Deed) }).(*account)
	return f, a
}

// open begins the account of a framework. Its body was checked before.
func (k *rules) open(c *deed.Content) *account {
	a := &account{
		body: &dossier.Framework{}, acceded: map[place]deed.Hash{}, spent: map[string]*spending{},
		reserved: map[place]string{}, alone: map[place]ledger.Escrow{}, current: map[deed.Hash]Terms{},
	}
	f, err := k.readFramework(c)
	if err != nil {
		return a
	}
	a.body = f
	a.ledger, _ = ledgerFor(f) // readFramework has made one as well
	a.list.Frozen = k.day(f.Published)
	for _, p := range f.Eligible {
		if code := k.code(p); code != "" {
			a.list.Buyers = append(a.list.Buyers, code)
		}
	}
	return a
}

// code gives the code of a municipality of today or of one that ended; empty when
// the register doesn't know the Peer.
func (k *rules) code(p fsc.PeerID) register.Code {
	m, err := k.register.Identify(string(p))
	if err == nil {
		return m.Code
	}
	if e, ok := errors.AsType[*register.IdentityError](err); ok && e.Reason == register.ReasonEnded {
		return e.Code
	}
	return ""
}

// over tells whether a municipality had ended by a moment.
func (k *rules) over(p fsc.PeerID, at int64) bool {
	_, err := k.register.Identify(string(p))
	e, ok := errors.AsType[*register.IdentityError](err)
	return ok && e.Reason == register.ReasonEnded && e.Ended <= k.day(at)
}

// eligible decides whether a buyer may join: it is on the frozen list itself, or
// by the register the legal successor of one that is. Peers that the register
// doesn't know have the list alone.
func (k *rules) eligible(a *account, buyer fsc.PeerID, at int64) (bool, string) {
	if k.over(buyer, at) {
		return false, "it has ended; its legal successor acts, with its own certificate"
	}
	if slices.Contains(a.body.Eligible, buyer) {
		return true, ""
	}
	m, err := k.register.Identify(string(buyer))
	if err != nil {
		return false, "it is not on the list that was fixed when the tender was published; it can take part in the next one"
	}
	switch v := k.register.Successions().Eligible(a.list, m.Code, k.day(at)); {
	case v.OK:
		return true, ""
	case v.Reason == register.ReasonSplit:
		return false, "the municipality on the list was split, and those who got its territory have not decided who takes its place"
	default:
		return false, "neither it nor a municipality it took over from is on the list that was fixed when the tender was published; it can take part in the next one"
	}
}

// succeeds tells whether one Peer has the rights and duties of another: by the
// register, or by its own statement among these parents, which the registrar
// signed as well.
func (k *rules) succeeds(heir, of fsc.PeerID, at int64, statements []rule.Snapshot) bool {
	for _, s := range statements {
		o, err := dossier.ReadOrganization(s.Deed)
		if err == nil && dossier.Self(s.Deed) == heir && slices.Contains(o.Predecessors, of) {
			return true
		}
	}
	if !k.over(of, at) {
		return false
	}
	m, err := k.register.Identify(string(heir))
	if err != nil {
		return false
	}
	has, _, err := k.register.Successions().Heir(k.code(of), k.day(at))
	return err == nil && has == m.Code
}

// standing is a framework as package dossier wants to see it.
func (k *rules) standing(m rule.Moment, f rule.Snapshot, a *account) *dossier.Standing {
	s := &dossier.Standing{
		Deed: f.Deed, Framework: a.body, Until: time.Unix(f.Deed.NotAfter, 0), Stopped: stoppedBy(f),
		Eligible: func(buyer fsc.PeerID) (bool, string) { return k.eligible(a, buyer, m.At) },
		Left:     func(lot string) int64 { return lotOf(a.ledger, lot).Pool },
	}
	if slices.Contains(f.Overlays, OverlayExtended) {
		s.Until = time.Unix(a.body.ExtensionUntil, 0)
	}
	return s
}

// stoppedBy says in a word why nothing new can follow a framework; empty while it
// goes on, or when it is a matter of its term.
func stoppedBy(f rule.Snapshot) string {
	switch {
	case f.State == stateTerminated || f.State == stateAnnulled:
		return "it was " + string(f.State)
	case slices.Contains(f.Overlays, OverlaySuspended):
		return "it is suspended"
	}
	return ""
}

// shut gives the reason of its own why nothing new can follow a framework.
func shut(f rule.Snapshot) *rule.Reason {
	switch f.State {
	case stateAsserted:
		return because(CodeAsserted, "", sourceImport,
			"the framework was imported and has the word of the purchasing body only; a supplier of each lot and a buyer confirm it first")
	case stateExhausted:
		return because(rule.ReasonCode(dossier.ReasonExhausted), "", sourceMaximum,
			"the maximum of the framework has been reached and it has no further effect; say what you need, for the next tender")
	default:
		return nil
	}
}

// lotOf gives how a lot stands; a zero Status for an unknown one.
func lotOf(l *ledger.Ledger, lot string) ledger.Status {
	if l != nil {
		for _, s := range l.Lots() {
			if s.ID == lot {
				return s
			}
		}
	}
	return ledger.Status{}
}

// leftOf tells what is left of a lot, as the end of a sentence.
func leftOf(l *ledger.Ledger, lot string) string {
	return fmt.Sprintf("; %d are left of this lot", lotOf(l, lot).Pool)
}

// held gives what a buyer has reserved of a lot and not drawn yet.
func held(l *ledger.Ledger, lot string, buyer fsc.PeerID) int64 {
	for _, h := range l.Holdings(lot) {
		if h.Buyer == string(buyer) {
			return h.Reserved
		}
	}
	return 0
}
