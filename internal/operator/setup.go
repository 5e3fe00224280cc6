// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"sync"
	"time"
)

// setupLifetime is how long the token of the first run is good.
const setupLifetime = 24 * time.Hour

// setup keeps the hash of the one-time token, in memory only.
type setup struct {
	mu      sync.Mutex
	hash    [32]byte
	expires time.Time // zero: there is no token
}

// NeedsSetup tells whether nobody can manage people yet: there is no enabled
// administrator. That is so at the first run, and never comes back unless an
// identity provider took the role from the last one.
func (o *Operators) NeedsSetup(ctx context.Context) (needed bool, err error) {
	err = o.cfg.Store.View(ctx, func(tx Tx) error {
		has, err := hasAdministrator(ctx, tx)
		needed = !has
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look for an administrator: %w", err)
	}
	return needed, nil
}

// NewSetupToken makes the one-time token with which the first administrator
// makes an account; empty when that isn't needed. The node shows it once, to
// who has the machine. It is good once, for 24 hours and until the next start
// or call; an earlier token no longer is.
func (o *Operators) NewSetupToken(ctx context.Context) (string, error) {
	needed, err := o.NeedsSetup(ctx)
	if err != nil || !needed {
		return "", err
	}
	token, hash := newSecret("")
	o.setup.mu.Lock()
	defer o.setup.mu.Unlock()
	o.setup.hash, o.setup.expires = hash, o.now().Add(setupLifetime)
	return token, nil
}

// SetUp makes the first account, which is administrator and signer whatever
// roles n has. A wrong, used or old token gives [KindLogin].
func (o *Operators) SetUp(ctx context.Context, token string, n NewAccount, from string) (*Account, error) {
	e := Event{Act: "account.setup"}
	actor := Actor{Name: "setup", From: from}
	at, err := o.guard.try("", from, o.now())
	if err != nil {
		return nil, err
	}
	if !o.setup.fits(token, o.now()) {
		return nil, o.Record(ctx, actor, e, &Error{Kind: KindLogin, Field: "token", Text: "the one-time token is wrong, used or too old"})
	}
	at.succeeded(o.now())
	n.Roles = []Role{RoleAdministrator, RoleSigner}
	account, err := o.newAccount(ctx, n)
	if err != nil {
		return nil, o.Record(ctx, actor, e, err)
	}
	e.Object = string(account.ID)
	err = o.act(ctx, actor, e, func(tx Tx, e *Event) error {
		has, err := hasAdministrator(ctx, tx)
		if err != nil {
			return err
		}
		if has {
			return &Error{Kind: KindConflict, Text: "there is an administrator already"}
		}
		e.Changes = changesOf(&Account{}, account)
		return mapEmailInUse(tx.PutAccount(ctx, account))
	})
	if err != nil {
		return nil, err
	}
	o.setup.end()
	return account.withoutSecrets(), nil
}

// fits compares a token. It isn't used up by that: who makes a mistake in the
// form may try again, and only one try can succeed, for the store decides.
func (s *setup) fits(token string, now time.Time) bool {
	hash := sha256.Sum256([]byte(token))
	s.mu.Lock()
	defer s.mu.Unlock()
	return subtle.ConstantTimeCompare(hash[:], s.hash[:]) == 1 && now.Before(s.expires)
}

func (s *setup) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hash, s.expires = [32]byte{}, time.Time{}
}
