// SPDX-License-Identifier: EUPL-1.2

package proxy

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/http1"
)

// inlineBody is the largest body that is read first and sent together with the
// head, so that the request leaves in one write and holds no connection while
// its client is still sending.
const inlineBody = 16 << 10

// outgoing is a request in the form it goes over the wire.
type outgoing struct {
	wire    []byte // head, and the body if that is inline
	stream  bool   // the body follows from a goroutine
	expect  bool   // the body waits for 100 Continue
	length  int64  // of a streamed body; -1 is chunked
	upgrade string // protocol asked for, empty for none
	bodied  bool   // any body at all
	inline  int    // bytes of it at the end of wire
}

// idempotent tells whether sending the method twice is like sending it once
// (RFC 9110, section 9.2.2).
func idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// prepare writes the head of r, and its body if small, to buf.
func (u *Upstream) prepare(buf []byte, r *http.Request, h *Headers) (outgoing, error) {
	o := outgoing{length: r.ContentLength}
	o.bodied = r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0
	o.expect = o.bodied && hasToken(r.Header["Expect"], "100-continue")
	o.stream = o.bodied && (o.expect || r.ContentLength < 0 || r.ContentLength > inlineBody)
	// Never to another HTTP (h2c, HTTP/2.0, TLS/1.2): its calls would pass unseen.
	if u.allowUpgrade && !o.bodied && r.ProtoMajor == 1 && hasToken(r.Header["Connection"], "upgrade") &&
		!hasToken(r.Header["Upgrade"], "h2c") && !strings.Contains(r.Header.Get("Upgrade"), "/") {
		o.upgrade = r.Header.Get("Upgrade")
	}
	buf, err := u.appendRequestLine(buf, r)
	if err != nil {
		return o, err
	}
	if buf, err = appendFields(buf, r.Header, h); err != nil {
		return o, err
	}
	buf = appendFraming(buf, r, &o)
	o.wire = append(buf, "\r\n"...)
	if o.bodied && !o.stream {
		err = o.readInline(r.Body)
	}
	return o, err
}

func (o *outgoing) readInline(body io.Reader) error {
	head := len(o.wire)
	o.wire = slices.Grow(o.wire, int(o.length))[:head+int(o.length)]
	if _, err := io.ReadFull(body, o.wire[head:]); err != nil {
		return fmt.Errorf("%w: read body: %w", ErrClient, err)
	}
	o.inline = int(o.length)
	return nil
}

// giveBack makes a body that was read ahead readable once more, for a request that
// can still be sent elsewhere.
func (o *outgoing) giveBack(r *http.Request) {
	if o.inline > 0 {
		r.Body = io.NopCloser(bytes.NewReader(bytes.Clone(o.wire[len(o.wire)-o.inline:])))
	}
}

// appendRequestLine writes the request line and Host.
func (u *Upstream) appendRequestLine(b []byte, r *http.Request) ([]byte, error) {
	host := u.host
	if u.keepHost && r.Host != "" {
		host = r.Host
	}
	target, ok := RequestTarget(r)
	if !ok || !http1.Token(r.Method) || !visible(host) || u.base != "" && climbs(target) {
		return b, fsc.Errorf(fsc.CodeInvalidRequest, "request line or Host can't be forwarded; the path of this service may have no segment ..")
	}
	b = append(b, r.Method...)
	b = append(b, ' ')
	if target[0] == '/' {
		b = append(b, u.base...)
	} else if target[0] == '?' {
		b = append(append(b, u.base...), '/')
	}
	b = append(b, target...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, host...)
	return append(b, "\r\n"...), nil
}

