// SPDX-License-Identifier: EUPL-1.2

//go:build !race

package http1

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

func TestGatheredPiecesLeaveTogether(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l = Gather(l)
	defer func() { _ = l.Close() }()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = peer.Close() }()
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = accepted.Close() }()
	c := accepted.(*gatherConn)
	var room []byte
	for range 2 { // the room is used again
		c.hold(&room)
		for _, piece := range []string{"one ", "two ", "three"} {
			if n, err := c.Write([]byte(piece)); n != len(piece) || err != nil {
				t.Fatal(n, err)
			}
		}
		_ = peer.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		got := make([]byte, len("one two three"))
		if n, err := peer.Read(got); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("%q came before the release: %v", got[:n], err)
		}
		if err := c.release(); err != nil {
			t.Fatal(err)
		}
		_ = peer.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.ReadFull(peer, got); err != nil || string(got) != "one two three" {
			t.Fatalf("%q %v", got, err)
		}
	}
	if _, err := c.Write([]byte("at once")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len("at once"))
	if _, err := io.ReadFull(peer, got); err != nil || string(got) != "at once" {
		t.Fatalf("%q %v", got, err)
	}
}
