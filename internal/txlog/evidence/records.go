// SPDX-License-Identifier: EUPL-1.2

package evidence

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/samenspel/samenspel/internal/txlog"
)

// records follows the chain.
func (w *walk) records(ctx context.Context) (*Problem, error) {
	after := w.base
	if w.window.From == 0 {
		after = math.MinInt64 // what was removed must be gone
	}
	for w.chain.Last < w.stop {
		if err := w.fill(ctx, &after); err != nil {
			return nil, err
		}
		if len(w.page) == 0 {
			return w.gap(w.stop), nil
		}
		if problem := w.record(&w.page[0]); problem != nil {
			return problem, nil
		}
		w.page = w.page[1:]
	}
	if !w.whole() {
		return nil, nil //nolint:nilnil // no problem
	}
	if w.chain.Head != w.state.Head {
		return &Problem{
			Kind: KindHead, Sequence: w.report.Sealed + 1, Until: max(w.chain.Last, w.report.Sealed+1),
			Detail: "the log ends in another record than the store says",
		}, nil
	}
	return w.behind(ctx, &after)
}

// fill keeps enough records at hand to tell what happened to the first.
func (w *walk) fill(ctx context.Context, after *int64) error {
	if w.ended || len(w.page) > lookAhead {
		return nil
	}
	w.tell(w.chain.Last-w.base, max(w.stop-w.base, 0))
	more, err := w.source.Linked(ctx, *after, pageSize)
	if err != nil {
		return err
	}
	w.ended = len(more) < pageSize
	if len(more) > 0 {
		*after = more[len(more)-1].Sequence
	}
	w.page = append(slices.Clip(w.page), more...)
	return nil
}

// behind looks whether a record stands behind the end. The log may have grown
// since its end was read.
func (w *walk) behind(ctx context.Context, after *int64) (*Problem, error) {
	if err := w.fill(ctx, after); err != nil || len(w.page) == 0 {
		return nil, err
	}
	now, err := w.source.ChainState(ctx)
	if err != nil || now.Last >= w.page[0].Sequence {
		return nil, err
	}
	return problemAt(KindInserted, &w.page[0], fmt.Sprintf("the log ends at record %d", now.Last)), nil
}

// gap says that the records from the next one on aren't there.
func (w *walk) gap(until int64) *Problem {
	return &Problem{Kind: KindMissing, Sequence: w.chain.Last + 1, Until: until, Checkpoint: w.covering(w.chain.Last + 1)}
}

// covering gives the number of the checkpoint over a record, or 0.
func (w *walk) covering(sequence int64) int64 {
	for i := w.nextCut; i < len(w.marks); i++ {
		if w.marks[i].last >= sequence {
			return w.marks[i].number
		}
	}
	return 0
}

// record takes the next one, or says what is wrong with it.
func (w *walk) record(r *txlog.Linked) *Problem {
	next := w.chain.Last + 1
	switch {
	case r.Sequence <= w.base && w.window.From > 0:
		return nil // a file can't be read from the middle
	case r.Sequence < 1:
		return problemAt(KindInserted, r, "numbers begin at 1")
	case r.Sequence <= w.pruned:
		return problemAt(KindInserted, r, fmt.Sprintf("the records up to %d were removed lawfully", w.pruned))
	case r.Sequence < next:
		return problemAt(KindInserted, r, "there is a record of that number already")
	case r.Sequence > next && w.ahead(next):
		return problemAt(KindOutOfOrder, r, fmt.Sprintf("record %d comes after it", next))
	case r.Sequence > next:
		return w.gap(r.Sequence - 1)
	}
	before := w.chain
	if err := w.chain.AppendLinked(r); err != nil {
		return problemAt(KindChanged, r, "it is no record of a call any more")
	}
	if w.chain.Head != r.Link {
		return w.judge(before, r)
	}
	w.report.Last = r.Sequence
	if r.Removed == nil {
		w.report.Records++
	} else if problem := w.gone(r); problem != nil {
		return problem
	}
	return w.cut()
}

// ahead tells whether a record stands further on.
func (w *walk) ahead(sequence int64) bool {
	for i := range w.page {
		if w.page[i].Sequence == sequence {
			return true
		}
	}
	return false
}

// cut compares with the checkpoints that end at the record that was just taken.
func (w *walk) cut() *Problem {
	for ; w.nextCut < len(w.marks) && w.marks[w.nextCut].last == w.chain.Last; w.nextCut++ {
		if m := &w.marks[w.nextCut]; m.head != w.chain.Head {
			return &Problem{
				Kind: KindHead, Sequence: m.first, Until: m.last, Checkpoint: m.number,
				Detail: fmt.Sprintf("they were linked anew after checkpoint %d", m.number),
			}
		}
		if problem := w.settle(&w.marks[w.nextCut]); problem != nil {
			return problem
		}
	}
	return nil
}

// judge tells what happened to a record that isn't what was linked in its place:
// it looks which record of those that follow was.
func (w *walk) judge(before txlog.Chain, r *txlog.Linked) *Problem {
	for i := 1; i < len(w.page); i++ {
		x := &w.page[i]
		with, ok := follow(before, x)
		if !ok || with.Head != r.Link && with.Head != x.Link {
			continue
		}
		if i+1 < len(w.page) {
			if y := &w.page[i+1]; fits(with, y, y.Link) {
				return problemAt(KindInserted, r, "the chain goes on without it")
			}
		} else if !fits(with, r, r.Link) && !fits(with, r, x.Link) {
			return problemAt(KindInserted, r, "the chain goes on without it")
		}
		return problemAt(KindOutOfOrder, r, fmt.Sprintf("its place is that of transaction %s", x.TransactionID))
	}
	return problemAt(KindChanged, r, "it isn't what was linked in this place")
}

// follow gives the chain with one more record.
func follow(c txlog.Chain, r *txlog.Linked) (txlog.Chain, bool) {
	grown := txlog.Chain{Last: c.Last, Head: c.Head} // with a buffer of its own
	err := grown.AppendLinked(r)
	return grown, err == nil
}

func fits(c txlog.Chain, r *txlog.Linked, link txlog.Link) bool {
	grown, ok := follow(c, r)
	return ok && grown.Head == link
}
