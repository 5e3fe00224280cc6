// SPDX-License-Identifier: EUPL-1.2

package ledger_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/ledger"
)

// model is the specification in its simplest form: who has what, in maps, with
// all sums made anew each time. It knows no log, receipts or serial numbers.
type model struct {
	max      int64
	reserved map[string]int64
	calls    map[string]*modelCall
	settled  map[string]int64
	done     map[string]ledger.Command
	told     map[int]bool
	window   int64
}

type modelCall struct {
	buyer string
	units int64
	ended bool
}

func newModel(limit int64) *model {
	return &model{
		max: limit, reserved: map[string]int64{}, calls: map[string]*modelCall{}, settled: map[string]int64{},
		done: map[string]ledger.Command{}, told: map[int]bool{}, window: 1,
	}
}

func (m *model) committed(buyer string) (sum int64) {
	for _, c := range m.calls {
		if buyer == "" || c.buyer == buyer {
			sum += c.units
		}
	}
	return sum
}

func (m *model) escrowed() (sum int64) {
	for _, units := range m.reserved {
		sum += units
	}
	return sum
}

func (m *model) pool() int64 { return m.max - m.committed("") - m.escrowed() }

// allows says whether a new command is to be done.
func (m *model) allows(c ledger.Command) bool {
	call := m.calls[c.CallOff]
	mine := call != nil && call.buyer == c.Buyer && !call.ended
	room := m.reserved[c.Buyer] + m.pool()
	switch c.Kind {
	case ledger.Reserve:
		return c.Window == m.window && !m.told[100] && c.Quantity <= m.pool() &&
			5*(m.reserved[c.Buyer]+m.committed(c.Buyer)+c.Quantity) <= 6*c.Need
	case ledger.Draw:
		return call == nil && !m.told[100] && c.Quantity <= room && (c.Local == 0 || c.Local > m.settled[c.Buyer])
	case ledger.Change:
		return mine && c.Quantity != call.units && (c.Quantity < call.units || (!m.told[100] && c.Quantity-call.units <= room))
	case ledger.Release:
		return mine
	case ledger.Withdraw:
		return m.reserved[c.Buyer] > 0
	default:
		return c.Window == m.window
	}
}

// does gives the percentages that the command reaches.
func (m *model) does(c ledger.Command) (reached []int) {
	m.done[c.Request] = c
	switch c.Kind {
	case ledger.Reserve:
		m.reserved[c.Buyer] += c.Quantity
	case ledger.Draw:
		m.calls[c.CallOff] = &modelCall{buyer: c.Buyer}
		m.grow(c)
		m.settled[c.Buyer] = max(m.settled[c.Buyer], c.Local)
	case ledger.Change:
		m.grow(c)
	case ledger.Release:
		m.calls[c.CallOff].units, m.calls[c.CallOff].ended = 0, true
	case ledger.Withdraw:
		m.reserved[c.Buyer] = 0
	default:
		clear(m.reserved)
		m.window++
	}
	for _, p := range []int{70, 90, 100} {
		if !m.told[p] && m.committed("")*100 >= int64(p)*m.max {
			m.told[p] = true
			reached = append(reached, p)
		}
	}
	return reached
}

func (m *model) grow(c ledger.Command) {
	call := m.calls[c.CallOff]
	if more := c.Quantity - call.units; more > 0 {
		m.reserved[c.Buyer] -= min(more, m.reserved[c.Buyer])
	}
	call.units = c.Quantity
}

// anyCommand makes one out of few names, so that they meet often.
func anyCommand(r *rand.Rand, n int) ledger.Command {
	c := ledger.Command{
		Request: fmt.Sprint("r", n), Lot: "1", Kind: []ledger.Kind{
			ledger.Reserve, ledger.Reserve, ledger.Draw, ledger.Draw, ledger.Draw, ledger.Draw,
			ledger.Change, ledger.Change, ledger.Release, ledger.Withdraw, ledger.Close,
		}[r.IntN(11)],
	}
	if c.Kind == ledger.Close {
		c.Window = 1 + r.Int64N(4)
		return c
	}
	c.Buyer = fmt.Sprint("b", r.IntN(5))
	switch c.Kind {
	case ledger.Reserve:
		c.Quantity, c.Need, c.Window = 1+r.Int64N(40), 1+r.Int64N(80), 1+r.Int64N(3)
	case ledger.Draw:
		c.CallOff, c.Quantity = fmt.Sprint("c", r.IntN(40)), 1+r.Int64N(30)
		if r.IntN(3) == 0 {
			c.Local = 1 + r.Int64N(12)
		}
	case ledger.Change:
		c.CallOff, c.Quantity = fmt.Sprint("c", r.IntN(40)), 1+r.Int64N(40)
	case ledger.Release:
		c.CallOff = fmt.Sprint("c", r.IntN(40))
	default:
	}
	return c
}

var errDisk = errors.New("the disk is full")

// trial is a random run of a ledger beside the model.
type trial struct {
	*desk
	r       *rand.Rand
	m       *model
	snap    []byte
	all     []ledger.Command // what was asked until now
	crashes int
}

// asks gives the next command: mostly new, at times one of before, at times the
// name of one of before with something else.
func (x *trial) asks(n int) ledger.Command {
	c := anyCommand(x.r, n)
	if len(x.all) > 0 && x.r.IntN(8) == 0 {
		old := x.all[x.r.IntN(len(x.all))]
		if x.r.IntN(4) > 0 {
			return old
		}
		c.Request = old.Request
	}
	x.all = append(x.all, c)
	return c
}

