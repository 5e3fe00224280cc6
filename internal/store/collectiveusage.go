// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

// PutUsageReport implements collective.UsageTx.
func (t *deedTx) PutUsageReport(ctx context.Context, r *collective.UsageReport) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("put usage report: %w", err)
	}
	_, err = t.q.ExecContext(ctx, `INSERT INTO usage_reports (call_off, month, report) VALUES ($1, $2, $3)
		ON CONFLICT (call_off, month) DO UPDATE SET report = excluded.report`, string(r.CallOff), r.Month.String(), raw)
	if err != nil {
		return fmt.Errorf("put usage report: %w", err)
	}
	return nil
}

// FindUsageReport implements collective.UsageTx.
func (t *deedTx) FindUsageReport(ctx context.Context, callOff deed.Hash, m usage.Month) (*collective.UsageReport, error) {
	query := statement{"SELECT report FROM usage_reports WHERE call_off = $1 AND month = $2", []any{string(callOff), m.String()}}
	r, err := onlyOne(ctx, t.q, &query, func(rows *sql.Rows) (r collective.UsageReport, err error) {
		var raw sql.RawBytes
		if err := rows.Scan(&raw); err != nil {
			return r, err
		}
		return r, json.Unmarshal(raw, &r)
	})
	if err != nil {
		return nil, fmt.Errorf("find usage report: %w", err)
	}
	return r, nil
}
