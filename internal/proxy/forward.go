// SPDX-License-Identifier: EUPL-1.2

package proxy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"time"

	"github.com/samenspel/samenspel/internal/http1"
)

// maxInformational is the most 1xx responses taken for one request.
const maxInformational = 32

// exchange is one request on one connection.
type exchange struct {
	u    *Upstream
	w    http.ResponseWriter
	r    *http.Request
	out  outgoing
	add  []Field // for the final response
	c    *conn
	body *bodyCopy // nil unless the body is streamed

	direct http1.Direct // the response behind w
	bare   bool         // there is one
	wrote  bool         // at least one byte of the request went out
	began  bool         // at least one byte of a response came
}

// Forward sends r to the target and its response to w. Path, query, end-to-end
// fields, body and trailers pass unaltered (Core, Inway and Outway behaviour);
// hop-by-hop fields are those of each connection.
//
// It returns nil when the whole response was handed to w. Else the error tells
// how far it came: an [fsc.Error] for a request that can't be forwarded, a
// [DialError], [ErrBeforeResponse], [ErrAfterResponse] or [ErrClient]. The
// caller answers the first three, and panics with http.ErrAbortHandler on the
// other two.
//
// A request is sent a second time, on a new connection, only if the pooled one
// turned out to be closed before one byte of a response came and nothing was
// written, or the request has no body and an idempotent method. After a [DialError]
// the body of r can be read as before.
func (u *Upstream) Forward(w http.ResponseWriter, r *http.Request, h Headers) error {
	x, _ := u.exchanges.Get().(*exchange)
	defer x.release()
	x.u, x.w, x.r, x.add = u, w, r, h.Response
	x.direct, x.bare = http1.DirectOf(w)
	var err error
	if x.out, err = u.prepare(x.out.wire[:0], r, &h); err != nil {
		return err
	}
	replayable := !x.out.bodied && idempotent(r.Method)
	if x.c = u.take(); x.c == nil {
		if x.c, err = u.connect(r.Context()); err != nil {
			x.out.giveBack(r)
			return clientError(r, err)
		}
	}
	err = x.run() //nolint:contextcheck // the context is in x.r
	if err == nil || !x.c.reused || x.began || x.wrote && !replayable ||
		errors.Is(err, ErrClient) || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	wrote := x.wrote
	if x.c, err = u.connect(r.Context()); err != nil {
		x.out.giveBack(r)
		if wrote { // not a DialError: the first attempt may have arrived
			err = fmt.Errorf("%w: connect again: %v", ErrBeforeResponse, err) //nolint:errorlint // hides DialError on purpose
		}
		return clientError(r, err)
	}
	return x.run() //nolint:contextcheck // the context is in x.r
}

// release forgets the exchange, but for memory that the next one can use.
func (x *exchange) release() {
	u, wire := x.u, x.out.wire
	if cap(wire) > maxPooled {
		wire = nil
	}
	*x = exchange{out: outgoing{wire: wire}}
	u.exchanges.Put(x)
}

// clientError marks err as the client's doing if it has left.
func clientError(r *http.Request, err error) error {
	if r.Context().Err() != nil {
		return fmt.Errorf("%w: %w", ErrClient, err)
	}
	return err
}

// run does the exchange and pools or closes the connection.
func (x *exchange) run() error {
	c := x.c
	c.headed = false
	var stop func() bool
	watched := x.bare && x.direct.Watch(x.r.Context(), c.abort)
	if !watched {
		stop = context.AfterFunc(x.r.Context(), c.abort)
	}
	err := x.roundTrip()
	gone := watched && x.direct.Unwatch() || !watched && !stop()
	sent := x.body.settle(x.w, err == nil) && x.out.stream == (x.body != nil)
	if err == nil && !gone && sent && !c.resp.close && c.resp.status != http.StatusSwitchingProtocols && !signsOn(x.r) && c.spent() {
		x.u.give(c)
		return nil
	}
	c.abort()
	if err == nil {
		if sent && c.resp.close && x.u.onClose != nil && c.resp.status != http.StatusSwitchingProtocols {
			x.u.onClose()
		}
		return nil
	}
	if x.body.unread() && x.r.ProtoMajor == 1 {
		// The rest of the body must never be read as the next request.
		x.w.Header().Set("Connection", "close")
	}
	switch {
	case x.body != nil && x.body.readErr != nil:
		return fmt.Errorf("%w: read body: %w: %w", ErrClient, x.body.readErr, err)
	case gone:
		return fmt.Errorf("%w: %w", ErrClient, err)
	}
	return err
}

