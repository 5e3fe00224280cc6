// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// LastChange implements manager.ConnectionTx.
func (t *tx) LastChange(ctx context.Context) (int64, error) {
	found, err := collect(ctx, t.q, &statement{text: "SELECT COALESCE(MAX(sequence), 0) FROM contract_changes"}, scanNumber)
	if err != nil {
		return 0, fmt.Errorf("last change: %w", err)
	}
	return found[0], nil
}

// ListChanges implements manager.ConnectionTx.
func (t *tx) ListChanges(ctx context.Context, outway fsc.PeerID, after int64) ([]manager.StandingChange, error) {
	query := listChanges(outway, after)
	found, err := collect(ctx, t.q, &query, scanChange)
	if err != nil {
		return nil, fmt.Errorf("list changes: %w", err)
	}
	return found, nil
}

func listChanges(outway fsc.PeerID, after int64) statement {
	return statement{`SELECT c.sequence, c.number, s.number IS NOT NULL, COALESCE(s.not_before, 0), COALESCE(s.not_after, 0),
			COALESCE(s.standing, ''), COALESCE(s.accepted_until, 0), COALESCE(x.packed, x'')
		FROM contract_changes c
		LEFT JOIN searchable s ON s.number = c.number AND s.facet = '` + string(manager.RoleConsumer) + `' AND s.value = $1
		LEFT JOIN connections x ON x.number = s.number
		WHERE c.sequence > $2 ORDER BY c.sequence`, []any{string(outway), after}}
}

func scanChange(rows *sql.Rows) (c manager.StandingChange, err error) {
	var name, packed sql.RawBytes
	err = rows.Scan(&c.Sequence, &c.Number, &c.Ours, &c.NotBefore, &c.NotAfter, &name, &c.AcceptedUntil, &packed)
	c.Stopped, c.Packed = stoppedBy(string(name)), string(packed)
	return c, err
}

// ListStopped implements manager.ConnectionTx.
func (t *tx) ListStopped(ctx context.Context, provider fsc.PeerID, endsAfter int64) ([]manager.Connections, error) {
	query := listStopped("x.packed, x'', ''", "CROSS JOIN connections x ON x.number = n.number", provider, endsAfter)
	rest := listStopped("x'', c.raw, c.profile", `CROSS JOIN contracts c ON c.content_hash = n.content_hash
		AND NOT EXISTS (SELECT 1 FROM connections x WHERE x.number = n.number)`, provider, endsAfter)
	var found []manager.Connections
	for _, q := range []statement{query, rest} {
		some, err := collect(ctx, t.q, &q, scanStopped)
		if err != nil {
			return nil, fmt.Errorf("list stopped contracts: %w", err)
		}
		found = append(found, some...)
	}
	slices.SortFunc(found, func(a, b manager.Connections) int { return cmp.Compare(a.Number, b.Number) })
	return found, nil
}

// listStopped goes through the few contracts that were stopped, and looks each up
// among those of the provider.
func listStopped(columns, join string, provider fsc.PeerID, endsAfter int64) statement {
	return statement{
		"SELECT n.number, " + columns + " FROM standings n " + join + `
		WHERE n.standing IN ('` + standingRejected + `', '` + standingRevoked + `') AND n.not_after > $1
		AND EXISTS (SELECT 1 FROM searchable s WHERE s.number = n.number AND s.facet = '` + string(manager.RoleProvider) + `' AND s.value = $2)`,
		[]any{endsAfter, string(provider)},
	}
}

func scanStopped(rows *sql.Rows) (c manager.Connections, err error) {
	var packed, raw []byte
	var profile string
	if err := rows.Scan(&c.Number, &packed, &raw, &profile); err != nil {
		return c, err
	}
	if profile != "" { // an older version stored it, and didn't pack it
		content, err := fsc.RestoreContent(raw, fsc.Profile(profile))
		if err != nil {
			return c, fmt.Errorf("restore contract %d: %w", c.Number, err)
		}
		packed = manager.PackConnections(content)
	}
	c.Packed = string(packed)
	return c, nil
}
