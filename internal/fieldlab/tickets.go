// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"crypto/rand"
	"sync"
	"time"
)

const (
	ticketLife = 30 * time.Second
	maxTickets = 100
)

// tickets are the ways in from the start page to the pages of an organisation:
// each is good once, for one person of one organisation, and not for long.
type tickets struct {
	now  func() time.Time
	mu   sync.Mutex
	open map[string]ticket // by what stands in the address
}

type ticket struct {
	organisation, email string
	until               time.Time
}

func newTickets(now func() time.Time) *tickets {
	return &tickets{now: now, open: map[string]ticket{}}
}

// give makes a ticket; false when there are too many that nobody used.
func (t *tickets) give(organisation, email string) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for name, one := range t.open {
		if !now.Before(one.until) {
			delete(t.open, name)
		}
	}
	if len(t.open) >= maxTickets {
		return "", false
	}
	name := rand.Text() // 130 random bits: nobody guesses one
	t.open[name] = ticket{organisation, email, now.Add(ticketLife)}
	return name, true
}

// take uses a ticket up, also when it comes to the wrong organisation.
func (t *tickets) take(organisation, name string) (email string, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	one, ok := t.open[name]
	delete(t.open, name)
	if !ok || one.organisation != organisation || !t.now().Before(one.until) {
		return "", false
	}
	return one.email, true
}
