// SPDX-License-Identifier: EUPL-1.2

package proxy

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/samenspel/samenspel/internal/http1"
)

const (
	// chunkRoom is kept free before the data for the length of a chunk.
	chunkRoom = 8
	// settleGrace is how long the last bytes of a body may take once the
	// response is complete, and how long the front lingers on an unread body.
	settleGrace = 500 * time.Millisecond
)

// bodyCopy sends a large or open-ended request body in a goroutine of its own,
// so that the response can be read meanwhile.
type bodyCopy struct {
	u      *Upstream
	c      *conn
	r      *http.Request
	length int64 // -1 is chunked

	eof      atomic.Bool // the client's body was read to its end
	stopped  bool        // settle ended it early
	done     chan struct{}
	readErr  error // from the client; valid after done
	writeErr error // to the target; valid after done
}

func (b *bodyCopy) run() {
	defer func() {
		broke := b.readErr != nil
		close(b.done)
		if broke { // or the target would take the part for the whole
			b.c.abort() // not before done: whoever sees the abort must see why
		}
	}()
	buf, _ := b.u.copies.Get().(*[]byte)
	defer b.u.copies.Put(buf)
	var sent int64
	for {
		n, err := b.r.Body.Read((*buf)[chunkRoom : copyBuffer-2])
		sent += int64(n)
		last := errors.Is(err, io.EOF) || sent == b.length
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			b.readErr = err
		case b.length >= 0 && (sent > b.length || last && sent < b.length):
			b.readErr = io.ErrUnexpectedEOF
		}
		if b.readErr != nil {
			return
		}
		if last {
			b.eof.Store(true)
		}
		if b.writeErr = b.write(*buf, n, last); b.writeErr != nil || last {
			b.c.arm(b.u.headTimeout)
			return
		}
	}
}

// write sends n bytes that stand in buf behind chunkRoom, as one chunk if the
// body is chunked.
func (b *bodyCopy) write(buf []byte, n int, last bool) error {
	defer time.AfterFunc(b.u.stallTimeout, b.c.abort).Stop() // so much is a sign that the target reads
	if b.length >= 0 {
		_, err := b.c.rw.Write(buf[chunkRoom : chunkRoom+n])
		return err
	}
	if n > 0 {
		var size [chunkRoom]byte
		s := append(strconv.AppendInt(size[:0], int64(n), 16), "\r\n"...)
		start := chunkRoom - len(s)
		copy(buf[start:], s)
		copy(buf[chunkRoom+n:], "\r\n")
		if _, err := b.c.rw.Write(buf[start : chunkRoom+n+2]); err != nil {
			return err
		}
	}
	if !last {
		return nil
	}
	end := append(buf[:0], "0\r\n"...)
	for _, name := range trailerNames(b.r.Trailer) {
		for _, v := range b.r.Trailer[name] {
			if !http1.FieldValue(v) {
				return fmt.Errorf("trailer %q: value can't be sent", name)
			}
			end = appendField(end, name, v)
		}
	}
	_, err := b.c.rw.Write(append(end, "\r\n"...))
	return err
}

// unread tells whether the client's connection still has body on it, so that it
// must be closed after the response.
func (b *bodyCopy) unread() bool { return b != nil && (b.stopped || !b.eof.Load()) }

// settle ends the goroutine and tells whether the whole body went out. A response
// that stands in w is let out first.
func (b *bodyCopy) settle(w http.ResponseWriter, answered bool) bool {
	if b == nil {
		return true
	}
	select {
	case <-b.done:
		return b.readErr == nil && b.writeErr == nil
	default:
	}
	if b.eof.Load() {
		_ = b.c.rw.SetWriteDeadline(time.Now().Add(settleGrace))
		<-b.done
		_ = b.c.rw.SetWriteDeadline(time.Time{})
		return b.writeErr == nil
	}
	b.stopped = true
	b.c.abort()
	rc := http.NewResponseController(w)
	if answered {
		_ = rc.Flush()
	}
	// A client that sends ends it, for nothing goes to the target any more. Reading
	// is broken off after a while only: the server would close at once, and what the
	// client still sends would make the kernel lose the answer.
	defer time.AfterFunc(settleGrace, func() {
		if rc.SetReadDeadline(time.Now()) != nil {
			_ = b.r.Body.Close()
		}
	}).Stop()
	<-b.done
	b.readErr = nil                                     // our doing, not the client's
	_ = rc.SetReadDeadline(time.Now().Add(settleGrace)) // the server drains what is on its way
	return false
}
