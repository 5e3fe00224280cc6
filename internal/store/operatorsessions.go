// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

const (
	sessionColumns = "id, account, hash, created_at, seen_at, expires_at, from_address, agent"
	tokenColumns   = "id, account, name, hash, scopes, created_at, expires_at, used_at" //nolint:gosec // names of columns
)

// PutSession implements operator.SessionTx.
func (t *peopleTx) PutSession(ctx context.Context, s *operator.Session) error {
	_, err := t.q.ExecContext(ctx, `INSERT INTO sessions (`+sessionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET account = excluded.account, hash = excluded.hash, created_at = excluded.created_at,
			seen_at = excluded.seen_at, expires_at = excluded.expires_at, from_address = excluded.from_address, agent = excluded.agent`,
		string(s.ID), string(s.Account), s.Hash[:], micros(s.CreatedAt), micros(s.SeenAt), micros(s.ExpiresAt), s.From, s.Agent)
	if err != nil {
		return fmt.Errorf("put session: %w", err)
	}
	return nil
}

// FindSession implements operator.SessionTx.
func (t *peopleTx) FindSession(ctx context.Context, hash [32]byte) (*operator.Session, error) {
	s, err := findOne(ctx, t.q, &statement{"SELECT " + sessionColumns + " FROM sessions WHERE hash = $1", []any{hash[:]}}, scanSession)
	if err != nil {
		return nil, fmt.Errorf("find session: %w", err)
	}
	return s, nil
}

// ListSessions implements operator.SessionTx.
func (t *peopleTx) ListSessions(ctx context.Context, of operator.AccountID) ([]*operator.Session, error) {
	query := ofAccount("SELECT "+sessionColumns+" FROM sessions", of)
	sessions, err := collect(ctx, t.q, &query, scanSession)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return sessions, nil
}

// ofAccount lists what one account has, or what all have, newest first.
func ofAccount(text string, of operator.AccountID) statement {
	var f filter
	if of != "" {
		f.and("account = " + f.param(string(of)))
	}
	return statement{text + f.where() + orderBy(true, "created_at", "id"), f.args}
}

// DeleteSession implements operator.SessionTx.
func (t *peopleTx) DeleteSession(ctx context.Context, id operator.SessionID) error {
	if _, err := t.q.ExecContext(ctx, "DELETE FROM sessions WHERE id = $1", string(id)); err != nil {
		return fmt.Errorf("delete session: %w", err)
	}
	return nil
}

// DeleteSessionsBefore implements operator.SessionTx: what expires at that
// moment goes too.
func (t *peopleTx) DeleteSessionsBefore(ctx context.Context, expired time.Time) error {
	if _, err := t.q.ExecContext(ctx, "DELETE FROM sessions WHERE expires_at <= $1", micros(expired)); err != nil {
		return fmt.Errorf("delete expired sessions: %w", err)
	}
	return nil
}

func scanSession(rows *sql.Rows) (*operator.Session, error) {
	var s operator.Session
	var hash []byte
	var createdAt, seenAt, expiresAt int64
	if err := rows.Scan(&s.ID, &s.Account, &hash, &createdAt, &seenAt, &expiresAt, &s.From, &s.Agent); err != nil {
		return nil, err
	}
	s.CreatedAt, s.SeenAt, s.ExpiresAt = fromMicros(createdAt), fromMicros(seenAt), fromMicros(expiresAt)
	return &s, copyHash(&s.Hash, hash)
}

var errDamagedHash = errors.New("stored hash is damaged")

func copyHash(to *[32]byte, from []byte) error {
	if len(from) != len(to) {
		return errDamagedHash
	}
	copy(to[:], from)
	return nil
}

// PutToken implements operator.TokenTx.
func (t *peopleTx) PutToken(ctx context.Context, token *operator.Token) error {
	scopes, err := json.Marshal(token.Scopes)
	if err != nil {
		return fmt.Errorf("put token: %w", err)
	}
	_, err = t.q.ExecContext(ctx, `INSERT INTO tokens (`+tokenColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET account = excluded.account, name = excluded.name, hash = excluded.hash,
			scopes = excluded.scopes, created_at = excluded.created_at, expires_at = excluded.expires_at, used_at = excluded.used_at`,
		string(token.ID), string(token.Account), token.Name, token.Hash[:], string(scopes),
		micros(token.CreatedAt), micros(token.ExpiresAt), maybeMicros(token.UsedAt))
	if err != nil {
		return fmt.Errorf("put token: %w", err)
	}
	return nil
}

// FindToken implements operator.TokenTx.
func (t *peopleTx) FindToken(ctx context.Context, hash [32]byte) (*operator.Token, error) {
	token, err := findOne(ctx, t.q, &statement{"SELECT " + tokenColumns + " FROM tokens WHERE hash = $1", []any{hash[:]}}, scanToken)
	if err != nil {
		return nil, fmt.Errorf("find token: %w", err)
	}
	return token, nil
}

// ListTokens implements operator.TokenTx.
func (t *peopleTx) ListTokens(ctx context.Context, of operator.AccountID) ([]*operator.Token, error) {
	query := ofAccount("SELECT "+tokenColumns+" FROM tokens", of)
	tokens, err := collect(ctx, t.q, &query, scanToken)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return tokens, nil
}

// DeleteToken implements operator.TokenTx.
func (t *peopleTx) DeleteToken(ctx context.Context, id operator.TokenID) error {
	n, err := execute(ctx, t.q, "DELETE FROM tokens WHERE id = $1", string(id))
	if err == nil && n == 0 {
		err = operator.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("delete token: %w", err)
	}
	return nil
}

func scanToken(rows *sql.Rows) (*operator.Token, error) {
	var (
		token                operator.Token
		hash, scopes         []byte
		createdAt, expiresAt int64
		usedAt               sql.NullInt64
	)
	err := rows.Scan(&token.ID, &token.Account, &token.Name, &hash, &scopes, &createdAt, &expiresAt, &usedAt)
	if err != nil {
		return nil, err
	}
	token.CreatedAt, token.ExpiresAt, token.UsedAt = fromMicros(createdAt), fromMicros(expiresAt), fromMaybeMicros(usedAt)
	if err := json.Unmarshal(scopes, &token.Scopes); err != nil {
		return nil, fmt.Errorf("read scopes of token %s: %w", token.ID, err)
	}
	return &token, copyHash(&token.Hash, hash)
}
