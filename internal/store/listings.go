// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/internal/directory"
)

// ListServices implements directory.Store. Of two valid contracts of the same
// age the one with the greater content hash is the newest.
func (s *Store) ListServices(ctx context.Context, f directory.Filter, at time.Time) (listings []directory.Listing, err error) {
	query := listServices(f, at)
	err = s.node.view(ctx, func(q querier) (err error) {
		listings, err = collect(ctx, q, &query, scanListing)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	return listings, nil
}

// listServices ranks the valid publications of each service, newest first, and
// takes the first of each.
func listServices(df directory.Filter, at time.Time) statement {
	var f filter
	f.and("n.directory_peer IS NOT NULL")
	if df.Directory != "" {
		f.and("n.directory_peer = " + f.param(string(df.Directory)))
	}
	switch {
	case df.PeerID != "" && df.NameContains != "":
		f.and("(n.service_peer = " + f.param(string(df.PeerID)) + " OR " + contains(&f, "n.service_folded", df.NameContains) + ")")
	case df.PeerID != "":
		f.and("n.service_peer = " + f.param(string(df.PeerID)))
	case df.NameContains != "":
		f.and(contains(&f, "n.service_folded", df.NameContains))
	}
	if k := df.After; k != nil {
		f.and("(n.service_peer, n.service_name)" + behind(df.Descending) +
			"(" + f.param(string(k.PeerID)) + ", " + f.param(k.Name) + ")")
	}
	f.and(validAt(&f, at))
	text := `SELECT g.service_peer, COALESCE(p.name, ''), COALESCE(p.manager_address, ''), g.service_name, g.protocol,
		g.delegator, COALESCE(d.name, ''), COALESCE(d.manager_address, ''), g.properties, g.created_at, g.content_hash
		FROM (SELECT n.content_hash, n.position, n.service_peer, n.service_name, ROW_NUMBER() OVER (
				PARTITION BY n.service_peer, n.service_name
				ORDER BY n.created_at DESC, n.content_hash DESC, n.position) AS place
			FROM grants n JOIN contracts c ON c.content_hash = n.content_hash` + f.where() + `) newest
		JOIN grants g ON g.content_hash = newest.content_hash AND g.position = newest.position
		LEFT JOIN peers p ON p.peer_id = g.service_peer
		LEFT JOIN peers d ON d.peer_id = g.delegator
		WHERE newest.place = 1` + orderBy(df.Descending, "newest.service_peer", "newest.service_name")
	text += f.limit(df.Limit)
	return statement{text, f.args}
}

func scanListing(rows *sql.Rows) (l directory.Listing, err error) {
	err = rows.Scan(&l.Peer.ID, &l.Peer.Name, &l.Peer.ManagerAddress, &l.Name, &l.Protocol,
		&l.Delegator.ID, &l.Delegator.Name, &l.Delegator.ManagerAddress, &l.Properties, &l.CreatedAt, &l.ContentHash)
	return l, err
}
