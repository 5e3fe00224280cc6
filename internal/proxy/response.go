// SPDX-License-Identifier: EUPL-1.2

package proxy

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/internal/http1"
)

// maxHead is the most bytes a response head or a trailer may have.
const maxHead = 256 << 10

// maxFields is the most fields a response head or a trailer may have.
const maxFields = 1000

var (
	errHeadTooLarge = errors.New("response head too large")
	errMalformed    = errors.New("malformed response")
)

// response is the head of a response. The struct lives with its connection and
// is used again, so that fields needs no new memory.
type response struct {
	status  int
	length  int64 // -1: not given
	chunked bool
	close   bool // the connection ends with this response
	fields  []Field
}

// readBlock reads lines up to and with the empty one into scratch. Every line
// must end in CRLF: a bare LF is where parsers begin to disagree.
func readBlock(br *bufio.Reader, scratch []byte) ([]byte, error) {
	b := scratch[:0]
	start := 0
	for {
		line, err := br.ReadSlice('\n')
		if len(b)+len(line) > maxHead {
			return b, errHeadTooLarge
		}
		b = append(b, line...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return b, err
		}
		if len(b)-start < 2 || b[len(b)-2] != '\r' {
			return b, fmt.Errorf("%w: line without CRLF", errMalformed)
		}
		if len(b)-start == 2 {
			return b, nil
		}
		start = len(b)
	}
}

// parse reads a whole head as [readBlock] gave it. All names and values are
// parts of the one string s.
func (p *response) parse(s string) error {
	line, rest, _ := strings.Cut(s, "\r\n")
	version, after, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(after, " ")
	if version != "HTTP/1.1" && version != "HTTP/1.0" || !http1.FieldValue(line) {
		return fmt.Errorf("%w: status line", errMalformed)
	}
	status, err := strconv.ParseUint(code, 10, 16)
	if err != nil || len(code) != 3 || status < 100 {
		return fmt.Errorf("%w: status code", errMalformed)
	}
	p.status = int(status)
	p.length, p.chunked, p.close = -1, false, version == "HTTP/1.0"
	if p.fields, err = parseFields(p.fields[:0], rest); err != nil {
		return err
	}
	return p.frame(version)
}

// parseFields reads field lines up to the empty line.
func parseFields(fields []Field, s string) ([]Field, error) {
	for {
		line, rest, ok := strings.Cut(s, "\r\n")
		if !ok || line == "" {
			return fields, nil
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !http1.Token(name) || !http1.FieldValue(value) || len(fields) == maxFields {
			return fields, fmt.Errorf("%w: field line", errMalformed)
		}
		fields = append(fields, Field{Name: http.CanonicalHeaderKey(name), Value: strings.Trim(value, " \t")})
		s = rest
	}
}

// frame finds out how long the body is, and refuses what can be read in two
// ways (RFC 9112, sections 6.1 to 6.3).
func (p *response) frame(version string) error {
	for i := range p.fields {
		switch f := &p.fields[i]; f.Name {
		case "Content-Length":
			n, ok := parseLength(f.Value)
			if !ok || p.length >= 0 {
				return fmt.Errorf("%w: Content-Length", errMalformed)
			}
			p.length = n
		case "Transfer-Encoding":
			if p.chunked || version == "HTTP/1.0" || !strings.EqualFold(f.Value, "chunked") {
				return fmt.Errorf("%w: Transfer-Encoding", errMalformed)
			}
			p.chunked = true
		case "Connection":
			p.close = p.close || hasToken([]string{f.Value}, "close")
		}
	}
	if p.chunked && p.length >= 0 {
		return fmt.Errorf("%w: both Content-Length and Transfer-Encoding", errMalformed)
	}
	if p.status == http.StatusNoContent && (p.chunked || p.length > 0) {
		p.close = true // what follows can't be trusted to be the next response
	}
	return nil
}

func parseLength(s string) (int64, bool) {
	if s == "" || len(s) > 18 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// bodiless tells whether the response has no body whatever its fields say.
func (p *response) bodiless(method string) bool {
	return method == http.MethodHead || p.status < 200 ||
		p.status == http.StatusNoContent || p.status == http.StatusNotModified || p.length == 0
}

// endToEnd gives the end-to-end fields, with add in place of those of the same
// name. It uses the memory of the fields themselves.
func (p *response) endToEnd(add []Field) []Field {
	listed := p.listed()
	keep := p.fields[:0]
	for _, f := range p.fields {
		same := func(a Field) bool { return a.Name == f.Name }
		if !hopByHop(f.Name) && !slices.Contains(listed, f.Name) && !slices.ContainsFunc(add, same) {
			keep = append(keep, f)
		}
	}
	p.fields = append(keep, add...)
	return p.fields
}

// listed gives the fields that Connection takes along.
func (p *response) listed() (names []string) {
	for i := range p.fields {
		if f := &p.fields[i]; f.Name == "Connection" {
			names = append(names, connectionOptions([]string{f.Value})...)
		}
	}
	return names
}

// copyTo writes the end-to-end fields to h, the values of one name in their
// order. Trailer passes when a trailer can follow.
func (p *response) copyTo(h http.Header) {
	listed := p.listed()
	values := make([]string, len(p.fields))
	for i := range p.fields {
		f := &p.fields[i]
		switch {
		case f.Name == "Trailer" && p.chunked:
		case hopByHop(f.Name), slices.Contains(listed, f.Name):
			continue
		}
		if have, ok := h[f.Name]; ok && len(have) > 0 {
			h[f.Name] = append(have, f.Value)
			continue
		}
		values[i] = f.Value
		h[f.Name] = values[i : i+1 : i+1]
	}
}