// RequestTarget gives path and query exactly as they were received; parsing and
// printing them again would lose %2F, //, dot segments and the like. Of an
// absolute form scheme and authority are cut off. A result that begins with a
// question mark has an empty path.
func RequestTarget(r *http.Request) (string, bool) {
	t := r.RequestURI
	if t == "" {
		t = r.URL.RequestURI()
	}
	if !visible(t) || r.Method == http.MethodConnect {
		return "", false
	}
	if t[0] == '/' || t == "*" && r.Method == http.MethodOptions {
		return t, true
	}
	_, rest, ok := strings.Cut(t, "://")
	if !ok {
		return "", false
	}
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		return rest[i:], true
	}
	if r.Method == http.MethodOptions {
		return "*", true // RFC 9112, section 3.2.4
	}
	return "/", true
}

// climbs tells whether a path may lead out of the base path before it when somebody
// resolves its dot segments, however often encoded and by whatever separator.
func climbs(target string) bool {
	path, _, _ := strings.Cut(target, "?")
	if !strings.Contains(path, "..") && !strings.Contains(path, "%") {
		return false
	}
	plain := make([]byte, 0, len(path)+1)
	for i := range len(path) {
		plain = append(plain, path[i])
		for n := len(plain); n > 2 && plain[n-3] == '%'; n = len(plain) { // each turn takes two bytes away
			code, err := strconv.ParseUint(string(plain[n-2:]), 16, 8)
			if err != nil {
				break
			}
			plain = append(plain[:n-3], byte(code))
		}
	}
	for i, c := range plain {
		if c == '\\' || c == ';' {
			plain[i] = '/'
		}
	}
	return bytes.Contains(append(plain, '/'), []byte("/../"))
}

// appendFields writes the end-to-end fields of in, as changed by h.
func appendFields(b []byte, in http.Header, h *Headers) ([]byte, error) {
	var listed []string
	if opts := in["Connection"]; len(opts) > 0 {
		listed = connectionOptions(opts)
	}
	for name, values := range in {
		if hopByHop(name) || name == "Host" || name == "Content-Length" ||
			h.replaces(name) || slices.Contains(listed, name) {
			continue
		}
		nameOK := http1.Token(name)
		for _, v := range values {
			if !nameOK || !http1.FieldValue(v) {
				return b, fsc.Errorf(fsc.CodeInvalidRequest, "header field can't be forwarded")
			}
			b = appendField(b, name, v)
		}
	}
	for _, f := range h.Set {
		if !http1.Token(f.Name) || !http1.FieldValue(f.Value) {
			return b, fmt.Errorf("header %q: value can't be sent", f.Name)
		}
		b = appendField(b, f.Name, f.Value)
	}
	return b, nil
}

func appendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	b = append(b, value...)
	return append(b, "\r\n"...)
}

// appendFraming writes the fields of this connection: length, trailers, upgrade.
func appendFraming(b []byte, r *http.Request, o *outgoing) []byte {
	switch {
	case o.bodied && o.length < 0:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
		if names := trailerNames(r.Trailer); len(names) > 0 {
			b = appendField(b, "Trailer", strings.Join(names, ", "))
		}
	case o.bodied || len(r.Header["Content-Length"]) > 0 || r.Method == http.MethodPost || r.Method == http.MethodPut:
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, max(o.length, 0), 10)
		b = append(b, "\r\n"...)
	}
	if o.upgrade != "" && http1.FieldValue(o.upgrade) {
		b = append(b, "Connection: Upgrade\r\n"...)
		b = appendField(b, "Upgrade", o.upgrade)
	} else if hasToken(r.Header["Te"], "trailers") {
		b = append(b, "Te: trailers\r\nConnection: Te\r\n"...)
	}
	return b
}

// trailerNames gives the names that may stand in a trailer, sorted.
func trailerNames(trailer http.Header) []string {
	var names []string
	for name := range trailer {
		if trailerAllowed(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// trailerAllowed refuses fields that frame or route a message (RFC 9110, 6.5.1)
// and those the nodes themselves act on.
func trailerAllowed(name string) bool {
	switch name {
	case "Content-Length", "Host", "Authorization", "Expect":
		return false
	}
	return http1.Token(name) && !hopByHop(name) && !strings.HasPrefix(name, "Fsc-")
}
