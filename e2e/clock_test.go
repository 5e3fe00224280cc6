// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
)

// clock is one that can be set.
type clock struct{ ahead atomic.Int64 }

// now has no monotonic part: all that is compared sees the jump.
func (c *clock) now() time.Time { return time.Now().Round(0).Add(time.Duration(c.ahead.Load())) }

func (c *clock) set(ahead time.Duration) { c.ahead.Store(int64(ahead)) }

// TestClocksThatJumpStopNothingForGood sets the clock of both nodes, and of one
// of them, an hour ahead and back. Calls go on when the clocks agree; when they
// don't, they are refused in words, and go on once they do.
func TestClocksThatJumpStopNothingForGood(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	l := newLab(t)
	var c clocks
	upstream := newUpstream(t)
	provider := l.startWith(t, l.configure(t, providerID, providing), node.Options{Now: c.theirs.now})
	consumer := l.startWith(t, l.configure(t, consumerID, func(cfg *node.Config) {
		providing(cfg)
		cfg.Group.Directories = []node.PeerConfig{{PeerID: providerID, ManagerAddress: provider.peer.ManagerAddress}}
	}), node.Options{Now: c.ours.now})
	if err := provider.door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: upstream.url}); err != nil {
		t.Fatal(err)
	}
	long, fresh := c.contracts(t, consumer)
	client := plain(t)
	call := func(h fsc.GrantHash) answer {
		return mustSend(t, client, http.MethodGet, consumer.outway+"/", http.Header{"Fsc-Grant-Hash": {string(h)}}, nil)
	}
	goesOn := func(when string, grants ...fsc.GrantHash) {
		t.Helper()
		for i, h := range grants {
			eventually(t, fmt.Sprintf("calls under contract %d %s", i+1, when), func() bool { return call(h).status == http.StatusOK })
		}
	}
	goesOn("at first", long, fresh)
	for _, jump := range []time.Duration{time.Hour, 0, -time.Hour, 0} {
		c.ours.set(jump)
		c.theirs.set(jump)
		when := fmt.Sprintf("after both clocks went to %s", jump)
		goesOn(when, long)
		if jump >= 0 {
			goesOn(when, fresh)
		} else if a := call(fresh); a.status == http.StatusOK {
			t.Error("a call under a contract that isn't valid yet gets through")
		}
	}
	for name, own := range map[string]*clock{"the consumer": &c.ours, "the provider": &c.theirs} {
		for _, jump := range []time.Duration{time.Hour, -time.Hour} {
			own.set(jump)
			for range 5 {
				if a := call(long); a.status != http.StatusOK && a.problem().Code == "" {
					t.Errorf("%s %s off: %d %s", name, jump, a.status, a.body)
				}
			}
			own.set(0)
			goesOn(fmt.Sprintf("once the clock of %s was right again after %s", name, jump), long, fresh)
		}
	}
	ids := upstream.ids()
	for _, n := range []*running{provider, consumer} {
		for _, id := range ids {
			record(t, n.door, id)
		}
	}
	if len(ids) != upstream.count() {
		t.Errorf("%d calls with %d TransactionIDs", upstream.count(), len(ids))
	}
	for _, n := range []*running{provider, consumer} {
		n.logHolds(t)
	}
}

// clocks are those of two nodes.
type clocks struct{ ours, theirs clock }

// contracts makes one that is valid for hours already, and one that is valid from
// now on, and gives their grants.
func (*clocks) contracts(t *testing.T, consumer *running) (long, fresh fsc.GrantHash) {
	t.Helper()
	fresh = propose(t, consumer, connection(consumerID, consumer.pair, providerID, service)).GrantHashes[0]
	p := internalapi.Proposal{NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	for _, raw := range grantData(t, draft(t, nil, connection(consumerID, consumer.pair, providerID, service))) {
		p.Grants = append(p.Grants, jsontext.Value(raw))
	}
	c, err := consumer.door.CreateContract(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return c.GrantHashes[0], fresh
}

// logHolds checks the transaction log of a node with its own command. A node of a
// few seconds has not signed yet.
func (s *setup) logHolds(t *testing.T) {
	t.Helper()
	if out := cli(t, "log", "verify", "--config", s.file); !strings.Contains(out, "all good") && !strings.Contains(out, "all records agree") {
		t.Errorf("the log of %s: %s", s.peer.ID, out)
	}
}
