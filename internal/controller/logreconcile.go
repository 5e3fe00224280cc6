// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

// Comparison compares our transaction log with that of another Peer.
type Comparison interface {
	// CompareLogs finds the calls that only one of the two has. What stands in the way at
	// the other Peer is the report's Problem.
	CompareLogs(ctx context.Context, r reconcile.Request) (*reconcile.Report, error)
}

// LogComparison is what came of comparing a period with another Peer.
type LogComparison struct {
	*reconcile.Report
	Other fsc.Peer
}

// CompareLogs compares all calls of a period with those that another Peer has.
// Somebody who compares leaves an event, since the other Peer is asked for it.
func (c *Controller) CompareLogs(ctx context.Context, a operator.Actor, r reconcile.Request) (*LogComparison, error) {
	var out *LogComparison
	e := operator.Event{Act: "log.compare", Object: string(r.Peer), Changes: filled("grant_hash", r.Grant, "from", moment(r.From), "until", moment(r.Until))}
	err := c.act(ctx, a, operator.PermissionReadLog, e, func() (err error) {
		out, err = c.compareLogs(ctx, r)
		return err
	})
	return out, err
}

func (c *Controller) compareLogs(ctx context.Context, r reconcile.Request) (*LogComparison, error) {
	switch {
	case r.Peer == "":
		return nil, &operator.Error{Kind: operator.KindInvalid, Field: "peer", Text: "name the Peer to compare with"}
	case r.Peer == c.Self().ID:
		return nil, &operator.Error{Kind: operator.KindInvalid, Field: "peer", Text: "name another Peer: this is the log's own"}
	case r.Grant != "" && !isGrantHash(fsc.GrantHash(r.Grant)):
		return nil, &operator.Error{Kind: operator.KindInvalid, Field: "grant_hash", Text: "this is no hash of a grant"}
	case !r.From.IsZero() && !r.Until.IsZero() && !r.From.Before(r.Until):
		return nil, &operator.Error{Kind: operator.KindInvalid, Field: "until", Text: "the end must lie behind the beginning"}
	}
	report, err := c.cfg.Comparison.CompareLogs(ctx, r)
	if err != nil {
		return nil, err
	}
	if report.Problem != "" {
		c.cfg.Logger.Info("log of a peer can't be compared", "peer_id", r.Peer, "error", report.Problem)
	}
	known, err := c.lookUp(ctx, r.Peer)
	if err != nil {
		return nil, err
	}
	return &LogComparison{report, known.peer(r.Peer)}, nil
}
