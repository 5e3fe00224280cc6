// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// PutPeer implements manager.PeerTx.
func (t *tx) PutPeer(ctx context.Context, p fsc.Peer) error {
	_, err := t.q.ExecContext(ctx, `INSERT INTO peers (peer_id, name, name_folded, manager_address) VALUES ($1, $2, $3, $4)
		ON CONFLICT (peer_id) DO UPDATE SET name = excluded.name, name_folded = excluded.name_folded,
			manager_address = CASE WHEN excluded.manager_address = '' THEN peers.manager_address ELSE excluded.manager_address END`,
		string(p.ID), p.Name, fold(p.Name), p.ManagerAddress)
	if err != nil {
		return fmt.Errorf("put peer: %w", err)
	}
	return nil
}

// ListPeers implements manager.PeerTx.
func (t *tx) ListPeers(ctx context.Context, pf manager.PeerFilter) ([]fsc.Peer, error) {
	var f filter
	if len(pf.IDs) > 0 {
		f.and("peer_id IN (" + params(&f, pf.IDs) + ")")
	}
	if pf.NameContains != "" {
		f.and(contains(&f, "name_folded", pf.NameContains))
	}
	if pf.After != "" {
		f.and("peer_id" + behind(pf.Descending) + f.param(string(pf.After)))
	}
	text := "SELECT peer_id, name, manager_address FROM peers" + f.where() + orderBy(pf.Descending, "peer_id") + f.limit(pf.Limit)
	peers, err := collect(ctx, t.q, &statement{text, f.args}, func(rows *sql.Rows) (p fsc.Peer, err error) {
		err = rows.Scan(&p.ID, &p.Name, &p.ManagerAddress)
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("list peers: %w", err)
	}
	return peers, nil
}
