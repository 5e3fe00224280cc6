// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
)

// TestEachHopTellsItsTimingsWhereThatIsConfigured turns Server-Timing on at one hop
// after the other. What the service says in it stays.
func TestEachHopTellsItsTimingsWhereThatIsConfigured(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	for name, on := range map[string]struct{ inway, outway bool }{
		"nowhere": {}, "at the Inway": {inway: true}, "at the Outway": {outway: true}, "at both": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			u := newUpstream(t)
			u.timing = "db;dur=12.5"
			provider := l.node(t, providerID, func(c *node.Config) {
				providing(c)
				c.Inway.ServerTiming = on.inway
			})
			consumer := l.node(t, consumerID, func(c *node.Config) {
				providing(c)
				c.Outway.ServerTiming = on.outway
				c.Group.Directories = []node.PeerConfig{{PeerID: providerID, ManagerAddress: provider.peer.ManagerAddress}}
			})
			if err := provider.door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: u.url}); err != nil {
				t.Fatal(err)
			}
			grant := propose(t, consumer, connection(consumerID, consumer.pair, providerID, service)).GrantHashes[0]
			a := callThrough(t, plain(t), consumer.outway, grant)
			if a.status != http.StatusOK {
				t.Fatalf("%d %s", a.status, a.body)
			}
			got := strings.Join(a.header["Server-Timing"], ", ")
			want := `db;dur=12\.5`
			if on.inway {
				want += `, inway;dur=N, inway-policy;dur=N, inway-token;dur=N, inway-log;dur=N, inway-service;dur=N`
			}
			if on.outway {
				want += `, outway;dur=N, outway-token;dur=N, outway-log;dur=N, outway-inway;dur=N`
			}
			if !regexp.MustCompile("^" + strings.ReplaceAll(want, "N", `\d+(\.\d{1,3})?`) + "$").MatchString(got) {
				t.Errorf("Server-Timing: %s", got)
			}
		})
	}
}
