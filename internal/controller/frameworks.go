// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ledger"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

// Framework is a framework agreement as a person sees it.
type Framework struct {
	DeedState
	Name string
	// NotBefore and NotAfter are its term; Until is the end with the options that
	// were used, and Last the end with all of them.
	NotBefore, NotAfter, Until, Last time.Time
	Published                        time.Time
	TailDays                         int64
	TermRationale                    string
	// Imported: it was concluded elsewhere, and Source is that document.
	Imported  bool
	Source    deed.Annex
	Body      fsc.Peer // the purchasing body, which counts
	Keeper    fsc.Peer
	Suppliers []fsc.Peer
	Windows   []EntryWindow
	Lots      []FrameworkLot
	// Eligible is how many buyers may join, and Participants how many did.
	Eligible, Participants int
	// Part is ours: buyer, supplier, central_purchasing_body, or empty.
	Part string
	// Joined is our accession that holds or may come to hold; empty if there is none.
	Joined deed.Hash
}

// LastDay is in the last day of the term, with the options that were used.
func (f *Framework) LastDay() time.Time { return lastOf(f.Until) }

// VeryLastDay is in the last day with all options used.
func (f *Framework) VeryLastDay() time.Time { return lastOf(f.Last) }

// Extendable tells whether there are options left.
func (f *Framework) Extendable() bool { return f.Last.After(f.Until) }

// lastOf gives the last second before an end.
func lastOf(end time.Time) time.Time {
	if end.IsZero() {
		return end
	}
	return end.Add(-time.Second)
}

// EntryWindow is when one can join a framework.
type EntryWindow struct {
	From, Until time.Time
	Open        bool // now
}

// LastDay is in the last day of the window.
func (w EntryWindow) LastDay() time.Time { return lastOf(w.Until) }

// FrameworkLot is a lot with its count, in its own unit.
type FrameworkLot struct {
	ID, Name, Unit string
	// Maximum is that of all buyers together: Committed units are called off,
	// Reserved are set apart, Left are for everybody.
	Maximum, Committed, Reserved, Left int64
	// MaximumCents is the most it may cost together, in euro cents.
	MaximumCents int64
	// UnitCents is what a unit costs at most on average, in euro cents, if all is
	// used: the deed has no prices.
	UnitCents int64
	Suppliers []fsc.Peer
	Services  []string
	// Mark is the highest mark that was reached: 70, 90 or 100 percent; else 0.
	Mark int
	// Percent is how much is called off, rounded down.
	Percent int64
	// Ours is what we reserved and have not called off.
	Ours int64
}

// FrameworkFilter selects frameworks; zero fields don't filter.
type FrameworkFilter struct {
	Text string // in names of frameworks and lots, and in services, ignoring case
	Word collective.Word
	// Ours: only those in which we have a part or that we joined.
	Ours bool
	Place
}

// Frameworks lists the framework agreements that this node knows, newest first.
func (c *Controller) Frameworks(ctx context.Context, a operator.Actor, f FrameworkFilter) (Window[Framework], error) {
	var none Window[Framework]
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return none, err
	}
	states, err := desk.States(ctx, collective.StateFilter{Types: []deed.Type{dossier.TypeFramework}})
	if err != nil {
		return none, err
	}
	joined, err := c.joined(ctx, desk)
	if err != nil {
		return none, err
	}
	states = slices.DeleteFunc(states, func(s collective.State) bool {
		word := collective.FrameworkState(rule.Status{State: s.State, Overlays: s.Overlays})
		ours := joined[s.Dossier] || slices.ContainsFunc(s.Parties, func(p collective.PartyTurn) bool { return p.PeerID == desk.Self() })
		return f.Word != "" && f.Word != word || f.Ours && !ours
	})
	if states, err = c.texts.named(ctx, desk, states, f.Text); err != nil {
		return none, err
	}
	w := cut(states, func(s collective.State) string { return string(s.Deed) }, f.Place)
	out := Window[Framework]{Total: w.Total, Next: w.Next, Previous: w.Previous}
	for _, s := range w.Items {
		v, err := desk.View(ctx, s.Dossier)
		if err != nil {
			return none, err
		}
		one, err := c.framework(ctx, v, s.Deed)
		if err != nil {
			return none, err
		}
		out.Items = append(out.Items, *one)
	}
	return out, nil
}

// joined tells in which dossiers we have an accession that isn't over.
func (c *Controller) joined(ctx context.Context, desk *collective.Desk) (map[deed.Hash]bool, error) {
	states, err := desk.States(ctx, collective.StateFilter{Types: []deed.Type{dossier.TypeAccession}, Party: desk.Self()})
	out := map[deed.Hash]bool{}
	for _, s := range states {
		if !s.Final {
			out[s.Dossier] = true
		}
	}
	return out, err
}

// bodyOf reads what a framework says; an empty one of a deed that is void.
func bodyOf(content *deed.Content) *dossier.Framework {
	var f dossier.Framework
	if deed.Unmarshal(content.Body, &f) != nil {
		return &dossier.Framework{}
	}
	return &f
}

