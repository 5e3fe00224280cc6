// SPDX-License-Identifier: EUPL-1.2

package proxy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/proxy"
)

// filler gives n bytes, no matter which, without holding them.
func filler(n int64) io.Reader { return io.LimitReader(whatever{}, n) }

type whatever struct{}

func (whatever) Read(p []byte) (int, error) { return len(p), nil }

func TestBodiesOfAnySizePassBothWays(t *testing.T) {
	t.Parallel()
	noLeak(t)
	up := newTLSServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength >= 0 {
			w.Header().Set("Content-Length", fmt.Sprint(r.ContentLength))
		}
		_ = http.NewResponseController(w).EnableFullDuplex()
		_, _ = io.Copy(w, r.Body)
	})
	c := newChain(t, up.URL, proxy.Headers{}, trust(up))
	var front atomic.Int64
	c.Client().Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		front.Add(1)
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	for _, size := range []int{0, 1, 1000, 16 << 10, 16<<10 + 1, 1 << 20} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d chunked %v", size, chunked), func(t *testing.T) {
				text := strings.Repeat("x", size)
				var body io.Reader = strings.NewReader(text)
				if chunked {
					body = struct{ io.Reader }{body}
				}
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL, body)
				resp, err := c.Client().Do(req)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = resp.Body.Close() }()
				got, err := io.ReadAll(resp.Body)
				if err != nil || string(got) != text {
					t.Errorf("%d bytes came back of %d, %v", len(got), size, err)
				}
				if !chunked && resp.ContentLength != int64(size) {
					t.Errorf("Content-Length is %d", resp.ContentLength)
				}
				if err := c.outcome(t); err != nil { // and the connection is free again
					t.Error(err)
				}
			})
		}
	}
	// Go's client sometimes closes its connection after an answer that came while
	// it was still sending; the connection to the target goes with it then.
	if n, fronts := c.dials.Load(), front.Load(); n > fronts {
		t.Errorf("%d connections for requests in sequence over %d of the client", n, fronts)
	}
}

func TestHundredMegabytesNeedLittleMemory(t *testing.T) {
	noLeak(t)
	const size = 100 << 20
	up := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Got", fmt.Sprint(n))
		_, _ = io.Copy(w, filler(size))
	})
	c := newChain(t, up.URL, proxy.Headers{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL, filler(size))
	resp, err := c.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil || n != size || resp.Header.Get("X-Got") != fmt.Sprint(size) {
		t.Fatalf("%d bytes back, target got %s, %v", n, resp.Header.Get("X-Got"), err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("allocated %d MiB", used>>20)
	}
}

func TestEventsPassAtOnce(t *testing.T) {
	t.Parallel()
	noLeak(t)
	next := make(chan struct{})
	for name, handler := range map[string]http.HandlerFunc{
		"chunked": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			rc := http.NewResponseController(w)
			_ = rc.Flush() // the head alone must pass too
			for i := range 3 {
				<-next
				_, _ = fmt.Fprintf(w, "data: %d\n\n", i)
				_ = rc.Flush()
			}
		},
		"known length": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "27")
			for i := range 3 {
				if i > 0 {
					<-next
				}
				_, _ = fmt.Fprintf(w, "data: %d\n\n", i)
				_ = http.NewResponseController(w).Flush()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			up := newTLSServer(t, handler)
			c := newChain(t, up.URL, proxy.Headers{}, trust(up))
			resp, err := c.Client().Get(c.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			br := bufio.NewReader(resp.Body)
			for i := range 3 {
				if name == "chunked" || i > 0 {
					next <- struct{}{}
				}
				line, err := br.ReadString('\n')
				if err != nil || line != fmt.Sprintf("data: %d\n", i) {
					t.Fatalf("event %d: %q %v", i, line, err)
				}
				_, _ = br.ReadString('\n')
				if name != "chunked" && i == 2 {
					break
				}
			}
		})
	}
}

func TestRequestAndResponseStreamAtTheSameTime(t *testing.T) {
	t.Parallel()
	noLeak(t)
	up := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		_ = rc.EnableFullDuplex()
		_ = rc.Flush()
		br := bufio.NewReader(r.Body)
		for {
			line, err := br.ReadString('\n')
			if err != nil {
				return
			}
			_, _ = io.WriteString(w, "echo "+line)
			_ = rc.Flush()
		}
	})
	c := newChain(t, up.URL, proxy.Headers{})
	pr, pw := io.Pipe()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL, pr)
	resp, err := c.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	br := bufio.NewReader(resp.Body)
	for i := range 3 {
		_, _ = fmt.Fprintf(pw, "%d\n", i)
		if line, err := br.ReadString('\n'); err != nil || line != fmt.Sprintf("echo %d\n", i) {
			t.Fatalf("%q %v", line, err)
		}
	}
	_ = pw.Close()
	if _, err := br.ReadByte(); err != io.EOF { // exactly the end
		t.Error(err)
	}
	if err := c.outcome(t); err != nil {
		t.Error(err)
	}
}

