// SPDX-License-Identifier: EUPL-1.2

package proxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// switchProtocols passes a 101 and then bytes both ways until both ends are
// done, one fails, or the request's context ends.
func (x *exchange) switchProtocols() error {
	h := http.Header{}
	x.c.resp.copyTo(h)
	accepted := ""
	for _, f := range x.c.resp.fields {
		if f.Name == "Upgrade" {
			accepted = f.Value
		}
	}
	if !hasToken([]string{x.out.upgrade}, accepted) {
		return fmt.Errorf("%w: %w: switch to a protocol nobody asked for", ErrBeforeResponse, errMalformed)
	}
	for _, f := range x.add {
		h[f.Name] = []string{f.Value}
	}
	h["Connection"], h["Upgrade"] = []string{"Upgrade"}, []string{accepted}
	delete(h, "Content-Length")

	front, rw, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		return fmt.Errorf("%w: hijack: %w", ErrBeforeResponse, err)
	}
	defer func() { _ = front.Close() }()
	stop := context.AfterFunc(x.r.Context(), func() { _ = front.Close() })
	defer stop()

	var head strings.Builder
	head.WriteString("HTTP/1.1 101 Switching Protocols\r\n")
	if err := h.Write(&head); err != nil {
		return fmt.Errorf("%w: %w", ErrAfterResponse, err)
	}
	head.WriteString("\r\n")
	if _, err := io.WriteString(front, head.String()); err != nil {
		return fmt.Errorf("%w: %w: %w", ErrAfterResponse, ErrClient, err)
	}
	// What the server read ahead comes first. The rest is read from the socket:
	// through the server an end of stream would end the request's context.
	ahead, err := rw.Reader.Peek(rw.Reader.Buffered())
	if err != nil {
		return fmt.Errorf("%w: %w: %w", ErrAfterResponse, ErrClient, err)
	}
	return x.tunnel(front, io.MultiReader(bytes.NewReader(ahead), front))
}

// tunnel copies both ways. An end of stream is passed on as a half-close.
func (x *exchange) tunnel(front net.Conn, client io.Reader) error {
	back := x.c.rw
	finished := make(chan error, 1)
	go func() {
		err := x.pipe(back, client)
		if err != nil {
			_ = front.Close()
			x.c.abort()
		}
		finished <- err
	}()
	err := x.pipe(front, x.c.br)
	if err != nil {
		_ = front.Close()
		x.c.abort()
	}
	if err = errors.Join(err, <-finished); err != nil {
		return fmt.Errorf("%w: tunnel: %w", ErrAfterResponse, err)
	}
	return nil
}

func (x *exchange) pipe(dst net.Conn, src io.Reader) error {
	buf, _ := x.u.copies.Get().(*[]byte)
	defer x.u.copies.Put(buf)
	for {
		n, err := src.Read(*buf)
		if n > 0 {
			if _, werr := dst.Write((*buf)[:n]); werr != nil {
				return werr
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if half, ok := dst.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return dst.Close()
}
