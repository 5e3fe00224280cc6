// SPDX-License-Identifier: EUPL-1.2

package proxy

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"
)

// gatherRoom is how much must be free of a buffer to read on: a record of TLS.
const gatherRoom = 16 << 10

// relay passes the final response.
func (x *exchange) relay() error {
	p := &x.c.resp
	if x.plain() {
		x.direct.WriteHead(p.status, p.length, p.endToEnd(x.add))
		if p.bodiless(x.r.Method) {
			return nil
		}
		return x.relayLength(p.length)
	}
	h := x.w.Header()
	p.copyTo(h)
	for i := range x.add {
		h[x.add[i].Name] = []string{x.add[i].Value}
	}
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // or the server would guess one
	}
	if x.r.ProtoMajor == 1 && x.body.unread() {
		h["Connection"] = []string{"close"}
	}
	var trailer []string
	if p.chunked {
		trailer = announce(h)
	}
	x.w.WriteHeader(p.status)
	switch {
	case p.bodiless(x.r.Method):
		return nil
	case p.length > 0:
		return x.relayLength(p.length)
	}
	if x.c.br.Buffered() == 0 { // nobody knows when more comes
		if err := x.flush(); err != nil {
			return err
		}
	}
	if p.chunked {
		return x.relayChunked(trailer)
	}
	p.close = true
	return x.stream(x.c.br, nil)
}

// plain tells whether the response is an ordinary one, that can be passed without
// a map of its fields. Whoever wraps w may want to see a refusal of its token.
func (x *exchange) plain() bool {
	p := &x.c.resp
	return x.bare && x.body == nil && !p.chunked && p.status != http.StatusUnauthorized &&
		(p.length >= 0 || p.bodiless(x.r.Method))
}

// announce keeps the names in Trailer that may be one, and gives them.
func announce(h http.Header) []string {
	var names []string
	for name := range items(h["Trailer"]) {
		if name = http.CanonicalHeaderKey(name); trailerAllowed(name) {
			names = append(names, name)
		}
	}
	delete(h, "Trailer")
	if len(names) > 0 {
		h["Trailer"] = []string{strings.Join(names, ", ")}
	}
	return names
}

// relayLength passes a body of known length. One that came together with the
// head is written without copying it first. The head of a body that hasn't begun
// waits for its first bytes, to leave in one write with them.
func (x *exchange) relayLength(length int64) error {
	br := x.c.br
	if int64(br.Buffered()) < length {
		x.c.lim = io.LimitedReader{R: br, N: length}
		if err := x.stream(&x.c.lim, &x.c.lim); err != nil {
			return err
		}
		if x.c.lim.N > 0 {
			return io.ErrUnexpectedEOF
		}
		return nil
	}
	body, err := br.Peek(int(length))
	if err != nil {
		return err
	}
	if _, err := x.w.Write(body); err != nil {
		return fmt.Errorf("%w: %w", ErrClient, err)
	}
	_, err = br.Discard(len(body))
	return err
}

// relayChunked passes a chunked body and the trailer behind it.
func (x *exchange) relayChunked(announced []string) error {
	if err := x.stream(httputil.NewChunkedReader(x.c.br), nil); err != nil {
		return err
	}
	fields, err := x.c.readTrailer()
	if err != nil {
		return fmt.Errorf("read trailer: %w", err)
	}
	h := x.w.Header()
	for _, name := range announced {
		delete(h, name) // a field of the head isn't the trailer of the same name
	}
	if len(fields) == 0 {
		return nil
	}
	if err := x.flush(); err != nil { // a trailer needs chunks, so the head must be out by now
		return err
	}
	for _, f := range fields {
		if trailerAllowed(f.Name) {
			h.Add(http.TrailerPrefix+f.Name, f.Value)
		}
	}
	return nil
}

// stream copies src to the client and lets out what is there before it waits
// for more. With lim it knows when no more comes, and before that gathers what
// the target has sent already: to write less often is most of what can be saved.
func (x *exchange) stream(src io.Reader, lim *io.LimitedReader) error {
	buf, _ := x.u.copies.Get().(*[]byte)
	if x.r.ProtoMajor == 1 { // of HTTP/2 a stream that is reset may still be sending it when Write is back
		defer x.u.copies.Put(buf)
	}
	for {
		n, err := src.Read(*buf)
		for err == nil && lim != nil && lim.N > 0 && n < copyBuffer-gatherRoom && x.c.sight.more() {
			var m int
			m, err = src.Read((*buf)[n:])
			n += m
		}
		if n > 0 {
			if _, werr := x.w.Write((*buf)[:n]); werr != nil {
				return fmt.Errorf("%w: %w", ErrClient, werr)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read body: %w", err)
		}
		if lim != nil && lim.N == 0 {
			return nil
		}
		if err := x.flush(); err != nil {
			return err
		}
	}
}

func (x *exchange) flush() error {
	err := http.NewResponseController(x.w).Flush()
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("%w: %w", ErrClient, err)
	}
	return nil
}
