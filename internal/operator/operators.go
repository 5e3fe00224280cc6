// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Config is what Operators are made of. Store, Now and Logger are required.
type Config struct {
	Store  Store
	Now    func() time.Time
	Logger *slog.Logger
	// FourEyes names the acts that wait for a second person, such as
	// contract.accept; each must be one of [SecondPersonActs].
	FourEyes []string
	// Providers are where people may log in with an account from elsewhere.
	Providers []Provider
	// SingleSignOnOnly refuses passwords, except of accounts for emergencies.
	SingleSignOnOnly bool
	// Host is the name of the organisation that runs this node for the Peer; empty:
	// the Peer does. With a host each signature is released, see [Operators.Release].
	Host string
	// Fieldlab allows people without a password, who are logged in by the fieldlab.
	// Never set it where there is something to protect.
	Fieldlab bool
	// HashMemory is what hashing a password takes, in KiB: 64 MiB if zero. Less
	// is for tests, which hash many.
	HashMemory uint32
}

// Validate tells what is wrong with the configuration, in words for who wrote it.
func (c Config) Validate() error {
	for _, act := range c.FourEyes {
		if _, ok := PermissionFor(act); !ok {
			return fmt.Errorf("second person: the act %q can't wait for one; the acts that can are %s", act, strings.Join(SecondPersonActs(), ", "))
		}
	}
	if c.SingleSignOnOnly && len(c.Providers) == 0 {
		return errors.New("single sign-on only: there is no identity provider")
	}
	names := map[string]bool{}
	for _, p := range c.Providers {
		if err := p.validate(); err != nil {
			return fmt.Errorf("identity provider %q: %w", p.Name, err)
		}
		if names[p.Name] {
			return fmt.Errorf("identity provider %q: the name is used twice", p.Name)
		}
		names[p.Name] = true
	}
	return nil
}

// Operators are the people of one Peer. It is safe for concurrent use.
type Operators struct {
	cfg       Config
	hasher    *hasher
	setup     setup
	guard     *guard
	logins    *pendingLogins
	providers map[string]*provider
}

// New makes Operators of a configuration that is valid.
func New(cfg Config) *Operators {
	o := &Operators{
		cfg: cfg, hasher: newHasher(cfg.HashMemory), guard: newGuard(), logins: newPendingLogins(),
		providers: map[string]*provider{},
	}
	for _, p := range cfg.Providers {
		o.providers[p.Name] = &provider{Provider: p, client: providerClient(p.Anchors), now: cfg.Now}
	}
	return o
}

// Require refuses an actor without the permission.
func (o *Operators) Require(a Actor, need Permission) error {
	if slices.Contains(a.Permissions, need) {
		return nil
	}
	e := forbidden(a.Name + " may not do this; it needs the permission " + string(need))
	e.Needs = need
	return e
}

// requirePerson refuses programs: what they could do here would outlive their token.
func requirePerson(a Actor) error {
	if a.Account == "" || a.Session == "" {
		return forbidden("only a person who is logged in may do this")
	}
	return nil
}

// requireOwn refuses who isn't the account itself and may not manage people.
func (o *Operators) requireOwn(a Actor, of AccountID) error {
	if of != "" && a.Account == of {
		return nil
	}
	return o.Require(a, PermissionPeople)
}

// now gives the time to the microsecond, which every store keeps.
func (o *Operators) now() time.Time { return o.cfg.Now().UTC().Truncate(time.Microsecond) }

// act changes people and writes the event in the same transaction; fn may fill
// in the event. When fn refuses, the event tells why.
func (o *Operators) act(ctx context.Context, a Actor, e Event, fn func(tx Tx, e *Event) error) error {
	err := o.cfg.Store.Update(ctx, func(tx Tx) error {
		done := e
		if err := fn(tx, &done); err != nil {
			return err
		}
		return o.addEvent(ctx, tx, a, done)
	})
	if err != nil {
		return o.Record(ctx, a, e, err)
	}
	return nil
}
