// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"iter"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

// LogCheckpoint is a checkpoint of the transaction log, as it was stored.
type LogCheckpoint struct {
	evidence.Sealed
	// Says is what it says of itself; nil: it can't be read, which
	// [Controller.CheckLog] tells about.
	Says *evidence.Checkpoint
}

// CheckpointPage is a part of the checkpoints, newest first.
type CheckpointPage struct {
	Checkpoints []LogCheckpoint
	// Next is the number behind which the listing continues; 0: it ends.
	Next int64
}

// CheckLog verifies the transaction log by its chain and checkpoints, or the part
// between two moments; a zero moment is no bound. It leaves an event, since it reads
// everything.
func (c *Controller) CheckLog(ctx context.Context, a operator.Actor, from, until time.Time) (*evidence.Report, error) {
	check, err := c.FollowLogCheck(ctx, a, from, until)
	if err != nil {
		return nil, err
	}
	return check(func(int64, int64) {})
}

// LogCheck verifies, and tells meanwhile how far it is.
type LogCheck func(tell evidence.Progress) (*evidence.Report, error)

// FollowLogCheck is [Controller.CheckLog] for somebody who wants to know how far it
// is. Whether the actor may is known before it begins.
func (c *Controller) FollowLogCheck(ctx context.Context, a operator.Actor, from, until time.Time) (LogCheck, error) {
	e := operator.Event{Act: "log.check", Changes: filled("from", moment(from), "until", moment(until))}
	if err := c.view(a, operator.PermissionReadLog); err != nil {
		return nil, c.cfg.People.Record(ctx, a, e, err)
	}
	return func(tell evidence.Progress) (r *evidence.Report, err error) {
		err = c.act(ctx, a, operator.PermissionReadLog, e, func() (err error) {
			r, err = c.cfg.Verifier.Follow(ctx, c.cfg.Evidence, evidence.Window{From: unixOf(from), Until: unixOf(until)}, tell)
			return err
		})
		return r, err
	}, nil
}

func unixOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// LogCheckpoints lists checkpoints, the newest first; before, when not 0,
// continues a listing.
func (c *Controller) LogCheckpoints(ctx context.Context, a operator.Actor, before int64, limit int) (*CheckpointPage, error) {
	if err := c.view(a, operator.PermissionReadLog); err != nil {
		return nil, err
	}
	if limit < 1 || limit > maxLogPageSize {
		limit = logPageSize
	}
	found, err := c.cfg.Evidence.NewestCheckpoints(ctx, before, limit+1)
	if err != nil {
		return nil, err
	}
	p := &CheckpointPage{}
	if len(found) > limit {
		found = found[:limit]
		p.Next = found[limit-1].Number
	}
	for _, s := range found {
		l := LogCheckpoint{Sealed: s}
		if says, err := s.Read(); err == nil {
			l.Says = says
		}
		p.Checkpoints = append(p.Checkpoints, l)
	}
	return p, nil
}

// ExportEvidence writes down that the log is exported and then gives all of it
// with its checkpoints, as the lines of a file that proves it elsewhere.
func (c *Controller) ExportEvidence(ctx context.Context, a operator.Actor) (iter.Seq2[evidence.Line, error], error) {
	e := operator.Event{Act: "log.export", Object: "evidence"}
	if err := c.act(ctx, a, operator.PermissionReadLog, e, func() error { return nil }); err != nil {
		return nil, err
	}
	return c.cfg.Verifier.Lines(ctx, c.cfg.Evidence), nil
}
