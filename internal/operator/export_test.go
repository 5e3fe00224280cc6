// SPDX-License-Identifier: EUPL-1.2

package operator

import "context"

// MatchesHash compares a password with a stored hash.
func MatchesHash(ctx context.Context, o *Operators, password, stored string) (ok, stale bool, err error) {
	return o.hasher.matches(ctx, password, stored)
}

// HoldHashes takes all turns to hash until the returned function is called.
func HoldHashes(o *Operators) (release func()) {
	for range hashesAtOnce {
		o.hasher.turns <- struct{}{}
	}
	return func() {
		for range hashesAtOnce {
			<-o.hasher.turns
		}
	}
}

// PendingLogins counts the logins that are at a provider, and MaxPendingLogins
// is how many there can be.
func PendingLogins(o *Operators) int { return o.logins.order.Len() }

// MaxPendingLogins is the bound of PendingLogins.
const MaxPendingLogins = maxPendingLogins

// GuardedAccounts counts the accounts whose attempts are remembered, which are
// never more than MaxBuckets.
func GuardedAccounts(o *Operators) int { return o.guard.accounts.order.Len() }

// TryLogin counts an attempt without the work of a login.
func TryLogin(o *Operators, email, from string) error {
	_, err := o.guard.try(email, from, o.now())
	return err
}

// MaxBuckets is the bound of GuardedAccounts.
const MaxBuckets = maxBuckets
