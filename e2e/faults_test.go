// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
)

// TestACallWithoutARecordIsRefusedUntilTheDiskHeals makes every write of a node
// fail for a while.
func TestACallWithoutARecordIsRefusedUntilTheDiskHeals(t *testing.T) {
	t.Parallel()
	f := newFederation(t)
	p := newFaulty(t, f)
	before, beforeFar := p.upstream.count(), f.upstream.count()
	p.refuseWrites(t, true)
	for range 5 {
		p.callInway(t).refused(t, fsc.CodeTransactionLogWriteError, 500, fsc.DomainInway)
		p.callOutway(t).refused(t, fsc.CodeTransactionLogWriteError, 500, fsc.DomainOutway)
	}
	if p.upstream.count() != before || f.upstream.count() != beforeFar {
		t.Error("calls without a record went through")
	}
	a := mustSend(t, f.application, http.MethodGet, "http://"+p.addresses["monitoring"]+"/readyz", nil, nil)
	var checks map[string]string
	if err := json.Unmarshal(a.body, &checks); err != nil || a.status != http.StatusServiceUnavailable || checks["transaction_log"] == "ok" {
		t.Errorf("readyz: %d %s", a.status, a.body)
	}
	if p.figure(t, "samenspel_log_failures_total") == 0 {
		t.Error("the metrics don't tell of refused records")
	}
	p.refuseWrites(t, false)
	eventually(t, "calls go through again", func() bool {
		return p.callInway(t).status == http.StatusOK && p.callOutway(t).status == http.StatusOK
	})
	for _, id := range p.upstream.ids() {
		record(t, p.door, id)
	}
	for _, id := range f.upstream.ids() {
		record(t, f.provider.door, id)
		record(t, p.door, id)
	}
}

// TestAContractWaitsForAPeerThatIsDown lets a Manager disappear and come back.
func TestAContractWaitsForAPeerThatIsDown(t *testing.T) {
	t.Parallel()
	f := newFederation(t)
	listener := f.beryl.server.Listener.Addr().String()
	config := f.beryl.server.TLS
	f.beryl.server.Close()

	c := propose(t, f.consumer, f.ownGrant())
	var waiting internalapi.Delivery
	eventually(t, "a failed attempt in the outbox", func() bool {
		ds, err := f.consumer.door.ListDeliveries(t.Context())
		if err != nil {
			t.Error(err)
		}
		for _, d := range ds {
			if d.ContentHash == c.ContentHash && d.Attempts > 0 {
				waiting = d
			}
		}
		return waiting.Attempts > 0
	})
	if waiting.PeerID != berylID || waiting.Kind != "submit" || waiting.Status != "waiting" || waiting.LastError == "" {
		t.Errorf("delivery: %+v", waiting)
	}
	shown, err := f.consumer.door.ShowContract(t.Context(), c.ContentHash)
	if err != nil || len(shown.Awaiting) != 1 || shown.Awaiting[0] != berylID {
		t.Errorf("contract: %+v, %v", shown, err)
	}

	back := httptest.NewUnstartedServer(http.HandlerFunc(f.beryl.serve))
	_ = back.Listener.Close()
	back.Listener, back.TLS = listenAgain(t, listener), config
	back.StartTLS()
	t.Cleanup(back.Close)
	content := f.beryl.awaitContract(t, c.ContentHash)
	f.created(t, f.beryl.put(t, f.consumer.peer, fsc.SignatureTypeAccept, content))
	f.inState(t, f.consumer, c.ContentHash, fsc.StateValid)
	eventually(t, "an empty outbox", func() bool {
		ds, err := f.consumer.door.ListDeliveries(t.Context())
		return err == nil && len(ds) == 0
	})
}

