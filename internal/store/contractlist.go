// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/internal/manager"
)

// ListContracts implements manager.ContractTx. It takes two queries, however
// many contracts there are.
func (t *tx) ListContracts(ctx context.Context, f manager.ContractFilter) ([]*manager.Contract, error) {
	l := listContracts(f)
	cs, err := collect(ctx, t.q, &statement{"SELECT " + contractColumns + l.text, l.args}, scanContract)
	if err != nil {
		return nil, fmt.Errorf("list contracts: %w", err)
	}
	if len(cs) == 0 {
		return nil, nil
	}
	if err := t.addSignatures(ctx, cs, "SELECT c.content_hash"+l.text, l.args); err != nil {
		return nil, fmt.Errorf("list contracts: %w", err)
	}
	return cs, nil
}

const leadingFacet = " FROM facets f JOIN contracts c ON c.content_hash = f.content_hash"

// listContracts gives all of the query behind its columns. The first facet
// asked for leads, since its index is in the order of the listing.
func listContracts(cf manager.ContractFilter) statement {
	var f filter
	from, order := " FROM contracts c", []string{"c.created_at", "c.content_hash"}
	for _, facet := range [][2]string{
		{facetCallOff, cf.CallOff},
		{facetConnectionsOf, string(cf.ConnectionsOf)},
		{facetServicesOf, string(cf.ServicesOf)},
		{facetPublicationsBy, string(cf.PublicationsBy)},
		{facetParty, string(cf.Party)},
		{facetGrantType, string(cf.GrantType)},
	} {
		if facet[1] == "" {
			continue
		}
		name, value := f.param(facet[0]), f.param(facet[1])
		if order[0] == "c.created_at" {
			from, order = leadingFacet, []string{"f.created_at", "f.content_hash"}
			f.and("f.facet = " + name + " AND f.value = " + value)
			continue
		}
		f.and("EXISTS (SELECT 1 FROM facets x WHERE x.facet = " + name + " AND x.value = " + value +
			" AND x.created_at = c.created_at AND x.content_hash = c.content_hash)")
	}
	if len(cf.GrantHashes) > 0 {
		f.and("c.content_hash IN (SELECT content_hash FROM grants WHERE grant_hash IN (" + params(&f, cf.GrantHashes) + "))")
	}
	addStates(&f, cf)
	if k := cf.After; k != nil {
		f.and("(" + order[0] + ", " + order[1] + ")" + behind(!cf.Ascending) +
			"(" + f.param(k.CreatedAt) + ", " + f.param(string(k.ContentHash)) + ")")
	}
	text := from + f.where() + orderBy(!cf.Ascending, order...)
	text += f.limit(cf.Limit)
	return statement{text, f.args}
}

func addStates(f *filter, cf manager.ContractFilter) {
	if !cf.ValidAt.IsZero() {
		f.and(validAt(f, cf.ValidAt))
	}
	if !cf.EndsAfter.IsZero() {
		f.and("c.not_after > " + f.param(cf.EndsAfter.Unix()))
	}
	if cf.Stopped {
		f.and("EXISTS " + stopMarks)
	}
}

// stopMarks are the signatures of parties that end the contract c for good.
const stopMarks = `(SELECT 1 FROM signatures s
	JOIN parties p ON p.content_hash = s.content_hash AND p.peer_id = s.peer_id
	WHERE s.content_hash = c.content_hash AND s.type IN ('reject', 'revoke'))`

// validAt is the condition that contract c is VALID at t; the same as fsc.State.
func validAt(f *filter, t time.Time) string {
	second := f.param(t.Unix())
	// Certificates end at a whole microsecond: rounding up decides exactly.
	moment := f.param(micros(t.Add(time.Microsecond - 1)))
	return "c.not_before <= " + second + " AND c.not_after > " + second + `
	AND NOT EXISTS ` + stopMarks + `
	AND NOT EXISTS (SELECT 1 FROM parties p WHERE p.content_hash = c.content_hash AND NOT EXISTS (
		SELECT 1 FROM signatures s WHERE s.content_hash = p.content_hash AND s.peer_id = p.peer_id
		AND s.type = 'accept' AND s.certificate_not_after >= ` + moment + `))`
}
