// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"crypto/sha256"
	"encoding/binary"
)

// Removed is what is left of a record that was removed from the middle of the
// chain: enough to follow the chain, and nothing of what it said.
type Removed struct {
	// Content is the hash of the record, as in [Record.Content].
	Content Link
	// Checkpoint is the number of the checkpoint in which the node signed that it was
	// removed, and Rule the place of the reason among those that it names, from 0.
	Checkpoint int64
	Rule       int
}

// Content is the hash of the record's only encoding. It identifies the record
// without telling it: an id has 74 random bits. Errors wrap [ErrInvalidRecord] or
// [ErrRecordTooLarge].
func (r *Record) Content() (Link, error) {
	encoded, err := appendRecord([]byte(recordDomain), r)
	if err != nil {
		return Link{}, err
	}
	return sha256.Sum256(encoded), nil
}

// AppendContent ties the next record to the chain by its hash, for one that is gone.
func (c *Chain) AppendContent(content Link) {
	b := append(c.buf[:0], linkDomain...)
	b = append(b, c.Head[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.Last+1)) //nolint:gosec // numbers are counted from 1
	b = append(b, content[:]...)
	c.buf, c.Last, c.Head = b, c.Last+1, sha256.Sum256(b)
}

// AppendLinked ties the next record to the chain, whether it is gone or not. An
// error is that of [Chain.Append].
func (c *Chain) AppendLinked(r *Linked) error {
	if r.Removed != nil {
		c.AppendContent(r.Removed.Content)
		return nil
	}
	return c.Append(&r.Record)
}
