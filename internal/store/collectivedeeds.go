// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// PutDeed implements collective.DeedTx. Bytes that don't have this hash are
// refused.
func (t *deedTx) PutDeed(ctx context.Context, d *collective.Deed) (bool, error) {
	added, err := t.putDeed(ctx, d)
	if err != nil {
		return false, fmt.Errorf("put deed: %w", err)
	}
	return added, nil
}

func (t *deedTx) putDeed(ctx context.Context, d *collective.Deed) (bool, error) {
	content, err := deed.Parse(d.Raw)
	if err != nil {
		return false, err
	}
	if content.Hash() != d.Hash || !d.Hash.Matches(d.Raw) {
		return false, errOtherBytes
	}
	added, err := t.added(ctx, "INSERT INTO deeds (hash, dossier, raw) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING",
		string(d.Hash), string(d.Dossier), d.Raw)
	if err != nil || !added {
		return false, err
	}
	rows := make([][]any, len(content.Parents))
	for i, p := range content.Parents {
		rows[i] = []any{string(d.Hash), string(p)}
	}
	if err := t.execute(ctx, inserts("INSERT INTO deed_parents (deed, parent) VALUES ", "", rows)); err != nil {
		return false, err
	}
	rows = rows[:0:0]
	for _, a := range content.Annexes {
		rows = append(rows, []any{string(a.Hash), string(d.Hash)})
	}
	return true, t.execute(ctx, inserts("INSERT INTO deed_annexes (annex, deed) VALUES ", "", rows))
}

// ListNaming implements collective.DeedTx.
func (t *deedTx) ListNaming(ctx context.Context, annex deed.Hash) ([]deed.Hash, error) {
	query := statement{"SELECT deed FROM deed_annexes WHERE annex = $1 ORDER BY deed", []any{string(annex)}}
	found, err := collect(ctx, t.q, &query, func(rows *sql.Rows) (h deed.Hash, err error) { return h, rows.Scan(&h) })
	if err != nil {
		return nil, fmt.Errorf("list deeds that name an annex: %w", err)
	}
	return found, nil
}

const deedColumns = "hash, dossier, raw"

// FindDeed implements collective.DeedTx.
func (t *deedTx) FindDeed(ctx context.Context, h deed.Hash) (*collective.Deed, error) {
	query := statement{"SELECT " + deedColumns + " FROM deeds WHERE hash = $1", []any{string(h)}}
	d, err := onlyOne(ctx, t.q, &query, scanDeed)
	if err != nil {
		return nil, fmt.Errorf("find deed: %w", err)
	}
	return d, nil
}

// ListDeeds implements collective.DeedTx.
func (t *deedTx) ListDeeds(ctx context.Context, dossier deed.Hash) ([]collective.Deed, error) {
	query := statement{"SELECT " + deedColumns + " FROM deeds WHERE dossier = $1 ORDER BY hash", []any{string(dossier)}}
	ds, err := collect(ctx, t.q, &query, scanDeed)
	if err != nil {
		return nil, fmt.Errorf("list deeds: %w", err)
	}
	return ds, nil
}

// scanDeed refuses what isn't what was put.
func scanDeed(rows *sql.Rows) (d collective.Deed, err error) {
	if err = rows.Scan(&d.Hash, &d.Dossier, &d.Raw); err == nil && !d.Hash.Matches(d.Raw) {
		err = fmt.Errorf("deed %s: %w", d.Hash, errOtherBytes)
	}
	return d, err
}

const deedSignatureColumns = "hash, deed, dossier, jws, thumbprint, signer, key"

// PutSignature implements collective.DeedTx. The deed and the chain have to be
// there; a JWS that doesn't have this hash is refused.
func (t *deedTx) PutSignature(ctx context.Context, s *collective.Signature) (bool, error) {
	if !s.Hash.Matches([]byte(s.JWS)) {
		return false, fmt.Errorf("put signature on deed: %w", errOtherBytes)
	}
	added, err := t.added(ctx, "INSERT INTO deed_signatures ("+deedSignatureColumns+
		") VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hash) DO NOTHING",
		string(s.Hash), string(s.Deed), string(s.Dossier), s.JWS, s.Thumbprint, string(s.Signer), s.Key)
	if err != nil {
		return false, fmt.Errorf("put signature on deed: %w", err)
	}
	return added, nil
}

// FindSignature implements collective.DeedTx.
func (t *deedTx) FindSignature(ctx context.Context, h deed.Hash) (*collective.Signature, error) {
	query := statement{"SELECT " + deedSignatureColumns + " FROM deed_signatures WHERE hash = $1", []any{string(h)}}
	s, err := onlyOne(ctx, t.q, &query, scanDeedSignature)
	if err != nil {
		return nil, fmt.Errorf("find signature on deed: %w", err)
	}
	return s, nil
}

// ListSignatures implements collective.DeedTx.
func (t *deedTx) ListSignatures(ctx context.Context, dossier, on deed.Hash) ([]collective.Signature, error) {
	var f filter
	f.and("dossier = " + f.param(string(dossier)))
	if on != "" {
		f.and("deed = " + f.param(string(on)))
	}
	query := statement{"SELECT " + deedSignatureColumns + " FROM deed_signatures" + f.where() + " ORDER BY hash", f.args}
	all, err := collect(ctx, t.q, &query, scanDeedSignature)
	if err != nil {
		return nil, fmt.Errorf("list signatures on deeds: %w", err)
	}
	return all, nil
}

func scanDeedSignature(rows *sql.Rows) (s collective.Signature, err error) {
	err = rows.Scan(&s.Hash, &s.Deed, &s.Dossier, &s.JWS, &s.Thumbprint, &s.Signer, &s.Key)
	if err == nil && !s.Hash.Matches([]byte(s.JWS)) {
		err = fmt.Errorf("signature %s: %w", s.Hash, errOtherBytes)
	}
	return s, err
}

// PutChain implements collective.DeedTx.
func (t *deedTx) PutChain(ctx context.Context, thumbprint string, chain [][]byte) error {
	_, err := t.q.ExecContext(ctx, "INSERT INTO deed_chains (thumbprint, chain) VALUES ($1, $2) ON CONFLICT (thumbprint) DO NOTHING",
		thumbprint, encodeChain(chain))
	if err != nil {
		return fmt.Errorf("put chain: %w", err)
	}
	return nil
}

// FindChain implements collective.DeedTx.
func (t *deedTx) FindChain(ctx context.Context, thumbprint string) ([][]byte, error) {
	query := statement{"SELECT chain FROM deed_chains WHERE thumbprint = $1", []any{thumbprint}}
	chain, err := onlyOne(ctx, t.q, &query, func(rows *sql.Rows) ([][]byte, error) {
		var encoded []byte
		if err := rows.Scan(&encoded); err != nil {
			return nil, err
		}
		return decodeChain(encoded)
	})
	if err != nil {
		return nil, fmt.Errorf("find chain: %w", err)
	}
	return *chain, nil
}
