// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

// Calls is the own transaction log, and what stands in it for a call-off.
type Calls interface {
	usage.Log
	// Grants lists the hashes of the grants of an FSC contract that name a call-off
	// and under which this side makes records. An error tells our own people why the
	// calls can't be counted here.
	Grants(ctx context.Context, callOff deed.Hash, contract fsc.ContentHash, outgoing bool) ([]string, error)
	// Stands tells whether calls can be made under an FSC contract now, as far as this
	// side knows.
	Stands(ctx context.Context, contract fsc.ContentHash) (bool, error)
}

// UsageWord is how a month of a call-off stands, in one stable word.
type UsageWord string

// The words.
const (
	UsageRunning  UsageWord = "running"  // neither the month nor the call-off is over
	UsageOpen     UsageWord = "open"     // no side has stated it
	UsageStated   UsageWord = "stated"   // one side has
	UsageAgreed   UsageWord = "agreed"   // both state the same calls
	UsageDisputed UsageWord = "disputed" // they don't
	UsageSettling UsageWord = "settling" // a settlement waits for a signature
	UsageSettled  UsageWord = "settled"  // both have signed a number
)

// UsageMonth is one month of a call-off.
type UsageMonth struct {
	CallOff deed.Hash
	Month   usage.Month
	Word    UsageWord
	// Buyer and Supplier are what the sides have stated; nil: nothing yet.
	Buyer, Supplier *UsageSide
	// Settlement is the one that settled the month or, before that, the newest that
	// waits for a signature; nil: none.
	Settlement *UsageSettlement
	// SoFar is what this side counts up to now in a month that is running. It isn't
	// kept and not told to the other side. Only [Desk.SettleMonth] gives it.
	SoFar *usage.Summary
	// Report is what came of the comparison here; nil: there was none. Only
	// [Desk.UsageReport] and [Desk.SettleMonth] give it.
	Report *UsageReport
}

// UsageSide is what one side states.
type UsageSide struct {
	Deed  deed.Hash
	Peer  fsc.PeerID
	Count int64 // calls
	Root  usage.Root
	// ReceivedAt is when the keeper received it, in Unix seconds; 0: it hasn't yet.
	ReceivedAt int64
}

// UsageSettlement is a number by which both sides settle a month.
type UsageSettlement struct {
	Deed   deed.Hash
	Count  int64
	Reason string
	// Awaiting are the Peers whose signature is missing.
	Awaiting []fsc.PeerID
}

// UsageReport is what this side found when it compared a month with the other.
type UsageReport struct {
	CallOff deed.Hash   `json:"call_off"`
	Month   usage.Month `json:"month"`
	At      int64       `json:"at"` // Unix seconds
	// Difference names the calls that one side hasn't; nil when they weren't found.
	Difference *usage.Report `json:"difference,omitzero"`
	// Problem says why they weren't found, and what to do; else empty.
	Problem string `json:"problem,omitzero"`
}

// usageFile is a call-off with all that was said about its usage.
type usageFile struct {
	callOff    rule.Status
	bindings   []rule.Status
	months     map[usage.Month]*UsageMonth
	now        int64
	self       fsc.PeerID
	role       deed.Role // of this Peer; empty when it isn't a side
	other      fsc.PeerID
	begin, end int64 // in which it was in force; end 0: it is
}

