// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/node"
)

func (s *suite) integration(t *testing.T) {
	t.Helper()
	use := connection(consumerID, s.consumer.pair, providerID, service)
	// consume calls from node to node and checks the answer.
	consume := func(t *testing.T, foreigners []*foreign, g fsc.Grant) string {
		a := s.callOutway(t, s.agree(t, foreigners, g))
		if a.status != http.StatusOK || string(a.body) != "GET /stukken?jaar=2026" || a.header.Get("X-Service") != "yes" {
			t.Fatalf("%d %s", a.status, a.body)
		}
		return a.header.Get("Fsc-Transaction-Id")
	}
	s.run(t, "Integration-ConsumeService-1", func(t *testing.T) { consume(t, nil, use) })
	s.run(t, "Integration-ConsumeService-2", func(t *testing.T) {
		before := s.upstream.count()
		never := draft(t, nil, use).Grants[0].Hash
		a := mustSend(t, s.application, http.MethodGet, s.consumer.outway+"/", http.Header{"Fsc-Grant-Hash": {string(never)}}, nil)
		a.refused(t, fsc.CodeUnknownGrantHashInHeader, 400, fsc.DomainOutway)
		waiting := propose(t, s.consumer, behalf(use, amberID))
		mustSend(t, s.application, http.MethodGet, s.consumer.outway+"/", http.Header{"Fsc-Grant-Hash": {string(waiting.GrantHashes[0])}}, nil).
			refused(t, fsc.CodeUnknownGrantHashInHeader, 400, fsc.DomainOutway)
		if s.upstream.count() != before {
			t.Error("a call without a contract reached the service")
		}
	})
	s.run(t, "Integration-ConsumeServiceAsDelegatee-1", func(t *testing.T) {
		id := consume(t, []*foreign{s.amber}, behalf(use, amberID))
		if r := record(t, s.provider.door, id); r.SourceDelegator != amberID {
			t.Errorf("record: %+v", r)
		}
	})
	s.run(t, "Integration-ConsumeDelegatedService-1", func(t *testing.T) {
		id := consume(t, []*foreign{s.amber}, offeredFor(use, amberID))
		if r := record(t, s.provider.door, id); r.DestinationDelegator != amberID {
			t.Errorf("record: %+v", r)
		}
	})
	s.run(t, "Integration-ConsumeDelegatedService-2", func(t *testing.T) {
		id := consume(t, []*foreign{s.amber, s.beryl}, behalf(offeredFor(use, amberID), berylID))
		if r := record(t, s.provider.door, id); r.DestinationDelegator != amberID || r.SourceDelegator != berylID {
			t.Errorf("record: %+v", r)
		}
	})
	s.run(t, "Integration-TransactionLog-1", func(t *testing.T) {
		id := consume(t, nil, use)
		in, out := record(t, s.provider.door, id), record(t, s.consumer.door, id)
		if in.Direction != "DIRECTION_INCOMING" || out.Direction != "DIRECTION_OUTGOING" {
			t.Errorf("directions %s and %s", in.Direction, out.Direction)
		}
		in.Direction, in.CreatedAt = out.Direction, out.CreatedAt
		if fmt.Sprint(in) != fmt.Sprint(out) {
			t.Errorf("the records differ:\n%+v\n%+v", in, out)
		}
	})
}

// ports starts a node on the ports of the standard. Both answer on 8443, on
// addresses of the loopback network that nobody else is likely to use.
func (s *suite) ports(t *testing.T) {
	t.Helper()
	at := func(n int) string {
		address := fmt.Sprintf("127.%d.%d.%d:8443", 64+os.Getpid()%64, os.Getpid()/64%250, n)
		l, err := net.Listen("tcp", address)
		if err != nil {
			return "127.0.0.1:0" // no such address here, or the port is taken
		}
		_ = l.Close()
		return address
	}
	cfg := s.configure(t, "00000099000000005000", func(c *node.Config) {
		c.Manager.Listen, c.Inway.Listen = at(1), at(2)
	})
	started := s.start(t, cfg)
	standard := cfg.cfg
	standard.Group.Type = "test"
	if w := standard.Warnings(); cfg.cfg.Manager.Listen != "127.0.0.1:0" && len(w) != 0 {
		t.Errorf("the standard's ports give warnings: %v", w)
	}
	answers := func(t *testing.T, configured, bound, path string, status int) {
		if _, port, err := net.SplitHostPort(configured); err != nil || (port != "0" && !slices.Contains([]string{"443", "8443"}, port)) {
			t.Fatalf("configured on %s", configured)
		}
		address := "https://" + configured
		if configured == "127.0.0.1:0" {
			address = bound
		}
		if a := mustSend(t, s.outsider.client, http.MethodGet, address+path, nil, nil); a.status != status {
			t.Errorf("%s answers %d %s", address, a.status, a.body)
		}
	}
	s.run(t, "Manager-Port-1", func(t *testing.T) {
		answers(t, cfg.cfg.Manager.Listen, started.peer.ManagerAddress, "/v1/peer", http.StatusOK)
	})
	s.run(t, "Inway-Port-1", func(t *testing.T) {
		answers(t, cfg.cfg.Inway.Listen, started.inway, "/", http.StatusUnauthorized)
	})
}
