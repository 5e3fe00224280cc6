// SPDX-License-Identifier: EUPL-1.2

package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

// Typ is the typ in the header of a checkpoint. No reader of contracts, tokens
// or deeds accepts it.
const Typ = "samenspel-log-checkpoint+jws"

const (
	maxJWS     = 16 << 10
	maxChain   = 8
	maxInstant = 253402300799 // the year 9999
)

// ErrCheckpoint is the cause when a checkpoint can't be read.
var ErrCheckpoint = errors.New("no checkpoint of a transaction log")

// Checkpoint is what a node says of its chain: up to here this is my log.
type Checkpoint struct {
	PeerID  fsc.PeerID
	GroupID fsc.GroupID
	// Start is where the chain begins; the same in all checkpoints of a log.
	Start txlog.ChainStart
	// Number counts the checkpoints of a log from 1.
	Number int64
	// First and Last are the records since the checkpoint before; First is Last+1
	// when there are none.
	First, Last int64
	// Head is the link of record Last.
	Head txlog.Link
	// Pruned is the last record that was lawfully removed, with all before it and all
	// that were outside the chain; it is Last of a checkpoint, or 0.
	Pruned int64
	// Previous is the SHA-256 of the JWS of the checkpoint before, base64url; empty in
	// the first.
	Previous string
	// At is the node's clock in Unix seconds.
	At int64
	// Removal tells of records that were lawfully removed from between others; nil: none
	// were.
	Removal *Removal
}

type wireCheckpoint struct {
	PeerID    fsc.PeerID  `json:"peer_id"`
	GroupID   fsc.GroupID `json:"group_id"`
	StartedAt int64       `json:"started_at"`
	Unlinked  int64       `json:"unlinked"`
	Number    int64       `json:"number"`
	First     int64       `json:"first"`
	Last      int64       `json:"last"`
	Head      string      `json:"head"`
	Pruned    int64       `json:"pruned"`
	Previous  string      `json:"previous"`
	At        int64       `json:"at"`

	Removal *wireRemoval `json:"removal,omitzero"`
}

// Sealed is a checkpoint as it is stored and sent. Nothing in it may be trusted
// before a [Verifier] has looked at it.
type Sealed struct {
	Number int64
	JWS    string
	// Chain holds the certificates (DER) of the key that signed, the leaf first.
	Chain [][]byte
}

// hash names exactly this JWS.
func (s Sealed) hash() string {
	sum := sha256.Sum256([]byte(s.JWS))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (c *Checkpoint) payload() ([]byte, error) {
	return json.Marshal(wireCheckpoint{
		PeerID: c.PeerID, GroupID: c.GroupID, StartedAt: c.Start.At, Unlinked: c.Start.Unlinked, Number: c.Number, First: c.First, Last: c.Last,
		Head: FormatLink(c.Head), Pruned: c.Pruned, Previous: c.Previous, At: c.At,
		Removal: c.Removal.wire(),
	})
}

// Sign gives the checkpoint with a signature over it. The signer's typ must be
// [Typ].
func (c *Checkpoint) Sign(signer *fsc.StatementSigner, chain [][]byte) (Sealed, error) {
	payload, err := c.payload()
	if err != nil {
		return Sealed{}, fmt.Errorf("encode checkpoint: %w", err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return Sealed{}, fmt.Errorf("sign checkpoint: %w", err)
	}
	return Sealed{Number: c.Number, JWS: jws, Chain: chain}, nil
}

// Read reads the checkpoint without verifying it. Its error wraps
// [ErrCheckpoint].
func (s Sealed) Read() (*Checkpoint, error) {
	c, _, err := s.parse()
	return c, err
}

func (s Sealed) parse() (*Checkpoint, *fsc.Statement, error) {
	if len(s.JWS) > maxJWS {
		return nil, nil, fmt.Errorf("%w: over %d bytes", ErrCheckpoint, maxJWS)
	}
	signed, err := fsc.ParseStatement(s.JWS, Typ)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	var w wireCheckpoint
	if err := fsc.UnmarshalStrict(signed.Payload, &w); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	c := &Checkpoint{
		PeerID: w.PeerID, GroupID: w.GroupID, Start: txlog.ChainStart{At: w.StartedAt, Unlinked: w.Unlinked}, Number: w.Number,
		First: w.First, Last: w.Last, Pruned: w.Pruned, Previous: w.Previous, At: w.At,
	}
	if c.Head, err = ParseLink(w.Head); err != nil {
		return nil, nil, fmt.Errorf("%w: head: %w", ErrCheckpoint, err)
	}
	if c.Removal, err = w.Removal.removal(w.Number); err != nil {
		return nil, nil, err
	}
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	// One checkpoint has one form: what is missing or spelled otherwise shows here.
	if again, err := c.payload(); err != nil || !bytes.Equal(again, signed.Payload) {
		return nil, nil, fmt.Errorf("%w: not in its only form", ErrCheckpoint)
	}
	return c, signed, nil
}

func (c *Checkpoint) check() error {
	switch {
	case c.PeerID.Validate() != nil || c.GroupID == "":
		return fmt.Errorf("%w: whose", ErrCheckpoint)
	case c.Number < 1 || c.Start.Unlinked < 0:
		return fmt.Errorf("%w: number", ErrCheckpoint)
	case c.First < 1 || c.Last < c.First-1 || c.Pruned < 0 || c.Pruned > c.Last:
		return fmt.Errorf("%w: first, last, pruned", ErrCheckpoint)
	case c.At < 0 || c.At > maxInstant || c.Start.At < 0 || c.Start.At > maxInstant:
		return fmt.Errorf("%w: at", ErrCheckpoint)
	}
	return nil
}

// FormatLink gives a link as base64url without padding, 43 characters.
func FormatLink(l txlog.Link) string { return base64.RawURLEncoding.EncodeToString(l[:]) }

var errLink = errors.New("a link is 43 characters of base64url")

// ParseLink is the strict inverse of [FormatLink].
func ParseLink(text string) (l txlog.Link, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != len(l) || FormatLink(txlog.Link(b)) != text {
		return l, errLink
	}
	return txlog.Link(b), nil
}
