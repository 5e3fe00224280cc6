// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog/idset"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
	"github.com/samenspel/samenspel/internal/txlog/reconcile/exchange"
)

// answers are what a hostile Manager says, by the end of the path.
type answers map[string]http.HandlerFunc

func (a answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for end, do := range a {
		if strings.HasSuffix(r.URL.Path, end) {
			w.Header().Set("Content-Type", "application/json")
			do(w, r)
			return
		}
	}
	w.WriteHeader(http.StatusNotFound)
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

// period is that of a node that has all hours.
var period = says(fmt.Sprintf(`{"from":0,"until":%d}`, now.Unix()/3600*3600))

// setOf is a set of an hour ago, with a change.
func setOf(change map[string]any) string {
	set := map[string]any{
		"hour": now.Add(-3*time.Hour).Unix() / 3600 * 3600, "grant_hash": grant, "direction": "DIRECTION_INCOMING", "count": 7, "root": idset.EmptyRoot().String(),
	}
	maps.Copy(set, change)
	raw, err := json.Marshal(set)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

func setsOf(sets ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"sets":[%s],"next":%s}`, strings.Join(sets, ","), r.URL.Query().Get("until"))
	}
}

func TestAHostileManagerIsRefusedWithAReason(t *testing.T) {
	p := newPair(t)
	from, until := dayOf()
	p.anna.put(t, calls(50, 1, from, until)...)
	giant := func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"sets":[`)
		for range 1000 { // 16 MB
			if _, err := io.WriteString(w, strings.Repeat(setOf(nil)+",", 80)); err != nil {
				return
			}
		}
	}
	for _, c := range []struct {
		name string
		door answers
		want string
	}{
		{"the period is no JSON", answers{"/period": says("<html>")}, "can't be used"},
		{"the period has no whole hours", answers{"/period": says(`{"from":1,"until":2}`)}, "from must be"},
		{"the period has more members", answers{"/period": says(`{"from":0,"until":0,"x":1}`)}, "can't be used"},
		{"a grant is kept from no hour", answers{"/period": says(`{"from":0,"until":3600,"grants":[{"grant_hash":"g","direction":"DIRECTION_INCOMING","from":1}]}`)}, "grants.from must be"},
		{"a grant is told twice", answers{"/period": says(`{"from":0,"until":3600,"grants":[{"grant_hash":"g","direction":"DIRECTION_INCOMING","from":0},{"grant_hash":"g","direction":"DIRECTION_INCOMING","from":0}]}`)}, "twice"},
		{"the period is beyond all time", answers{"/period": says(`{"from":0,"until":3600000000000000}`)}, "until must be"},
		{"an error", answers{"/period": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }}, "answered 500"},
		{"sets without an end", answers{"/period": period, "/sets": giant}, "larger than 8388608 bytes"},
		{"sets that make no headway", answers{"/period": period, "/sets": func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, `{"sets":[],"next":%s}`, r.URL.Query().Get("from"))
		}}, "next must lie behind from"},
		{"a set of another hour", answers{"/period": period, "/sets": setsOf(setOf(map[string]any{"hour": 3600}))}, "wasn't asked for"},
		{"a set of no hour", answers{"/period": period, "/sets": setsOf(setOf(map[string]any{"hour": 3601}))}, "hour must be"},
		{"a set twice", answers{"/period": period, "/sets": setsOf(setOf(nil), setOf(nil))}, "isn't in order"},
		{"a set without calls", answers{"/period": period, "/sets": setsOf(setOf(map[string]any{"count": 0}))}, "has a count of 0"},
		{"a set with too many calls", answers{"/period": period, "/sets": setsOf(setOf(map[string]any{"count": int64(1) << 50}))}, "has a count of"},
		{"a grant that is no text", answers{"/period": period, "/sets": setsOf(setOf(map[string]any{"grant_hash": "a\u0007"}))}, "grant_hash must be"},
		{"a grant of any length", answers{"/period": period, "/sets": setsOf(setOf(map[string]any{"grant_hash": strings.Repeat("x", 1025)}))}, "grant_hash must be"},
		{"no direction", answers{"/period": period, "/sets": setsOf(setOf(map[string]any{"direction": ""}))}, "direction must be"},
		{"a false root", answers{"/period": period, "/sets": setsOf(setOf(nil)), "/questions": says(`{"parts":[{"prefix":"","ids":["019a3c5e-0000-7000-8000-000000000001"]}]}`)}, "doesn't agree with the root"},
		{"an answer to another question", answers{"/period": period, "/sets": setsOf(setOf(nil)), "/questions": says(`{"parts":[]}`)}, "can't be used"},
		{"an answer of any size", answers{"/period": period, "/sets": setsOf(setOf(nil)), "/questions": says(`{"parts":[` + strings.Repeat(" ", 70_000) + `]}`)}, "larger than 65536 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.bart.behave(c.door)
			r := p.compare(reconcile.Request{})
			if !strings.Contains(r.Problem, c.want) || r.Agrees() || len(r.Problem) > 400 {
				t.Errorf("got %s", tell(r))
			}
			if r.Equal+r.OnlyOurs+r.OnlyTheirs != 0 || !r.From.Equal(r.Until) {
				t.Errorf("counts of what wasn't compared: %s from %s until %s", tell(r), r.From, r.Until)
			}
		})
	}
}

