// SPDX-License-Identifier: EUPL-1.2

package outway

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/samenspel/samenspel/internal/proxy"
	"github.com/samenspel/samenspel/internal/spread"
)

const (
	// maxInways is the most Inways of one service that are known at once, and maxTries
	// the most that one call is tried at.
	maxInways = 8
	maxTries  = 3
	// lookAgain is how long after the first token for an Inway the Manager is asked
	// once more: the next token may name another one.
	lookAgain = 2 * time.Second
	// askAgain keeps an Inway that tokens name no more from being asked for at each call.
	askAgain = 15 * time.Second
	// leaves is how long calls avoid an Inway that ends its connections.
	leaves = 10 * time.Second
)

// inway is one address of an Inway: connections, and what calls tell of it.
type inway struct {
	*proxy.Upstream
	spread.Target
	key    inwayKey
	tokens int // that lead to it; under Outway.mu
}

func (t *token) target() *spread.Target { return &t.inway.Target }

// known gives the tokens of a grant, at most one for each Inway.
func (s *state) known() []*token {
	if list := s.tokens.Load(); list != nil {
		return *list
	}
	return nil
}

// pick chooses between the Inways there is a token for, other than those tried.
func (g *grant) pick(now time.Time, thumbprint string, tried []*inway) *token {
	list := g.known()
	i := spread.Choose(list, (*token).target, func(t *token) bool {
		return t.usable(now, thumbprint) && !slices.Contains(tried, t.inway)
	}, now, g.turn.Add(1))
	if i < 0 {
		return nil
	}
	return list[i]
}

// due tells whether a token should be fetched beside the calls.
func (g *grant) due(now time.Time) bool {
	return slices.ContainsFunc(g.known(), func(t *token) bool { return !now.Before(t.refreshAt) })
}

// with gives the tokens of a grant with one more, in place of the one for the same
// Inway. A first token for an Inway is a reason to look for more. It needs o.mu.
func (g *grant) with(t *token, now time.Time) []*token {
	list, seen := []*token{t}, false
	for _, have := range g.known() {
		switch {
		case have.inway == t.inway:
			seen = true
		case have.usable(now, t.thumbprint) && len(list) < maxInways:
			if !now.Before(have.refreshAt) {
				later := *have
				later.refreshAt = now.Add(askAgain)
				have = &later
			}
			list = append(list, have)
		}
	}
	if look := now.Add(lookAgain); !seen && look.Before(t.refreshAt) {
		t.refreshAt = look
	}
	return list
}

// discard forgets a token the Inway refused.
func (o *Outway) discard(g *grant, t *token) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.keep(g.state, slices.DeleteFunc(slices.Clone(g.known()), func(have *token) bool { return have.authorization == t.authorization }))
}

// judge learns from a call how its Inway is. A client that left tells nothing, nor
// does a response that broke off.
func (o *Outway) judge(in *inway, err error) {
	_, unreachable := errors.AsType[*proxy.DialError](err)
	switch {
	case err == nil:
		in.Succeeded()
	case errors.Is(err, proxy.ErrClient):
	case unreachable, errors.Is(err, proxy.ErrBeforeResponse):
		in.Failed(o.cfg.Now())
	}
}

// again tells whether a call to which no answer came is made anew at another Inway. It
// may have arrived, so only one that may happen twice is.
func (o *Outway) again(c *call, err error) bool {
	return c.repeatable && errors.Is(err, proxy.ErrBeforeResponse) && !errors.Is(err, proxy.ErrClient) && o.elsewhere(c)
}

// elsewhere finds a token for an Inway that the call wasn't tried at. When there is
// none, the provider's Manager may know one.
func (o *Outway) elsewhere(c *call) bool {
	if c.tries == maxTries-1 {
		return false
	}
	c.tried[c.tries] = c.token.inway
	c.tries++
	thumbprint := o.cfg.Certificate()
	t := c.grant.pick(o.cfg.Now(), thumbprint, c.tried[:c.tries])
	if t == nil && o.seek(c.r.Context(), c.grant, thumbprint) {
		t = c.grant.pick(o.cfg.Now(), thumbprint, c.tried[:c.tries])
	}
	if t != nil {
		c.token = t
	}
	return t != nil
}

// seek asks for a token for an Inway that isn't aside, once for all calls that need
// one at the same time and at most once a second. It tells whether the Manager was asked.
func (o *Outway) seek(ctx context.Context, g *grant, thumbprint string) bool {
	result := o.flight.DoChan("seek"+string(g.Hash)+thumbprint, func() (any, error) { //nolint:contextcheck // goes on for others when this call ends
		last := g.sought.Load()
		if o.cfg.Now().UnixNano()-last < int64(minAge) {
			return false, nil
		}
		for range 2 { // the Manager names each in turn
			if t, err := o.obtain(g); err != nil || !t.inway.Aside(o.cfg.Now()) {
				break
			}
		}
		g.sought.Store(o.cfg.Now().UnixNano())
		return true, nil //nolint:nilerr // the Manager was asked; whether it gave something shows in the pool
	})
	select {
	case r := <-result:
		return r.Val == true
	case <-ctx.Done():
		return false
	}
}
