// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestAnActMayTakeLongerThanTheServerGivesARequest(t *testing.T) {
	const limit = 100 * time.Millisecond
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &request{w: w, r: r, Ctx: r.Context()}
		out := q.unhurried()
		select {
		case <-time.After(3 * limit):
			_, _ = out.Write([]byte("done"))
		case <-q.Ctx.Done():
		}
	}))
	server.Config.ReadTimeout, server.Config.WriteTimeout = limit, limit
	server.Start()
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, http.NoBody)
	must(t, err)
	res, err := server.Client().Do(r)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	body := make([]byte, 10)
	if n, _ := res.Body.Read(body); string(body[:n]) != "done" {
		t.Errorf("got %q", body[:n])
	}
}
