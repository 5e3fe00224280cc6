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
		if i+2 >= len(s) {
			return "", false
		}
		hi, lo := hexValue(s[i+1]), hexValue(s[i+2])
		if hi < 0 || lo < 0 {
			return "", false
		}
		b = append(b, byte(hi<<4|lo))
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
	for i := 0; i+2 < len(s); i++ {
		if s[i] == '%' && hexValue(s[i+1]) >= 0 && hexValue(s[i+2]) >= 0 {
			return true
		}
	}
	return false
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
