// SPDX-License-Identifier: EUPL-1.2

package http1

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// headResult is what came of reading a head.
type headResult int

const (
	headComplete headResult = iota // the request is ready for the handler
	headUnusual                    // net/http has to read it
	headMissing                    // the connection ended or broke
)

// readHead reads the next head. Until it is complete nothing is taken away
// from what was read, so that it can be read again by net/http.
func (c *conn) readHead() headResult {
	if c.start == c.end {
		c.start, c.end = 0, 0
	}
	checked := c.start
	for {
		length, usual := scan(c.in[c.start:c.end], checked-c.start)
		switch {
		case !usual:
			return headUnusual
		case length > 0:
			return c.parse(length)
		}
		checked = max(c.start, c.end-3)
		if c.end == len(c.in) {
			if c.start == 0 {
				return headUnusual // too long
			}
			checked -= c.start
			c.start, c.end = 0, copy(c.in, c.in[c.start:c.end])
		}
		n, err := c.rwc.Read(c.in[c.end:])
		if n == 0 && err != nil {
			if errors.Is(err, io.EOF) && c.start < c.end {
				return headUnusual // a client that half-closed can still be told
			}
			return headMissing
		}
		if phase := c.turn.Load() & phaseMask; phase != phaseHead && n > 0 && !c.enter(phaseHead) {
			return headMissing
		}
		c.end += n
	}
}

// scan gives the length of the head that b begins with, zero if it isn't
// complete. What was looked at before from on isn't looked at again. A line
// that doesn't end in CRLF, and a first line with an odd end, are unusual at
// once: net/http mustn't wait for more.
func scan(b []byte, from int) (length int, usual bool) {
	for i := from; ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return 0, true
		}
		i += n + 1
		if i < 2 || b[i-2] != '\r' {
			return 0, false
		}
		if i >= 4 && b[i-3] == '\n' {
			return i, true
		}
		if bytes.IndexByte(b[:i-1], '\n') < 0 && !bytes.HasSuffix(b[:i], []byte(" HTTP/1.1\r\n")) {
			return 0, false
		}
	}
}

// framing is what is kept of the fields that say how the message is sent.
type framing struct {
	host    string
	hosts   int
	length  int64
	lengths int
	close   bool
}

// parse makes the request out of a head of the given length.
func (c *conn) parse(length int) headResult {
	text := string(c.in[c.start : c.start+length-2]) // without the empty line
	line, rest, _ := strings.Cut(text, "\r\n")
	method, line, _ := strings.Cut(line, " ")
	target, version, _ := strings.Cut(line, " ")
	if version != "HTTP/1.1" || !Token(method) || method == http.MethodConnect || !c.parseTarget(target) {
		return headUnusual
	}
	var f framing
	if !c.parseFields(rest, &f) || f.hosts != 1 || !plainHost(f.host) || f.lengths > 1 {
		return headUnusual
	}
	c.start += length
	c.body.left, c.body.closed = f.length, false
	r := &c.req
	*r = c.blank
	r.Method, r.RequestURI, r.URL, r.Host, r.Header = method, target, &c.url, f.host, c.header
	r.ContentLength, r.Close, r.Body = f.length, f.close, http.NoBody
	phase := uint32(phaseServe)
	if f.length > 0 {
		r.Body, phase = &c.body, phaseBody
	}
	if !c.enter(phase) {
		return headMissing
	}
	return headComplete
}

// parseTarget takes the origin form only (RFC 9112, section 3.2.1).
func (c *conn) parseTarget(target string) bool {
	if target == "" || target[0] != '/' {
		return false
	}
	path, query, asked := strings.Cut(target, "?")
	for i := range len(query) {
		if query[i] <= ' ' || query[i] >= 0x7f {
			return false
		}
	}
	if plainPath(path) {
		c.url = url.URL{Path: path, RawQuery: query, ForceQuery: asked && query == ""}
		return true
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return false
	}
	c.url = *u
	return true
}

// parseFields reads the field lines, each of which ends in CRLF.
func (c *conn) parseFields(s string, f *framing) bool {
	clear(c.header)
	c.values = c.values[:0]
	for s != "" {
		var line string
		line, s, _ = strings.Cut(s, "\r\n")
		name, value, ok := strings.Cut(line, ":")
		if !ok || !Token(name) {
			return false
		}
		name, value = http.CanonicalHeaderKey(name), strings.Trim(value, " \t")
		if !FieldValue(value) || !f.take(name, value) {
			return false
		}
		if name != "Host" {
			c.add(name, value)
		}
	}
	return true
}

// add keeps a field. The lists of values share one array, which is used again
// for the next request.
func (c *conn) add(name, value string) {
	if have := c.header[name]; len(have) > 0 {
		c.header[name] = append(have, value)
		return
	}
	c.values = append(c.values, value)
	n := len(c.values)
	c.header[name] = c.values[n-1 : n : n]
}

// take looks at what says how the message is sent; false if that is unusual.
func (f *framing) take(name, value string) bool {
	switch name {
	case "Host":
		f.host = value
		f.hosts++
	case "Content-Length":
		n, err := strconv.ParseUint(value, 10, 62)
		if err != nil {
			return false
		}
		f.length = int64(n)
		f.lengths++
	case "Connection":
		for option := range strings.SplitSeq(value, ",") {
			switch option = strings.Trim(option, " \t"); {
			case isClose(option):
				f.close = true
			case strings.EqualFold(option, "upgrade"):
				return false
			}
		}
	case "Transfer-Encoding", "Upgrade", "Expect", "Trailer", "Http2-Settings", "Pragma":
		return false // net/http changes what goes with Pragma
	}
	return true
}