func TestAListOfRecordsWithoutAnEndIsLeft(t *testing.T) {
	p := newPair(t)
	page := func(n int, cursor string) string {
		var records []string
		for i := range n {
			c := calls(1, uint64(i), now.Add(-5*time.Hour), now.Add(-4*time.Hour))[0]
			records = append(records, fmt.Sprintf(`{"transaction_id":%q,"direction":"DIRECTION_INCOMING","grant_hash":%q,"service_name":"persons","created_at":%d,
				"source":{"type":"SOURCE_TYPE_SOURCE","outway_peer_id":%q},"destination":{"type":"DESTINATION_TYPE_DESTINATION","service_peer_id":%q}}`, c.id, grant, c.at.Unix(), anna, bart))
		}
		return fmt.Sprintf(`{"records":[%s],"pagination":{"next_cursor":%q}}`, strings.Join(records, ","), cursor)
	}
	var n atomic.Int64
	for _, c := range []struct {
		name string
		logs http.HandlerFunc
		want string
	}{
		{"round and round", says(page(1, "again")), "same cursor twice"},
		{"empty pages", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, page(0, fmt.Sprint(n.Add(1)))) }, "doesn't end"},
		{"ever more pages", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, page(1, fmt.Sprint(n.Add(1)))) }, "doesn't end"},
		{"no records", says(`{"records":"x"}`), "can't be read"},
		{"it fails", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, "502"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.bart.behave(answers{"/logs": c.logs})
			if r := p.compare(reconcile.Request{}); !strings.Contains(r.Problem, c.want) || r.ByRoots {
				t.Errorf("got %s", tell(r))
			}
		})
	}
}

func TestAManagerThatAsksToWaitIsGivenTime(t *testing.T) {
	p := newPair(t)
	from, until := dayOf()
	both := calls(50, 1, from, until)
	p.anna.put(t, both...)
	p.bart.put(t, both...)
	own := p.bart.own(p.bart.comparer)
	var n atomic.Int64
	p.bart.behave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%2 == 1 {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		own.ServeHTTP(w, r)
	}))
	if r := p.compare(reconcile.Request{}); r.Equal != 50 || !r.Agrees() {
		t.Errorf("got %s", tell(r))
	}
	p.bart.behave(answers{"/period": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	}})
	if r := p.compare(reconcile.Request{}); !strings.Contains(r.Problem, "429") {
		t.Errorf("got %s", tell(r))
	}
}

