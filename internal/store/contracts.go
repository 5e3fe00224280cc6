// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

const contractColumns = "c.content_hash, c.profile, c.raw, c.stored_at"

// The facets: what contracts can be listed by.
const (
	facetParty          = "party"
	facetGrantType      = "grant_type"
	facetConnectionsOf  = "connections_of"
	facetServicesOf     = "services_of"
	facetPublicationsBy = "publications_by"
	facetCallOff        = "call_off" // hash of the agreement that a connection names
)

// FindContract implements manager.ContractTx.
func (t *tx) FindContract(ctx context.Context, h fsc.ContentHash) (*manager.Contract, error) {
	c, err := t.findContract(ctx, "$1", string(h))
	if err != nil {
		return nil, fmt.Errorf("find contract: %w", err)
	}
	return c, nil
}

// FindContractByGrant implements manager.ContractTx.
func (t *tx) FindContractByGrant(ctx context.Context, h fsc.GrantHash) (*manager.Contract, error) {
	c, err := t.findContract(ctx, "(SELECT content_hash FROM grants WHERE grant_hash = $1 ORDER BY content_hash LIMIT 1)", string(h))
	if err != nil {
		return nil, fmt.Errorf("find contract by grant: %w", err)
	}
	return c, nil
}

// findContract reads the contract whose hash is an expression with one parameter.
func (t *tx) findContract(ctx context.Context, hash, arg string) (*manager.Contract, error) {
	f := filter{args: []any{arg}}
	f.and("c.content_hash = " + hash)
	found, err := collect(ctx, t.q, &statement{"SELECT " + contractColumns + " FROM contracts c" + f.where(), f.args}, scanContract)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, manager.ErrNotFound
	}
	if err := t.addSignatures(ctx, found, "SELECT c.content_hash FROM contracts c"+f.where(), f.args); err != nil {
		return nil, err
	}
	return found[0], nil
}

func scanContract(rows *sql.Rows) (*manager.Contract, error) {
	var (
		hash, profile string
		raw           []byte
		storedAt      int64
	)
	if err := rows.Scan(&hash, &profile, &raw, &storedAt); err != nil {
		return nil, err
	}
	content, err := fsc.RestoreContent(raw, fsc.Profile(profile))
	if err != nil {
		return nil, fmt.Errorf("restore contract %s: %w", hash, err)
	}
	if string(content.Hash()) != hash {
		return nil, fmt.Errorf("restore contract %s: the stored content has another hash", hash)
	}
	return &manager.Contract{Content: content, StoredAt: fromMicros(storedAt)}, nil
}

// PutContract implements manager.ContractTx.
func (t *tx) PutContract(ctx context.Context, c *manager.Contract) error {
	if err := t.putContent(ctx, c.Content, c.StoredAt); err != nil {
		return fmt.Errorf("put contract: %w", err)
	}
	signed := false
	for _, s := range c.Signatures {
		changed, err := t.putSignature(ctx, c.Content.Hash(), s)
		if err != nil {
			return fmt.Errorf("put contract: %w", err)
		}
		signed = signed || changed
	}
	if signed {
		if err := t.putStanding(ctx, c.Content.Hash()); err != nil {
			return fmt.Errorf("put contract: %w", err)
		}
	}
	return nil
}

func (t *tx) putContent(ctx context.Context, c *fsc.Content, storedAt time.Time) error {
	hash := string(c.Hash())
	n, err := execute(ctx, t.q, `INSERT INTO contracts
		(content_hash, iv, profile, raw, created_at, not_before, not_after, stored_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		hash, c.IV, string(c.Profile()), c.Raw(), c.CreatedAt, c.Validity.NotBefore, c.Validity.NotAfter, micros(storedAt))
	if err != nil {
		return err
	}
	if n == 0 {
		known, err := exists(ctx, t.q, "SELECT 1 FROM contracts WHERE content_hash = $1", hash)
		if err == nil && !known {
			err = manager.ErrIVInUse
		}
		return err
	}
	return t.putParts(ctx, c)
}

// putParts writes what a contract is found by.
func (t *tx) putParts(ctx context.Context, c *fsc.Content) error {
	hash := string(c.Hash())
	var parties, grants, facets [][]any
	for _, p := range c.Parties() {
		parties = append(parties, []any{hash, string(p)})
	}
	seen := map[[2]string]bool{}
	for i := range c.Grants {
		g := &c.Grants[i]
		grants = append(grants, grantRow(hash, i, g, c.CreatedAt))
		for _, f := range facetsOf(g) {
			if !seen[f] {
				seen[f] = true
				facets = append(facets, []any{f[0], f[1], c.CreatedAt, hash})
			}
		}
	}
	err := t.insert(ctx,
		inserts("INSERT INTO parties (content_hash, peer_id) VALUES ", "", parties),
		inserts(`INSERT INTO grants (content_hash, position, grant_hash, type, directory_peer, outway_peer, service_peer,
			service_name, service_folded, protocol, delegator, properties, created_at) VALUES `, "", grants),
		inserts("INSERT INTO facets (facet, value, created_at, content_hash) VALUES ", "", facets),
	)
	if err != nil {
		return err
	}
	return t.putSearchable(ctx, c)
}

func (t *tx) insert(ctx context.Context, groups ...[]statement) error {
	for _, group := range groups {
		for _, s := range group {
			if _, err := t.q.ExecContext(ctx, s.text, s.args...); err != nil {
				return err
			}
		}
	}
	return nil
}

func grantRow(hash string, position int, g *fsc.Grant, createdAt int64) []any {
	var directory, outway, folded, properties any // NULL unless they belong to the type
	folded = ""
	if g.Type.IsPublication() {
		directory, folded = string(g.Directory), fold(g.Service.Name)
		if g.Properties != nil {
			properties = g.Properties
		}
	} else {
		outway = string(g.Outway.PeerID)
	}
	return []any{
		hash, position, string(g.Hash), string(g.Type), directory, outway, string(g.Service.PeerID),
		g.Service.Name, folded, string(g.Service.Protocol), string(g.Delegator), properties, createdAt,
	}
}

func facetsOf(g *fsc.Grant) [][2]string {
	facets := [][2]string{{facetGrantType, string(g.Type)}}
	for _, p := range g.Parties() {
		facets = append(facets, [2]string{facetParty, string(p)})
	}
	if g.Type.IsPublication() {
		return append(facets, [2]string{facetPublicationsBy, string(g.Service.PeerID)})
	}
	if callOff := manager.CallOffOf(g); callOff != "" {
		facets = append(facets, [2]string{facetCallOff, callOff})
	}
	return append(facets,
		[2]string{facetConnectionsOf, string(g.Outway.PeerID)}, [2]string{facetServicesOf, string(g.Service.PeerID)})
}
