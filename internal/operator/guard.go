// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"container/list"
	"net/netip"
	"strings"
	"sync"
	"time"
)

const (
	// One account stands 10 wrong passwords in a row and then one a minute; one
	// network 30, and then one in 10 seconds, for many people can share it.
	accountBurst = 10
	accountEvery = time.Minute
	networkBurst = 30
	networkEvery = 10 * time.Second
	// maxBuckets bounds the memory of each kind.
	maxBuckets = 10_000
)

// guard slows down who guesses. Attempts are counted per account and per
// network. Somebody who logged in before from a network has a count of their
// own there, so that a stranger's guessing doesn't lock them out; nor does that of
// a stranger in the same network, which behind a proxy is everybody.
type guard struct {
	accounts, networks *buckets
	known              *buckets // account and network that logged in before
}

func newGuard() *guard {
	return &guard{
		accounts: newBuckets(accountBurst, accountEvery),
		networks: newBuckets(networkBurst, networkEvery),
		known:    newBuckets(accountBurst, accountEvery),
	}
}

// attempt is one try; its outcome has to be told when it was right.
type attempt struct {
	g                *guard
	account, network string
	pair             string
	known            bool // the pair has a count of its own
}

// try counts an attempt, or tells how long to wait.
func (g *guard) try(email, from string, now time.Time) (*attempt, error) {
	at := &attempt{g: g, account: strings.ToLower(strings.TrimSpace(email)), network: networkOf(from)}
	at.pair = at.account + "\x00" + at.network
	at.known = at.account != "" && g.known.has(at.pair)
	var wait time.Duration
	if at.known {
		wait = g.known.take(at.pair, now)
	} else if wait = g.networks.take(at.network, now); wait == 0 && at.account != "" {
		wait = g.accounts.take(at.account, now)
	}
	if wait > 0 {
		return nil, &Error{Kind: KindTooMany, Text: "there were too many attempts", RetryAfter: wait}
	}
	return at, nil
}

// succeeded gives back what was counted and remembers the network.
func (at *attempt) succeeded(now time.Time) {
	if at.known {
		at.g.known.refill(at.pair)
		return
	}
	at.g.networks.giveBack(at.network)
	if at.account == "" {
		return
	}
	at.g.accounts.giveBack(at.account)
	at.g.known.add(at.pair, now)
}

// networkOf gives the network of an address: /24 of IPv4, /56 of IPv6, which
// one subscriber has for itself.
func networkOf(from string) string {
	addr, err := netip.ParseAddr(from)
	if err != nil {
		return cut(from, 100)
	}
	addr = addr.Unmap().WithZone("")
	bits := 56
	if addr.Is4() {
		bits = 24
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return addr.String()
	}
	return p.String()
}

// buckets are token buckets by key; of too many the longest unused is forgotten.
type buckets struct {
	burst float64
	every time.Duration
	mu    sync.Mutex
	byKey map[string]*list.Element
	order *list.List // newest use in front
}

type bucket struct {
	key    string
	tokens float64
	at     time.Time
}

func newBuckets(burst int, every time.Duration) *buckets {
	return &buckets{burst: float64(burst), every: every, byKey: map[string]*list.Element{}, order: list.New()}
}

// take takes a token, or tells how long it takes until there is one.
func (b *buckets) take(key string, now time.Time) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.find(key, now)
	if passed := now.Sub(k.at); passed > 0 {
		k.tokens = min(b.burst, k.tokens+float64(passed)/float64(b.every))
		k.at = now
	}
	if k.tokens < 1 {
		return max(time.Duration((1-k.tokens)*float64(b.every)), time.Millisecond)
	}
	k.tokens--
	return 0
}

// find gives the bucket, a full one for a new key. The lock is held.
func (b *buckets) find(key string, now time.Time) *bucket {
	if el, ok := b.byKey[key]; ok {
		b.order.MoveToFront(el)
		return el.Value.(*bucket)
	}
	if b.order.Len() >= maxBuckets {
		oldest := b.order.Back()
		delete(b.byKey, oldest.Value.(*bucket).key)
		b.order.Remove(oldest)
	}
	k := &bucket{key: key, tokens: b.burst, at: now}
	b.byKey[key] = b.order.PushFront(k)
	return k
}

func (b *buckets) add(key string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.find(key, now)
}

func (b *buckets) has(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.byKey[key]
	return ok
}

func (b *buckets) giveBack(key string) { b.put(key, 1) }

func (b *buckets) refill(key string) { b.put(key, b.burst) }

func (b *buckets) put(key string, tokens float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if el, ok := b.byKey[key]; ok {
		k := el.Value.(*bucket)
		k.tokens = min(b.burst, k.tokens+tokens)
	}
}
