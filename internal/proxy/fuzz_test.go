// SPDX-License-Identifier: EUPL-1.2

package proxy_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/proxy"
)

// tape is a connection on which the given bytes arrive, whatever is sent.
type tape struct{ in *bytes.Reader }

func (c tape) Read(p []byte) (int, error)       { return c.in.Read(p) }
func (tape) Write(p []byte) (int, error)        { return len(p), nil }
func (tape) Close() error                       { return nil }
func (tape) LocalAddr() net.Addr                { return nil }
func (tape) RemoteAddr() net.Addr               { return nil }
func (tape) SetDeadline(time.Time) error        { return nil }
func (tape) SetReadDeadline(time.Time) error    { return nil }
func (tape) SetWriteDeadline(t time.Time) error { return nil }

// FuzzResponse feeds an upstream's bytes to Forward. It must neither panic nor
// hang, say how far it came, and never pass a length other than the body's.
func FuzzResponse(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n",
		"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.0 200 OK\r\n\r\nuntil the end",
		"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n",
		"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	target := &url.URL{Scheme: "http", Host: "target.example"}
	f.Fuzz(func(t *testing.T, raw []byte) {
		up := proxy.NewUpstream(proxy.UpstreamConfig{
			URL: target, AllowUpgrade: true,
			Dial: func(context.Context, string, string) (net.Conn, error) { return tape{bytes.NewReader(raw)}, nil },
		})
		defer up.Close()
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Header.Set("Connection", "upgrade")
		r.Header.Set("Upgrade", "echo")
		w := httptest.NewRecorder()
		err := up.Forward(w, r, proxy.Headers{})
		if err != nil {
			if !errors.Is(err, proxy.ErrBeforeResponse) && !errors.Is(err, proxy.ErrAfterResponse) {
				t.Errorf("error of no kind: %v", err)
			}
			if errors.Is(err, proxy.ErrBeforeResponse) && len(w.Header()) > 0 {
				t.Errorf("fields stayed behind: %v", w.Header())
			}
			return
		}
		res := w.Result()
		body, _ := io.ReadAll(res.Body)
		if bodiless := res.StatusCode == 204 || res.StatusCode == 304; bodiless && len(body) > 0 ||
			!bodiless && res.ContentLength >= 0 && res.ContentLength != int64(len(body)) {
			t.Errorf("length %d, body of %d bytes", res.ContentLength, len(body))
		}
	})
}
