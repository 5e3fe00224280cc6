// SPDX-License-Identifier: EUPL-1.2

package event

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	maxSubscriptions = 20
	maxAddress       = 2000 // characters
	maxTypes         = 50
	maxType          = 100 // characters
)

// Subscription is an endpoint that is told of events.
type Subscription struct {
	ID        string
	URL       string
	Types     []string // those below one of these, like "nl.collective.framework"; empty: all
	Secret    Secret
	CreatedAt time.Time // UTC
	// EndedAt is when it ended; zero while it runs. Ended says why.
	EndedAt time.Time
	Ended   Ending
}

// Ending says why a subscription ended.
type Ending string

// The endings.
const (
	EndedByUs   Ending = "removed" // by our own people
	EndedByThem Ending = "gone"    // the endpoint answered that it is gone for good (410)
)

// Wants tells whether the endpoint is to be told of events of this type.
func (s *Subscription) Wants(typ string) bool {
	if !s.EndedAt.IsZero() {
		return false
	}
	return len(s.Types) == 0 || slices.ContainsFunc(s.Types, func(t string) bool {
		return typ == t || strings.HasPrefix(typ, t+".")
	})
}

// Refusal is why a subscription isn't taken, in words for who asked for it.
type Refusal struct { //nolint:errname // reads well behind the package name
	Code   string // a stable word, by which pages choose a text
	Field  string // url, types; may be empty
	Detail string
}

// Error gives field and detail.
func (r *Refusal) Error() string {
	if r.Field == "" {
		return r.Detail
	}
	return r.Field + ": " + r.Detail
}

// Subscribe adds an endpoint, which is told of what is recorded from now on. The
// secret of what it gives is shown to whoever asked for it, this once. It gives a
// [*Refusal] when the address or a type can't be.
func (h *Hub) Subscribe(ctx context.Context, address string, types []string) (*Subscription, error) {
	if err := h.checkAddress(address); err != nil {
		return nil, err
	}
	if err := checkTypes(types); err != nil {
		return nil, err
	}
	s := &Subscription{
		ID: rand.Text(), URL: address, Types: slices.Compact(slices.Sorted(slices.Values(types))),
		Secret: NewSecret(), CreatedAt: h.now(),
	}
	err := h.cfg.Store.Update(ctx, func(tx Tx) error {
		all, err := tx.ListSubscriptions(ctx)
		if err != nil {
			return err
		}
		if running(all) >= maxSubscriptions {
			return &Refusal{Code: "too_many", Detail: fmt.Sprintf("there are %d subscriptions already; remove one first", maxSubscriptions)}
		}
		return tx.PutSubscription(ctx, s)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func running(all []Subscription) int {
	n := 0
	for i := range all {
		if all[i].EndedAt.IsZero() {
			n++
		}
	}
	return n
}

// Unsubscribe ends a subscription; what waits for it is given up. Ending it again
// changes nothing. It gives [ErrNotFound] for one that never was.
func (h *Hub) Unsubscribe(ctx context.Context, id string) error {
	return h.cfg.Store.Update(ctx, func(tx Tx) error { return end(ctx, tx, id, EndedByUs, h.now()) })
}

func end(ctx context.Context, tx Tx, id string, why Ending, at time.Time) error {
	s, err := tx.FindSubscription(ctx, id)
	if err != nil || !s.EndedAt.IsZero() {
		return err
	}
	s.EndedAt, s.Ended = at, why
	if err := tx.PutSubscription(ctx, s); err != nil {
		return err
	}
	return tx.GiveUpDeliveries(ctx, id, ProblemEnded, at)
}

// List gives all subscriptions, also those that ended, oldest first. Their
// secrets are for this node, not for a page.
func (h *Hub) List(ctx context.Context) (all []Subscription, err error) {
	err = h.cfg.Store.View(ctx, func(tx Tx) error {
		all, err = tx.ListSubscriptions(ctx)
		return err
	})
	return all, err
}

// checkAddress holds an address to what can be said of it without a connection;
// [NewClient] looks at the rest when it connects.
func (h *Hub) checkAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAddress || u.Hostname() == "" {
		return &Refusal{Code: "address", Field: "url", Detail: fmt.Sprintf("must be a URL with a host, of at most %d characters", maxAddress)}
	}
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !h.cfg.Plain):
		return &Refusal{Code: "https", Field: "url", Detail: "must begin with https://, for what happens to agreements is nobody else's business"}
	case u.User != nil || u.Fragment != "":
		return &Refusal{Code: "address", Field: "url", Detail: "must not have a user name, a password or a fragment"}
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !h.cfg.Reach.allows(ip) {
		return &Refusal{Code: "private", Field: "url", Detail: "is an address inside a network; the configuration has to allow it first"}
	}
	return nil
}

var errType = errors.New("must be " + Prefix + " or begin with " + Prefix + ". and have lower case letters, digits, _ and dots")

func checkTypes(types []string) error {
	if len(types) > maxTypes {
		return &Refusal{Code: "types", Field: "types", Detail: fmt.Sprintf("must be at most %d", maxTypes)}
	}
	for i, t := range types {
		if !validType(t) {
			return &Refusal{Code: "types", Field: fmt.Sprintf("types[%d]", i), Detail: errType.Error()}
		}
	}
	return nil
}

func validType(t string) bool {
	rest, ok := strings.CutPrefix(t, Prefix)
	if !ok || len(t) > maxType {
		return false
	}
	if rest == "" {
		return true
	}
	parts := strings.Split(rest, ".")
	return parts[0] == "" && !slices.ContainsFunc(parts[1:], func(p string) bool { return p == "" || clean(p) != p })
}
