// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"crypto/sha256"
	"slices"
	"sync"
)

const (
	// onceField of a form has a value that no other form has, see the template once.
	onceField = "once"
	// maxOnce is the longest value that is looked at, in bytes.
	maxOnce = 64
	// maxAttempts is how many forms are remembered.
	maxAttempts = 1024
)

// outcome is where a form led to.
type outcome struct {
	to, key string
	args    []any
}

// attempt is a form that is being worked on, or that led somewhere.
type attempt struct {
	done chan struct{}
	went *outcome // nil when nothing came of it; not before done is closed
}

// attempts remember forms, so that one that is sent twice is one act: by a second
// click, by the button back, or by a browser that tries again. A form that led to no
// other page, as one with a mistake, is forgotten.
type attempts struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]*attempt
	order [][sha256.Size]byte // the oldest first
}

func newAttempts() *attempts { return &attempts{known: map[[sha256.Size]byte]*attempt{}} }

// begin gives the attempt of a form, and whether it is the caller's to make.
func (a *attempts) begin(key [sha256.Size]byte) (t *attempt, mine bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.known[key]; t != nil {
		return t, false
	}
	if len(a.order) == maxAttempts {
		delete(a.known, a.order[0])
		a.order = a.order[1:]
	}
	t = &attempt{done: make(chan struct{})}
	a.known[key], a.order = t, append(a.order, key)
	return t, true
}

// end tells those who wait what came of an attempt.
func (a *attempts) end(key [sha256.Size]byte, t *attempt, went *outcome) {
	a.mu.Lock()
	if went == nil && a.known[key] == t {
		delete(a.known, key)
		i := slices.Index(a.order, key)
		a.order = slices.Delete(a.order, i, i+1)
	}
	a.mu.Unlock()
	t.went = went
	close(t.done)
}

// runOnce is run for a form that may come twice: it is done once, and leads to the
// same page each time. What else was sent counts too, so a form that was changed
// after the button back is another one.
func (q *request) runOnce(h func(*request) error) {
	value := q.value(onceField)
	if value == "" || len(value) > maxOnce {
		q.run(h)
		return
	}
	key := sha256.Sum256([]byte(string(q.Actor.Account) + "\n" + q.r.URL.Path + "\n" + q.form.Encode()))
	for {
		t, mine := q.s.sent.begin(key)
		if mine {
			defer func() { q.s.sent.end(key, t, q.went) }()
			q.run(h)
			return
		}
		select {
		case <-t.done:
		case <-q.Ctx.Done():
			return
		}
		if t.went != nil {
			_ = q.redirect(t.went.to, t.went.key, t.went.args...)
			return
		}
	}
}
