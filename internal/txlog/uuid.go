// SPDX-License-Identifier: EUPL-1.2

package txlog

import "encoding/hex"

// parseTransactionID reads a UUIDv7 (RFC 9562) in its lower-case text form.
func parseTransactionID(s string) (id [16]byte, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, false
	}
	n := 0
	for i := 0; i < len(s); i += 2 {
		if s[i] == '-' {
			i++
		}
		high, okHigh := hexDigit(s[i])
		low, okLow := hexDigit(s[i+1])
		if !okHigh || !okLow {
			return id, false
		}
		id[n] = high<<4 | low
		n++
	}
	return id, id[6]>>4 == 7 && id[8]>>6 == 0b10
}

func formatTransactionID(id [16]byte) string {
	var text [36]byte
	hex.Encode(text[0:8], id[0:4])
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[14:18], id[6:8])
	hex.Encode(text[19:23], id[8:10])
	hex.Encode(text[24:36], id[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

func hexDigit(c byte) (value byte, ok bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
