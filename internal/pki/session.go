// SPDX-License-Identifier: EUPL-1.2

package pki

import (
	"crypto/tls"
	"sync"
	"time"
)

const (
	sessionsPerClient = 128
	// renewalPause covers tickets that belong to the old certificate but
	// arrive after the renewal was noticed.
	renewalPause = time.Minute
)

// sessionCache forgets all sessions when this Peer's certificate changes. A
// resumed session has the client identity of its first handshake: with an old
// certificate in it, tokens bound to the new one would be refused.
type sessionCache struct {
	source Source
	now    func() time.Time

	mu       sync.Mutex
	pair     *KeyPair
	sessions tls.ClientSessionCache
	resumeAt time.Time
}

func newSessionCache(source Source, now func() time.Time) *sessionCache {
	return &sessionCache{
		source:   source,
		now:      now,
		pair:     source.Current(),
		sessions: tls.NewLRUClientSessionCache(sessionsPerClient),
	}
}

// Get implements [tls.ClientSessionCache].
func (c *sessionCache) Get(key string) (*tls.ClientSessionState, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.followSource()
	return c.sessions.Get(key)
}

// Put implements [tls.ClientSessionCache].
func (c *sessionCache) Put(key string, session *tls.ClientSessionState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.followSource()
	if session != nil && c.now().Before(c.resumeAt) {
		return
	}
	c.sessions.Put(key, session)
}

// followSource needs c.mu.
func (c *sessionCache) followSource() {
	pair := c.source.Current()
	if pair == c.pair {
		return
	}
	c.pair = pair
	c.sessions = tls.NewLRUClientSessionCache(sessionsPerClient)
	c.resumeAt = c.now().Add(renewalPause)
}