func (x *exchange) roundTrip() error {
	if err := x.send(); err != nil {
		return fmt.Errorf("%w: send request: %w", ErrBeforeResponse, err)
	}
	if err := x.receiveHead(); err != nil {
		return fmt.Errorf("%w: %w", ErrBeforeResponse, err)
	}
	x.c.disarm(x.u.headTimeout)
	if x.c.resp.status == http.StatusSwitchingProtocols {
		return x.switchProtocols()
	}
	if err := x.relay(); err != nil {
		return fmt.Errorf("%w: %w", ErrAfterResponse, err)
	}
	return nil
}

// send writes the head, with the body if that is inline, and starts the body
// that follows.
func (x *exchange) send() error {
	if !x.out.stream {
		x.c.arm(x.u.headTimeout)
	}
	n, err := x.c.rw.Write(x.out.wire)
	x.wrote = n > 0
	if err != nil {
		return err
	}
	if x.out.stream && !x.out.expect {
		x.startBody()
	}
	return nil
}

func (x *exchange) startBody() {
	// Without full duplex an HTTP/1 server reads the body to its end before it
	// lets a response out. Where this isn't supported it isn't needed.
	_ = http.NewResponseController(x.w).EnableFullDuplex()
	x.body = &bodyCopy{u: x.u, c: x.c, r: x.r, length: x.out.length, done: make(chan struct{})}
	go x.body.run()
}

// receiveHead reads heads up to the final one and passes informational ones.
func (x *exchange) receiveHead() error {
	for range maxInformational {
		if x.out.expect && x.body == nil {
			if err := x.awaitContinue(); err != nil {
				return err
			}
		}
		began, err := x.c.readHead()
		x.began = x.began || began
		if err != nil {
			return fmt.Errorf("read response: %w", err)
		}
		switch status := x.c.resp.status; {
		case status == http.StatusContinue:
			if x.out.expect && x.body == nil {
				x.continueBody()
			}
		case status >= 200:
			return nil
		case status == http.StatusSwitchingProtocols:
			if x.out.upgrade == "" {
				return fmt.Errorf("%w: protocol switch nobody asked for", errMalformed)
			}
			return nil
		case x.r.ProtoAtLeast(1, 1):
			x.inform()
		}
	}
	return fmt.Errorf("%w: too many informational responses", errMalformed)
}

// awaitContinue waits for a response, but no longer than a body may be held up.
func (x *exchange) awaitContinue() error {
	_ = x.c.rw.SetReadDeadline(time.Now().Add(x.u.continueTimeout))
	_, err := x.c.br.Peek(1)
	_ = x.c.rw.SetReadDeadline(time.Time{})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		x.continueBody()
		return nil
	}
	return err
}

// continueBody lets the client send its body. Only this goroutine writes to
// the client, so 100 Continue is written here and not by the first read.
func (x *exchange) continueBody() {
	if x.r.ProtoMajor == 1 {
		x.w.WriteHeader(http.StatusContinue)
	}
	x.startBody()
}

// inform passes a 1xx response; its fields must not stay for the next one.
func (x *exchange) inform() {
	h := x.w.Header()
	before := maps.Clone(h)
	clear(h)
	x.c.resp.copyTo(h)
	x.w.WriteHeader(x.c.resp.status)
	clear(h)
	maps.Copy(h, before)
}
