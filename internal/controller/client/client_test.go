// SPDX-License-Identifier: EUPL-1.2

package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/samenspel/samenspel/internal/controller/client"
)

// node is a server that answers as a test tells it.
func node(t *testing.T, h http.HandlerFunc) *client.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := client.New(client.Config{HTTP: s.Client(), Address: s.URL + "/", Token: "snsp_x"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func refuse(w http.ResponseWriter, status int, problem string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, problem)
}

func TestMakingSomethingIsSentAgainUnderTheSameKey(t *testing.T) {
	var keys []string
	c := node(t, func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		if len(keys) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id":"r1"}`)
	})
	r, err := c.CreateRoute(t.Context(), client.RouteForm{})
	if err != nil || r.ID != "r1" {
		t.Fatalf("route %+v: %v", r, err)
	}
	if len(keys) != 3 || len(keys[0]) < 20 || keys[0] != keys[1] || keys[1] != keys[2] {
		t.Errorf("keys %q", keys)
	}
}

func TestWhatIsNotSafeTwiceIsSentOnce(t *testing.T) {
	for name, ask := range map[string]func(context.Context, *client.Client) error{
		"a login": func(ctx context.Context, c *client.Client) error {
			_, err := c.LogIn(ctx, client.NewSession{})
			return err
		},
		"a change under a condition": func(ctx context.Context, c *client.Client) error {
			return c.DeleteService(ctx, "persons", client.If{Match: `"x"`})
		},
	} {
		var n atomic.Int32
		c := node(t, func(w http.ResponseWriter, _ *http.Request) {
			n.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		err := ask(t.Context(), c)
		if p, ok := errors.AsType[*client.Problem](err); !ok || p.Status != 503 || n.Load() != 1 {
			t.Errorf("%s: %v after %d tries", name, err, n.Load())
		}
	}
}

func TestTheNodeIsHeardWhenItAsksToWait(t *testing.T) {
	n := 0
	c := node(t, func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.Header().Set("Retry-After", "3600")
			refuse(w, 429, `{"status":429,"code":"too_many","detail":"wait"}`)
		}
	})
	_, err := c.Health(t.Context())
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Code != "too_many" || n != 1 {
		t.Errorf("%v after %d tries", err, n)
	}
}

func TestAnotherOrganisationThatIsAwayIsNotAskedAgain(t *testing.T) {
	n := 0
	c := node(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		refuse(w, 502, `{"status":502,"code":"bad_gateway","detail":"away"}`)
	})
	if _, err := c.Health(t.Context()); err == nil || n != 1 {
		t.Errorf("%v after %d tries", err, n)
	}
}

func TestARefusalTellsEverything(t *testing.T) {
	c := node(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer snsp_x" || r.URL.Path != "/v1/services/a/b" {
			t.Errorf("asked %s as %s", r.URL.Path, r.Header.Get("Authorization"))
		}
		refuse(w, 400, `{"type":"urn:x","title":"Bad Request","status":400,"code":"invalid_input","detail":"wrong","errors":[{"in":"body","pointer":"#/upstream","code":"required","detail":"is required"}]}`)
	})
	_, err := c.PutService(t.Context(), "a/b", client.ServiceForm{}, client.If{New: true})
	if err == nil || err.Error() != "400 wrong; #/upstream is required" {
		t.Errorf("error %v", err)
	}
}

func TestWhatIsNoProblemIsStillARefusal(t *testing.T) {
	c := node(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>proxy", http.StatusForbidden) })
	_, err := c.Health(t.Context())
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Status != 403 || strings.Contains(err.Error(), "html") {
		t.Errorf("error %v", err)
	}
}

func TestAnExportThatBreaksOffIsAnError(t *testing.T) {
	c := node(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"transactionId":"1"}`+"\n"+`{"transactionId":"2"}`+"\n")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	n, failed := 0, error(nil)
	for _, err := range c.ExportTransactions(t.Context(), client.NewTransactionExport{}) {
		if failed = err; err == nil {
			n++
		}
	}
	if n != 2 || failed == nil {
		t.Errorf("%d records, error %v", n, failed)
	}
}

func TestAListStopsAtAnErrorAndWhenItIsTold(t *testing.T) {
	c := node(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("cursor") == "" {
			_, _ = io.WriteString(w, `{"items":[{"act":"a"},{"act":"b"}],"next":"x"}`)
			return
		}
		refuse(w, 403, `{"status":403,"code":"forbidden","detail":"no"}`)
	})
	var got []string
	for e, err := range c.AuditEvents(t.Context(), client.EventFilter{Act: "a"}) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, e.Act)
	}
	if strings.Join(got, " ") != "a b 403 no" {
		t.Errorf("got %q", got)
	}
	for _, err := range c.AuditEvents(t.Context(), client.EventFilter{}) {
		if err != nil {
			t.Error(err)
		}
		break
	}
}

func TestANodeThatIsAwayIsTold(t *testing.T) {
	c := node(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Health(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := c.Health(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "the node doesn't answer: ") {
		t.Errorf("error %v", err)
	}
}

func TestAnAddressThatIsNoneIsRefused(t *testing.T) {
	for _, address := range []string{"", "node.example", "ftp://node.example", "https://"} {
		if _, err := client.New(client.Config{HTTP: &http.Client{}, Address: address}); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
	if _, err := client.New(client.Config{Address: "https://node.example"}); err == nil {
		t.Error("a client without an http.Client is taken")
	}
}
