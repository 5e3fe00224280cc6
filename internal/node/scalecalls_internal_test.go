// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/inway"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/proxy"
	"github.com/samenspel/samenspel/internal/store/storetest"
)

// scaleServices is how many services the Inway of the measurement offers.
const scaleServices = 100_000

// refusing lets no call through, so that what is measured is how a grant is found.
type refusing struct{}

func (refusing) Authorize(context.Context, *http.Request, string, outway.Grant) error {
	return fsc.Errorf(fsc.CodeAccessDenied, "no")
}

// lookups times how calls find their grant among few and among many.
func lookups(t *testing.T, s *scaled) (lines string) {
	t.Helper()
	all, err := s.manager.OutwaySnapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in := outwayInput(all, nil, &x509.Certificate{}, scaleKey)
	const calls = 20_000
	var few time.Duration
	var fewAllocations float64
	for _, n := range []int{10, 10_000, len(in.Grants)} {
		o := outway.New(outway.Config{PeerID: storetest.BigPeer(1), Authorizer: refusing{}})
		part := in.Grants[:min(n, len(in.Grants))]
		o.Update(outway.SnapshotInput{Grants: part})
		requests := make([]*http.Request, 0, calls)
		for i := range calls {
			g := &part[i*7919%len(part)]
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			if i%2 == 0 {
				r.Header.Set(proxy.HeaderGrantHash, string(g.Hash))
			} else {
				r.Host = fmt.Sprintf("%s.%s.fsc.example", g.Service, g.ServicePeer.ID)
			}
			requests = append(requests, r)
		}
		best := time.Hour
		for range 5 {
			began := time.Now()
			for _, r := range requests {
				o.ServeHTTP(httptest.NewRecorder(), r)
			}
			best = min(best, time.Since(began)/calls)
		}
		next := 0
		allocations := testing.AllocsPerRun(calls-1, func() {
			o.ServeHTTP(httptest.NewRecorder(), requests[next])
			next++
		})
		if few == 0 {
			few, fewAllocations = best, allocations
		}
		if allocations > fewAllocations+1 {
			t.Errorf("%v allocations among %d grants, %v among 10", allocations, n, fewAllocations)
		}
		lines += fmt.Sprintf("| %d | %.2f µs | %.2f | %.0f |\n", n, float64(best.Nanoseconds())/1000, float64(best)/float64(few), allocations)
		o.Close()
	}
	t.Log("\n" + lines)
	return lines
}

// offer measures a Manager and an Inway with many services.
func offer(t *testing.T, s *scaled, f *figures) {
	t.Helper()
	put := func(from, to int, upstream string) {
		t.Helper()
		err := s.store.Update(t.Context(), func(tx manager.Tx) error {
			for i := from; i < to; i++ {
				if err := tx.PutService(t.Context(), manager.Service{Name: fmt.Sprintf("own-%d", i), Upstream: upstream}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put(0, scaleServices, "http://127.0.0.1:9")
	gate, version := inway.New(inway.Config{PeerID: storetest.BigPeer(1)}), ""
	t.Cleanup(gate.Close)
	feed := func() bool {
		t.Helper()
		found, next, err := s.manager.InwayChanges(t.Context(), version)
		if err != nil {
			t.Fatal(err)
		}
		version = next
		if found == nil {
			return false
		}
		in, err := inwayInput(found)
		if err != nil {
			t.Fatal(err)
		}
		gate.Update(in)
		return true
	}
	began := time.Now()
	feed()
	f.took(fmt.Sprintf("the Inway, with %d services: start", scaleServices), began, 5*time.Second)
	began = time.Now()
	if feed() {
		t.Error("something changed")
	}
	f.took("the Inway: look again when nothing changed", began, time.Second)
	put(0, 1, "http://127.0.0.1:10")
	began = time.Now()
	feed()
	f.took("the Inway: a service changed", began, time.Second)
	put(scaleServices, scaleServices+1, "http://127.0.0.1:9")
	began = time.Now()
	feed()
	f.took("the Inway: a service more", began, time.Second)
	if err := s.manager.DeleteService(t.Context(), "own-0"); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	feed()
	f.took("the Inway: a service removed", began, time.Second)
}

// readForTokens measures what the Manager reads for a token.
func readForTokens(t *testing.T, s *scaled, f *figures) {
	t.Helper()
	all, err := s.manager.OutwaySnapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const requests = 500
	began := time.Now()
	for i := range requests {
		if _, err := s.manager.FindOutwayGrant(t.Context(), all.Grants[i*7919%len(all.Grants)].Hash); err != nil {
			t.Fatal(err)
		}
	}
	f.took(fmt.Sprintf("read the contract of a grant, as for a token, %d times", requests), began, requests*20*time.Millisecond)
}
