// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"errors"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/operator/secondfactor"
)

func factors(k check) {
	t, s := k.t, k.stores
	putAccounts(t, s, eva(), frank())
	full := &operator.Factor{
		Account: "eva", Secret: secondfactor.Secret{0, 255, 19: 7}, ConfirmedAt: start(), LastStep: 58_000_000,
		Recovery: [][32]byte{{1}, {31: 2}}, Failures: 3, FailingSince: start().Add(time.Minute), LockedUntil: start().Add(time.Hour),
	}
	bare := &operator.Factor{Account: "frank", Secret: secondfactor.Secret{9}}
	changePeople(t, s, func(tx operator.Tx) error {
		return errors.Join(tx.PutFactor(t.Context(), full), tx.PutFactor(t.Context(), bare))
	})
	find := func(want *operator.Factor) {
		t.Helper()
		viewPeople(t, s, func(tx operator.Tx) error {
			got, err := tx.FindFactor(t.Context(), want.Account)
			equal(t, "second factor of "+string(want.Account), got, want)
			return err
		})
	}
	find(full)
	find(bare)
	full.Recovery, full.Failures, full.LockedUntil = full.Recovery[1:], 0, time.Time{}
	changePeople(t, s, func(tx operator.Tx) error {
		return errors.Join(tx.PutFactor(t.Context(), full), tx.DeleteFactor(t.Context(), "frank"), tx.DeleteFactor(t.Context(), "nobody"))
	})
	find(full)
	viewPeople(t, s, func(tx operator.Tx) error {
		if _, err := tx.FindFactor(t.Context(), "frank"); !errors.Is(err, operator.ErrNotFound) {
			t.Errorf("one that is gone: %v", err)
		}
		return nil
	})
}
