// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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
	t.Parallel()
	l := newLab(t)
	var ours, theirs clock
	upstream := newUpstream(t)
	provider := l.startWith(t, l.configure(t, providerID, providing), node.Options{Now: theirs.now})
	consumer := l.startWith(t, l.configure(t, consumerID, func(c *node.Config) {
		providing(c)
		c.Group.Directories = []node.PeerConfig{{PeerID: providerID, ManagerAddress: provider.peer.ManagerAddress}}
	}), node.Options{Now: ours.now})
	if err := provider.door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: upstream.url}); err != nil {
		t.Fatal(err)
	}
	grant := propose(t, consumer, connection(consumerID, consumer.pair, providerID, service)).GrantHashes[0]
	client := plain(t)
	call := func() answer { return callThrough(t, client, consumer.outway, grant) }
	goesOn := func(when string) {
		t.Helper()
		eventually(t, "calls "+when, func() bool {
			a := call()
			return a.status == http.StatusOK
		})
	}
	goesOn("at first")
	for _, jump := range []time.Duration{time.Hour, 0, -time.Hour, 0} {
		ours.set(jump)
		theirs.set(jump)
		goesOn(fmt.Sprintf("after both clocks went to %s", jump))
	}
	for name, c := range map[string]*clock{"the consumer": &ours, "the provider": &theirs} {
		for _, jump := range []time.Duration{time.Hour, -time.Hour} {
			c.set(jump)
			for range 5 {
				a := call()
				if code := fsc.ErrorCode(a.problem().Code); a.status != http.StatusOK &&
					!slices.Contains([]fsc.ErrorCode{fsc.CodeAccessTokenUnavailable, fsc.CodeAccessTokenInvalid, fsc.CodeAccessTokenExpired}, code) {
					t.Errorf("%s %s off: %d %s", name, jump, a.status, a.body)
				}
			}
			c.set(0)
			goesOn(fmt.Sprintf("once the clock of %s was right again after %s", name, jump))
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

// logHolds checks the transaction log of a node with its own command.
func (s *setup) logHolds(t *testing.T) {
	t.Helper()
	if out := cli(t, "log", "verify", "--config", s.file); !strings.Contains(out, "all good") {
		t.Errorf("the log of %s: %s", s.peer.ID, out)
	}
}
