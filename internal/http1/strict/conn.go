// SPDX-License-Identifier: EUPL-1.2

package strict

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"slices"
)

// ErrMalformed is the end of a connection on which a request came that isn't accepted.
var ErrMalformed = errors.New("request isn't plain HTTP/1.1")

// headStep is how much is read of a head at once.
const headStep = 4 << 10

// headStart is how much of a request net/http wants to see before it answers that it is bad.
const headStart = 4

// Conn is a connection from which net/http reads requests. Read may not be called by
// two goroutines at once; all else is that of the connection below.
type Conn struct {
	net.Conn

	most  int    // bytes of a head
	ready []byte // looked at, to be given
	head  []byte // of the next request, as far as it came; all of it was looked at
	ahead []byte // read, not looked at yet
	taken []byte // ahead, before the last bytes were taken
	body  body   // of the request that was given last
	open  bool   // nothing is looked at anymore
	err   error
}

// New puts a Conn before c, from which ahead was read already. Of a head of more than most
// bytes nothing passes after what was read by then: net/http has to have refused it.
func New(c net.Conn, ahead []byte, most int) *Conn {
	return &Conn{Conn: c, ahead: ahead, most: most}
}

// Open lets all that follows the last request pass unseen: the connection is used for
// something else, such as WebSocket.
func (c *Conn) Open() { c.open, c.err, c.head = true, nil, nil }

// Opening gives a hook for http.Server.ConnState that opens connections which a handler
// has taken over, and then calls next, if that isn't nil.
func Opening(next func(net.Conn, http.ConnState)) func(net.Conn, http.ConnState) {
	return func(c net.Conn, state http.ConnState) {
		if looked, ok := c.(interface{ Open() }); ok && state == http.StateHijacked {
			looked.Open()
		}
		if next != nil {
			next(c, state)
		}
	}
}

// Read never gives the end of a head that isn't accepted, so nothing is done for it.
func (c *Conn) Read(p []byte) (int, error) {
	for {
		switch {
		case len(c.ready) > 0:
			n := copy(p, c.ready)
			c.ready = c.ready[n:]
			return n, nil
		case c.err != nil:
			return 0, c.err
		case c.open:
			return c.take(p)
		case !c.body.ended():
			return c.readBody(p)
		}
		if err := c.readHead(); err != nil {
			return 0, err
		}
	}
}

// take gives bytes as they came.
func (c *Conn) take(p []byte) (int, error) {
	c.taken = c.ahead
	if len(c.ahead) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.ahead)
	c.ahead = c.ahead[n:]
	return n, nil
}

// giveBack has the last bytes that were taken taken once more.
func (c *Conn) giveBack(p []byte) {
	switch {
	case len(c.taken) > 0:
		c.ahead = c.taken[len(c.taken)-len(c.ahead)-len(p):]
	case len(p) > 0:
		c.ahead = bytes.Clone(p)
	}
}

func (c *Conn) readBody(p []byte) (int, error) {
	n, err := c.take(p)
	used, ok := c.body.pass(p[:n])
	if !ok {
		c.err = ErrMalformed
		return used, c.err
	}
	c.giveBack(p[used:n])
	return used, err
}

// readHead makes ready what comes of the next head. An error is one of the connection,
// after which reading may go on: a deadline can be moved.
func (c *Conn) readHead() error {
	seen := len(c.head)
	c.head = slices.Grow(c.head, headStep)
	n, err := c.take(c.head[seen : seen+headStep])
	if n == 0 {
		return err
	}
	c.head = c.head[:seen+n]
	length, ok := endOfHead(c.head, seen)
	if ok && length > 0 {
		c.body, ok = framing(string(c.head[:length]))
	}
	switch {
	case !ok: // some bytes pass: they may be the first of another protocol, which is open soon
		cut := max(length-1, min(headStart, len(c.head)))
		c.giveBack(c.head[cut:])
		c.ready, c.head, c.err = c.head[seen:cut], nil, ErrMalformed
	case length > 0:
		c.giveBack(c.head[length:])
		c.ready, c.head = c.head[seen:length], nil
	default:
		c.ready = c.head[seen:]
		if len(c.head) > c.most {
			c.head, c.err = nil, ErrMalformed
		}
	}
	return nil
}

// endOfHead gives the length of the head that b begins with, zero if it isn't complete. Lines
// that end before from were looked at before. It isn't ok when a line ends without CR: then
// it gives the length up to there.
func endOfHead(b []byte, from int) (length int, ok bool) {
	for i := from; ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return 0, true
		}
		i += n + 1
		if i < 2 || b[i-2] != '\r' {
			return i, false
		}
		if i >= 4 && b[i-3] == '\n' {
			return i, true
		}
	}
}
