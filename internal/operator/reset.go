// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The acts that store a password.
const (
	actPassword    = "account.password"     // one's own, by the present one
	actReset       = "account.reset"        // somebody else's
	actOwnPassword = "account.own_password" // one's own, by a link
)

const (
	// PasswordLinkLifetime is how long a link for an own password can be used.
	PasswordLinkLifetime = 72 * time.Hour
	// ResetShown is how long everybody who manages people is told of a reset.
	ResetShown = 7 * 24 * time.Hour
)

// Reset tells that somebody else gave an account its password, and so knows it.
// Until the person has chosen an own one with a one-time link, the account
// doesn't sign and lets nobody in. Neither who gave the password nor who made
// the link has both, so none of them can be that person alone.
type Reset struct {
	At time.Time // zero: there is none
	// By gave the password; empty: the command line of the machine.
	By     AccountID
	ByName string
	// LinkHash is the SHA-256 of the link's code, which is good until LinkExpiresAt.
	LinkHash      [32]byte
	LinkExpiresAt time.Time // zero: there is no link
}

// Waits tells whether the account has no own password yet.
func (r Reset) Waits() bool { return !r.At.IsZero() }

// permissions are what the account may do now.
func (a *Account) permissions() []Permission {
	all := permissionsOf(a.Roles)
	if a.Reset.Waits() {
		all = slices.DeleteFunc(all, func(p Permission) bool { return p == PermissionSign || p == PermissionCredentials })
	}
	return all
}

// withoutSecrets is the account as others may see it.
func (a *Account) withoutSecrets() *Account {
	told := *a
	told.PasswordHash, told.Reset.LinkHash = "", [32]byte{}
	return &told
}

// Resets lists the accounts, newest reset first, whose password somebody else
// gave within [ResetShown], or longer ago when that keeps them from signing. It
// needs [PermissionPeople].
func (o *Operators) Resets(ctx context.Context, a Actor) ([]*Account, error) {
	all, err := o.Accounts(ctx, a)
	if err != nil {
		return nil, err
	}
	since := o.now().Add(-ResetShown)
	all = slices.DeleteFunc(all, func(one *Account) bool {
		lacks := !one.Disabled && slices.Contains(permissionsOf(one.Roles), PermissionSign)
		return !one.Reset.Waits() || one.Reset.At.Before(since) && !lacks
	})
	slices.SortStableFunc(all, func(x, y *Account) int { return y.Reset.At.Compare(x.Reset.At) })
	return all, nil
}

// NewPasswordLink makes the one-time code with which somebody whose password
// was reset chooses an own one; an earlier code is void. It needs
// [PermissionPeople] and [PermissionCredentials], and another person than who
// gave the password, or the command line of the machine. A program can't do it.
// An account that has no reset gives [KindConflict].
func (o *Operators) NewPasswordLink(ctx context.Context, a Actor, id AccountID) (code string, expires time.Time, err error) {
	code, hash := newSecret("")
	expires = o.now().Add(PasswordLinkLifetime)
	err = o.act(ctx, a, Event{Act: "account.link", Object: string(id)}, func(tx Tx, e *Event) error {
		if err := o.manageCredentials(a); err != nil {
			return err
		}
		account, err := tx.FindAccount(ctx, id)
		if err != nil {
			return mapNotFound(err, "account")
		}
		if err := mayLink(a, account); err != nil {
			return err
		}
		e.Changes = []Change{{Field: "link_expires_at", After: expires.Format(time.RFC3339)}}
		account.Reset.LinkHash, account.Reset.LinkExpiresAt = hash, expires
		return tx.PutAccount(ctx, account)
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return code, expires, nil
}

func mayLink(a Actor, account *Account) error {
	switch {
	case a.Token != "":
		return forbidden("only a person who is logged in may do this")
	case !account.Reset.Waits():
		return &Error{Kind: KindConflict, Text: "nobody else gave this account its password, so it needs no link"}
	case a.Account != "" && a.Account == account.Reset.By:
		return forbidden("who gave the password can't make the link; another administrator or the command line of the machine has to")
	}
	return nil
}

// ChoosePassword replaces the password that somebody else gave the actor, with
// the code of a link and that password. It ends the actor's other sessions and
// the tokens made since the reset; from then on the account may do all that its
// roles may. A wrong, used or old code is [KindInvalid] about link_code.
func (o *Operators) ChoosePassword(ctx context.Context, a Actor, code, given, password string) error {
	e := Event{Act: actOwnPassword, Object: string(a.Account)}
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
	if err := o.checkGiven(ctx, account, code, given); err != nil {
		if _, told := errors.AsType[*Error](err); told {
			err = o.Record(ctx, a, e, err)
		}
		return err
	}
	at.succeeded(o.now())
	if given == password {
		return o.Record(ctx, a, e, invalid("password", "this is the password that somebody else gave"))
	}
	return o.putPassword(ctx, a, account, password, e.Act)
}

// checkGiven wants both parts: the code of the link and the password.
func (o *Operators) checkGiven(ctx context.Context, account *Account, code, given string) error {
	_, err := o.checkPassword(ctx, account, given)
	if told, ok := errors.AsType[*Error](err); ok && told.Kind == KindLogin {
		return invalid("old_password", "the present password is wrong")
	}
	if err != nil {
		return fmt.Errorf("choose password: %w", err)
	}
	if !account.Reset.fits(code, o.now()) {
		return invalid("link_code", "the code of the link is wrong, used or too old")
	}
	return nil
}

func (r Reset) fits(code string, now time.Time) bool {
	hash := sha256.Sum256([]byte(code))
	return subtle.ConstantTimeCompare(hash[:], r.LinkHash[:]) == 1 && now.Before(r.LinkExpiresAt) && r.Waits()
}

// resetAfter is what becomes of a reset when a password is stored.
func (o *Operators) resetAfter(a Actor, account *Account, act string) Reset {
	switch act {
	case actReset:
		return Reset{At: o.now(), By: a.Account, ByName: a.Name}
	case actOwnPassword:
		return Reset{}
	default:
		return account.Reset
	}
}

// endTokensSince ends what somebody else may have made with the password.
func endTokensSince(ctx context.Context, tx Tx, of AccountID, since time.Time) error {
	all, err := tx.ListTokens(ctx, of)
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.CreatedAt.Before(since) {
			continue
		}
		if err := tx.DeleteToken(ctx, t.ID); err != nil {
			return err
		}
	}
	return nil
}
