// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// packedAtOnce is how many contracts of an older version are packed in one
// transaction.
const packedAtOnce = 500

// consumerOf gives the condition on table searchable s of contracts with a
// connection of a Peer; its index has all that is asked of it.
func consumerOf(f *filter, outway fsc.PeerID, endsAfter int64) {
	f.and("s.facet = " + f.param(string(manager.RoleConsumer)) + " AND s.value = " + f.param(string(outway)) +
		" AND s.not_after > " + f.param(endsAfter))
}

// ListStandings implements manager.ConnectionTx.
func (t *tx) ListStandings(ctx context.Context, outway fsc.PeerID, endsAfter int64) ([]manager.Standing, error) {
	query := listStandings(outway, endsAfter)
	found, err := collect(ctx, t.q, &query, scanStanding)
	if err != nil {
		return nil, fmt.Errorf("list standings: %w", err)
	}
	return found, nil
}

func listStandings(outway fsc.PeerID, endsAfter int64) statement {
	var f filter
	consumerOf(&f, outway, endsAfter)
	return statement{"SELECT s.number, s.not_before, s.not_after, s.standing, s.accepted_until FROM searchable s" +
		f.where() + " ORDER BY s.number", f.args}
}

func scanStanding(rows *sql.Rows) (s manager.Standing, err error) {
	var name sql.RawBytes
	err = rows.Scan(&s.Number, &s.NotBefore, &s.NotAfter, &name, &s.AcceptedUntil)
	s.Stopped = stoppedBy(string(name))
	return s, err
}

func stoppedBy(standing string) fsc.ContractState {
	switch standing {
	case standingRejected:
		return fsc.StateRejected
	case standingRevoked:
		return fsc.StateRevoked
	}
	return ""
}

// ListConnections implements manager.ConnectionTx.
func (t *tx) ListConnections(ctx context.Context, outway fsc.PeerID, endsAfter, after int64) ([]manager.Connections, error) {
	query := listConnections(outway, endsAfter, after)
	found, err := collect(ctx, t.q, &query, scanConnections)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	query = listUnpacked(outway, endsAfter, after)
	rest, err := collect(ctx, t.q, &query, scanUnpacked)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	for _, c := range rest {
		found = append(found, manager.Connections{Number: c.number, Packed: string(c.packed)})
	}
	return found, nil
}

func listConnections(outway fsc.PeerID, endsAfter, after int64) statement {
	var f filter
	consumerOf(&f, outway, endsAfter)
	f.and("s.number > " + f.param(after))
	return statement{"SELECT s.number, x.packed FROM searchable s CROSS JOIN connections x ON x.number = s.number" + f.where(), f.args}
}

func scanConnections(rows *sql.Rows) (c manager.Connections, err error) {
	var packed sql.RawBytes
	err = rows.Scan(&c.Number, &packed)
	c.Packed = string(packed)
	return c, err
}

// listUnpacked is for contracts that an older version stores beside this one.
func listUnpacked(outway fsc.PeerID, endsAfter, after int64) statement {
	var f filter
	consumerOf(&f, outway, endsAfter)
	f.and("s.number > " + f.param(after))
	f.and("NOT EXISTS (SELECT 1 FROM connections x WHERE x.number = s.number)")
	return statement{`SELECT s.number, c.raw, c.profile FROM searchable s CROSS JOIN standings n ON n.number = s.number
		CROSS JOIN contracts c ON c.content_hash = n.content_hash` + f.where(), f.args}
}

type unpacked struct {
	number int64
	packed []byte
}

func scanUnpacked(rows *sql.Rows) (u unpacked, err error) {
	var raw []byte
	var profile string
	if err := rows.Scan(&u.number, &raw, &profile); err != nil {
		return u, err
	}
	content, err := fsc.RestoreContent(raw, fsc.Profile(profile))
	if err != nil {
		return u, fmt.Errorf("restore contract %d: %w", u.number, err)
	}
	u.packed = manager.PackConnections(content)
	return u, nil
}

// packConnections packs the connections of contracts from before there was a table
// for them.
func packConnections(ctx context.Context, d *database) error {
	query := statement{text: `SELECT n.number, c.raw, c.profile FROM standings n JOIN contracts c ON c.content_hash = n.content_hash
		WHERE NOT EXISTS (SELECT 1 FROM connections x WHERE x.number = n.number) ORDER BY n.number LIMIT $1`, args: []any{packedAtOnce}}
	for {
		var found []unpacked
		err := d.update(ctx, func(q querier) (err error) {
			if found, err = collect(ctx, q, &query, scanUnpacked); err != nil {
				return err
			}
			for _, u := range found {
				if err := putConnections(ctx, q, u); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(found) < packedAtOnce {
			return err
		}
	}
}

func putConnections(ctx context.Context, q querier, u unpacked) error {
	if u.packed == nil {
		u.packed = []byte{}
	}
	_, err := q.ExecContext(ctx, "INSERT INTO connections (number, packed) VALUES ($1, $2)", u.number, u.packed)
	return err
}
