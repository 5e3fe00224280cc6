// SPDX-License-Identifier: EUPL-1.2

package fsc

import "encoding/hex"

// parseUUID reads the text form of RFC 9562 in lower case, and nothing else: no
// braces, no urn:uuid:, no upper case, so that one iv has one text.
func parseUUID(s string) (octets [16]byte, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return octets, false
	}
	digits := make([]byte, 0, 32)
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
		case '0' <= c && c <= '9' || 'a' <= c && c <= 'f':
			digits = append(digits, c)
		default:
			return octets, false
		}
	}
	_, err := hex.Decode(octets[:], digits)
	return octets, err == nil
}
