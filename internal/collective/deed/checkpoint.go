// SPDX-License-Identifier: EUPL-1.2

package deed

import "github.com/samenspel/samenspel/fsc"

// checkpointTyp is the typ in the header of a checkpoint.
const checkpointTyp = "collective-checkpoint+jws"

// Checkpoint is the keeper's signature over the head of a feed: up to here this
// is the only story I tell. Nothing in it may be trusted before
// [Checkpoint.Keeper] has succeeded.
type Checkpoint struct {
	Dossier Hash
	Number  int64 // of the last entry it covers
	Head    Hash  // hash of that entry
	At      int64 // Unix seconds

	JWS                   string
	CertificateThumbprint string // x5t#S256
	signed                *fsc.Statement
}

type wireCheckpoint struct {
	Dossier Hash   `json:"dossier"`
	Number  *int64 `json:"number"`
	Head    Hash   `json:"head"`
	At      *int64 `json:"at"`
}

// ParseCheckpoint reads a checkpoint in JWS compact form without verifying it.
func ParseCheckpoint(jws string) (*Checkpoint, error) {
	signed, err := parseStatement(jws, checkpointTyp)
	if err != nil {
		return nil, err
	}
	var w wireCheckpoint
	if err := Unmarshal(signed.Payload, &w); err != nil {
		return nil, err
	}
	if _, err := w.Dossier.Type(); err != nil {
		return nil, named("dossier", err)
	}
	if err := w.Head.must(numberEntry); err != nil {
		return nil, named("head", err)
	}
	switch {
	case w.Number == nil || *w.Number < 1 || *w.Number > MaxEntries:
		return nil, fault(CodeLimit, "number", "must be 1 to %d", MaxEntries)
	case w.At == nil || *w.At < 0 || *w.At > MaxInstant:
		return nil, fault(CodeMalformed, "at", "must be Unix seconds from 0 to %d", int64(MaxInstant))
	}
	return &Checkpoint{
		Dossier: w.Dossier, Number: *w.Number, Head: w.Head, At: *w.At,
		JWS: jws, CertificateThumbprint: signed.CertificateThumbprint, signed: signed,
	}, nil
}

// Checkpoint signs the head of a feed at a moment that isn't before its last
// entry.
func (s *Signer) Checkpoint(h Head, at int64) (*Checkpoint, error) {
	if at < h.At {
		return nil, fault(CodeFeed, "at", "lies before the last entry of the feed")
	}
	payload, err := marshalCanonical(wireCheckpoint{Dossier: h.Dossier, Number: &h.Number, Head: h.Hash, At: &at})
	if err != nil {
		return nil, err
	}
	jws, err := s.checkpoints.Sign(payload)
	if err != nil {
		return nil, &Error{Code: CodeSignature, Detail: "signing didn't succeed", Cause: err}
	}
	return ParseCheckpoint(jws)
}

// Keeper verifies the checkpoint and tells which organisation signed it. The
// certificate is judged at the moment of the checkpoint.
func (c *Checkpoint) Keeper(group fsc.GroupID, chain [][]byte, a Authority) (fsc.PeerID, error) {
	id, err := identify(a, group, chain, c.CertificateThumbprint, c.At)
	if err != nil {
		return "", err
	}
	if err := c.signed.Verify(id.PublicKey); err != nil {
		return "", &Error{Code: CodeSignature, Detail: "signature of the checkpoint doesn't match", Cause: err}
	}
	return id.PeerID, nil
}

// covers tells whether the checkpoint is about this head.
func (c *Checkpoint) covers(h Head) bool {
	return c.Dossier == h.Dossier && c.Number == h.Number && c.Head == h.Hash && c.At >= h.At
}
