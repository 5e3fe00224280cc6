// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// piece is how much a caller has to take within [Limits.Stall].
const piece = 256 << 10

// write sends an answer. A caller that takes nothing of it for too long is cut
// off, so that it can't hold memory and a place at a gate.
func (s *server) write(c *call, rep reply) {
	h := c.w.Header()
	if rep.status != http.StatusNoContent {
		h.Set("Content-Type", rep.media)
		h.Set("Content-Length", strconv.FormatInt(c.length(rep), 10))
	}
	_ = c.r.Body.Close() // waits for what wasn't read, until the deadline for that
	if c.file != nil {
		s.writeFile(c, rep)
		return
	}
	control := http.NewResponseController(c.w)
	for first, rest := true, rep.body; first || len(rest) > 0; first = false {
		_ = control.SetWriteDeadline(time.Now().Add(s.cfg.Limits.Stall)) // not every connection has deadlines
		if first {
			c.w.WriteHeader(rep.status)
		}
		if err := send(c.w, rest[:min(len(rest), piece)]); err != nil {
			panic(http.ErrAbortHandler) // the caller has gone, or doesn't read
		}
		rest = rest[min(len(rest), piece):]
	}
	_ = control.SetWriteDeadline(time.Time{})
}

func (c *call) length(rep reply) int64 {
	if c.file != nil {
		return c.file.size
	}
	return int64(len(rep.body))
}

// writeFile is write for what is read piece by piece.
func (s *server) writeFile(c *call, rep reply) {
	defer func() { _ = c.file.Close() }()
	control := http.NewResponseController(c.w)
	c.w.WriteHeader(rep.status)
	buffer := make([]byte, piece)
	for left := c.file.size; left > 0; {
		n, err := io.ReadFull(c.file, buffer[:min(left, piece)])
		if err == nil {
			_ = control.SetWriteDeadline(time.Now().Add(s.cfg.Limits.Stall))
			err = send(c.w, buffer[:n])
		}
		if err != nil {
			panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
		}
		left -= int64(n)
	}
	_ = control.SetWriteDeadline(time.Time{})
}

// send sends a piece, all the way to the connection.
func send(w http.ResponseWriter, b []byte) error {
	if len(b) > 0 {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return http.NewResponseController(w).Flush()
}
