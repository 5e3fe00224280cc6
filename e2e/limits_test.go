// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
)

// limit says through the management API what a service may be asked at most.
func (r *running) limit(t *testing.T, service, limits string) {
	t.Helper()
	dir := filepath.Join(r.dir, r.data)
	pair, address, err := node.ReadAccess(dir)
	if err != nil {
		t.Fatal(err)
	}
	client, err := node.NewInternalHTTPClient(filepath.Join(dir, "internal", "ca.pem"), pair, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	at := address + node.ManagementPath + "/v1/services/" + service + "/limits"
	header := http.Header{"Content-Type": {"application/json"}}
	if a := mustSend(t, client, http.MethodPut, at, header, []byte(limits)); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
}

// callLimited calls a new service under limits, whose source is slow.
func (f *federation) callLimited(t *testing.T, name, limits string, body []byte) answer {
	t.Helper()
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(300 * time.Millisecond):
		}
	}))
	t.Cleanup(slow.Close)
	if err := f.provider.door.PutService(t.Context(), internalapi.Service{Name: name, Upstream: slow.URL}); err != nil {
		t.Fatal(err)
	}
	f.provider.limit(t, name, limits)
	token := f.forgeToken(t, func(c *fsc.Claims) { c.Service = name })
	var a answer
	eventually(t, "limits at the Inway", func() bool {
		a = mustSend(t, f.amber.client, http.MethodPost, f.provider.inway+"/", callHeader(token, newTransactionID(t)), body)
		return a.status != http.StatusNotFound && a.status != http.StatusOK
	})
	return a
}

// TestABodyAboveTheLimitIsAnsweredThroughTheOutway sends more than fits into the
// buffers on the way: the answer has to get past what is still being sent.
func TestABodyAboveTheLimitIsAnsweredThroughTheOutway(t *testing.T) {
	t.Parallel()
	f := newFederation(t)
	c := propose(t, f.consumer, connection(consumerID, f.consumer.pair, providerID, service))
	f.inState(t, f.consumer, c.ContentHash, fsc.StateValid)
	f.provider.limit(t, service, `{"requestBytes":100000}`)
	callThrough(t, f.application, f.consumer.outway, c.GrantHashes[0])
	for name, length := range map[string]int64{"length told": 20 << 20, "length not told": -1} {
		t.Run(name, func(t *testing.T) {
			eventually(t, "the limit", func() bool {
				body := io.LimitReader(zeros{}, 20<<20)
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.consumer.outway+"/stukken", io.NopCloser(body))
				if err != nil {
					t.Fatal(err)
				}
				r.ContentLength = length
				r.Header.Set("Fsc-Grant-Hash", string(c.GrantHashes[0]))
				res, err := f.application.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = res.Body.Close() }()
				text, err := io.ReadAll(res.Body)
				if err != nil {
					t.Fatal(err)
				}
				if res.StatusCode == http.StatusOK {
					return false
				}
				answer{res.StatusCode, res.Header, text}.refused(t, fsc.CodeRequestTooLarge, http.StatusRequestEntityTooLarge, fsc.DomainInway)
				return true
			})
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestLimitsOfAServiceHoldAndEndWithoutARestart(t *testing.T) {
	t.Parallel()
	f := newFederation(t)
	c := propose(t, f.consumer, connection(consumerID, f.consumer.pair, providerID, service))
	f.inState(t, f.consumer, c.ContentHash, fsc.StateValid)
	call := func() answer { return callThrough(t, f.application, f.consumer.outway, c.GrantHashes[0]) }
	eventually(t, "a call", func() bool { return call().status == http.StatusOK })
	f.provider.limit(t, service, `{"callsPerSecondPerPeer":1}`)
	var refused answer
	eventually(t, "a refusal", func() bool {
		refused = call()
		return refused.status != http.StatusOK
	})
	refused.refused(t, fsc.CodeTooManyRequests, http.StatusTooManyRequests, fsc.DomainInway)
	if refused.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", refused.header.Get("Retry-After"))
	}
	metrics := mustSend(t, f.application, http.MethodGet, f.provider.monitoring+"/metrics", nil, nil)
	if !strings.Contains(string(metrics.body), `samenspel_calls_limited_total{limit="calls_per_second_per_peer",service="`+service+`"}`) {
		t.Error("the metrics don't tell of refused calls")
	}
	f.provider.limit(t, service, `{}`)
	eventually(t, "calls without limits", func() bool {
		for range 5 {
			if call().status != http.StatusOK {
				return false
			}
		}
		return true
	})
}
