// SPDX-License-Identifier: EUPL-1.2

package inway

import "context"

// follow ends a call that may switch protocols when its contract ends: such a call can
// stay open for as long as nobody checks it again. What it gives is for the end of the call.
func (g *Inway) follow(c *call) (leave func()) {
	ctx, cancel := context.WithCancel(c.r.Context())
	c.r = c.r.WithContext(ctx)
	g.update.Lock()
	defer g.update.Unlock()
	g.tunnels[c] = cancel
	if g.snapshot.Load().over(c) { // it may be newer than the one the call was checked by
		cancel()
	}
	return func() {
		cancel()
		g.update.Lock()
		defer g.update.Unlock()
		delete(g.tunnels, c)
	}
}

// endTunnels needs g.update.
func (g *Inway) endTunnels(s *snapshot) {
	for c, cancel := range g.tunnels {
		if s.over(c) {
			cancel()
		}
	}
}

// over tells whether the contract behind a call has ended.
func (s *snapshot) over(c *call) bool {
	_, ended := s.ended[c.token.claims.GrantHash]
	return ended
}