func TestEarlyResponseEndsTheUpload(t *testing.T) {
	t.Parallel()
	noLeak(t)
	c := newChain(t, newRaw(t, answer("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")), proxy.Headers{})
	conn, br := dialRaw(t, c)
	_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\npart")
	resp, err := http.ReadResponse(br, nil)
	if err != nil || resp.StatusCode != 413 || !resp.Close {
		t.Fatalf("%v %v", resp, err)
	}
	if b, _ := io.ReadAll(resp.Body); string(b) != "no" {
		t.Errorf("%q", b)
	}
	// What follows on the connection must not be taken for a request.
	_, _ = io.WriteString(conn, "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
	if resp, err := http.ReadResponse(br, nil); err == nil {
		t.Errorf("the rest of the body was answered: %v", resp)
	}
	if err := c.outcome(t); err != nil {
		t.Error(err)
	}
	if len(c.errs) > 0 {
		t.Error("the rest of the body was forwarded")
	}
}

func TestFailedUploadClosesTheClientsConnection(t *testing.T) {
	t.Parallel()
	noLeak(t)
	c := newChain(t, newRaw(t, func(_ net.Conn, br *bufio.Reader) { readHead(br) }), proxy.Headers{})
	conn, br := dialRaw(t, c)
	_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n")
	resp, err := http.ReadResponse(br, nil)
	if err != nil || resp.StatusCode != http.StatusBadGateway || !resp.Close {
		t.Fatalf("%v %v", resp, err)
	}
	wantIs(t, c.outcome(t), proxy.ErrBeforeResponse)
}

func TestExpectContinueIsLeftToTheTarget(t *testing.T) {
	t.Parallel()
	noLeak(t)
	head := "POST /%s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
	up := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refuse" {
			w.WriteHeader(http.StatusExpectationFailed)
			return
		}
		_, _ = io.Copy(w, r.Body)
	})
	c := newChain(t, up.URL, proxy.Headers{})
	t.Run("accepted", func(t *testing.T) {
		conn, br := dialRaw(t, c)
		_, _ = fmt.Fprintf(conn, head, "accept")
		if resp, err := http.ReadResponse(br, nil); err != nil || resp.StatusCode != 100 {
			t.Fatalf("%v %v", resp, err)
		}
		_, _ = io.WriteString(conn, "body")
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := io.ReadAll(resp.Body); string(b) != "body" {
			t.Errorf("%q", b)
		}
	})
	t.Run("refused", func(t *testing.T) {
		conn, br := dialRaw(t, c)
		_, _ = fmt.Fprintf(conn, head, "refuse")
		if resp, err := http.ReadResponse(br, nil); err != nil || resp.StatusCode != 417 || !resp.Close {
			t.Fatalf("%v %v", resp, err)
		}
	})
	t.Run("target that doesn't know it", func(t *testing.T) {
		target := newRaw(t, func(c net.Conn, br *bufio.Reader) {
			readHead(br)
			body := make([]byte, 4)
			_, _ = io.ReadFull(br, body)
			_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n%s", body)
		})
		c := newChain(t, target, proxy.Headers{}, func(cfg *proxy.UpstreamConfig) { cfg.ContinueTimeout = time.Millisecond })
		conn, br := dialRaw(t, c)
		_, _ = fmt.Fprintf(conn, head, "")
		if resp, err := http.ReadResponse(br, nil); err != nil || resp.StatusCode != 100 {
			t.Fatalf("%v %v", resp, err)
		}
		_, _ = io.WriteString(conn, "late")
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := io.ReadAll(resp.Body); string(b) != "late" {
			t.Errorf("%q", b)
		}
	})
}

func TestTruncatedResponseBreaksTheClientsConnection(t *testing.T) {
	t.Parallel()
	noLeak(t)
	for name, raw := range map[string]string{
		"known length":     "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
		"no body at all":   "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
		"chunked":          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
		"in a chunk":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nshort",
		"bad chunk length": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\nzz\r\n",
		"in the trailer":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n0\r\nX: y",
		"bad trailer":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n0\r\nX y\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChain(t, newRaw(t, answer(raw)), proxy.Headers{})
			resp, err := c.Client().Get(c.URL)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			if err == nil {
				t.Error("the client took a part for the whole")
			}
			wantIs(t, c.outcome(t), proxy.ErrAfterResponse)
		})
	}
}

