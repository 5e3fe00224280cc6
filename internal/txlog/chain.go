// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"crypto/sha256"
	"encoding/binary"
)

// Link is the hash that ties a record to all records before it (SHA-256).
type Link [sha256.Size]byte

// Each hash begins with a text of its own, so that no input of the one can be
// shown as that of another.
const (
	startDomain  = "samenspel log start 1\x00"
	recordDomain = "samenspel log record 1\x00"
	linkDomain   = "samenspel log link 1\x00"
)

// ChainStart names where a chain begins.
type ChainStart struct {
	// At is in Unix seconds.
	At int64
	// Unlinked is how many records the index had by then; they are no part of the
	// chain.
	Unlinked int64
}

// Link is what the first record is tied to.
func (s ChainStart) Link() Link {
	b := binary.BigEndian.AppendUint64([]byte(startDomain), uint64(s.At)) //nolint:gosec // the bits are what counts
	b = binary.BigEndian.AppendUint64(b, uint64(s.Unlinked))              //nolint:gosec // the bits are what counts
	return sha256.Sum256(b)
}

// Chain is the end of a chain of records. The order is that in which the index
// took them in.
type Chain struct {
	// Last is the number of the last record, counted from 1; 0 before the first.
	Last int64
	// Head is the link of that record.
	Head Link

	buf []byte
}

// Append ties the next record to the chain. A link is the hash of the one before
// it, the number, and the hash of the record's only encoding, so a record can be
// left out of a copy as long as its own hash is there. After an error, which
// wraps [ErrInvalidRecord] or [ErrRecordTooLarge], the chain is as it was.
func (c *Chain) Append(r *Record) error {
	encoded, err := appendRecord(append(c.buf[:0], recordDomain...), r)
	if err != nil {
		return err
	}
	content := sha256.Sum256(encoded)
	c.buf = encoded
	c.AppendContent(content)
	return nil
}

// Linked is a record with its place in the chain.
type Linked struct {
	// Record is empty when Removed is set.
	Record
	// Sequence is its number in the chain, from 1.
	Sequence int64
	Link     Link
	// Removed is what is left of the record when it was removed; nil: it is there.
	Removed *Removed
}
