// SPDX-License-Identifier: EUPL-1.2

//go:build !race

package socket_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/http1/socket"
)

// pair gives both ends of a connection, the first of them quick.
func pair(t testing.TB) (*socket.Conn, *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	dialled, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(dialled.Close(), accepted.Close()) })
	return socket.Quick(accepted).(*socket.Conn), dialled.(*net.TCPConn)
}

func TestMoreThanTheSocketHoldsArrivesWholeInBothDirections(t *testing.T) {
	t.Parallel()
	quick, plain := pair(t)
	const size = 24 << 20
	sent := make([]byte, size)
	_, _ = rand.Read(sent)
	for _, way := range []struct {
		name     string
		from, to net.Conn
		write    func([]byte) (int, error)
	}{
		{"written", quick, plain, func(p []byte) (int, error) { return quick.WriteBoth(p[:1<<20+1], p[1<<20+1:]) }},
		{"read", plain, quick, plain.Write},
	} {
		failed := make(chan error, 1)
		go func() {
			n, err := way.write(sent)
			if err == nil && n != size {
				err = io.ErrShortWrite
			}
			failed <- err
		}()
		hash := sha256.New()
		if _, err := io.CopyN(hash, way.to, size); err != nil {
			t.Fatal(way.name, err)
		}
		if err := <-failed; err != nil {
			t.Fatal(way.name, err)
		}
		if want := sha256.Sum256(sent); !bytes.Equal(hash.Sum(nil), want[:]) {
			t.Errorf("%s: other bytes arrived", way.name)
		}
	}
}

func TestItEndsLikeAnyConnection(t *testing.T) {
	t.Parallel()
	t.Run("the peer says goodbye", func(t *testing.T) {
		quick, plain := pair(t)
		_ = plain.Close()
		if _, err := quick.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	})
	t.Run("the peer breaks off", func(t *testing.T) {
		quick, plain := pair(t)
		_ = plain.SetLinger(0)
		_ = plain.Close()
		var failed *net.OpError
		if _, err := quick.Read(make([]byte, 1)); !errors.As(err, &failed) || failed.Op != "read" {
			t.Error(err)
		}
		if _, err := quick.Write([]byte("x")); !errors.As(err, &failed) || failed.Op != "write" {
			t.Error(err)
		}
	})
	t.Run("the time for reading is up", func(t *testing.T) {
		quick, _ := pair(t)
		_ = quick.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		var late net.Error
		if _, err := quick.Read(make([]byte, 1)); !errors.As(err, &late) || !late.Timeout() {
			t.Error(err)
		}
	})
	t.Run("the time for writing is up", func(t *testing.T) {
		quick, plain := pair(t)
		go func() { // once something arrived, and nobody reads the rest
			_, _ = plain.Read(make([]byte, 1))
			_ = quick.SetWriteDeadline(time.Now())
		}()
		if n, err := quick.Write(make([]byte, 64<<20)); !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n == 64<<20 {
			t.Error(n, err)
		}
	})
	t.Run("it is closed while somebody reads", func(t *testing.T) {
		quick, _ := pair(t)
		read := make(chan error)
		go func() {
			_, err := quick.Read(make([]byte, 1))
			read <- err
		}()
		_ = quick.Close()
		if err := <-read; !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	t.Run("nothing is asked for", func(t *testing.T) {
		quick, _ := pair(t)
		if n, err := quick.Read(nil); n != 0 || err != nil {
			t.Error(n, err)
		}
		if n, err := quick.Write(nil); n != 0 || err != nil {
			t.Error(n, err)
		}
	})
}

func TestReadingAndWritingAllocateNothing(t *testing.T) { //nolint:paralleltest // it counts the allocations of the process
	quick, plain := pair(t)
	in, out := make([]byte, 100), make([]byte, 100)
	each := testing.AllocsPerRun(100, func() {
		if _, err := quick.WriteBoth(out[:50], out[50:]); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(plain, in); err != nil {
			t.Fatal(err)
		}
		if _, err := plain.Write(in); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(quick, in); err != nil {
			t.Fatal(err)
		}
	})
	if each > 0 {
		t.Errorf("%v allocations", each)
	}
}

func TestOtherConnectionsStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	a, b := net.Pipe()
	defer func() { _ = errors.Join(a.Close(), b.Close()) }()
	if socket.Quick(a) != a {
		t.Error("another connection came back")
	}
}