// usageOf reads a call-off; it is a [*Refusal] when there is none here.
func (d *Desk) usageOf(ctx context.Context, callOff deed.Hash) (*usageFile, error) {
	unknown := &Refusal{Code: CodeUnknown, Field: "call_off", Detail: "this call-off isn't known here"}
	if t, err := callOff.Type(); err != nil || t != dossier.TypeCallOff {
		return nil, unknown
	}
	var v *rule.View
	err := d.cfg.Store.View(ctx, func(tx Tx) error {
		on, err := tx.FindDeed(ctx, callOff)
		if err != nil {
			return err
		}
		v, err = d.view(ctx, tx, on.Dossier)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, unknown
	}
	if err != nil {
		return nil, err
	}
	s, ok := v.Status(callOff)
	if !ok {
		return nil, unknown
	}
	if _, err := dossier.ReadCallOff(s.Deed); err != nil {
		return nil, unknown
	}
	f := &usageFile{callOff: s, months: map[usage.Month]*UsageMonth{}, now: d.now(), self: d.cfg.Self}
	f.sides()
	for _, h := range v.Children(callOff) {
		if c, ok := v.Status(h); ok && c.CompleteAt != 0 || ok && c.State == rule.Proposed {
			f.add(c)
		}
	}
	return f, nil
}

func (f *usageFile) sides() {
	buyer, supplier := dossier.Buyer(f.callOff.Deed), dossier.Supplier(f.callOff.Deed)
	switch f.self {
	case buyer:
		f.role, f.other = dossier.RoleBuyer, supplier
	case supplier:
		f.role, f.other = dossier.RoleSupplier, buyer
	}
	f.begin, f.end = max(f.callOff.Deed.NotBefore, f.callOff.CompleteAt), 0
	// An end that the keeper hasn't received yet has no moment.
	if f.callOff.Final && !f.callOff.Provisional {
		f.end = f.callOff.Since
	}
}

// lived tells whether the call-off had units, so that calls were possible.
func (f *usageFile) lived() bool {
	return f.callOff.CompleteAt != 0 && slices.Contains(f.callOff.Overlays, OverlayAllocated)
}

func (f *usageFile) add(c rule.Status) {
	switch c.Deed.Type {
	case dossier.TypeBinding:
		if c.State == stateBound || c.State == stateCut {
			f.bindings = append(f.bindings, c)
		}
	case usage.TypeStatement:
		f.state(c)
	case usage.TypeSettlement:
		f.settle(c)
	default:
	}
}

// state notes a statement down. One of our own that hasn't reached the keeper yet
// counts as made, so that there is no second one.
func (f *usageFile) state(c rule.Status) {
	s, err := usage.ReadStatement(c.Deed)
	p := c.Deed.Parties[0]
	if err != nil || c.State == rule.Refused || c.CompleteAt == 0 && p.PeerID != f.self {
		return
	}
	m := f.month(s.Month)
	at := &m.Supplier
	if p.Role == dossier.RoleBuyer {
		at = &m.Buyer
	}
	if *at == nil || c.CompleteAt != 0 {
		*at = &UsageSide{Deed: c.Deed.Hash(), Peer: p.PeerID, Count: s.Count, Root: s.Root, ReceivedAt: c.CompleteAt}
	}
}

func (f *usageFile) settle(c rule.Status) {
	s, err := usage.ReadSettlement(c.Deed)
	if err != nil || c.Final && c.State != stateSettled {
		return
	}
	m := f.month(s.Month)
	if m.Word == UsageSettled {
		return
	}
	out := &UsageSettlement{Deed: c.Deed.Hash(), Count: s.Count, Reason: s.Reason}
	for _, p := range c.Awaiting {
		out.Awaiting = append(out.Awaiting, p.PeerID)
	}
	if c.State == stateSettled {
		m.Word, m.Settlement = UsageSettled, out
		return
	}
	if m.Settlement == nil || m.Settlement.Deed < out.Deed { // the same one everywhere
		m.Settlement = out
	}
}

// month gives the month, which is noted down the first time.
func (f *usageFile) month(m usage.Month) *UsageMonth {
	if f.months[m] == nil {
		f.months[m] = &UsageMonth{CallOff: f.callOff.Deed.Hash(), Month: m}
	}
	return f.months[m]
}

// own and their give the statements of both sides of a month, as this side sees
// them; nil when there is none.
func (f *usageFile) own(m *UsageMonth) *UsageSide {
	if f.role == dossier.RoleBuyer {
		return m.Buyer
	}
	return m.Supplier
}

func (f *usageFile) their(m *UsageMonth) *UsageSide {
	if f.role == dossier.RoleBuyer {
		return m.Supplier
	}
	return m.Buyer
}

// word finds the word for a month that ends at until.
func (f *usageFile) word(m *UsageMonth, until int64) UsageWord {
	both := m.Buyer != nil && m.Supplier != nil && m.Buyer.ReceivedAt != 0 && m.Supplier.ReceivedAt != 0
	switch {
	case m.Word == UsageSettled:
		return UsageSettled
	case both && m.Buyer.Count == m.Supplier.Count && m.Buyer.Root == m.Supplier.Root:
		return UsageAgreed
	case both && m.Settlement != nil:
		return UsageSettling
	case both:
		return UsageDisputed
	case m.Buyer != nil || m.Supplier != nil:
		return UsageStated
	case f.now < usage.Over(until, f.end):
		return UsageRunning
	}
	return UsageOpen
}

// inForce tells whether the call-off was in force for some time of a month.
func (f *usageFile) inForce(from, until int64) bool {
	return f.lived() && f.begin < until && (f.end == 0 || f.end > from) && from <= f.now
}

// Usage lists the months in which a call-off was in force, the newest first. The
// other side's word is here as soon as the keeper has passed it on. It is a
// [*Refusal] when the call-off isn't here.
func (d *Desk) Usage(ctx context.Context, callOff deed.Hash) ([]UsageMonth, error) {
	f, err := d.usageOf(ctx, callOff)
	if err != nil {
		return nil, err
	}
	all, err := d.monthsOf(f)
	if err != nil {
		return nil, err
	}
	out := make([]UsageMonth, 0, len(all))
	for _, m := range slices.Backward(all) {
		out = append(out, *m)
	}
	return out, nil
}

// monthsOf lists the months of a call-off in order, each with its word.
func (d *Desk) monthsOf(f *usageFile) ([]*UsageMonth, error) {
	var out []*UsageMonth
	if !f.lived() {
		return nil, nil
	}
	calendar, err := rule.NewCalendar()
	if err != nil {
		return nil, err
	}
	first := calendar.DateOf(f.begin)
	for m := (usage.Month{Year: first.Year, Month: first.Month}); ; m = nextMonth(m) {
		from, until, err := d.months(m.Year, m.Month)
		if err != nil {
			return nil, err
		}
		if !f.inForce(from, until) {
			return out, nil
		}
		month := f.month(m)
		month.Word = f.word(month, until)
		out = append(out, month)
	}
}

func nextMonth(m usage.Month) usage.Month {
	if m.Month == time.December {
		return usage.Month{Year: m.Year + 1, Month: time.January}
	}
	return usage.Month{Year: m.Year, Month: m.Month + 1}
}

// UsageReport gives one month with the comparison that was made here, if any.
func (d *Desk) UsageReport(ctx context.Context, callOff deed.Hash, m usage.Month) (*UsageMonth, error) {
	f, err := d.usageOf(ctx, callOff)
	if err != nil {
		return nil, err
	}
	return d.withReport(ctx, f, m)
}

func (d *Desk) withReport(ctx context.Context, f *usageFile, m usage.Month) (*UsageMonth, error) {
	from, until, err := d.months(m.Year, m.Month)
	if err != nil || !f.inForce(from, until) {
		return nil, &Refusal{Code: CodeTerm, Field: "month", Detail: "the call-off wasn't in force in " + m.String()}
	}
	month := f.month(m)
	month.Word = f.word(month, until)
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		month.Report, err = tx.FindUsageReport(ctx, month.CallOff, m)
		return err
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	return month, nil
}
