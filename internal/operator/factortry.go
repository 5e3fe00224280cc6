// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/samenspel/samenspel/internal/operator/secondfactor"
)

// maxCode bounds what is looked at of a code, in bytes.
const maxCode = 100

// try judges a code of the actor's second factor and, if it is right, uses it up
// in the transaction of then. A wrong one is counted, whatever else happens. By
// tells what was given: app or recovery.
func (o *Operators) try(ctx context.Context, a Actor, code string, may func(*Factor) error, then func(Tx, *Factor) error) (by string, err error) {
	var refused error
	err = o.cfg.Store.Update(ctx, func(tx Tx) error {
		refused = nil
		f, err := factorIn(ctx, tx, a.Account)
		if err != nil {
			return err
		}
		if refused = may(f); refused != nil {
			return nil //nolint:nilerr // told below, once the transaction has ended
		}
		now := o.now()
		if wait := f.LockedUntil.Sub(now); wait > 0 {
			refused = locked(wait)
			return nil
		}
		if code == "" { // asked for, not guessed
			refused = &Error{Kind: KindSecondFactor, Text: "this takes a code of your second factor"}
			return nil
		}
		if by = f.use(code, now); by != "" {
			return then(tx, f)
		}
		refused = wrongCode()
		if f.failed(now) {
			refused = locked(FactorPause)
			if err := o.addEvent(ctx, tx, a, Event{Act: actFactorLock, Object: string(a.Account)}); err != nil {
				return err
			}
		}
		return tx.PutFactor(ctx, f)
	})
	if err != nil {
		return "", fmt.Errorf("check second factor: %w", err)
	}
	return by, refused
}

// use judges a code and, if it is right, takes care that it isn't again.
func (f *Factor) use(code string, now time.Time) (by string) {
	if len(code) > maxCode {
		return ""
	}
	if step, ok := f.Secret.Match(code, now, f.LastStep); ok {
		f.LastStep, f.Failures = step, 0
		return "app"
	}
	if i := secondfactor.FindRecovery(f.Recovery, code); i >= 0 {
		f.Recovery, f.Failures = slices.Delete(slices.Clone(f.Recovery), i, i+1), 0
		return "recovery"
	}
	return ""
}

// failed counts a wrong code and tells whether it was one too many.
func (f *Factor) failed(now time.Time) (closed bool) {
	if now.Sub(f.FailingSince) >= FactorPause {
		f.Failures, f.FailingSince = 0, now
	}
	f.Failures++
	if f.Failures < FactorAttempts {
		return false
	}
	f.Failures, f.FailingSince, f.LockedUntil = 0, time.Time{}, now.Add(FactorPause)
	return true
}

func wrongCode() *Error {
	return &Error{Kind: KindSecondFactor, Field: "code", Text: "the code is wrong, too old or was used before; wait for the next one in the app"}
}

func locked(wait time.Duration) *Error {
	return &Error{
		Kind: KindTooMany, Field: "code", RetryAfter: wait,
		Text: fmt.Sprintf("there were too many wrong codes; try again in %d minutes", int((wait+time.Minute-1)/time.Minute)),
	}
}
