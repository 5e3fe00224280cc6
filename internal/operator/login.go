// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// LogIn opens a session for who knows the password. The secret belongs in a
// cookie and is nowhere kept; from is the network address without port, agent
// the User-Agent. An unknown address, a wrong password and a disabled account
// give the same [KindLogin], after the same work; [KindTooMany] tells to wait.
func (o *Operators) LogIn(ctx context.Context, email, password, from, agent string) (secret string, s *Session, err error) {
	at, err := o.guard.try(email, from, o.now())
	if err != nil {
		o.cfg.Logger.WarnContext(ctx, "login refused, too many attempts", "from", from)
		return "", nil, err
	}
	account, err := o.findByEmail(ctx, email)
	if err != nil {
		return "", nil, err
	}
	stale, err := o.checkPassword(ctx, account, password)
	if err != nil {
		if asked, ok := errors.AsType[*Error](err); ok && asked.Kind == KindLogin {
			err = o.Record(ctx, unknownActor(account, from), Event{Act: "account.login.failed", Object: string(account.ID)}, err)
		}
		return "", nil, err
	}
	secret, s, err = o.openSession(ctx, account, from, agent)
	if err != nil {
		return "", nil, err
	}
	at.succeeded(o.now())
	if stale {
		o.renewHash(ctx, account, password)
	}
	return secret, s, nil
}

// findByEmail gives the account, or an empty one that no password fits.
func (o *Operators) findByEmail(ctx context.Context, email string) (*Account, error) {
	a := &Account{}
	if cleanEmail(email) == "" {
		return a, nil
	}
	err := o.cfg.Store.View(ctx, func(tx Tx) error {
		found, err := tx.FindAccountByEmail(ctx, cleanEmail(email))
		if err == nil {
			a = found
		}
		return err
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("find account: %w", err)
	}
	return a, nil
}

// checkPassword refuses a wrong password and an account that may not log in
// with one; it does the work of a hash in every case.
func (o *Operators) checkPassword(ctx context.Context, a *Account, password string) (stale bool, err error) {
	if len(password) > 4*MaxPassword {
		password = ""
	}
	ok, stale, err := o.hasher.matches(ctx, password, a.PasswordHash)
	if err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	if !ok || a.Disabled || (o.cfg.SingleSignOnOnly && !a.BreakGlass) {
		return false, wrongLogin()
	}
	return stale, nil
}

// unknownActor is somebody who says to be the account. What was typed as an
// e-mail address isn't kept: people type their password there.
func unknownActor(a *Account, from string) Actor {
	name := a.Name
	if name == "" {
		name = "unknown"
	}
	return Actor{Name: name, From: from}
}

// renewHash replaces a hash of an older cost; it may fail without harm.
func (o *Operators) renewHash(ctx context.Context, a *Account, password string) {
	hash, err := o.hasher.hash(ctx, password)
	if err == nil {
		err = o.cfg.Store.Update(ctx, func(tx Tx) error {
			now, err := tx.FindAccount(ctx, a.ID)
			if err != nil || now.PasswordHash != a.PasswordHash {
				return err
			}
			now.PasswordHash = hash
			return tx.PutAccount(ctx, now)
		})
	}
	if err != nil {
		o.cfg.Logger.WarnContext(ctx, "password hash isn't renewed", "account", string(a.ID), "error", err)
	}
}

// ChangePassword replaces the actor's own password and ends its other sessions.
func (o *Operators) ChangePassword(ctx context.Context, a Actor, old, password string) error {
	e := Event{Act: actPassword, Object: string(a.Account)}
	if err := requirePerson(a); err != nil {
		return o.Record(ctx, a, e, err)
	}
	account, err := o.findAccount(ctx, a.Account)
	if err != nil {
		return err
	}
	at, err := o.guard.try(account.Email, a.From, o.now())
	if err != nil {
		return err
	}
	if _, err := o.checkPassword(ctx, account, old); err != nil {
		if asked, ok := errors.AsType[*Error](err); ok && asked.Kind == KindLogin {
			err = o.Record(ctx, a, e, invalid("old_password", "the present password is wrong"))
		}
		return err
	}
	at.succeeded(o.now())
	return o.putPassword(ctx, a, account, password, actPassword)
}

// SetPassword gives somebody else a new password and ends all their sessions.
// Until that person has chosen an own one, see [Reset], the account doesn't sign.
// It needs [PermissionPeople] and [PermissionCredentials].
func (o *Operators) SetPassword(ctx context.Context, a Actor, id AccountID, password string) error {
	e := Event{Act: actReset, Object: string(id)}
	if err := o.manageCredentials(a); err != nil {
		return o.Record(ctx, a, e, err)
	}
	if id == a.Account {
		return o.Record(ctx, a, e, invalid("old_password", "for an own password the present one is needed"))
	}
	account, err := o.findAccount(ctx, id)
	if err != nil {
		return o.Record(ctx, a, e, err)
	}
	return o.putPassword(ctx, a, account, password, actReset)
}

// putPassword stores the password and ends all sessions but the actor's.
func (o *Operators) putPassword(ctx context.Context, a Actor, account *Account, password, act string) error {
	e := Event{Act: act, Object: string(account.ID)}
	if account.Subject != "" {
		return o.Record(ctx, a, e, invalid("password", "this person logs in at the identity provider"))
	}
	if err := CheckPassword(password, account.Name, account.Email); err != nil {
		return o.Record(ctx, a, e, err)
	}
	hash, err := o.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return o.act(ctx, a, e, func(tx Tx, _ *Event) error {
		now, err := tx.FindAccount(ctx, account.ID)
		if err != nil {
			return mapNotFound(err, "account")
		}
		if now.PasswordHash != account.PasswordHash || act == actOwnPassword && now.Reset != account.Reset {
			return &Error{Kind: KindConflict, Text: "the password was changed at the same time"}
		}
		if act == actOwnPassword {
			if err := endTokensSince(ctx, tx, account.ID, now.Reset.At); err != nil {
				return err
			}
		}
		now.PasswordHash, now.Reset = hash, o.resetAfter(a, now, act)
		if err := tx.PutAccount(ctx, now); err != nil {
			return err
		}
		return endSessions(ctx, tx, account.ID, a.Session)
	})
}

func cleanEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// mapNotFound turns the store's ErrNotFound into a problem that may be told.
func mapNotFound(err error, what string) error {
	if errors.Is(err, ErrNotFound) {
		return notFound(what)
	}
	return err
}
