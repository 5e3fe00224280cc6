// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/operator/secondfactor"
)

const factorColumns = `account_id, secret, confirmed_at, last_step, recovery, failures, failing_since, locked_until`

// PutFactor implements operator.FactorTx.
func (t *peopleTx) PutFactor(ctx context.Context, f *operator.Factor) error {
	recovery := make([]byte, 0, len(f.Recovery)*32)
	for _, h := range f.Recovery {
		recovery = append(recovery, h[:]...)
	}
	_, err := t.q.ExecContext(ctx, `INSERT INTO second_factors (`+factorColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, confirmed_at = excluded.confirmed_at,
			last_step = excluded.last_step, recovery = excluded.recovery, failures = excluded.failures,
			failing_since = excluded.failing_since, locked_until = excluded.locked_until`,
		string(f.Account), f.Secret[:], maybeMicros(f.ConfirmedAt), f.LastStep, recovery, f.Failures,
		maybeMicros(f.FailingSince), maybeMicros(f.LockedUntil))
	if err != nil {
		return fmt.Errorf("put second factor: %w", err)
	}
	return nil
}

// FindFactor implements operator.FactorTx.
func (t *peopleTx) FindFactor(ctx context.Context, of operator.AccountID) (*operator.Factor, error) {
	query := statement{"SELECT " + factorColumns + " FROM second_factors WHERE account_id = $1", []any{string(of)}}
	f, err := findOne(ctx, t.q, &query, scanFactor)
	if err != nil {
		return nil, fmt.Errorf("find second factor: %w", err)
	}
	return f, nil
}

func scanFactor(rows *sql.Rows) (*operator.Factor, error) {
	var (
		f                         operator.Factor
		secret, recovery          []byte
		confirmed, failing, until sql.NullInt64
	)
	if err := rows.Scan(&f.Account, &secret, &confirmed, &f.LastStep, &recovery, &f.Failures, &failing, &until); err != nil {
		return nil, err
	}
	if len(secret) != secondfactor.SecretBytes || len(recovery)%32 != 0 {
		return nil, errors.New("read second factor: it isn't as this program writes it")
	}
	copy(f.Secret[:], secret)
	for h := range slices.Chunk(recovery, 32) {
		f.Recovery = append(f.Recovery, [32]byte(h))
	}
	f.ConfirmedAt, f.FailingSince, f.LockedUntil = fromMaybeMicros(confirmed), fromMaybeMicros(failing), fromMaybeMicros(until)
	return &f, nil
}

// DeleteFactor implements operator.FactorTx.
func (t *peopleTx) DeleteFactor(ctx context.Context, of operator.AccountID) error {
	if _, err := t.q.ExecContext(ctx, "DELETE FROM second_factors WHERE account_id = $1", string(of)); err != nil {
		return fmt.Errorf("delete second factor: %w", err)
	}
	return nil
}
