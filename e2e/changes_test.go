// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
)

// meter passes connections on to another address, and counts the bytes that come back.
type meter struct {
	address string
	back    atomic.Int64
}

func newMeter(t *testing.T, to string) *meter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &meter{address: l.Addr().String()}
	var work sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		work.Wait()
	})
	work.Go(func() {
		for {
			front, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() { m.pass(front, to) })
		}
	})
	return m
}

func (m *meter) pass(front net.Conn, to string) {
	defer func() { _ = front.Close() }()
	back, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer func() { _ = back.Close() }()
	go func() {
		_, _ = io.Copy(back, front)
		_ = back.Close()
	}()
	_, _ = io.Copy(io.MultiWriter(front, m), back)
}

// Write counts.
func (m *meter) Write(b []byte) (int, error) {
	m.back.Add(int64(len(b)))
	return len(b), nil
}

// TestAChangedServiceReachesAnInwayElsewhereAlone has an Inway in a process of its own
// among many services. One that is changed or removed is there for calls, and the
// others don't pass the wire again.
func TestAChangedServiceReachesAnInwayElsewhereAlone(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ports := freePorts(t, 3)
	setup := l.configure(t, providerID, func(c *node.Config) {
		providing(c)
		c.Roles = []string{node.RoleManager}
		c.Manager.Listen, c.Internal.Listen, c.Inway.Address = ports[0], ports[1], localhost(ports[2])
	})
	manager := launch(t, setup)
	put := func(name, upstream string) {
		t.Helper()
		if err := manager.door.PutService(t.Context(), internalapi.Service{Name: name, Upstream: upstream}); err != nil {
			t.Fatal(err)
		}
	}
	first, second := newUpstream(t), newUpstream(t)
	const others = 200
	for i := range others {
		put(fmt.Sprintf("other-%d", i), "http://other.test/"+strings.Repeat("pad/", 250))
	}
	put(service, first.url)

	wire := newMeter(t, ports[1])
	inway := launch(t, l.component(t, setup, node.RoleInway, func(c *node.Config) {
		c.Inway.Listen, c.Internal.Address = ports[2], localhost(wire.address)
	}))
	outway := launch(t, l.component(t, setup, node.RoleOutway, func(*node.Config) {}))
	grant := propose(t, &running{setup: setup, door: manager.door}, connection(providerID, setup.pair, providerID, service)).GrantHashes[0]
	client := plain(t)
	call := func() answer { return callThrough(t, client, outway.outway(), grant) }
	eventually(t, "a call", func() bool { return call().status == http.StatusOK })
	whole := wire.back.Load()
	if whole < others*1000 {
		t.Fatalf("an Inway that starts gets %d bytes", whole)
	}

	put(service, second.url)
	eventually(t, "a call to the other source", func() bool { return call().status == http.StatusOK && second.count() > 0 })
	if err := manager.door.DeleteService(t.Context(), service); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a refused call", func() bool { return call().problem().Code == string(fsc.CodeServiceNotFound) })
	if sent := wire.back.Load() - whole; sent > whole/4 {
		t.Errorf("%d bytes for two changes, %d for all services", sent, whole)
	}
	for _, p := range []*process{inway, outway, manager} {
		if err := p.terminate(t); err != nil {
			t.Errorf("%s ends with %v", p.file, err)
		}
	}
}
