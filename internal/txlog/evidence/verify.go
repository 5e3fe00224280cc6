// SPDX-License-Identifier: EUPL-1.2

package evidence

import (
	"context"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

const (
	// pageSize is how many records or checkpoints are read at once.
	pageSize = 1000
	// lookAhead is how many records, at the least, are looked at to tell what
	// happened to the one before them.
	lookAhead = 100
	// attempts is how often a verification begins anew because records were lawfully
	// removed under it.
	attempts = 3
)

// Source gives a chain to be verified. Nothing it says is trusted.
type Source interface {
	// ChainState tells where the chain ends.
	ChainState(ctx context.Context) (State, error)
	// Checkpoints lists them in order, from behind a number.
	Checkpoints(ctx context.Context, after int64, limit int) ([]Sealed, error)
	// Linked lists records in the order of the chain, from behind a number, also those
	// of which only [txlog.Removed] is left. A list shorter than limit is the last.
	Linked(ctx context.Context, after int64, limit int) ([]txlog.Linked, error)
	// Unlinked counts the records outside the chain and may give the newest.
	Unlinked(ctx context.Context) (int64, *txlog.Linked, error)
}

// Verifier verifies the log of one Peer. It never changes and serves any number
// of goroutines.
type Verifier struct {
	Peer    fsc.PeerID
	Group   fsc.GroupID
	Anchors Anchors
	// Damage tells what the log lacks that came before the chain; nil: nobody knows.
	Damage func() []txlog.Damage
	// Hold, when set, keeps records from being removed until release is called; see
	// [Keeper.Hold].
	Hold func() (release func())
}

// hold is Hold, if there is any.
func (v *Verifier) hold() (release func()) {
	if v.Hold == nil {
		return func() {}
	}
	return v.Hold()
}

// Window bounds a verification by the times of checkpoints, in Unix seconds: it
// begins at the last one signed before From and ends at the first one signed at
// Until or later. Zero is no bound.
type Window struct{ From, Until int64 }

// mark is what is left of a checkpoint that holds.
type mark struct {
	number, first, last, at int64
	head                    txlog.Link
	removal                 *Removal
}

// walk is one verification under way.
type walk struct {
	*Verifier
	source Source
	window Window
	report *Report
	tell   Progress

	marks  []mark
	pruned int64
	hash   string // of the last checkpoint
	signed bool   // a checkpoint tells where the chain begins
	state  State

	removals removals
	chain    txlog.Chain
	base     int64 // records up to here aren't looked at
	stop     int64 // nor those behind this one
	page     []txlog.Linked
	ended    bool // there are no more pages
	nextCut  int  // index in marks
}

// Check goes through a log until the first thing that doesn't hold, which the
// report names. The error is about reading. Memory doesn't grow with the number of
// records.
func (v *Verifier) Check(ctx context.Context, source Source, window Window) (*Report, error) {
	return v.Follow(ctx, source, window, func(int64, int64) {})
}

// Progress is told now and then how many records were looked at, and how many there
// are to look at. It may begin anew when records are lawfully removed meanwhile.
type Progress func(looked, of int64)

// Follow is [Verifier.Check] for somebody who wants to know how far it is.
func (v *Verifier) Follow(ctx context.Context, source Source, window Window, tell Progress) (*Report, error) {
	defer v.hold()()
	for attempt := 1; ; attempt++ {
		w := &walk{Verifier: v, source: source, window: window, report: &Report{PeerID: v.Peer}, tell: tell, removals: newRemovals()}
		if err := w.run(ctx); err != nil {
			return nil, fmt.Errorf("verify transaction log: %w", err)
		}
		w.report.Removed = w.removals.reasons()
		if v.Damage != nil {
			w.report.Damage = v.Damage()
		}
		if w.report.Problem == nil || attempt == attempts || !w.overtaken(ctx) {
			return w.report, nil
		}
	}
}

func (w *walk) run(ctx context.Context) error {
	for _, step := range []func(context.Context) (*Problem, error){w.checkpoints, w.end, w.records, w.outside} {
		problem, err := step(ctx)
		if err != nil {
			return err
		}
		if problem != nil {
			w.report.Problem = problem
			return nil
		}
	}
	return nil
}

// overtaken tells whether records were lawfully removed since the checkpoints
// were read. Reading says so; what is said is verified by the next attempt.
func (w *walk) overtaken(ctx context.Context) bool {
	page, err := w.source.Checkpoints(ctx, int64(len(w.marks)), pageSize)
	if err != nil || w.report.Problem.Kind == KindCheckpoint {
		return false
	}
	for _, s := range page {
		if c, err := s.Read(); err == nil && (c.Pruned > w.pruned || c.Removal != nil) {
			return true
		}
	}
	return false
}

// checkpoints verifies what was signed, before anything is measured by it.
func (w *walk) checkpoints(ctx context.Context) (*Problem, error) {
	for after := int64(0); ; {
		page, err := w.source.Checkpoints(ctx, after, pageSize)
		if err != nil {
			return nil, err
		}
		for _, s := range page {
			if detail := w.checkpoint(s); detail != "" {
				return &Problem{Kind: KindCheckpoint, Checkpoint: int64(len(w.marks)) + 1, Detail: detail}, nil
			}
			if problem := w.early(); problem != nil {
				return problem, nil
			}
			after = s.Number
		}
		if len(page) < pageSize {
			return nil, nil //nolint:nilnil // no problem
		}
	}
}

// checkpoint takes the next one, or says what is wrong with it.
func (w *walk) checkpoint(s Sealed) string {
	c, signed, err := s.parse()
	if err != nil {
		return "it can't be read"
	}
	last := mark{}
	if len(w.marks) > 0 {
		last = w.marks[len(w.marks)-1]
	}
	switch {
	case c.Number != last.number+1 || s.Number != c.Number:
		return "another one stands in its place"
	case c.Previous != w.hash:
		return "it doesn't follow the one before"
	case c.PeerID != w.Peer || c.GroupID != w.Group:
		return fmt.Sprintf("it is of the log of %s in the Group %s", c.PeerID, c.GroupID)
	case c.First != last.last+1 || c.At < last.at || c.Pruned < w.pruned, w.signed && c.Last == last.last && c.Head != last.head:
		return "it contradicts the one before"
	case w.signed && c.Start != w.report.Start:
		return "it tells of another beginning than the one before"
	case c.Pruned > w.pruned && !w.ends(c.Pruned):
		return "what was removed doesn't end at a checkpoint"
	case c.Removal != nil && !w.tellsOf(c):
		return "what it says was removed isn't what stood there"
	}
	signer, key, err := w.Anchors.identify(s.Chain, time.Unix(c.At, 0).UTC())
	switch {
	case err != nil || fsc.CertificateThumbprint(s.Chain[0]) != signed.CertificateThumbprint:
		return "the certificate of its key wasn't trusted in this Group at that time"
	case signer != w.Peer:
		return fmt.Sprintf("it was signed by %s", signer)
	case signed.Verify(key) != nil:
		return "its signature is false"
	}
	w.marks = append(w.marks, mark{number: c.Number, first: c.First, last: c.Last, at: c.At, head: c.Head, removal: c.Removal})
	w.pruned, w.hash, w.signed = c.Pruned, s.hash(), true
	w.report.Start, w.report.Pruned = c.Start, c.Pruned
	w.report.Checkpoints, w.report.CheckpointAt, w.report.Sealed = int64(len(w.marks)), c.At, c.Last
	return ""
}

// ends tells whether a checkpoint ends at this record.
func (w *walk) ends(last int64) bool { return w.markAt(last) != nil }

func (w *walk) markAt(last int64) *mark {
	for i := len(w.marks) - 1; i >= 0; i-- {
		if w.marks[i].last == last {
			return &w.marks[i]
		}
	}
	return nil
}

// end reads where the store says that the chain ends, and finds where to begin.
func (w *walk) end(ctx context.Context) (*Problem, error) {
	var err error
	if w.state, err = w.source.ChainState(ctx); err != nil {
		return nil, err
	}
	if w.signed && w.state.Start != w.report.Start {
		return &Problem{Kind: KindChanged, Detail: "the chain begins elsewhere than what was signed"}, nil
	}
	w.report.Start = w.state.Start
	if w.state.Last < w.report.Sealed {
		return &Problem{
			Kind: KindMissing, Sequence: w.state.Last + 1, Until: w.report.Sealed, Checkpoint: int64(len(w.marks)),
			Detail: "the log ends before its last checkpoint",
		}, nil
	}
	w.chain.Head, w.stop = w.state.Start.Link(), w.state.Last
	w.begin()
	w.report.First, w.report.Last = w.base+1, w.base
	return nil, nil //nolint:nilnil // no problem
}

// begin chooses the checkpoints between which is looked.
func (w *walk) begin() {
	from := w.markAt(w.pruned)
	for i := range w.marks {
		m := &w.marks[i]
		if m.at < w.window.From && m.last > w.pruned {
			from = m
		}
		if w.window.Until > 0 && m.at >= w.window.Until {
			w.stop = min(w.stop, max(m.last, w.pruned))
			break
		}
	}
	if from != nil && from.last > 0 {
		w.base, w.chain.Last, w.chain.Head = from.last, from.last, from.head
	}
	for w.nextCut < len(w.marks) && w.marks[w.nextCut].last <= w.base {
		w.nextCut++
	}
}

// whole tells whether the log is looked at to its end.
func (w *walk) whole() bool { return w.stop == w.state.Last }

// outside compares the records that are in no chain with what was signed.
func (w *walk) outside(ctx context.Context) (*Problem, error) {
	if !w.whole() || w.window.From > 0 {
		return nil, nil //nolint:nilnil // nothing is said about them
	}
	count, newest, err := w.source.Unlinked(ctx)
	if err != nil {
		return nil, err
	}
	w.report.Outside = count
	want := w.state.Start.Unlinked
	if w.pruned > 0 {
		want = 0
	}
	detail := fmt.Sprintf("there are %d records without a place in the chain, and there were %d when it began", count, want)
	switch {
	case count < want:
		return &Problem{Kind: KindMissing, Detail: detail}, nil
	case count > want && newest != nil:
		return problemAt(KindInserted, newest, detail), nil
	case count > want:
		return &Problem{Kind: KindInserted, Detail: detail}, nil
	}
	return nil, nil //nolint:nilnil // no problem
}
