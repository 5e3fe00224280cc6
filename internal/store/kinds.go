// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"sync"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

// kind is what all records of one connection have in common.
type kind struct {
	grantHash            string
	groupID              fsc.GroupID
	serviceName          string
	outway, service      fsc.PeerID
	sourceDelegator      fsc.PeerID
	destinationDelegator fsc.PeerID
}

func kindOf(r *txlog.Record) kind {
	return kind{r.GrantHash, r.GroupID, r.ServiceName, r.OutwayPeerID, r.ServicePeerID, r.SourceDelegator, r.DestinationDelegator}
}

// maxKinds bounds the memory of a cache to a few megabytes.
const maxKinds = 10_000

// kindCache remembers the ids of kinds, which are never changed nor removed.
type kindCache struct {
	mu  sync.RWMutex
	ids map[kind]int64
}

func (c *kindCache) id(k kind) (int64, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	id, ok := c.ids[k]
	return id, ok
}

// add is for ids that are durable. A full cache starts anew.
func (c *kindCache) add(ids map[kind]int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ids == nil || len(c.ids)+len(ids) > maxKinds {
		c.ids = make(map[kind]int64)
	}
	maps.Copy(c.ids, ids)
}

// kindNumbers gives the ids of kinds within one transaction.
type kindNumbers struct {
	q      querier
	cache  *kindCache
	looked map[kind]int64 // what the cache didn't have
}

func (n *kindNumbers) of(ctx context.Context, k kind) (int64, error) {
	if id, ok := n.cache.id(k); ok {
		return id, nil
	}
	if id, ok := n.looked[k]; ok {
		return id, nil
	}
	id, err := storeKind(ctx, n.q, k)
	if err != nil {
		return 0, err
	}
	n.looked[k] = id
	return id, nil
}

func storeKind(ctx context.Context, q querier, k kind) (int64, error) {
	args := []any{
		k.grantHash, string(k.groupID), k.serviceName, string(k.outway), string(k.service), string(k.sourceDelegator), string(k.destinationDelegator),
	}
	_, err := q.ExecContext(ctx, `INSERT INTO kinds (grant_hash, group_id, service_name, outway_peer, service_peer,
		source_delegator, destination_delegator) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`, args...)
	if err != nil {
		return 0, err
	}
	ids, err := collect(ctx, q, &statement{`SELECT id FROM kinds WHERE grant_hash = $1 AND group_id = $2 AND service_name = $3
		AND outway_peer = $4 AND service_peer = $5 AND source_delegator = $6 AND destination_delegator = $7`, args}, scanKindID)
	if err != nil {
		return 0, err
	}
	if len(ids) != 1 {
		return 0, fmt.Errorf("%d kinds are alike", len(ids))
	}
	return ids[0], nil
}

func scanKindID(rows *sql.Rows) (id int64, err error) {
	err = rows.Scan(&id)
	return id, err
}

// findKinds asks for the kinds that can have records a query matches.
func findKinds(q txlog.Query) statement {
	var f filter
	if q.Reader != "" {
		reader := f.param(string(q.Reader))
		f.and("(outway_peer = " + reader + " OR service_peer = " + reader +
			" OR source_delegator = " + reader + " OR destination_delegator = " + reader + ")")
	}
	switch grants, services := len(q.GrantHashes) > 0, len(q.ServiceNames) > 0; {
	case grants && services:
		f.and("(grant_hash IN (" + params(&f, q.GrantHashes) + ") OR service_name IN (" + params(&f, q.ServiceNames) + "))")
	case grants:
		f.and("grant_hash IN (" + params(&f, q.GrantHashes) + ")")
	case services:
		f.and("service_name IN (" + params(&f, q.ServiceNames) + ")")
	}
	return statement{"SELECT id FROM kinds" + f.where(), f.args}
}
