// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/internal/operator/secondfactor"
)

const (
	// FactorAttempts wrong codes within FactorPause close a second factor for as
	// long. The count is kept, so that a restart gives no new attempts.
	FactorAttempts = 5
	// FactorPause is for how long.
	FactorPause = 15 * time.Minute

	actEnrol       = "account.factor.enrol"
	actFactorReset = "account.factor.remove"
	actFactorLock  = "account.factor.lock"
)

// Factor is the second factor of an account: an app that makes codes.
type Factor struct {
	Account AccountID
	Secret  secondfactor.Secret
	// ConfirmedAt is when a first code showed that the app has the secret; zero:
	// not yet, and it counts for nothing.
	ConfirmedAt time.Time
	// LastStep is that of the newest code that was accepted; see secondfactor.Step.
	LastStep int64
	// Recovery are the SHA-256 hashes of the recovery codes that are left.
	Recovery [][32]byte
	// Failures counts wrong codes since FailingSince.
	Failures     int
	FailingSince time.Time
	LockedUntil  time.Time
}

// FactorState is what may be told of a second factor.
type FactorState struct {
	Active       bool // there is one, and it was confirmed
	Since        time.Time
	RecoveryLeft int
	LockedUntil  time.Time // zero: it isn't
	LastStep     int64     // of the newest code that was accepted; see secondfactor.Step
}

// FactorTx reads and writes second factors.
type FactorTx interface {
	// PutFactor stores the second factor of an account, replacing an older one.
	PutFactor(ctx context.Context, f *Factor) error
	FindFactor(ctx context.Context, of AccountID) (*Factor, error) // ErrNotFound
	DeleteFactor(ctx context.Context, of AccountID) error          // no error when there is none
}

// FactorState tells of the second factor of an account; that of somebody else
// needs [PermissionPeople].
func (o *Operators) FactorState(ctx context.Context, a Actor, of AccountID) (FactorState, error) {
	if err := o.requireOwn(a, of); err != nil {
		return FactorState{}, err
	}
	f, err := o.findFactor(ctx, of)
	if err != nil || f.ConfirmedAt.IsZero() {
		return FactorState{}, err
	}
	s := FactorState{Active: true, Since: f.ConfirmedAt, RecoveryLeft: len(f.Recovery), LastStep: f.LastStep}
	if o.now().Before(f.LockedUntil) {
		s.LockedUntil = f.LockedUntil
	}
	return s, nil
}

// findFactor gives an empty factor where there is none.
func (o *Operators) findFactor(ctx context.Context, of AccountID) (f *Factor, err error) {
	err = o.cfg.Store.View(ctx, func(tx Tx) error {
		f, err = factorIn(ctx, tx, of)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find second factor: %w", err)
	}
	return f, nil
}

func factorIn(ctx context.Context, tx Tx, of AccountID) (*Factor, error) {
	f, err := tx.FindFactor(ctx, of)
	if errors.Is(err, ErrNotFound) {
		return &Factor{Account: of}, nil
	}
	return f, err
}

// EnrolFactor makes the secret of a second factor for the actor. It is shown once
// and counts for nothing until [Operators.ConfirmFactor]. Only a person does this,
// and not with a password that somebody else gave. Who has one removes it first.
func (o *Operators) EnrolFactor(ctx context.Context, a Actor) (secondfactor.Secret, error) {
	secret := secondfactor.New()
	err := o.act(ctx, a, Event{Act: actEnrol, Object: string(a.Account)}, func(tx Tx, _ *Event) error {
		if err := o.mayEnrol(a); err != nil {
			return err
		}
		old, err := factorIn(ctx, tx, a.Account)
		if err != nil {
			return err
		}
		if !old.ConfirmedAt.IsZero() {
			return &Error{Kind: KindConflict, Text: "this account has a second factor; remove it first, with a code of it"}
		}
		old.Secret = secret // wrong codes stay counted
		return tx.PutFactor(ctx, old)
	})
	if err != nil {
		return secondfactor.Secret{}, err
	}
	return secret, nil
}

func (o *Operators) mayEnrol(a Actor) error {
	if err := requirePerson(a); err != nil {
		return err
	}
	if a.PasswordReset {
		return forbidden("somebody else gave this account its password; choose an own one before you set up a second factor")
	}
	return nil
}

// ConfirmFactor makes the second factor of the actor count, with a first code of
// the app, and gives the recovery codes, which are shown once and nowhere kept.
func (o *Operators) ConfirmFactor(ctx context.Context, a Actor, code string) (recovery []string, err error) {
	codes, hashes := secondfactor.NewRecovery()
	e := Event{Act: actEnrol, Object: string(a.Account), Changes: []Change{{Field: "second_factor", Before: "none", After: "active"}}}
	if err := o.mayEnrol(a); err != nil {
		return nil, o.Record(ctx, a, e, err)
	}
	_, err = o.try(ctx, a, code, func(f *Factor) error {
		switch {
		case f.Secret == secondfactor.Secret{}:
			return &Error{Kind: KindConflict, Text: "begin with a new second factor first"}
		case !f.ConfirmedAt.IsZero():
			return &Error{Kind: KindConflict, Text: "this account has a second factor already"}
		}
		return nil
	}, func(tx Tx, f *Factor) error {
		f.ConfirmedAt, f.Recovery = o.now(), hashes
		return tx.PutFactor(ctx, f)
	})
	if err := o.Record(ctx, a, e, err); err != nil {
		return nil, err
	}
	return codes, nil
}

// RemoveFactor takes a second factor away. One's own needs a code of it. That of
// somebody else needs [PermissionPeople] and [PermissionCredentials], and a code of
// the actor's own second factor: a stolen session removes none. Host's staff remove
// none of others. Programs can't do it.
func (o *Operators) RemoveFactor(ctx context.Context, a Actor, of AccountID, code string) error {
	e := Event{Act: actFactorReset, Object: string(of), Changes: []Change{{Field: "second_factor", Before: "active", After: "none"}}}
	err := o.mayRemove(a, of)
	if err == nil {
		_, err = o.try(ctx, a, code, confirmed, func(tx Tx, f *Factor) error {
			if a.Account != of { // the code counts once, also here
				if err := tx.PutFactor(ctx, f); err != nil {
					return err
				}
			}
			return tx.DeleteFactor(ctx, of)
		})
	}
	return o.Record(ctx, a, e, err)
}

func (o *Operators) mayRemove(a Actor, of AccountID) error {
	if err := requirePerson(a); err != nil || a.Account == of {
		return err
	}
	if o.isHostStaff(a) {
		return forbidden("who works for the host removes no second factor of others")
	}
	return o.manageCredentials(a)
}

// confirmed refuses an account without a second factor that counts.
func confirmed(f *Factor) error {
	if f.ConfirmedAt.IsZero() {
		return &Error{Kind: KindForbidden, Field: "code", Text: "this account has no second factor; set one up on your own page (/account/second-factor)"}
	}
	return nil
}
