// SPDX-License-Identifier: EUPL-1.2

package idset

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// What is hashed begins with a byte that says what it is, so no leaf can be
// taken for a node.
const (
	tagLeaf  = 0x00
	tagNode  = 0x01
	tagEmpty = 0x02
)

// Root is the hash of a set of TransactionIDs: the same set gives the same Root
// in whatever order and however often the IDs come. SHA-256; its text is base64url
// without padding, 43 characters.
type Root [sha256.Size]byte

// EmptyRoot is that of a set without calls.
func EmptyRoot() Root { return sha256.Sum256([]byte{tagEmpty}) }

// MarshalText gives the text form.
func (r Root) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, r[:]), nil
}

// String gives the text form.
func (r Root) String() string { return base64.RawURLEncoding.EncodeToString(r[:]) }

// UnmarshalText reads the text form, in its only spelling.
func (r *Root) UnmarshalText(text []byte) error {
	var out Root
	raw, err := base64.RawURLEncoding.Strict().AppendDecode(nil, text)
	if err != nil || len(raw) != len(out) || len(text) != base64.RawURLEncoding.EncodedLen(len(out)) {
		return malformed("root", "must be 32 bytes in base64url without padding")
	}
	*r = Root(raw)
	return nil
}

// Summary is what one side tells the other of its set.
type Summary struct {
	Count int64
	Root  Root
}

// branch is one child of a node: the IDs that go on with this digit.
type branch struct {
	digit byte // 0 to 15
	Summary
}

// node is an unfinished node: the IDs that share its first depth digits and then
// part.
type node struct {
	depth    int
	count    int64
	preimage []byte
}

// begin makes n the node of the IDs with this prefix. Its buffer is used again.
func (n *node) begin(p ID, depth int) {
	n.depth, n.count = depth, 0
	n.preimage = append(n.preimage[:0], tagNode, byte(depth)) //nolint:gosec // at most 32
	for i := range depth {
		n.preimage = append(n.preimage, hexDigits[p.digit(i)])
	}
}

func (n *node) add(b branch) {
	n.count += b.Count
	n.preimage = append(n.preimage, hexDigits[b.digit])
	n.preimage = binary.BigEndian.AppendUint64(n.preimage, uint64(b.Count)) //nolint:gosec // never below zero
	n.preimage = append(n.preimage, b.Root[:]...)
}

func (n *node) summary() Summary { return Summary{n.count, sha256.Sum256(n.preimage)} }

func leaf(id ID) Summary {
	var b [37]byte
	return Summary{1, sha256.Sum256(id.append(append(b[:0], tagLeaf)))}
}

var errOrder = errors.New("count calls: the IDs are not in order")

// Counter makes the Summary of IDs that come in order, without keeping them: it
// remembers one unfinished node for each digit of an ID, at most 32 of some 700
// bytes. The zero Counter is ready for use. It isn't safe for use by several
// goroutines.
type Counter struct {
	last  ID
	any   bool
	open  [digits]node // the first depth of them are in use
	depth int
}

// Add takes the next ID. One that was just taken is taken once; one that
// comes before the last is an error, and the Counter is of no use any more.
func (c *Counter) Add(id ID) error {
	if !c.any {
		c.last, c.any = id, true
		return nil
	}
	switch order := id.Compare(c.last); {
	case order == 0:
		return nil
	case order < 0:
		return errOrder
	}
	part := shared(c.last, id)
	done := c.closeBelow(part)
	if c.depth == 0 || c.open[c.depth-1].depth < part {
		c.open[c.depth].begin(c.last, part)
		c.depth++
	}
	c.open[c.depth-1].add(branch{c.last.digit(part), done})
	c.last = id
	return nil
}

// closeBelow finishes the last leaf and all nodes that share more than depth
// digits with it, for nothing more will come in them.
func (c *Counter) closeBelow(depth int) Summary {
	done := leaf(c.last)
	for c.depth > 0 && c.open[c.depth-1].depth > depth {
		n := &c.open[c.depth-1]
		n.add(branch{c.last.digit(n.depth), done})
		done = n.summary()
		c.depth--
	}
	return done
}

// Summary gives number and root of all that was added, and begins anew.
func (c *Counter) Summary() Summary {
	if !c.any {
		return Summary{Root: EmptyRoot()}
	}
	c.any = false
	return c.closeBelow(-1)
}
