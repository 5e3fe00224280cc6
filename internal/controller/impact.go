// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// impactDays is how far an impact looks back.
const impactDays = 7

// maxAlternatives bounds the contracts that are searched for a replacement.
const maxAlternatives = 50

// Impact is what stops when a contract ends, judged by the traffic of the last
// days.
type Impact struct {
	Hash fsc.ContentHash
	// From and Until bound the period; Until is the start of the running hour
	// plus one.
	From, Until time.Time
	// Days are the calls in each 24 hours of it, oldest first.
	Days []int64
	// CallsPerDay is the average, rounded up, so that one call isn't none.
	CallsPerDay int64
	Grants      []GrantImpact
	// Applications counts the Outways that used grants of it in the period.
	Applications int
	// Unseen: calls of some grants pass neither our Inway nor our Outway, so we
	// can't count them.
	Unseen bool
}

// GrantImpact is the impact of one grant.
type GrantImpact struct {
	Sentence Sentence
	Calls    int64 // in the whole period
	// Counted tells whether we see the calls of this grant.
	Counted bool
	// Alternative is another valid contract that gives the same right; empty if none.
	Alternative fsc.ContentHash
}

// Impact tells what would stop if the contract ended now.
func (c *Controller) Impact(ctx context.Context, a operator.Actor, h fsc.ContentHash) (*Impact, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	stored, err := c.findContract(ctx, h)
	if err != nil {
		return nil, err
	}
	b, err := c.bookOf(ctx, stored.Content)
	if err != nil {
		return nil, err
	}
	until := c.cfg.Now().UTC().Truncate(time.Hour).Add(time.Hour)
	out := &Impact{Hash: h, From: until.AddDate(0, 0, -impactDays), Until: until, Days: make([]int64, impactDays)}
	used := map[string]bool{}
	for i := range stored.Content.Grants {
		g := &stored.Content.Grants[i]
		gi := GrantImpact{Sentence: b.sentence(g, stored.Content.Validity)}
		if g.Type.IsConnection() {
			if gi.Alternative, err = c.alternative(ctx, h, g); err != nil {
				return nil, err
			}
			if err := c.countCalls(ctx, g, &gi, out); err != nil {
				return nil, err
			}
			if gi.Calls > 0 {
				used[string(g.Outway.PeerID)+"/"+g.Outway.PublicKeyThumbprint+"/"+g.Outway.DomainName] = true
			}
		}
		out.Grants = append(out.Grants, gi)
	}
	out.Applications = len(used)
	var sum int64
	for _, n := range out.Days {
		sum += n
	}
	out.CallsPerDay = int64(math.Ceil(float64(sum) / impactDays))
	return out, nil
}

// countCalls adds the calls of a grant, from the side of them that we see.
func (c *Controller) countCalls(ctx context.Context, g *fsc.Grant, gi *GrantImpact, out *Impact) error {
	var side txlog.Direction
	switch c.Self().ID {
	case g.Service.PeerID:
		side = txlog.DirectionIncoming
	case g.Outway.PeerID:
		side = txlog.DirectionOutgoing
	default:
		out.Unseen = true
		return nil
	}
	gi.Counted = true
	counts, err := c.cfg.Log.Traffic(ctx, txlog.TrafficQuery{
		From: out.From, Until: out.Until, Direction: side, GrantHashes: []string{string(g.Hash)}, PerHour: true,
	})
	if err != nil {
		return err
	}
	for _, t := range counts {
		day := int(t.Hour.Sub(out.From) / (24 * time.Hour))
		if day >= 0 && day < len(out.Days) {
			out.Days[day] += t.Calls
			gi.Calls += t.Calls
		}
	}
	return nil
}

// alternative finds another valid contract that gives the same right.
func (c *Controller) alternative(ctx context.Context, not fsc.ContentHash, g *fsc.Grant) (fsc.ContentHash, error) {
	other := g.Service.PeerID
	if other == c.Self().ID {
		other = g.Outway.PeerID
	}
	page, err := c.cfg.Manager.SearchContracts(ctx, manager.ContractSearch{
		State: fsc.StateValid, Service: g.Service.Name, Peer: other, Limit: maxAlternatives,
	})
	if err != nil {
		return "", err
	}
	same := func(o fsc.Grant) bool {
		return o.Type == g.Type && o.Service == g.Service && o.Outway == g.Outway && o.Delegator == g.Delegator
	}
	for _, found := range page.Contracts {
		if found.Content.Hash() != not && slices.ContainsFunc(found.Content.Grants, same) {
			return found.Content.Hash(), nil
		}
	}
	return "", nil
}