// step does one command and sees to it that the answer is the model's.
func (x *trial) step(c ledger.Command) {
	x.t.Helper()
	first, before := x.m.done[c.Request]
	r, err := x.apply(c)
	switch refusal, refused := errors.AsType[*ledger.RefusalError](err); {
	case before && first == c:
		if i := slices.IndexFunc(x.entries, func(e ledger.Entry) bool { return e.Command == c }); err != nil || fmt.Sprint(x.entries[i].Receipt) != fmt.Sprint(r) {
			x.t.Fatalf("%+v again: got %+v and %v", c, r, err)
		}
	case before:
		if !refused || refusal.Code != ledger.CodeRequestReused {
			x.t.Fatalf("%+v with a used name: got %+v and %v", c, r, err)
		}
	case !x.m.allows(c):
		if !refused {
			x.t.Fatalf("%+v: got %+v and %v, want a refusal", c, r, err)
		}
		x.remaining(c, refusal)
	default:
		if err != nil {
			x.t.Fatalf("%+v: %v", c, err)
		}
		reached := x.m.does(c)
		if !slices.Equal(r.Reached, reached) || r.Serial != int64(len(x.m.done)) || r.Pool != x.m.pool() || r.Committed != x.m.committed("") || r.Escrow != x.m.reserved[c.Buyer] {
			x.t.Fatalf("%+v: got %+v, want pool %d, committed %d and %v", c, r, x.m.pool(), x.m.committed(""), reached)
		}
	}
	x.compare()
}

// remaining sees to it that the amount in a refusal is the most that is allowed.
func (x *trial) remaining(c ledger.Command, r *ledger.RefusalError) {
	x.t.Helper()
	if r.Code != ledger.CodeNotEnough && r.Code != ledger.CodeOverReservation {
		return
	}
	least := c
	least.Quantity = r.Remaining
	held := c.Kind == ledger.Change && x.m.calls[c.CallOff].units == r.Remaining // nothing more to have
	if r.Remaining > 0 && !held && !x.m.allows(least) {
		x.t.Fatalf("%+v: %d remain and are refused", c, r.Remaining)
	}
	if least.Quantity++; x.m.allows(least) {
		x.t.Fatalf("%+v: more than the %d that remain is allowed", c, r.Remaining)
	}
}

// apply crashes now and then: before the entry is in the log, or right after.
func (x *trial) apply(c ledger.Command) (ledger.Receipt, error) {
	x.t.Helper()
	dice := x.r.IntN(12)
	r, err := x.Apply(c, func(e ledger.Entry) error {
		if dice == 0 {
			return errDisk
		}
		x.entries = append(x.entries, e)
		if dice == 1 {
			return errDisk
		}
		return nil
	})
	if !errors.Is(err, errDisk) {
		return r, err
	}
	if _, err := x.Apply(c, x.add); !errors.Is(err, ledger.ErrStale) {
		x.t.Fatalf("after a failed append: got %v", err)
	}
	x.crashes++
	x.crash(x.snap)
	return x.Apply(c, x.add) // the buyer asks again
}

func (x *trial) compare() {
	x.t.Helper()
	s := x.Lots()[0]
	if s.Committed != x.m.committed("") || s.Escrowed != x.m.escrowed() || s.Pool != x.m.pool() || s.Window != x.m.window || s.Exhausted != x.m.told[100] {
		x.t.Fatalf("got %+v, want %d, %d and %d", s, x.m.committed(""), x.m.escrowed(), x.m.pool())
	}
	if s.Pool < 0 || s.Committed < 0 || s.Escrowed < 0 || s.Committed+s.Escrowed+s.Pool != s.Max {
		x.t.Fatalf("the sums don't hold: %+v", s)
	}
	for _, h := range x.Holdings("1") {
		if h.Reserved != x.m.reserved[h.Buyer] || h.Committed != x.m.committed(h.Buyer) {
			x.t.Fatalf("got %+v, want %d and %d", h, x.m.reserved[h.Buyer], x.m.committed(h.Buyer))
		}
	}
}

func TestAnyCommandsWithRepetitionsAndCrashesGiveWhatTheSpecificationGives(t *testing.T) {
	var exhausted, crashes, refused int
	for seed := range uint64(400) {
		limit := int64(60 + seed)
		x := &trial{desk: open(t, ledger.Lot{ID: "1", Max: limit}), r: rand.New(rand.NewPCG(seed, 4)), m: newModel(limit)}
		x.snap = x.snapshot()
		for n := range 150 {
			x.step(x.asks(n))
			if x.r.IntN(30) == 0 {
				x.snap = x.snapshot()
			}
		}
		end := string(x.snapshot())
		x.crash(x.snap)
		if string(x.snapshot()) != end {
			t.Fatalf("seed %d: the state after a crash has other bytes", seed)
		}
		if x.m.told[100] {
			exhausted++
		}
		crashes += x.crashes
		refused += len(x.all) - len(x.entries)
	}
	// A run in which little happens would prove little.
	if exhausted < 50 || crashes < 1000 || refused < 1000 {
		t.Errorf("%d runs were exhausted, %d crashes, %d refused", exhausted, crashes, refused)
	}
	t.Logf("%d runs were exhausted, %d crashes, %d refused", exhausted, crashes, refused)
}