func TestRequestsAreReadStrictly(t *testing.T) {
	p := newPair(t)
	from, until := dayOf()
	p.bart.put(t, calls(5, 1, from, until)...)
	door := exchange.NewServer(exchange.ServerConfig{Log: p.bart.comparer, Identify: somebody, Limit: free, Logger: quiet()})
	ask := func(method, path, body, media string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, exchange.Path+path, strings.NewReader(body))
		r.Header.Set("Content-Type", media)
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		return w
	}
	hour := from.Unix() / 3600 * 3600
	sets := fmt.Sprintf("/sets?from=%d&until=%d", hour, hour+3600)
	question := fmt.Sprintf(`{"hour":%d,"grant_hash":%q,"direction":"DIRECTION_INCOMING","prefixes":[""]}`, hour, grant)
	for _, c := range []struct {
		name, method, path, body, media string
		status                          int
	}{
		{"period", http.MethodGet, "/period", "", "", 200},
		{"sets", http.MethodGet, sets, "", "", 200},
		{"sets of one grant", http.MethodGet, sets + "&grant_hash=%241", "", "", 200},
		{"sets without bounds", http.MethodGet, "/sets", "", "", 400},
		{"sets backwards", http.MethodGet, fmt.Sprintf("/sets?from=%d&until=%d", hour, hour), "", "", 400},
		{"sets by the minute", http.MethodGet, fmt.Sprintf("/sets?from=%d&until=%d", hour+60, hour+3600), "", "", 400},
		{"sets of all time", http.MethodGet, "/sets?from=0&until=253402300800", "", "", 200},
		{"a control as grant", http.MethodGet, sets + "&grant_hash=%07", "", "", 400},
		{"question", http.MethodPost, "/questions", question, "application/json", 200},
		{"question in a form", http.MethodPost, "/questions", question, "text/plain", 400},
		{"question about all", http.MethodPost, "/questions", `{"prefixes":[""]}`, "application/json", 400},
		{"question without prefixes", http.MethodPost, "/questions", strings.Replace(question, `[""]`, `[]`, 1), "application/json", 400},
		{"question with more", http.MethodPost, "/questions", strings.Replace(question, `{`, `{"x":1,`, 1), "application/json", 400},
		{"large question", http.MethodPost, "/questions", strings.Repeat(" ", 70_000) + question, "application/json", 400},
		{"another path", http.MethodGet, "/more", "", "", 404},
		{"another method", http.MethodDelete, "/period", "", "", 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ask(c.method, c.path, c.body, c.media); got.Code != c.status || !json.Valid(got.Body.Bytes()) {
				t.Errorf("got %d %s", got.Code, got.Body)
			}
		})
	}
}

func TestWhoAsksTooMuchOrIsNobodyIsRefused(t *testing.T) {
	p := newPair(t)
	get := func(cfg exchange.ServerConfig) *httptest.ResponseRecorder {
		cfg.Log, cfg.Logger = p.bart.comparer, quiet()
		w := httptest.NewRecorder()
		exchange.NewServer(cfg).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, exchange.Path+"/period", http.NoBody))
		return w
	}
	if w := get(exchange.ServerConfig{Identify: nobody, Limit: free}); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "doesn't identify a Peer") {
		t.Errorf("a stranger gets %d %s", w.Code, w.Body)
	}
	wait := func(fsc.PeerID) time.Duration { return time.Minute }
	if w := get(exchange.ServerConfig{Identify: somebody, Limit: wait}); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "60" {
		t.Errorf("too many get %d %v", w.Code, w.Header())
	}
}

// slow holds up who asks for sets.
type slow struct {
	*reconcile.Comparer
	entered, leave chan struct{}
}

func (s slow) Tell(context.Context, fsc.PeerID, string, reconcile.Hour, reconcile.Hour) ([]reconcile.Told, reconcile.Hour, error) {
	s.entered <- struct{}{}
	<-s.leave
	return nil, 1, reconcile.ErrTooMany
}

func TestAPeerIsAnsweredOneQuestionAtATime(t *testing.T) {
	p := newPair(t)
	log := slow{p.bart.comparer, make(chan struct{}), make(chan struct{})}
	door := exchange.NewServer(exchange.ServerConfig{Log: log, Identify: somebody, Limit: free, Logger: quiet()})
	ask := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		door.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, exchange.Path+"/sets?from=0&until=3600", http.NoBody))
		return w
	}
	first := make(chan *httptest.ResponseRecorder)
	go func() { first <- ask() }()
	<-log.entered
	if w := ask(); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" {
		t.Errorf("the second gets %d %v", w.Code, w.Header())
	}
	close(log.leave)
	if w := <-first; w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "more calls in one hour") {
		t.Errorf("an hour with too many calls gives %d %s", w.Code, w.Body)
	}
}
