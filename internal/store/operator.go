// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

// People gives the storage of accounts, sessions and the audit trail, which is
// in the same file as that of the Manager. It lives as long as its Store.
func (s *Store) People() operator.Store { return people{s.node} }

// people is an operator.Store.
type people struct{ db *database }

// Update implements operator.Store.
func (p people) Update(ctx context.Context, fn func(operator.Tx) error) error {
	return p.db.update(ctx, func(q querier) error { return fn(&peopleTx{q}) })
}

// View implements operator.Store.
func (p people) View(ctx context.Context, fn func(operator.Tx) error) error {
	return p.db.view(ctx, func(q querier) error { return fn(&peopleTx{q}) })
}

// peopleTx is an operator.Tx.
type peopleTx struct{ q querier }

const accountColumns = `id, name, email, roles, password_hash, subject, break_glass, disabled, created_at, last_login_at,
	reset_at, reset_by, reset_by_name, link_hash, link_expires_at`

// PutAccount implements operator.AccountTx.
func (t *peopleTx) PutAccount(ctx context.Context, a *operator.Account) error {
	if err := t.putAccount(ctx, a); err != nil {
		return fmt.Errorf("put account: %w", err)
	}
	return nil
}

func (t *peopleTx) putAccount(ctx context.Context, a *operator.Account) error {
	roles, err := json.Marshal(a.Roles)
	if err != nil {
		return err
	}
	folded := fold(a.Email)
	taken, err := exists(ctx, t.q, "SELECT 1 FROM accounts WHERE email_folded = $1 AND email_folded <> '' AND id <> $2", folded, string(a.ID))
	if err != nil {
		return err
	}
	if taken {
		return operator.ErrEmailInUse
	}
	_, err = t.q.ExecContext(ctx, `INSERT INTO accounts (`+accountColumns+`, name_folded, email_folded)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_folded = excluded.name_folded,
			email = excluded.email, email_folded = excluded.email_folded, roles = excluded.roles,
			password_hash = excluded.password_hash, subject = excluded.subject, break_glass = excluded.break_glass,
			disabled = excluded.disabled, created_at = excluded.created_at, last_login_at = excluded.last_login_at,
			reset_at = excluded.reset_at, reset_by = excluded.reset_by, reset_by_name = excluded.reset_by_name,
			link_hash = excluded.link_hash, link_expires_at = excluded.link_expires_at`,
		string(a.ID), a.Name, a.Email, string(roles), a.PasswordHash, a.Subject, a.BreakGlass, a.Disabled,
		micros(a.CreatedAt), maybeMicros(a.LastLogin),
		maybeMicros(a.Reset.At), string(a.Reset.By), a.Reset.ByName, maybeHash(a.Reset.LinkHash), maybeMicros(a.Reset.LinkExpiresAt),
		fold(a.Name), folded)
	return err
}

// FindAccount implements operator.AccountTx.
func (t *peopleTx) FindAccount(ctx context.Context, id operator.AccountID) (*operator.Account, error) {
	return t.findAccount(ctx, "id = $1", string(id))
}

// FindAccountByEmail implements operator.AccountTx. Nobody has the empty address.
func (t *peopleTx) FindAccountByEmail(ctx context.Context, email string) (*operator.Account, error) {
	return t.findAccount(ctx, "email_folded = $1 AND email_folded <> ''", fold(email))
}

// FindAccountBySubject implements operator.AccountTx. Nobody has the empty subject.
func (t *peopleTx) FindAccountBySubject(ctx context.Context, subject string) (*operator.Account, error) {
	return t.findAccount(ctx, "subject = $1 AND subject <> ''", subject)
}

func (t *peopleTx) findAccount(ctx context.Context, condition, arg string) (*operator.Account, error) {
	query := statement{"SELECT " + accountColumns + " FROM accounts WHERE " + condition, []any{arg}}
	a, err := findOne(ctx, t.q, &query, scanAccount)
	if err != nil {
		return nil, fmt.Errorf("find account: %w", err)
	}
	return a, nil
}

// ListAccounts implements operator.AccountTx. Names sort whatever their case.
func (t *peopleTx) ListAccounts(ctx context.Context) ([]*operator.Account, error) {
	query := statement{text: "SELECT " + accountColumns + " FROM accounts ORDER BY name_folded, name, id"}
	as, err := collect(ctx, t.q, &query, scanAccount)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return as, nil
}

func scanAccount(rows *sql.Rows) (*operator.Account, error) {
	var (
		a         operator.Account
		roles     []byte
		createdAt int64
		lastLogin sql.NullInt64
		resetAt   sql.NullInt64
		linkHash  []byte
		linkUntil sql.NullInt64
	)
	err := rows.Scan(&a.ID, &a.Name, &a.Email, &roles, &a.PasswordHash, &a.Subject, &a.BreakGlass, &a.Disabled, &createdAt, &lastLogin,
		&resetAt, &a.Reset.By, &a.Reset.ByName, &linkHash, &linkUntil)
	if err != nil {
		return nil, err
	}
	a.CreatedAt, a.LastLogin = fromMicros(createdAt), fromMaybeMicros(lastLogin)
	a.Reset.At, a.Reset.LinkExpiresAt = fromMaybeMicros(resetAt), fromMaybeMicros(linkUntil)
	if linkHash != nil {
		if err := copyHash(&a.Reset.LinkHash, linkHash); err != nil {
			return nil, fmt.Errorf("read link of account %s: %w", a.ID, err)
		}
	}
	if err := json.Unmarshal(roles, &a.Roles); err != nil {
		return nil, fmt.Errorf("read roles of account %s: %w", a.ID, err)
	}
	return &a, nil
}

// findOne gives the first row, or operator.ErrNotFound.
func findOne[T any](ctx context.Context, q querier, s *statement, scan func(*sql.Rows) (*T, error)) (*T, error) {
	found, err := collect(ctx, q, s, scan)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, operator.ErrNotFound
	}
	return found[0], nil
}

// maybeHash keeps the zero hash as NULL.
func maybeHash(h [32]byte) []byte {
	if h == ([32]byte{}) {
		return nil
	}
	return h[:]
}

// maybeMicros keeps the zero time as NULL.
func maybeMicros(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: micros(t), Valid: !t.IsZero()}
}

func fromMaybeMicros(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return fromMicros(n.Int64)
}
