// SPDX-License-Identifier: EUPL-1.2

package http1

import "strings"

// Token tells whether s may be a method or a field name (RFC 9110, section 5.6.2).
func Token(s string) bool { return s != "" && only(s, tokenLow, tokenHigh) }

// FieldValue tells whether s may be the value of a field: it refuses all control
// bytes but the tab (RFC 9110, section 5.5). A call carries an access token of a
// thousand bytes over each hop, so eight are looked at together.
func FieldValue(s string) bool {
	const each = 0x0101010101010101 // one in each of eight bytes
	for ; len(s) >= 8; s = s[8:] {
		w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		del := w ^ each*0x7f
		below, zero := (w-each*' ')&^w, (del-each)&^del
		if (below|zero)&(each*0x80) != 0 && !printable(s[:8]) {
			return false
		}
	}
	return printable(s)
}

func printable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// plainPath tells whether a path means what it says, without escapes.
func plainPath(s string) bool { return only(s, pathLow, pathHigh) }

// plainHost tells whether s is a host name or an address, with or without port.
func plainHost(s string) bool { return s != "" && only(s, hostLow, hostHigh) }

// Sets of bytes below 64, and of those from 64 to 127, one bit each.
const (
	digits  = (1<<10 - 1) << '0'
	letters = (1<<26-1)<<('A'-64) | (1<<26-1)<<('a'-64)

	tokenLow  = digits | 1<<'!' | 1<<'#' | 1<<'$' | 1<<'%' | 1<<'&' | 1<<'\'' | 1<<'*' | 1<<'+' | 1<<'-' | 1<<'.'
	tokenHigh = letters | 1<<('^'-64) | 1<<('_'-64) | 1<<('`'-64) | 1<<('|'-64) | 1<<('~'-64)
	pathLow   = digits | 1<<'-' | 1<<'.' | 1<<'/' | 1<<'$' | 1<<'&' | 1<<'+' | 1<<',' | 1<<':' | 1<<';' | 1<<'='
	pathHigh  = letters | 1<<('_'-64) | 1<<('~'-64) | 1<<('@'-64)
	hostLow   = digits | 1<<'-' | 1<<'.' | 1<<':'
	hostHigh  = letters | 1<<('_'-64) | 1<<('['-64) | 1<<(']'-64)
)

// only tells whether all bytes of s are in a set; a shift of 64 or more gives zero.
func only(s string, low, high uint64) bool {
	for i := range len(s) {
		if c := s[i]; (1<<c)&low|(1<<(c-64))&high == 0 {
			return false
		}
	}
	return true
}

func closes(values []string) bool {
	for _, v := range values {
		for option := range strings.SplitSeq(v, ",") {
			if isClose(strings.Trim(option, " \t")) {
				return true
			}
		}
	}
	return false
}

// isClose looks at the length, too: there are letters beyond ASCII that fold to s.
func isClose(option string) bool {
	return len(option) == len("close") && strings.EqualFold(option, "close")
}
