// SPDX-License-Identifier: EUPL-1.2

package ledger_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/ledger"
)

// The figures of the framework of which the seeds tell: 280 municipalities and
// 130,000 units, all drawn at once.
const (
	crowd  = 280
	supply = 130_000
)

// counter is a ledger behind its caller's lock.
type counter struct {
	mu sync.Mutex
	g  *ledger.Ledger
	journal
}

func (c *counter) apply(command ledger.Command) (ledger.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.g.Apply(command, c.add)
}

// drawUntilEmpty draws one unit at a time until the sequencer says it is over,
// and gives what this buyer got.
func (c *counter) drawUntilEmpty(buyer string) (got int64, err error) {
	for n := 0; ; n++ {
		name := fmt.Sprintf("%s-%d", buyer, n)
		r, err := c.apply(draw(name, buyer, name, 1))
		if refusal, ok := errors.AsType[*ledger.RefusalError](err); ok && (refusal.Code == ledger.CodeExhausted || refusal.Code == ledger.CodeNotEnough) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		got += r.FromEscrow + r.FromPool
	}
}

// rush lets all buyers draw at once and gives what each got.
func (c *counter) rush(tb testing.TB) [crowd]int64 {
	tb.Helper()
	var got [crowd]int64
	var all sync.WaitGroup
	for b := range crowd {
		all.Go(func() {
			units, err := c.drawUntilEmpty(fmt.Sprintf("b%03d", b))
			if err != nil {
				tb.Error(err)
			}
			got[b] = units
		})
	}
	all.Wait()
	return got
}

func newCounter(tb testing.TB) *counter {
	tb.Helper()
	g, err := ledger.New(ledger.Lot{ID: "1", Max: supply})
	if err != nil {
		tb.Fatal(err)
	}
	return &counter{g: g}
}

func TestTwoHundredAndEightyBuyersAtOnceEndExact(t *testing.T) {
	c := newCounter(t)
	for b := range crowd { // each is sure of a hundred
		name := fmt.Sprintf("b%03d", b)
		if _, err := c.apply(reserve("reserve-"+name, name, 100, 400)); err != nil {
			t.Fatal(err)
		}
	}
	var sum int64
	for b, units := range c.rush(t) {
		if sum += units; units < 100 {
			t.Errorf("buyer %d got %d units of the 100 it reserved", b, units)
		}
	}
	if s := c.g.Lots()[0]; sum != supply || s.Committed != supply || s.Pool != 0 || s.Escrowed != 0 || !s.Exhausted || s.Serial != crowd+supply {
		t.Errorf("the buyers got %d, the sequencer says %+v", sum, s)
	}
	var told []int
	for i, e := range c.entries {
		if e.Receipt.Serial != int64(i+1) {
			t.Fatalf("entry %d has number %d", i+1, e.Receipt.Serial)
		}
		told = append(told, e.Receipt.Reached...)
	}
	if fmt.Sprint(told) != "[70 90 100]" {
		t.Errorf("told %v", told)
	}
}

func BenchmarkRush(b *testing.B) {
	for b.Loop() {
		c := newCounter(b)
		c.rush(b)
	}
	b.ReportMetric(float64(b.N)*supply/b.Elapsed().Seconds(), "draws/s")
}

func BenchmarkFold(b *testing.B) {
	c := newCounter(b)
	c.rush(b)
	for b.Loop() {
		again := newCounter(b)
		for _, e := range c.entries {
			if err := again.g.Fold(e); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)*supply/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkRestore(b *testing.B) {
	c := newCounter(b)
	c.rush(b)
	raw, err := c.g.Snapshot()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := ledger.Restore(raw); err != nil {
			b.Fatal(err)
		}
	}
}
