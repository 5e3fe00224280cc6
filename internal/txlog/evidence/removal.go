// SPDX-License-Identifier: EUPL-1.2

package evidence

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

// Limits on one removal: it is one transaction and one checkpoint.
const (
	removalRecords = 2000
	removalRules   = 16
)

// Removal is what a checkpoint says of records that were removed from the middle
// of the chain, while others stay.
type Removal struct {
	// Of is the number of the earlier checkpoint under which all of them were.
	Of int64
	// Count is how many they were, and Digest is over what is left of them, in the order
	// of the chain; see docs/transaction-log.md.
	Count  int64
	Digest [sha256.Size]byte
	// Reasons are the rules by which they were removed, as they were then.
	Reasons []Reason
}

// Reason is a rule, and how many records were removed by it.
type Reason struct {
	retention.Rule

	Count int64
}

type wireRemoval struct {
	Of      int64        `json:"of"`
	Count   int64        `json:"count"`
	Digest  string       `json:"digest"`
	Reasons []wireReason `json:"reasons"`
}

type wireReason struct {
	Direction txlog.Direction `json:"direction"`
	PeerID    fsc.PeerID      `json:"peer_id"`
	Service   string          `json:"service"`
	KeepDays  int             `json:"keep_days"`
	Count     int64           `json:"count"`
}

func (r *Removal) wire() *wireRemoval {
	if r == nil {
		return nil
	}
	w := &wireRemoval{Of: r.Of, Count: r.Count, Digest: base64.RawURLEncoding.EncodeToString(r.Digest[:])}
	for _, x := range r.Reasons {
		w.Reasons = append(w.Reasons, wireReason{x.Direction, x.Peer, x.Service, x.Days, x.Count})
	}
	return w
}

// removal is the inverse of wire, and checks what can be checked without the log.
func (w *wireRemoval) removal(number int64) (*Removal, error) {
	if w == nil {
		return nil, nil //nolint:nilnil // nothing was removed
	}
	r := &Removal{Of: w.Of, Count: w.Count}
	digest, err := ParseLink(w.Digest) // of the same length
	r.Digest = digest
	var sum int64
	for _, x := range w.Reasons {
		sum += x.Count
		if x.Count < 1 || x.KeepDays < retention.MinDays || x.KeepDays > retention.MaxDays || x.Service == "" {
			return nil, fmt.Errorf("%w: reasons", ErrCheckpoint)
		}
		r.Reasons = append(r.Reasons, Reason{retention.Rule{Direction: x.Direction, Peer: x.PeerID, Service: x.Service, Days: x.KeepDays}, x.Count})
	}
	if err != nil || r.Of < 1 || r.Of >= number || r.Count < 1 || sum != r.Count || len(r.Reasons) > removalRules {
		return nil, fmt.Errorf("%w: removal", ErrCheckpoint)
	}
	return r, nil
}

// tooEarly gives the first reason whose period had not passed since the records were
// signed, which was after they were made; nil: none.
func (r *Removal) tooEarly(signed, removed int64) *Reason {
	for i := range r.Reasons {
		if removed < signed+int64(r.Reasons[i].Period()/time.Second) {
			return &r.Reasons[i]
		}
	}
	return nil
}

// tally counts what is left of the records of one removal, and gives their digest.
type tally struct {
	count int64
	sum   hash.Hash
	buf   []byte
}

const removalDomain = "samenspel log removal 1\x00"

func newTally() *tally {
	t := &tally{sum: sha256.New()}
	t.sum.Write([]byte(removalDomain))
	return t
}

// add takes the next one: its number and the place of its reason, each as 8 bytes big
// endian, and the hash of what it was.
func (t *tally) add(sequence int64, x *txlog.Removed) {
	t.count++
	b := binary.BigEndian.AppendUint64(t.buf[:0], uint64(sequence)) //nolint:gosec // the bits are what counts
	b = binary.BigEndian.AppendUint64(b, uint64(x.Rule))            //nolint:gosec // the bits are what counts
	t.buf = append(b, x.Content[:]...)
	t.sum.Write(t.buf)
}

func (t *tally) digest() [sha256.Size]byte { return [sha256.Size]byte(t.sum.Sum(nil)) }
