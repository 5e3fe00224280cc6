// SPDX-License-Identifier: EUPL-1.2

package strict

import (
	"strconv"
	"strings"
)

// framing reads from a whole head how the body is sent. Not ok is what isn't accepted; of what
// net/http refuses anyway the outcome doesn't matter.
func framing(head string) (b body, ok bool) {
	request, rest, _ := strings.Cut(strings.TrimLeft(head, "\r\n"), "\r\n") // net/http skips lines before a request, too
	var lengths, codings int
	for {
		var line string
		if line, rest, _ = strings.Cut(rest, "\r\n"); line == "" {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			return b, false
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		switch {
		case strings.EqualFold(name, "Content-Length"):
			n, err := strconv.ParseUint(value, 10, 63)
			if err != nil {
				return b, false
			}
			b.left = int64(n)
			lengths++
		case strings.EqualFold(name, "Transfer-Encoding"):
			b.chunked = strings.EqualFold(value, "chunked")
			codings++
		}
	}
	old := strings.HasSuffix(request, " HTTP/1.0")
	return b, lengths+codings <= 1 && (codings == 0 || !old)
}

// What is expected next in a chunked body.
type part int

const (
	sizeStart part = iota
	size
	extension
	sizeEnd // the LF behind it
	dataCR
	dataLF
	trailerStart
	trailer
	trailerEnd // the LF behind it
	lastLF
)

// maxChunk is more than any chunk has, and far from an overflow.
const maxChunk = 1 << 58

// body follows the body of a request to its end.
type body struct {
	left    int64 // bytes of a body of known length, or of the chunk
	chunked bool  // and its end didn't come yet
	next    part
	size    int64 // as far as it was read
}

func (b *body) ended() bool { return b.left == 0 && !b.chunked }

// pass tells how many of the bytes belong to the body; not ok when one after them can't.
func (b *body) pass(p []byte) (used int, ok bool) {
	for used < len(p) && !b.ended() {
		if b.left > 0 {
			n := min(b.left, int64(len(p)-used))
			b.left -= n
			used += int(n)
			continue
		}
		if !b.step(p[used]) {
			return used, false
		}
		used++
	}
	return used, true
}

// step takes one byte of what stands between the data of chunks (RFC 9112, section 7.1).
func (b *body) step(c byte) bool {
	switch b.next {
	case sizeStart, size:
		return b.sizeByte(c)
	case extension:
		return b.inLine(c, sizeEnd)
	case sizeEnd:
		b.left, b.size, b.next = b.size, 0, dataCR
		if b.left == 0 {
			b.next = trailerStart
		}
	case dataCR:
		b.next = dataLF
		return c == '\r'
	case dataLF:
		b.next = sizeStart
	case trailerStart:
		if c == '\r' {
			b.next = lastLF
			return true
		}
		b.next = trailer
		return c > ' ' && c != 0x7f // a line that goes on is refused, too
	case trailer:
		return b.inLine(c, trailerEnd)
	case trailerEnd:
		b.next = trailerStart
	case lastLF:
		*b = body{}
	}
	return c == '\n'
}

func (b *body) sizeByte(c byte) bool {
	low := c | 0x20
	switch {
	case '0' <= c && c <= '9':
		return b.digit(c - '0')
	case 'a' <= low && low <= 'f':
		return b.digit(low - 'a' + 10)
	case b.next == sizeStart:
		return false
	case c == ';':
		b.next = extension
		return true
	}
	b.next = sizeEnd
	return c == '\r'
}

func (b *body) digit(d byte) bool {
	b.size, b.next = b.size<<4|int64(d), size
	return b.size < maxChunk
}

// inLine takes a byte of a line, behind which its LF is expected.
func (b *body) inLine(c byte, end part) bool {
	if c == '\r' {
		b.next = end
		return true
	}
	return c == '\t' || c >= ' ' && c != 0x7f
}
