// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// PutSignature implements manager.ContractTx. It gives manager.ErrNotFound
// when the contract isn't stored here.
func (t *tx) PutSignature(ctx context.Context, h fsc.ContentHash, s manager.Signature) (bool, error) {
	changed, err := t.putSignature(ctx, h, s)
	if err == nil && changed {
		err = t.putStanding(ctx, h)
	}
	if err != nil {
		return false, fmt.Errorf("put signature: %w", err)
	}
	return changed, nil
}

func (t *tx) putSignature(ctx context.Context, h fsc.ContentHash, s manager.Signature) (bool, error) {
	known, err := exists(ctx, t.q, "SELECT 1 FROM contracts WHERE content_hash = $1", string(h))
	if err != nil {
		return false, err
	}
	if !known {
		return false, manager.ErrNotFound
	}
	chain := encodeChain(s.Chain)
	sum := sha256.Sum256(chain)
	chainHash := hex.EncodeToString(sum[:])
	if _, err := t.q.ExecContext(ctx, `INSERT INTO chains (peer_id, chain_hash, chain) VALUES ($1, $2, $3)
		ON CONFLICT DO NOTHING`, string(s.PeerID), chainHash, chain); err != nil {
		return false, err
	}
	n, err := execute(ctx, t.q, `INSERT INTO signatures
		(content_hash, peer_id, type, jws, signed_at, certificate_not_after, chain_hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (content_hash, peer_id, type) DO UPDATE SET jws = excluded.jws, signed_at = excluded.signed_at,
			certificate_not_after = excluded.certificate_not_after, chain_hash = excluded.chain_hash
		WHERE excluded.signed_at > signatures.signed_at`,
		string(h), string(s.PeerID), string(s.Type), s.JWS, micros(s.SignedAt), micros(s.CertificateNotAfter), chainHash)
	return n > 0, err
}

// addSignatures fills in the signatures of contracts in one query. hashes is a
// subquery that gives the content hashes of cs again.
func (t *tx) addSignatures(ctx context.Context, cs []*manager.Contract, hashes string, args []any) error {
	byHash := make(map[fsc.ContentHash]*manager.Contract, len(cs))
	for _, c := range cs {
		byHash[c.Content.Hash()] = c
	}
	query := statement{`SELECT s.content_hash, s.peer_id, s.type, s.jws, s.signed_at, s.certificate_not_after, k.chain
		FROM signatures s JOIN chains k ON k.peer_id = s.peer_id AND k.chain_hash = s.chain_hash
		WHERE s.content_hash IN (` + hashes + `) ORDER BY s.content_hash, s.peer_id, s.type`, args}
	_, err := collect(ctx, t.q, &query, func(rows *sql.Rows) (struct{}, error) {
		h, s, err := scanSignature(rows)
		if c := byHash[h]; err == nil && c != nil {
			c.Signatures = append(c.Signatures, s)
		}
		return struct{}{}, err
	})
	return err
}

func scanSignature(rows *sql.Rows) (h fsc.ContentHash, s manager.Signature, err error) {
	var signedAt, notAfter int64
	var chain []byte
	if err = rows.Scan(&h, &s.PeerID, &s.Type, &s.JWS, &signedAt, &notAfter, &chain); err != nil {
		return h, s, err
	}
	s.SignedAt, s.CertificateNotAfter = fromMicros(signedAt), fromMicros(notAfter)
	s.Chain, err = decodeChain(chain)
	return h, s, err
}

// ListSigningChains implements manager.ContractTx. It looks at each chain of
// the Peer, not at each signature.
func (t *tx) ListSigningChains(ctx context.Context, p fsc.PeerID, endsAfter time.Time) ([][][]byte, error) {
	query := statement{`SELECT k.chain FROM chains k WHERE k.peer_id = $1 AND EXISTS (
		SELECT 1 FROM signatures s JOIN contracts c ON c.content_hash = s.content_hash
		WHERE s.peer_id = k.peer_id AND s.chain_hash = k.chain_hash AND c.not_after > $2)
		ORDER BY k.chain_hash`, []any{string(p), endsAfter.Unix()}}
	chains, err := collect(ctx, t.q, &query, func(rows *sql.Rows) ([][]byte, error) {
		var chain []byte
		if err := rows.Scan(&chain); err != nil {
			return nil, err
		}
		return decodeChain(chain)
	})
	if err != nil {
		return nil, fmt.Errorf("list signing chains: %w", err)
	}
	return chains, nil
}

// encodeChain writes each certificate behind its length in four bytes.
func encodeChain(chain [][]byte) []byte {
	b := []byte{}
	for _, c := range chain {
		b = binary.BigEndian.AppendUint32(b, uint32(len(c))) //nolint:gosec // a certificate is far smaller
		b = append(b, c...)
	}
	return b
}

var errDamagedChain = errors.New("stored certificate chain is damaged")

func decodeChain(b []byte) ([][]byte, error) {
	var chain [][]byte
	for len(b) > 0 {
		if len(b) < 4 {
			return nil, errDamagedChain
		}
		end := 4 + int64(binary.BigEndian.Uint32(b))
		if int64(len(b)) < end {
			return nil, errDamagedChain
		}
		chain = append(chain, b[4:end:end])
		b = b[end:]
	}
	return chain, nil
}