// framework makes the view of one in a view of its dossier.
func (c *Controller) framework(ctx context.Context, v *rule.View, h deed.Hash) (*Framework, error) {
	s, ok := v.Status(h)
	if !ok {
		return nil, notFound("there is no such framework here")
	}
	body := changed(v, s)
	var ids []fsc.PeerID
	for i := range body.Lots {
		ids = append(ids, body.Lots[i].Suppliers...)
	}
	k, err := c.clerkFor(ctx, ids, s)
	if err != nil {
		return nil, err
	}
	out := &Framework{
		DeedState: k.state(s), Name: body.Name, NotBefore: instant(s.Deed.NotBefore), NotAfter: instant(s.Deed.NotAfter),
		Until: instant(s.Deed.NotAfter), Last: body.End(s.Deed).UTC(), Published: instant(body.Published), TailDays: body.TailDays,
		TermRationale: body.TermRationale, Imported: dossier.Asserted(s.Deed), Suppliers: k.peers(suppliersOf(body)), Eligible: len(body.Eligible),
	}
	if slices.Contains(s.Overlays, collective.OverlayExtended) {
		out.Until = out.Last
	}
	for _, p := range s.Deed.PeersInRole(dossier.RolePurchasingBody) {
		out.Body = k.peer(p)
	}
	if keeper, ok := s.Deed.Keeper(); ok {
		out.Keeper = k.peer(keeper)
	}
	for _, annex := range s.Deed.Annexes {
		if annex.Hash == body.Source {
			out.Source = annex
		}
	}
	for _, w := range body.Windows {
		out.Windows = append(out.Windows, EntryWindow{From: instant(w.From), Until: instant(w.Until), Open: w.From <= v.Now() && v.Now() < w.Until})
	}
	out.Lots = c.lots(v, h, body, k)
	c.place(v, out, body)
	return out, nil
}

// changed gives what a framework says after the changes that hold.
func changed(v *rule.View, s rule.Status) *dossier.Framework {
	body := bodyOf(s.Deed)
	changes := children(v, s.Deed.Hash(), dossier.TypeChange)
	slices.SortStableFunc(changes, func(a, b rule.Status) int { return int(a.CompleteAt - b.CompleteAt) })
	for _, ch := range changes {
		if g, err := dossier.ReadChange(ch.Deed); err == nil && ch.State == rule.InForce {
			body = g.Apply(body)
		}
	}
	return body
}

func suppliersOf(f *dossier.Framework) []fsc.PeerID {
	var out []fsc.PeerID
	for i := range f.Lots {
		for _, p := range f.Lots[i].Suppliers {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// lots adds the count to the lots. A framework that is void has none.
func (c *Controller) lots(v *rule.View, h deed.Hash, body *dossier.Framework, k *clerk) []FrameworkLot {
	count := map[string]ledger.Status{}
	l, err := collective.LedgerOf(v, h)
	if err == nil {
		for _, s := range l.Lots() {
			count[s.ID] = s
		}
	}
	var out []FrameworkLot
	for i := range body.Lots {
		b := &body.Lots[i]
		at, ok := count[b.ID]
		if !ok {
			at.Pool = b.MaximumQuantity
		}
		lot := FrameworkLot{
			ID: b.ID, Name: b.Name, Unit: b.Unit, Maximum: b.MaximumQuantity, Committed: at.Committed, Reserved: at.Escrowed, Left: at.Pool,
			MaximumCents: b.MaximumValue, Suppliers: k.peers(b.Suppliers), Services: b.Services,
		}
		if b.MaximumQuantity > 0 {
			lot.UnitCents, lot.Percent = b.MaximumValue/b.MaximumQuantity, at.Committed*100/b.MaximumQuantity
		}
		lot.Mark = mark(lot.Percent, at.Exhausted)
		if ok {
			lot.Ours = heldBy(l, b.ID, c.Self().ID)
		}
		out = append(out, lot)
	}
	return out
}

func mark(percent int64, exhausted bool) int {
	switch {
	case exhausted || percent >= 100:
		return 100
	case percent >= 90:
		return 90
	case percent >= 70:
		return 70
	}
	return 0
}

func heldBy(l *ledger.Ledger, lot string, buyer fsc.PeerID) int64 {
	for _, h := range l.Holdings(lot) {
		if h.Buyer == string(buyer) {
			return h.Reserved
		}
	}
	return 0
}

// place tells who joined, and what our part is.
func (c *Controller) place(v *rule.View, f *Framework, body *dossier.Framework) {
	self := c.Self().ID
	buyers := map[fsc.PeerID]bool{}
	for _, s := range children(v, f.Hash, dossier.TypeAccession) {
		buyer := dossier.Buyer(s.Deed)
		if wordOf(dossier.TypeAccession, s) == collective.WordEffective {
			buyers[buyer] = true
		}
		if buyer == self && !s.Final {
			f.Joined = s.Deed.Hash()
		}
	}
	f.Participants = len(buyers)
	switch {
	case f.Body.ID == self:
		f.Part = string(dossier.RolePurchasingBody)
	case slices.Contains(suppliersOf(body), self):
		f.Part = partSupplier
	case f.Joined != "" || slices.Contains(body.Eligible, self):
		f.Part = string(dossier.RoleBuyer)
	}
}

// partSupplier is our part in frameworks in which we supply.
const partSupplier = "supplier"
