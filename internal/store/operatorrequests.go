// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

const requestColumns = "id, act, object, payload, requester, requester_name, created_at, expires_at, decided, decided_by, decided_at"

// PutRequest implements operator.RequestTx. An empty payload comes back as nil.
func (t *peopleTx) PutRequest(ctx context.Context, r *operator.Request) error {
	var payload any
	if len(r.Payload) > 0 {
		payload = r.Payload
	}
	_, err := t.q.ExecContext(ctx, `INSERT INTO requests (`+requestColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE SET act = excluded.act, object = excluded.object, payload = excluded.payload,
			requester = excluded.requester, requester_name = excluded.requester_name, created_at = excluded.created_at,
			expires_at = excluded.expires_at, decided = excluded.decided, decided_by = excluded.decided_by, decided_at = excluded.decided_at`,
		r.ID, r.Act, r.Object, payload, string(r.Requester), r.Name, micros(r.CreatedAt), micros(r.ExpiresAt),
		r.Decided, string(r.DecidedBy), maybeMicros(r.DecidedAt))
	if err != nil {
		return fmt.Errorf("put request: %w", err)
	}
	return nil
}

// FindRequest implements operator.RequestTx.
func (t *peopleTx) FindRequest(ctx context.Context, id string) (*operator.Request, error) {
	r, err := findOne(ctx, t.q, &statement{"SELECT " + requestColumns + " FROM requests WHERE id = $1", []any{id}}, scanRequest)
	if err != nil {
		return nil, fmt.Errorf("find request: %w", err)
	}
	return r, nil
}

// ListRequests implements operator.RequestTx. A request doesn't wait any more
// at the moment it expires.
func (t *peopleTx) ListRequests(ctx context.Context, waitingAt time.Time) ([]*operator.Request, error) {
	var f filter
	if !waitingAt.IsZero() {
		f.and("decided = ''")
		f.and("expires_at > " + f.param(micros(waitingAt)))
	}
	text := "SELECT " + requestColumns + " FROM requests" + f.where() + orderBy(true, "created_at", "id")
	requests, err := collect(ctx, t.q, &statement{text, f.args}, scanRequest)
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	return requests, nil
}

func scanRequest(rows *sql.Rows) (*operator.Request, error) {
	var r operator.Request
	var createdAt, expiresAt int64
	var decidedAt sql.NullInt64
	err := rows.Scan(&r.ID, &r.Act, &r.Object, &r.Payload, &r.Requester, &r.Name, &createdAt, &expiresAt, &r.Decided, &r.DecidedBy, &decidedAt)
	if err != nil {
		return nil, err
	}
	r.CreatedAt, r.ExpiresAt, r.DecidedAt = fromMicros(createdAt), fromMicros(expiresAt), fromMaybeMicros(decidedAt)
	return &r, nil
}
