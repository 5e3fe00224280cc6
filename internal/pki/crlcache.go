// SPDX-License-Identifier: EUPL-1.2

package pki

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	// maxPoints is how many distribution points of one certificate are tried.
	maxPoints = 3
	// maxCached bounds the lists kept; a Group has a handful of issuers.
	maxCached = 1024
	// retryPause keeps an unreachable source from slowing each handshake.
	retryPause = time.Minute
	// unusedAfter is when a list nobody asked for is forgotten.
	unusedAfter = 7 * 24 * time.Hour
)

type crlKey struct {
	url    string
	issuer [sha256.Size]byte
}

// crlCache keeps the lists fetched from distribution points.
type crlCache struct {
	fetch *fetcher
	now   func() time.Time

	mu      sync.Mutex
	entries map[crlKey]*crlEntry
}

// crlEntry is one distribution point of one issuer. Fetching has a lock of its
// own, so that a refresh never makes a handshake wait for a list that is there.
type crlEntry struct {
	url      string
	issuer   *x509.Certificate
	fetching sync.Mutex

	mu         sync.Mutex
	list       *revocationList
	err        error
	fetchedAt  time.Time
	retryAfter time.Time
	usedAt     time.Time
}

// status asks each distribution point until one knows.
func (c *crlCache) status(ctx context.Context, cert, issuer *x509.Certificate) revocationStatus {
	tried := 0
	for _, url := range cert.CRLDistributionPoints {
		if tried == maxPoints {
			break
		}
		if !isHTTP(url) {
			continue
		}
		tried++
		list := c.entry(url, issuer).get(ctx, c.fetch, c.now)
		if list == nil {
			continue
		}
		if status := list.status(cert, c.now()); status != statusUnknown {
			return status
		}
	}
	return statusUnknown
}

func (c *crlCache) entry(url string, issuer *x509.Certificate) *crlEntry {
	key := crlKey{url, sha256.Sum256(issuer.Raw)}
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok {
		if len(c.entries) >= maxCached {
			clear(c.entries)
		}
		e = &crlEntry{url: url, issuer: issuer, usedAt: c.now()}
		c.entries[key] = e
	}
	return e
}

// all gives the entries in use and forgets the others.
func (c *crlCache) all() []*crlEntry {
	limit := c.now().Add(-unusedAfter)
	c.mu.Lock()
	defer c.mu.Unlock()
	var entries []*crlEntry
	for key, e := range c.entries {
		if e.lastUse().Before(limit) {
			delete(c.entries, key)
			continue
		}
		entries = append(entries, e)
	}
	return entries
}

// refresh fetches what is older than age or outdated before it would be.
func (c *crlCache) refresh(ctx context.Context, age time.Duration) {
	for _, e := range c.all() {
		if e.due(c.now(), age) {
			e.update(ctx, c.fetch, c.now)
		}
	}
}

func (c *crlCache) health() error {
	now := c.now()
	var errs []error
	for _, e := range c.all() {
		errs = append(errs, e.health(now))
	}
	return errors.Join(errs...)
}

// get gives a current list, after fetching it if needed; failing that an
// outdated one or nil.
func (e *crlEntry) get(ctx context.Context, fetch *fetcher, now func() time.Time) *revocationList {
	if list, settled := e.peek(now()); settled {
		return list
	}
	e.fetching.Lock()
	defer e.fetching.Unlock()
	if list, settled := e.peek(now()); settled {
		return list // Fetched while this handshake waited its turn.
	}
	e.download(ctx, fetch, now)
	list, _ := e.peek(now())
	return list
}

func (e *crlEntry) update(ctx context.Context, fetch *fetcher, now func() time.Time) {
	e.fetching.Lock()
	defer e.fetching.Unlock()
	e.download(ctx, fetch, now)
}

// peek is settled when fetching would be needless or is paused.
func (e *crlEntry) peek(now time.Time) (list *revocationList, settled bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.usedAt = now
	return e.list, (e.list != nil && e.list.current(now)) || now.Before(e.retryAfter)
}

// download needs e.fetching.
func (e *crlEntry) download(ctx context.Context, fetch *fetcher, now func() time.Time) {
	list, err := e.load(ctx, fetch, now())
	e.mu.Lock()
	defer e.mu.Unlock()
	e.err = err
	if err != nil {
		e.retryAfter = now().Add(retryPause)
		return
	}
	// An older list than the one known may be a replay to hide a revocation.
	if e.list == nil || !list.crl.ThisUpdate.Before(e.list.crl.ThisUpdate) {
		e.list = list
	}
	e.fetchedAt = now()
	if !e.list.current(now()) {
		e.retryAfter = now().Add(retryPause)
	}
}

func (e *crlEntry) load(ctx context.Context, fetch *fetcher, now time.Time) (*revocationList, error) {
	data, err := fetch.get(ctx, e.url)
	if err != nil {
		return nil, err
	}
	lists, err := parseRevocationLists(data)
	if err != nil {
		return nil, err
	}
	for _, list := range lists {
		if list.signedBy(e.issuer) && !list.crl.ThisUpdate.After(now.Add(clockSkew)) {
			return list, nil
		}
	}
	return nil, fmt.Errorf("no usable CRL signed by %q", e.issuer.Subject)
}

func (e *crlEntry) due(now time.Time, age time.Duration) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if now.Before(e.retryAfter) {
		return false
	}
	return e.list == nil || now.Sub(e.fetchedAt) >= age || !e.list.current(now.Add(age))
}

func (e *crlEntry) lastUse() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.usedAt
}

// health is quiet about a failed refresh as long as the list known is current.
func (e *crlEntry) health(now time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.list != nil && e.list.current(now):
		return nil
	case e.err != nil:
		return fmt.Errorf("CRL %s: %w", e.url, e.err)
	case e.list != nil:
		return fmt.Errorf("CRL %s is outdated since %s", e.url, e.list.crl.NextUpdate.Format(time.RFC3339))
	default:
		return nil
	}
}

func isHTTP(url string) bool {
	return strings.HasPrefix(url, "http://") || strings.HasPrefix(url, "https://")
}