// pair is a provider and a consumer in processes of their own, on fixed ports,
// with a valid contract between them.
type pair struct {
	*lab
	setups   map[fsc.PeerID]*setup
	running  map[fsc.PeerID]*process
	upstream *upstream
	grant    fsc.GrantHash
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{lab: newLab(t), setups: map[fsc.PeerID]*setup{}, running: map[fsc.PeerID]*process{}, upstream: newUpstream(t)}
	ports := freePorts(t, 8)
	fixed := func(c *node.Config) {
		providing(c)
		c.Manager.Listen, c.Inway.Listen, c.Outway.Listen, c.Internal.Listen = ports[0], ports[1], ports[2], ports[3]
		ports = ports[4:]
	}
	directory := node.PeerConfig{PeerID: providerID, ManagerAddress: localhost(ports[0])}
	p.setups[providerID] = p.configure(t, providerID, fixed)
	p.setups[consumerID] = p.configure(t, consumerID, func(c *node.Config) {
		fixed(c)
		c.Group.Directories = []node.PeerConfig{directory}
	})
	for _, id := range []fsc.PeerID{providerID, consumerID} {
		p.running[id] = launch(t, p.setups[id])
	}
	provider, consumer := p.running[providerID], p.running[consumerID]
	if err := provider.door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: p.upstream.url}); err != nil {
		t.Fatal(err)
	}
	c := propose(t, &running{setup: consumer.setup, door: consumer.door}, connection(consumerID, consumer.pair, providerID, service))
	p.grant = c.GrantHashes[0]
	if a := callThrough(t, plain(t), consumer.outway(), p.grant); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	return p
}

// TestKillUnderLoad kills one side in the middle of many calls. Whatever reached
// the service has a record on both sides afterwards.
func TestKillUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	for _, victim := range []fsc.PeerID{providerID, consumerID} {
		t.Run("of "+string(victim), func(t *testing.T) {
			p := newPair(t)
			p.loadUntil(t, 300, func() { p.running[victim].kill(t) })
			p.running[victim] = launch(t, p.setups[victim])
			if a := callThrough(t, plain(t), p.running[consumerID].outway(), p.grant); a.status != http.StatusOK {
				eventually(t, "calls go through again", func() bool {
					return callThrough(t, plain(t), p.running[consumerID].outway(), p.grant).status == http.StatusOK
				})
			}
			reached := p.upstream.ids()
			for id, direction := range map[fsc.PeerID]string{providerID: "DIRECTION_INCOMING", consumerID: "DIRECTION_OUTGOING"} {
				missing := ""
				eventually(t, fmt.Sprintf("records of %d calls at %s", len(reached), id), func() bool {
					missing = p.running[id].lacks(t, reached, direction)
					return missing == ""
				})
			}
		})
	}
}

// lacks names a transaction that isn't in the log as the command line shows it.
func (p *process) lacks(t *testing.T, ids []string, direction string) string {
	t.Helper()
	var records []internalapi.Record
	if err := json.Unmarshal([]byte(cli(t, "log", "list", "--json", "--limit", "1000", "--config", p.file)), &records); err != nil {
		t.Fatal(err)
	}
	if len(records) == 1000 {
		t.Fatal("the test makes more calls than one list shows")
	}
	have := map[string]bool{}
	for _, r := range records {
		if r.Direction == direction {
			have[r.TransactionID] = true
		}
	}
	for _, id := range ids {
		if !have[id] {
			return id
		}
	}
	return ""
}

// loadUntil calls from many applications at once; strike runs in the middle,
// once n calls have reached the service.
func (p *pair) loadUntil(t *testing.T, n int, strike func()) {
	t.Helper()
	application, outway := plain(t), p.running[consumerID].outway()
	var over atomic.Bool
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for !over.Load() && p.upstream.count() < 2*n {
				_, _ = send(application, http.MethodGet, outway+"/", http.Header{"Fsc-Grant-Hash": {string(p.grant)}}, nil)
			}
		})
	}
	eventually(t, fmt.Sprintf("%d calls", n), func() bool { return p.upstream.count() >= n })
	strike()
	over.Store(true)
	wg.Wait()
	if p.upstream.call("") != nil {
		t.Error("a call without TransactionID reached the service")
	}
}
