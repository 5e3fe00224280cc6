// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"container/list"
	"crypto/sha256"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	// loginPatience is how long somebody may be at the provider.
	loginPatience = 10 * time.Minute
	// maxPendingLogins bounds the memory; of too many the oldest is forgotten.
	maxPendingLogins = 10_000
	maxReturnTo      = 2000
)

// pendingLogin is a login that went to a provider and hasn't come back.
type pendingLogin struct {
	provider  string
	state     [32]byte // SHA-256
	nonce     string
	verifier  string // of PKCE
	returnTo  string
	expiresAt time.Time
}

// pendingLogins are kept under the hash of the secret in the browser's cookie,
// so that nobody can finish a login that another browser began.
type pendingLogins struct {
	mu       sync.Mutex
	byCookie map[[32]byte]*list.Element
	order    *list.List // oldest in front
}

type pendingEntry struct {
	key   [32]byte
	login *pendingLogin
}

func newPendingLogins() *pendingLogins {
	return &pendingLogins{byCookie: map[[32]byte]*list.Element{}, order: list.New()}
}

// put keeps a login under the hash of its cookie and forgets what is too old.
func (p *pendingLogins) put(cookie [32]byte, l *pendingLogin, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for front := p.order.Front(); front != nil; front = p.order.Front() {
		old := front.Value.(*pendingEntry)
		if p.order.Len() < maxPendingLogins && now.Before(old.login.expiresAt) {
			break
		}
		p.order.Remove(front)
		delete(p.byCookie, old.key)
	}
	p.byCookie[cookie] = p.order.PushBack(&pendingEntry{key: cookie, login: l})
}

// take gives a login once.
func (p *pendingLogins) take(cookie string, now time.Time) (*pendingLogin, bool) {
	key := sha256.Sum256([]byte(cookie))
	p.mu.Lock()
	defer p.mu.Unlock()
	el, ok := p.byCookie[key]
	if !ok {
		return nil, false
	}
	p.order.Remove(el)
	delete(p.byCookie, key)
	l := el.Value.(*pendingEntry).login
	return l, now.Before(l.expiresAt)
}

// LocalPath gives back a path of this site, and "/" for everything else: other
// sites, also when disguised, and what no page has asked for.
func LocalPath(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil || len(s) > maxReturnTo,
		!strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//"),
		u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "",
		strings.HasPrefix(u.Path, "//"),
		strings.ContainsFunc(s+u.Path, func(r rune) bool { return r == '\\' || r < ' ' || r == 0x7f }):
		return "/"
	}
	return s
}
