// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/samenspel/samenspel/internal/manager"
)

// PutService implements manager.ServiceTx.
func (t *tx) PutService(ctx context.Context, s manager.Service) error {
	_, err := t.q.ExecContext(ctx, `INSERT INTO services (name, upstream, inway_address) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET upstream = excluded.upstream, inway_address = excluded.inway_address`,
		s.Name, s.Upstream, s.InwayAddress)
	if err != nil {
		return fmt.Errorf("put service: %w", err)
	}
	return nil
}

// DeleteService implements manager.ServiceTx.
func (t *tx) DeleteService(ctx context.Context, name string) error {
	n, err := execute(ctx, t.q, "DELETE FROM services WHERE name = $1", name)
	if err == nil && n == 0 {
		err = manager.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("delete service: %w", err)
	}
	return nil
}

// ListServices implements manager.ServiceTx.
func (t *tx) ListServices(ctx context.Context) ([]manager.Service, error) {
	query := statement{text: "SELECT name, upstream, inway_address FROM services ORDER BY name"}
	services, err := collect(ctx, t.q, &query, func(rows *sql.Rows) (s manager.Service, err error) {
		err = rows.Scan(&s.Name, &s.Upstream, &s.InwayAddress)
		return s, err
	})
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	return services, nil
}
