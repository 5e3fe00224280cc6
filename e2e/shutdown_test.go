// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"net/http"
	"sync"
	"testing"
)

// TestShutdownLetsCallsFinish stops both nodes of a call that is under way. They
// say that they aren't ready, take no new connections, and end after the answer.
func TestShutdownLetsCallsFinish(t *testing.T) {
	t.Parallel()
	f := newFederation(t)
	h := f.agree(t, nil, connection(consumerID, f.consumer.pair, providerID, service))
	if a := f.callOutway(t, h); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for _, n := range []*running{f.provider, f.consumer} {
		if a := mustSend(t, plain(t), http.MethodGet, n.monitoring+"/readyz", nil, nil); a.status != http.StatusOK {
			t.Errorf("readyz before: %d %s", a.status, a.body)
		}
	}
	arrived, release := make(chan string, 1), make(chan struct{})
	f.upstream.meanwhile(t, func(id string) {
		arrived <- id
		<-release
	})
	answered := make(chan answer, 1)
	go func() {
		a, err := send(f.application, http.MethodGet, f.consumer.outway+"/traag", http.Header{"Fsc-Grant-Hash": {string(h)}}, nil)
		if err != nil {
			t.Error(err)
		}
		answered <- a
	}()
	id := receive(t, "the slow call at the service", arrived)

	var stopping sync.WaitGroup
	for _, n := range []*running{f.provider, f.consumer} {
		stopping.Go(n.stop)
	}
	for _, n := range []*running{f.provider, f.consumer} {
		client := plain(t)
		eventually(t, "readyz says no", func() bool {
			return mustSend(t, client, http.MethodGet, n.monitoring+"/readyz", nil, nil).status == http.StatusServiceUnavailable
		})
		if a := mustSend(t, client, http.MethodGet, n.monitoring+"/livez", nil, nil); a.status != http.StatusOK {
			t.Errorf("livez while draining: %d", a.status)
		}
	}
	eventually(t, "the Outway takes no new connections", func() bool {
		_, err := send(plain(t), http.MethodGet, f.consumer.outway+"/", nil, nil)
		return err != nil
	})
	close(release)
	if a := receive(t, "the answer of the slow call", answered); a.status != http.StatusOK || a.header.Get("Fsc-Transaction-Id") != id {
		t.Errorf("%d %s", a.status, a.body)
	}
	stopping.Wait()
	for _, n := range []*running{f.provider, f.consumer} {
		again := f.start(t, n.setup)
		record(t, again.door, id)
	}
}
