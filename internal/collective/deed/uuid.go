// SPDX-License-Identifier: EUPL-1.2

package deed

import "regexp"

var uuid7Pattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// NewID makes a UUID of version 7 (RFC 9562, 5.7) for an instant in Unix
// milliseconds, from ten random bytes. It is the id of a deed: two deeds that
// say the same still differ.
func NewID(milliseconds int64, random [10]byte) string {
	var b [16]byte
	for i := range 6 {
		b[i] = byte(milliseconds >> (8 * (5 - i)) & 0xff)
	}
	copy(b[6:], random[:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 36)
	for i, v := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out = append(out, '-')
		}
		out = append(out, digits[v>>4], digits[v&0x0f])
	}
	return string(out)
}
