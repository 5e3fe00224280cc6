// SPDX-License-Identifier: EUPL-1.2

package proxy

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// conn is one connection to the target. It serves one request at a time.
type conn struct {
	raw     net.Conn // the socket
	rw      net.Conn // raw, or TLS over it
	br      *bufio.Reader
	sight   *sight   // on raw
	shutter *shutter // between raw and TLS; nil without
	abort   func()   // closes the socket at once, without a TLS goodbye that could block

	head   []byte // scratch for response heads
	resp   response
	lim    io.LimitedReader
	reused bool
	since  time.Time // of the last use

	mu     sync.Mutex
	headed bool // the final response head came
}

// spent tells whether nothing is left of what was read from the target. What it sent
// unasked behind a response must not become the next one.
func (c *conn) spent() bool {
	if c.shutter == nil {
		return c.br.Buffered() == 0
	}
	c.shutter.shut = true
	_, err := c.br.Peek(1)
	c.shutter.shut = false
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// shutter is the socket under TLS. While it is shut TLS gives only what it has read
// ahead, and finds nothing wrong with the connection when that is nothing.
type shutter struct {
	net.Conn
	shut bool
}

// Read implements net.Conn.
func (s *shutter) Read(p []byte) (int, error) {
	if s.shut {
		return 0, os.ErrDeadlineExceeded
	}
	return s.Conn.Read(p)
}

// arm bounds the wait for the response head. The goroutine that sends a body
// calls it too, which is why it must not be late.
func (c *conn) arm(d time.Duration) {
	if d <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.headed {
		_ = c.rw.SetDeadline(time.Now().Add(d))
	}
}

// disarm lifts the bound when the head is there.
func (c *conn) disarm(d time.Duration) {
	if d <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.headed = true
	_ = c.rw.SetDeadline(time.Time{})
}

// readHead reads one response head, informational or final. Of the first byte
// of the response began tells whether it came.
func (c *conn) readHead() (began bool, err error) {
	if _, err := c.br.Peek(1); err != nil {
		return false, err
	}
	if c.head, err = readBlock(c.br, c.head); err != nil {
		return true, err
	}
	err = c.resp.parse(string(c.head))
	if cap(c.head) > maxPooled {
		c.head = nil
	}
	return true, err
}

// readTrailer reads what stands behind the last chunk.
func (c *conn) readTrailer() ([]Field, error) {
	p, err := c.br.Peek(2)
	if err != nil {
		return nil, err
	}
	if string(p) == "\r\n" {
		_, err = c.br.Discard(2)
		return nil, err
	}
	if c.head, err = readBlock(c.br, c.head); err != nil {
		return nil, err
	}
	return parseFields(nil, string(c.head))
}
