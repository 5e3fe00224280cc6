// SPDX-License-Identifier: EUPL-1.2

package evidence_test

import (
	"context"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

// told tells what a keeper does to its store.
type told struct {
	*store.LogStore

	added, pruned chan *evidence.Checkpoint
}

func (s told) AddCheckpoint(ctx context.Context, c *evidence.Checkpoint, sealed evidence.Sealed) error {
	err := s.LogStore.AddCheckpoint(ctx, c, sealed)
	s.added <- c
	return err
}

func (s told) Prune(ctx context.Context, c *evidence.Checkpoint, sealed evidence.Sealed) (int64, error) {
	n, err := s.LogStore.Prune(ctx, c, sealed)
	s.pruned <- c
	return n, err
}

func TestARunningKeeperSignsWhatIsNewAndRemovesWhatIsOld(t *testing.T) {
	w := newWorld(t)
	w.fill()
	s := told{w.store.Log(), make(chan *evidence.Checkpoint, 1), make(chan *evidence.Checkpoint, 1)}
	cfg := w.configOf(town)
	cfg.Store, cfg.Records, cfg.Every, cfg.Keep = s, 5, time.Millisecond, 90*time.Minute
	w.at = w.at.Add(2*time.Hour + time.Second) // a clock may be an hour off, twice
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		evidence.NewKeeper(cfg).Run(ctx)
	}()
	if c := <-s.added; c.Number != 4 || c.First != 31 || c.Last != 35 {
		t.Errorf("signed %+v", c)
	}
	if c := <-s.pruned; c.Number != 5 || c.First != 36 || c.Pruned != 10 {
		t.Errorf("removed %+v", c)
	}
	stop()
	<-ended
	if r := w.check(); r.Problem != nil || r.Records != 25 || r.Pruned != 10 {
		t.Errorf("got %+v, %v", r, r.Problem)
	}
}

// overtaking removes records lawfully while they are verified.
type overtaking struct {
	*store.LogStore

	w    *world
	done bool
}

func (o *overtaking) Linked(ctx context.Context, after int64, limit int) ([]txlog.Linked, error) {
	if !o.done {
		o.done = true
		if _, err := o.w.keeper.Prune(ctx, o.w.at); err != nil {
			return nil, err
		}
	}
	return o.LogStore.Linked(ctx, after, limit)
}

func TestALawfulRemovalDuringAVerificationIsNoTampering(t *testing.T) {
	w := newWorld(t)
	w.fill()
	r, err := w.verifier.Check(t.Context(), &overtaking{LogStore: w.store.Log(), w: w}, evidence.Window{})
	if err != nil || r.Problem != nil || r.Pruned != 20 || r.Records != 15 {
		t.Errorf("got %+v, %v", r, err)
	}
}