func TestClientThatLeavesFreesTheTarget(t *testing.T) {
	t.Parallel()
	noLeak(t)
	for name, request := range map[string]string{
		"waiting":          "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"uploading":        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\npart",
		"uploading chunks": "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arrived, left := make(chan struct{}), make(chan struct{})
			target := newRaw(t, func(_ net.Conn, br *bufio.Reader) {
				readHead(br)
				close(arrived)
				_, _ = io.Copy(io.Discard, br)
				close(left)
			})
			c := newChain(t, target, proxy.Headers{})
			conn, _ := dialRaw(t, c)
			_, _ = io.WriteString(conn, request)
			<-arrived
			_ = conn.Close()
			select {
			case <-left:
			case <-time.After(wait):
				t.Fatal("the target's connection stayed open")
			}
			wantIs(t, c.outcome(t), proxy.ErrClient)
		})
	}
}

func TestClientThatLeavesDuringAStreamFreesTheTarget(t *testing.T) {
	t.Parallel()
	noLeak(t)
	left := make(chan struct{})
	up := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "first\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		close(left)
	})
	c := newChain(t, up.URL, proxy.Headers{})
	conn, br := dialRaw(t, c)
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	for line := ""; line != "first\n"; line, _ = br.ReadString('\n') {
		continue
	}
	_ = conn.Close()
	select {
	case <-left:
	case <-time.After(wait):
		t.Fatal("the target's connection stayed open")
	}
	wantIs(t, c.outcome(t), proxy.ErrAfterResponse, proxy.ErrClient)
}

func TestSlowClientHoldsTheTargetBack(t *testing.T) {
	t.Parallel()
	noLeak(t)
	const size = 64 << 20
	sent := make(chan int64, 1)
	up := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		n, _ := io.Copy(w, filler(size))
		sent <- n
	})
	c := newChain(t, up.URL, proxy.Headers{})
	conn, br := dialRaw(t, c)
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	resp, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, resp.Body, 1000); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if n := <-sent; n == size {
		t.Error("the whole body was taken in for a client that didn't read")
	}
}

func TestTargetThatDoesNotReadTheBodyIsGivenUp(t *testing.T) {
	t.Parallel()
	noLeak(t)
	over := make(chan struct{})
	target := newRaw(t, func(_ net.Conn, br *bufio.Reader) {
		_ = readHead(br)
		<-over
	})
	c := newChain(t, target, proxy.Headers{}, func(cfg *proxy.UpstreamConfig) { cfg.StallTimeout = 100 * time.Millisecond })
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, c.URL, filler(64<<20))
	req.ContentLength = 64 << 20
	if resp, err := c.Client().Do(req); err == nil {
		_ = resp.Body.Close()
	}
	wantIs(t, c.outcome(t), proxy.ErrBeforeResponse)
	close(over)
}

func TestSilentTargetTimesOut(t *testing.T) {
	t.Parallel()
	noLeak(t)
	target := newRaw(t, func(_ net.Conn, br *bufio.Reader) { _, _ = io.Copy(io.Discard, br) })
	for _, size := range []int64{0, 100, 1 << 20} {
		c := newChain(t, target, proxy.Headers{}, func(cfg *proxy.UpstreamConfig) { cfg.ResponseHeaderTimeout = 20 * time.Millisecond })
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, c.URL, filler(size))
		req.ContentLength = size
		resp, err := c.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusBadGateway {
			t.Errorf("size %d: %d", size, resp.StatusCode)
		}
		wantIs(t, c.outcome(t), proxy.ErrBeforeResponse)
	}
}

// TestEarlyResponseReachesAClientThatSends has clients that send on and on: the
// answer mustn't be lost behind what nobody reads.
func TestEarlyResponseReachesAClientThatSends(t *testing.T) {
	t.Parallel()
	noLeak(t)
	c := newChain(t, newRaw(t, answer("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")), proxy.Headers{})
	for range 40 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL, io.NopCloser(io.LimitReader(endless{}, 20<<20)))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = -1
		resp, err := c.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		if _ = resp.Body.Close(); err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge || string(b) != "no" {
			t.Fatalf("%d %q %v", resp.StatusCode, b, err)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }
