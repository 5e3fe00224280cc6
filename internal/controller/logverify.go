// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// Verification is the result of comparing our records with those of one Peer.
type Verification struct {
	Peer  fsc.Peer
	At    time.Time
	Asked int
	// Equal, Different and Missing add up to Asked when the Peer answered.
	Equal, Different, Missing int
	// From and Until are the times of the oldest and newest record compared.
	From, Until time.Time
	// Pairs are those that don't agree.
	Pairs []RecordPair
	// Problem tells that the Peer didn't answer, in English.
	Problem string
}

// verifySize is how many records are compared at once: their IDs stand in the
// query of one request.
const verifySize = 100

// Verify compares the newest records of a search with those that one Peer has.
// Somebody who compares leaves an event, since the other Peer is asked for it.
func (c *Controller) Verify(ctx context.Context, a operator.Actor, s txlog.Search) (*Verification, error) {
	if s.Peer == "" {
		return nil, &operator.Error{Kind: operator.KindInvalid, Field: "peer", Text: "name the Peer to compare with"}
	}
	var v *Verification
	e := operator.Event{Act: "log.verify", Object: string(s.Peer), Changes: filled("service_name", s.ServiceName, "from", moment(s.From), "until", moment(s.Until))}
	err := c.act(ctx, a, operator.PermissionReadLog, e, func() (err error) {
		v, err = c.verify(ctx, a, s)
		return err
	})
	return v, err
}

func (c *Controller) verify(ctx context.Context, a operator.Actor, s txlog.Search) (*Verification, error) {
	if err := c.mayRead(a, s); err != nil {
		return nil, err
	}
	s.Limit = verifySize
	records, err := c.cfg.Log.Search(ctx, s)
	if err != nil {
		return nil, err
	}
	known, err := c.lookUp(ctx, s.Peer)
	if err != nil {
		return nil, err
	}
	// A delegator can read records but holds none.
	records = slices.DeleteFunc(records, func(r txlog.Record) bool { return otherEnd(r) != s.Peer })
	v := &Verification{Peer: known.peer(s.Peer), At: c.cfg.Now(), Asked: len(records)}
	if len(records) == 0 {
		return v, nil
	}
	v.From, v.Until = records[len(records)-1].CreatedAt, records[0].CreatedAt
	for _, p := range c.compareAll(ctx, s.Peer, records) {
		v.add(p)
	}
	return v, nil
}

func (v *Verification) add(p RecordPair) {
	switch {
	case p.Problem != "":
		v.Problem = p.Problem
		return
	case p.Agrees():
		v.Equal++
		return
	case p.Theirs == nil:
		v.Missing++
	default:
		v.Different++
	}
	v.Pairs = append(v.Pairs, p)
}
