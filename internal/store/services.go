// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/manager"
)

// PutService implements manager.ServiceTx.
func (t *tx) PutService(ctx context.Context, s manager.Service) error {
	_, err := t.q.ExecContext(ctx, `INSERT INTO services (name, upstream, inway_address, concurrent_calls, concurrent_calls_per_peer,
			calls_per_second_per_peer, request_bytes, response_milliseconds, requires_agreement, more_upstreams)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (name) DO UPDATE SET upstream = excluded.upstream, inway_address = excluded.inway_address,
			more_upstreams = excluded.more_upstreams`,
		s.Name, s.Upstream, s.InwayAddress, s.Limits.ConcurrentCalls, s.Limits.ConcurrentCallsPerPeer,
		s.Limits.CallsPerSecondPerPeer, s.Limits.RequestBytes, s.Limits.ResponseMilliseconds, s.RequiresAgreement, s.MoreUpstreams)
	if err != nil {
		return fmt.Errorf("put service: %w", err)
	}
	return nil
}

// LimitService implements manager.ServiceTx.
func (t *tx) LimitService(ctx context.Context, name string, l limit.Limits) error {
	n, err := execute(ctx, t.q, `UPDATE services SET concurrent_calls = $2, concurrent_calls_per_peer = $3,
			calls_per_second_per_peer = $4, request_bytes = $5, response_milliseconds = $6 WHERE name = $1`,
		name, l.ConcurrentCalls, l.ConcurrentCallsPerPeer, l.CallsPerSecondPerPeer, l.RequestBytes, l.ResponseMilliseconds)
	if err == nil && n == 0 {
		err = manager.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("limit service: %w", err)
	}
	return nil
}

// RequireAgreement implements manager.ServiceTx.
func (t *tx) RequireAgreement(ctx context.Context, name string, required bool) error {
	n, err := execute(ctx, t.q, "UPDATE services SET requires_agreement = $2 WHERE name = $1", name, required)
	if err == nil && n == 0 {
		err = manager.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("require agreement: %w", err)
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

const serviceColumns = `name, upstream, inway_address, concurrent_calls, concurrent_calls_per_peer,
	calls_per_second_per_peer, request_bytes, response_milliseconds, requires_agreement, more_upstreams`

// ListServices implements manager.ServiceTx.
func (t *tx) ListServices(ctx context.Context) ([]manager.Service, error) {
	services, err := collect(ctx, t.q, &statement{text: "SELECT " + serviceColumns + " FROM services ORDER BY name"}, scanService)
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	return services, nil
}

// FindService implements manager.ServiceTx.
func (t *tx) FindService(ctx context.Context, name string) (manager.Service, error) {
	found, err := collect(ctx, t.q, &statement{"SELECT " + serviceColumns + " FROM services WHERE name = $1", []any{name}}, scanService)
	if err == nil && len(found) == 0 {
		err = manager.ErrNotFound
	}
	if err != nil {
		return manager.Service{}, fmt.Errorf("find service: %w", err)
	}
	return found[0], nil
}

// LastServiceChange implements manager.ServiceTx.
func (t *tx) LastServiceChange(ctx context.Context) (int64, error) {
	found, err := collect(ctx, t.q, &statement{text: "SELECT COALESCE(MAX(sequence), 0) FROM service_changes"}, scanNumber)
	if err != nil {
		return 0, fmt.Errorf("last change of a service: %w", err)
	}
	return found[0], nil
}

// ListServiceChanges implements manager.ServiceTx.
func (t *tx) ListServiceChanges(ctx context.Context, after int64) (changed []manager.Service, gone []string, err error) {
	changed, err = collect(ctx, t.q, &statement{"SELECT " + serviceColumns + ` FROM service_changes c
		CROSS JOIN services s USING (name) WHERE c.sequence > $1 ORDER BY c.sequence`, []any{after}}, scanService)
	if err != nil {
		return nil, nil, fmt.Errorf("list changes of services: %w", err)
	}
	gone, err = collect(ctx, t.q, &statement{`SELECT c.name FROM service_changes c WHERE c.sequence > $1
		AND NOT EXISTS (SELECT 1 FROM services s WHERE s.name = c.name) ORDER BY c.sequence`, []any{after}}, scanServiceName)
	if err != nil {
		return nil, nil, fmt.Errorf("list removed services: %w", err)
	}
	return changed, gone, nil
}

func scanServiceName(rows *sql.Rows) (name string, err error) {
	err = rows.Scan(&name)
	return name, err
}

func scanService(rows *sql.Rows) (s manager.Service, err error) {
	l := &s.Limits
	err = rows.Scan(&s.Name, &s.Upstream, &s.InwayAddress, &l.ConcurrentCalls, &l.ConcurrentCallsPerPeer,
		&l.CallsPerSecondPerPeer, &l.RequestBytes, &l.ResponseMilliseconds, &s.RequiresAgreement, &s.MoreUpstreams)
	return s, err
}
