// SPDX-License-Identifier: EUPL-1.2

package idset

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
)

// digits is how many hexadecimal digits an ID has.
const digits = 32

// ID is a TransactionID: the 16 bytes of a UUID, which sort like its text.
type ID [16]byte

// ParseID reads a UUID in its lower-case text form with hyphens. It is an error
// of reason [ReasonMalformed] when the text is anything else.
func ParseID(text string) (ID, error) {
	var id ID
	if len(text) != 36 {
		return ID{}, malformed("", "a TransactionID has 36 characters")
	}
	plain := text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:]
	if _, err := hex.Decode(id[:], []byte(plain)); err != nil || id.String() != text {
		return ID{}, malformed("", "a TransactionID is a UUID in lower case")
	}
	return id, nil
}

// String gives the lower-case text form.
func (id ID) String() string {
	var b [36]byte
	return string(id.append(b[:0]))
}

func (id ID) append(b []byte) []byte {
	for i, part := range [...][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, part)
	}
	return b
}

// Time gives the moment at which a UUID of version 7 was made, by the clock of
// who made it (RFC 9562, 5.7); false for other versions.
func (id ID) Time() (time.Time, bool) {
	if id[6]>>4 != 7 {
		return time.Time{}, false
	}
	var b [8]byte
	copy(b[2:], id[:6])
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b[:]))).UTC(), true //nolint:gosec // 48 bits
}

// Slack is how far the time in an ID may be from that of the record for the call to
// belong to the moment of the ID. See [ID.When].
const Slack = time.Hour

// When gives the moment to which a call belongs. Both sides have the same
// TransactionID, and each made its record by its own clock; so it is the moment at which
// the ID was made, and a call around the border of an hour or month is counted by both
// in the same one. An ID whose time is more than [Slack] from the record's, or that has
// none, isn't believed: then the record's own time decides.
func (id ID) When(recorded time.Time) time.Time {
	if made, ok := id.Time(); ok && made.Sub(recorded).Abs() <= Slack {
		return made
	}
	return recorded
}

// Compare orders by bytes, which is the order of the texts.
func (id ID) Compare(o ID) int { return bytes.Compare(id[:], o[:]) }

// digit gives one of the 32 digits, from 0 to 15.
func (id ID) digit(i int) byte {
	if i%2 == 0 {
		return id[i/2] >> 4
	}
	return id[i/2] & 0x0f
}

// shared gives the number of digits with which both begin.
func shared(a, b ID) int {
	for i := range digits {
		if a.digit(i) != b.digit(i) {
			return i
		}
	}
	return digits
}

const hexDigits = "0123456789abcdef"

// Prefix is the first digits of an ID, in lower case and without hyphens; the
// empty Prefix is that of all IDs.
type Prefix string

// Valid tells whether p has at most 32 digits and nothing else.
func (p Prefix) Valid() bool {
	return len(p) <= digits && strings.Trim(string(p), hexDigits) == ""
}

func (p Prefix) under(parent Prefix) bool { return strings.HasPrefix(string(p), string(parent)) }

// prefix gives the first n digits.
func (id ID) prefix(n int) Prefix { return Prefix(hex.EncodeToString(id[:])[:n]) }

// compare orders an ID before, in or behind those with the prefix, which must be
// valid.
func (p Prefix) compare(id ID) int {
	for i := range len(p) {
		own := byte(strings.IndexByte(hexDigits, p[i])) //nolint:gosec // valid
		switch d := id.digit(i); {
		case d < own:
			return -1
		case d > own:
			return 1
		}
	}
	return 0
}
