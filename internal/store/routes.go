// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/samenspel/samenspel/internal/manager"
)

// PutRoute implements manager.RouteTx.
func (t *tx) PutRoute(ctx context.Context, r manager.Route) error {
	_, err := t.q.ExecContext(ctx, `INSERT INTO routes
		(id, host, path_prefix, strip_prefix, service_peer, service_name, delegator, service_delegator, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET host = excluded.host, path_prefix = excluded.path_prefix,
			strip_prefix = excluded.strip_prefix, service_peer = excluded.service_peer, service_name = excluded.service_name,
			delegator = excluded.delegator, service_delegator = excluded.service_delegator`,
		r.ID, r.Host, r.PathPrefix, number(r.StripPrefix), string(r.ServicePeerID), r.Service,
		string(r.Delegator), string(r.ServiceDelegator), micros(r.CreatedAt))
	if err != nil {
		return fmt.Errorf("put route: %w", err)
	}
	return nil
}

// DeleteRoute implements manager.RouteTx.
func (t *tx) DeleteRoute(ctx context.Context, id string) error {
	n, err := execute(ctx, t.q, "DELETE FROM routes WHERE id = $1", id)
	if err == nil && n == 0 {
		err = manager.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("delete route: %w", err)
	}
	return nil
}

// ListRoutes implements manager.RouteTx.
func (t *tx) ListRoutes(ctx context.Context) ([]manager.Route, error) {
	query := statement{text: `SELECT id, host, path_prefix, strip_prefix, service_peer, service_name, delegator, service_delegator, created_at
		FROM routes ORDER BY host, path_prefix`}
	routes, err := collect(ctx, t.q, &query, func(rows *sql.Rows) (r manager.Route, err error) {
		var strip int
		var createdAt int64
		err = rows.Scan(&r.ID, &r.Host, &r.PathPrefix, &strip, &r.ServicePeerID, &r.Service, &r.Delegator, &r.ServiceDelegator, &createdAt)
		r.StripPrefix, r.CreatedAt, r.Origin = strip == 1, fromMicros(createdAt), manager.OriginStored
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("list routes: %w", err)
	}
	return routes, nil
}
