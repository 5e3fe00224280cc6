// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

const (
	// IdleTimeout ends a session that isn't used.
	IdleTimeout = 30 * time.Minute
	// SessionLifetime ends each session, however much it is used.
	SessionLifetime = 12 * time.Hour
	// seenEvery is how exact SeenAt and UsedAt are: not every request writes.
	seenEvery = time.Minute

	secretBytes = 32
	maxAgent    = 200
)

// newSecret makes what is given to a browser or a program, and its hash, which
// is what is kept. The secret is random, so a plain hash is enough.
func newSecret(prefix string) (secret string, hash [32]byte) {
	b := make([]byte, secretBytes)
	rand.Read(b)
	secret = prefix + base64.RawURLEncoding.EncodeToString(b)
	return secret, sha256.Sum256([]byte(secret))
}

func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make id: %w", err)
	}
	return id.String(), nil
}

// openSession writes the session and its event; the account is read again, for
// it may have been disabled, or got another password, while a hash was computed.
func (o *Operators) openSession(ctx context.Context, account *Account, from, agent string) (string, *Session, error) {
	id, err := newID()
	if err != nil {
		return "", nil, err
	}
	now := o.now()
	secret, hash := newSecret("")
	s := &Session{
		ID: SessionID(id), Account: account.ID, Hash: hash, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(IdleTimeout),
		From: cut(from, maxAgent), Agent: cleanText(cut(agent, maxAgent)),
	}
	err = o.cfg.Store.Update(ctx, func(tx Tx) error {
		a, err := tx.FindAccount(ctx, account.ID)
		if err != nil {
			return err
		}
		if a.Disabled || a.PasswordHash != account.PasswordHash {
			return wrongLogin()
		}
		a.LastLogin = now
		if err := tx.PutAccount(ctx, a); err != nil {
			return err
		}
		if err := tx.DeleteSessionsBefore(ctx, now); err != nil {
			return err
		}
		if err := tx.PutSession(ctx, s); err != nil {
			return err
		}
		return o.addEvent(ctx, tx, Actor{Account: a.ID, Name: a.Name, From: from}, Event{Act: loginAct(a), Object: string(a.ID)})
	})
	if err != nil {
		return "", nil, fmt.Errorf("open session: %w", err)
	}
	if account.BreakGlass {
		o.cfg.Logger.WarnContext(ctx, "emergency account logged in", "account", string(account.ID), "from", from)
	}
	return secret, s, nil
}

func loginAct(a *Account) string {
	if a.BreakGlass {
		return "account.break_glass"
	}
	return "account.login"
}

func (s *Session) endsAt(now time.Time) time.Time {
	end := s.CreatedAt.Add(SessionLifetime)
	if idle := now.Add(IdleTimeout); idle.Before(end) {
		return idle
	}
	return end
}

// Authenticate tells who has the cookie's secret, with the permissions of this
// moment, and lengthens the session. Without a session that lives it gives
// [KindLogin]. From is the address of the login: who knows the address of the
// request puts that in its place.
func (o *Operators) Authenticate(ctx context.Context, secret string) (Actor, error) {
	hash := sha256.Sum256([]byte(secret))
	now := o.now()
	var s *Session
	var account *Account
	err := o.cfg.Store.View(ctx, func(tx Tx) (err error) {
		if s, err = tx.FindSession(ctx, hash); err != nil {
			return err
		}
		account, err = tx.FindAccount(ctx, s.Account)
		return err
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return Actor{}, notLoggedIn()
	case err != nil:
		return Actor{}, fmt.Errorf("find session: %w", err)
	case !now.Before(s.ExpiresAt) || account.Disabled:
		return Actor{}, notLoggedIn()
	}
	if now.Sub(s.SeenAt) >= seenEvery {
		if err := o.seen(ctx, hash, now); err != nil {
			return Actor{}, err
		}
	}
	return Actor{
		Account: account.ID, Name: account.Name, Roles: slices.Clone(account.Roles),
		Permissions: account.permissions(), Session: s.ID, From: s.From, PasswordReset: account.Reset.Waits(),
	}, nil
}

// seen lengthens a session, unless it was ended meanwhile.
func (o *Operators) seen(ctx context.Context, hash [32]byte, now time.Time) error {
	err := o.cfg.Store.Update(ctx, func(tx Tx) error {
		s, err := tx.FindSession(ctx, hash)
		if err != nil {
			return err
		}
		s.SeenAt, s.ExpiresAt = now, s.endsAt(now)
		return tx.PutSession(ctx, s)
	})
	if errors.Is(err, ErrNotFound) {
		return notLoggedIn()
	}
	if err != nil {
		return fmt.Errorf("lengthen session: %w", err)
	}
	return nil
}

func notLoggedIn() *Error {
	return &Error{Kind: KindLogin, Text: "log in first; the session has ended or there was none"}
}

// LogOut ends the actor's own session.
func (o *Operators) LogOut(ctx context.Context, a Actor) error {
	if err := requirePerson(a); err != nil {
		return err
	}
	return o.act(ctx, a, Event{Act: "account.logout", Object: string(a.Account)}, func(tx Tx, _ *Event) error {
		return tx.DeleteSession(ctx, a.Session)
	})
}

// Sessions lists the sessions that live of an account, newest first; of
// everybody when it is empty. Those of others need [PermissionPeople].
func (o *Operators) Sessions(ctx context.Context, a Actor, of AccountID) (out []*Session, err error) {
	if err := o.requireOwn(a, of); err != nil {
		return nil, err
	}
	err = o.cfg.Store.View(ctx, func(tx Tx) error {
		out, err = tx.ListSessions(ctx, of)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	now := o.now()
	return slices.DeleteFunc(out, func(s *Session) bool { return !now.Before(s.ExpiresAt) }), nil
}

// EndSession ends one session; that of somebody else needs [PermissionPeople].
func (o *Operators) EndSession(ctx context.Context, a Actor, id SessionID) error {
	return o.act(ctx, a, Event{Act: "session.revoke", Object: string(id)}, func(tx Tx, _ *Event) error {
		if err := requireKnown(a); err != nil {
			return err
		}
		all, err := tx.ListSessions(ctx, "")
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(s *Session) bool { return s.ID == id })
		// Somebody else's session and none at all look alike to who may not see it.
		if i < 0 || o.requireOwn(a, all[i].Account) != nil {
			return notFound("session")
		}
		return tx.DeleteSession(ctx, id)
	})
}

// EndSessions ends all sessions of an account, except the one it is done in;
// those of somebody else need [PermissionPeople].
func (o *Operators) EndSessions(ctx context.Context, a Actor, of AccountID) error {
	return o.act(ctx, a, Event{Act: "session.revoke", Object: string(of)}, func(tx Tx, _ *Event) error {
		if of == "" {
			return notFound("account")
		}
		if err := o.requireOwn(a, of); err != nil {
			return err
		}
		return endSessions(ctx, tx, of, a.Session)
	})
}

func endSessions(ctx context.Context, tx Tx, of AccountID, except SessionID) error {
	all, err := tx.ListSessions(ctx, of)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.ID == except {
			continue
		}
		if err := tx.DeleteSession(ctx, s.ID); err != nil {
			return err
		}
	}
	return nil
}

// requireKnown refuses who isn't anybody: no account, nor the command line of
// the machine, which has no account and may manage people.
func requireKnown(a Actor) error {
	if a.Account == "" && !slices.Contains(a.Permissions, PermissionPeople) {
		return notLoggedIn()
	}
	return nil
}
