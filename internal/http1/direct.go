// SPDX-License-Identifier: EUPL-1.2

package http1

import (
	"context"
	"net/http"
	"strings"
)

// Field is one header field. Name is in the canonical form of net/http.
type Field struct{ Name, Value string }

// Direct is the response to a request, for a handler that passes on what another
// server answered: its fields needn't go through a map. Get one with [DirectOf].
type Direct struct{ w *response }

// DirectOf gives the response behind w, which others may have wrapped in the way
// of http.ResponseController. It is false when net/http serves the request.
func DirectOf(w http.ResponseWriter) (Direct, bool) {
	for {
		switch v := w.(type) {
		case *response:
			return Direct{v}, true
		case interface{ Unwrap() http.ResponseWriter }:
			w = v.Unwrap()
		default:
			return Direct{}, false
		}
	}
}

// WriteHead makes the final head out of the fields, in their order, and those
// of Header. It is for a body of known length in bytes, or -1 for a status or a
// method that goes without; what says how the message is sent is left out of
// fields and made here. The body follows through Write.
func (d Direct) WriteHead(status int, length int64, fields []Field) {
	w := d.w
	if w.status != 0 {
		return
	}
	w.decide(status)
	dated := false
	for i := range fields {
		switch f := &fields[i]; f.Name {
		case "Content-Length", "Connection", "Transfer-Encoding", "Trailer":
		case "Date":
			dated = true
			fallthrough
		default:
			if !strings.HasPrefix(f.Name, http.TrailerPrefix) {
				w.appendField(f.Name, f.Value)
			}
		}
	}
	w.finishHead(dated, length)
}

// Watch has leave called, at most once, when the client has left or the
// connection breaks, until [Direct.Unwatch]; at once if that is so already. It
// must not block. False says that ctx isn't the context of the request, and
// that nothing is watched.
func (d Direct) Watch(ctx context.Context, leave func()) bool {
	c := d.w.c
	if ctx != c.blank.Context() {
		return false
	}
	c.leaving.Lock()
	gone := c.gone
	if !gone {
		c.leave = leave
	}
	c.leaving.Unlock()
	if gone {
		leave()
	}
	return true
}

// Unwatch ends what [Direct.Watch] began, and tells whether the client has left.
func (d Direct) Unwatch() (left bool) {
	c := d.w.c
	c.leaving.Lock()
	defer c.leaving.Unlock()
	c.leave = nil
	return c.gone
}

// depart ends the context of the connection's requests and tells who watches it.
func (c *conn) depart() {
	c.cancel()
	c.leaving.Lock()
	leave := c.leave
	c.leave, c.gone = nil, true
	c.leaving.Unlock()
	if leave != nil {
		leave()
	}
}
