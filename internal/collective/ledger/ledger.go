// SPDX-License-Identifier: EUPL-1.2

package ledger

import (
	"fmt"
	"slices"
	"strings"
)

// Ledger is the count of one framework. It is not safe for use by more than
// one goroutine: the order in which commands come is what it numbers.
type Ledger struct {
	declared []Lot
	lots     map[string]*lot
	entries  []Entry
	seen     map[string]int // request to its place in entries
	stale    bool
}

// New begins the count of a framework with these lots. The error wraps
// [ErrLots].
func New(lots ...Lot) (*Ledger, error) {
	if len(lots) == 0 || len(lots) > MaxLots {
		return nil, fmt.Errorf("%w: a framework has 1 to %d lots, not %d", ErrLots, MaxLots, len(lots))
	}
	g := &Ledger{declared: slices.Clone(lots), lots: map[string]*lot{}, seen: map[string]int{}}
	for i, l := range lots {
		switch {
		case !validID(l.ID):
			return nil, fmt.Errorf("%w: the name of lot %d is empty, too long or has other signs than letters, digits and -_.:$/+=", ErrLots, i+1)
		case l.Max < 1 || l.Max > MaxQuantity:
			return nil, fmt.Errorf("%w: the maximum of lot %s is not from 1 to %d", ErrLots, l.ID, int64(MaxQuantity))
		case g.lots[l.ID] != nil:
			return nil, fmt.Errorf("%w: lot %s stands there twice", ErrLots, l.ID)
		}
		g.lots[l.ID] = newLot(l.Max)
	}
	return g, nil
}

// Apply does one command: it decides, gives the entry to appendEntry, and counts it
// once that has returned without error. A command that was done before gets
// its receipt again and nothing is appended. The error is a *[RefusalError], or
// wraps what appendEntry gave; after the latter all commands give [ErrStale], for
// nobody knows whether the entry stands in the log.
//
// appendEntry returns when the entry is durable. A receipt is told to nobody
// before that.
func (g *Ledger) Apply(c Command, appendEntry func(Entry) error) (Receipt, error) {
	if g.stale {
		return Receipt{}, ErrStale
	}
	e, done, err := g.decide(c)
	if err != nil {
		return Receipt{}, err
	}
	if done {
		return e.Receipt.clone(), nil
	}
	// Stale until the append returns well: a panic in it is a crash as well.
	g.stale = true
	// What is appended shares nothing with what is counted.
	if err := appendEntry(Entry{Command: e.Command, Receipt: e.Receipt.clone()}); err != nil {
		return Receipt{}, fmt.Errorf("append to the ledger: %w", err)
	}
	g.stale = false
	g.count(e)
	return e.Receipt.clone(), nil
}

// Ask tells what a command would give now, without doing it: its receipt, and
// whether it was done before. The error is a *[RefusalError], or [ErrStale].
func (g *Ledger) Ask(c Command) (r Receipt, done bool, err error) {
	if g.stale {
		return Receipt{}, false, ErrStale
	}
	e, done, err := g.decide(c)
	return e.Receipt.clone(), done, err
}

// Fold counts an entry of the log. One that was counted before changes
// nothing, so a log may begin before the snapshot ends. The error wraps
// [ErrLog] when the entry doesn't follow from this state.
func (g *Ledger) Fold(e Entry) error {
	if g.stale {
		return ErrStale
	}
	want, done, err := g.decide(e.Command)
	if err != nil {
		return fmt.Errorf("%w: request %q: %w", ErrLog, e.Command.Request, err)
	}
	if !want.Receipt.equal(e.Receipt) {
		return fmt.Errorf("%w: request %q has another receipt than follows from what came before", ErrLog, e.Command.Request)
	}
	if !done {
		g.count(want)
	}
	return nil
}

// decide gives the entry for a command, and whether it was counted before.
func (g *Ledger) decide(c Command) (e Entry, done bool, err error) {
	if err := c.check(); err != nil {
		return Entry{}, false, err
	}
	if i, known := g.seen[c.Request]; known {
		if g.entries[i].Command != c {
			return Entry{}, false, refuse(CodeRequestReused, "request", "was used for another command; give this one a name of its own")
		}
		return g.entries[i], true, nil
	}
	l := g.lots[c.Lot]
	if l == nil {
		return Entry{}, false, refuse(CodeUnknownLot, "lot", "is not a lot of this framework; check its name")
	}
	if len(g.entries) >= MaxEntries {
		return Entry{}, false, refuse(CodeFull, "", "the ledger of this framework holds %d entries and takes no more; turn to who keeps it", MaxEntries)
	}
	t, err := l.decide(c)
	if err != nil {
		return Entry{}, false, err
	}
	return Entry{Command: c, Receipt: l.receipt(c, t)}, false, nil
}

func (g *Ledger) count(e Entry) {
	g.lots[e.Command.Lot].fold(e.Command, e.Receipt)
	g.seen[e.Command.Request] = len(g.entries)
	g.entries = append(g.entries, e)
}

// Status is how a lot stands. Committed, Escrowed and Pool are its maximum
// together.
type Status struct {
	Lot
	Serial    int64 // of the last receipt; 0 when there is none
	Committed int64 // units of running call-offs
	Escrowed  int64 // units reserved and not yet drawn
	Pool      int64 // units for everybody
	Window    int64 // number of the entry window that is open
	Exhausted bool  // the maximum was reached once
}

// Lots tells how all lots stand, in the order in which they were given.
func (g *Ledger) Lots() []Status {
	all := make([]Status, 0, len(g.declared))
	for _, d := range g.declared {
		l := g.lots[d.ID]
		all = append(all, Status{
			Lot: d, Serial: l.serial, Committed: l.committed, Escrowed: l.escrowed,
			Pool: l.pool(), Window: l.window, Exhausted: l.exhausted(),
		})
	}
	return all
}

// Holding is what one buyer has of a lot, in units.
type Holding struct {
	Buyer     string
	Reserved  int64
	Committed int64
}

// Holdings tells what buyers have of a lot, in the order of their names; who
// has nothing now is left out. An unknown lot has no holdings.
func (g *Ledger) Holdings(id string) []Holding {
	l := g.lots[id]
	if l == nil {
		return nil
	}
	var all []Holding
	for buyer, h := range l.holdings {
		if h.escrow != 0 || h.committed != 0 {
			all = append(all, Holding{Buyer: buyer, Reserved: h.escrow, Committed: h.committed})
		}
	}
	slices.SortFunc(all, func(a, b Holding) int { return strings.Compare(a.Buyer, b.Buyer) })
	return all
}

func (r Receipt) clone() Receipt {
	r.Reached = slices.Clone(r.Reached)
	return r
}

func (r Receipt) equal(o Receipt) bool {
	return r.Request == o.Request && r.Kind == o.Kind && r.Lot == o.Lot && r.Buyer == o.Buyer &&
		r.Serial == o.Serial && r.FromEscrow == o.FromEscrow && r.FromPool == o.FromPool && r.ToPool == o.ToPool &&
		r.Escrow == o.Escrow && r.Pool == o.Pool && r.Committed == o.Committed && r.Settled == o.Settled &&
		slices.Equal(r.Reached, o.Reached)
}
