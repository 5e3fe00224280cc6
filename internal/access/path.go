// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// errAmbiguous is a path that service and policy might read differently.
var errAmbiguous = errors.New("the path can be read in more than one way")

// splitPath gives the segments of a path, decoded once; a last empty segment is a
// slash at the end. The path has to have one reading only: no dot segments, no
// empty segments, no parameters, no separators or controls in disguise, nothing
// that was encoded twice. What a service makes of such a path depends on the
// service, so no rule about it could be trusted.
func splitPath(path string) ([]string, error) {
	if path == "" || path[0] != '/' {
		return nil, errAmbiguous
	}
	segments := strings.Split(path[1:], "/")
	for i, s := range segments {
		text, ok := decode(s)
		if !ok || text == "." || text == ".." || text == "" && i < len(segments)-1 {
			return nil, errAmbiguous
		}
		segments[i] = text
	}
	return segments, nil
}

// decode takes the percent-encoding off a segment, once.
func decode(s string) (string, bool) {
	if strings.IndexByte(s, '%') < 0 {
		return s, plain(s)
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if !encoded(s[i:]) {
			return "", false
		}
		b = append(b, hexValue(s[i+1])<<4|hexValue(s[i+2]))
		i += 2
	}
	text := string(b)
	return text, plain(text) && !encodedAgain(text)
}

// plain tells whether a decoded segment has none of the bytes that some service
// takes for a separator or the end of the path.
func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == 0x7f, c == '/', c == '\\', c == ';', c == '?', c == '#':
			return false
		}
	}
	return utf8.ValidString(s)
}

// encodedAgain tells whether decoding a second time would change the segment.
func encodedAgain(s string) bool {
	for i := range len(s) {
		if encoded(s[i:]) {
			return true
		}
	}
	return false
}

// encoded tells whether a text begins with a byte in percent-encoding.
func encoded(s string) bool {
	return len(s) >= 3 && s[0] == '%' && hexValue(s[1]) < 16 && hexValue(s[2]) < 16
}

// hexValue gives 16 for what is no hexadecimal digit.
func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 16
}
