// SPDX-License-Identifier: EUPL-1.2

package http1

import (
	"errors"
	"io"
	"net/http"
)

// body is a request body of known length.
type body struct {
	c      *conn
	left   int64
	closed bool
}

// Read implements io.Reader. The last bytes come together with io.EOF.
func (b *body) Read(p []byte) (n int, err error) {
	switch {
	case b.closed:
		return 0, http.ErrBodyReadAfterClose
	case b.left == 0:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	}
	p = p[:min(int64(len(p)), b.left)]
	if c := b.c; c.start < c.end {
		n = copy(p, c.in[c.start:c.end])
		c.start += n
	} else {
		n, err = c.rwc.Read(p)
	}
	if b.left -= int64(n); b.left == 0 {
		b.c.enter(phaseServe)
		return n, io.EOF
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Close implements io.Closer. The server reads away what is left.
func (b *body) Close() error {
	b.closed = true
	return nil
}

// drain reads away what the handler left, so that the next request can be
// read; false if that is too much or doesn't come.
func (b *body) drain() bool {
	if b.left == 0 {
		return true
	}
	if b.left > maxDrain || !b.c.enter(phaseHead) {
		return false
	}
	b.closed = false
	_, err := io.Copy(io.Discard, b)
	return err == nil
}
