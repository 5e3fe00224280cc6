// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/exchange"
)

// ask sends a request to a handler without a network, for tests of time.
func ask(h http.Handler, target string) <-chan *httptest.ResponseRecorder {
	out := make(chan *httptest.ResponseRecorder, 1)
	go func() {
		r := httptest.NewRequest(http.MethodGet, target, http.NoBody)
		r.Header.Set(as, string(town))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		out <- w
	}()
	return out
}

func TestBurstOfChangesMakesAPollLookOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		h := exchange.NewServer(exchange.ServerConfig{Desk: d, Authenticate: byHeader, Now: time.Now, Logger: quiet()})
		began := time.Now()
		done := ask(h, "/feed?wait=30")
		looks := func(want int) {
			t.Helper()
			synctest.Wait()
			if got := d.readCount(); got != want {
				t.Errorf("after %s it looked %d times, want %d", time.Since(began), got, want)
			}
		}
		looks(1)
		for range 100 {
			d.put(collective.Batch{})
		}
		looks(1)
		<-time.After(100 * time.Millisecond)
		looks(2)
		<-time.After(10 * time.Second)
		looks(2)
		w := <-done
		if w.Code != http.StatusOK || time.Since(began) != 30*time.Second || !strings.Contains(w.Body.String(), `"items":[]`) {
			t.Errorf("got %d %s after %s", w.Code, w.Body, time.Since(began))
		}
		looks(2)
	})
}

func TestPollsEndWhenTheNodeStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, stop := newStory(t), make(chan struct{})
		d := newDesk()
		h := exchange.NewServer(exchange.ServerConfig{Desk: d, Authenticate: byHeader, Now: time.Now, Logger: quiet(), Stopping: stop})
		began := time.Now()
		waiting := ask(h, "/feed?wait=30")
		synctest.Wait()
		close(stop)
		late := ask(h, "/feed?wait=30")
		for _, w := range []*httptest.ResponseRecorder{<-waiting, <-late} {
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), `"stopping"`) {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		}
		d.put(s.batch) // what is there is still told
		if w := <-ask(h, "/feed?wait=30"); w.Code != http.StatusOK || time.Since(began) != 0 {
			t.Errorf("got %d after %s", w.Code, time.Since(began))
		}
	})
}
