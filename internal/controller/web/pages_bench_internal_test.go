// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/store/storetest"
	"github.com/samenspel/samenspel/internal/txlog"
)

var (
	benchContracts = flag.Int("contracts", 10_000, "how many contracts the benchmark of pages makes")
	benchRecords   = flag.Int("records", 100_000, "how many log records the benchmark of pages makes")
	benchDir       = flag.String("pages-dir", "", "folder for the database of the benchmark of pages, used again when it is filled already")
	benchReport    = flag.String("pages-report", "", "file the benchmark of pages writes its table to, in Markdown")
)

// measured is what a page cost.
type measured struct {
	path          string
	answers       int
	p50, p95, max time.Duration
	mallocs       uint64 // allocations for each answer
	allocated     uint64 // bytes for each answer
	sent, unsent  int    // bytes with and without compression
}

// BenchmarkPages asks every page of a node with many contracts and records. Run
// it with -benchtime 40x: the first answer of each page counts as well.
func BenchmarkPages(b *testing.B) {
	d := newBigDeal(b)
	var all []measured
	for _, path := range d.paths(b) {
		b.Run(url.PathEscape(path), func(b *testing.B) { all = append(all, d.measure(b, path)) })
	}
	if *benchReport == "" || len(all) == 0 {
		return
	}
	must(b, os.WriteFile(*benchReport, []byte(reportOfPages(all)), 0o600))
}

// ask gives the answer to a question of somebody who is logged in.
func (d *bigDeal) ask(b testing.TB, path string, compressed bool) *httptest.ResponseRecorder {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
	r.AddCookie(d.session)
	if compressed {
		r.Header.Set("Accept-Encoding", "gzip")
	}
	rec := httptest.NewRecorder()
	d.handler.ServeHTTP(rec, r)
	return rec
}

func (d *bigDeal) measure(b *testing.B, path string) measured {
	b.Helper()
	m := measured{path: path}
	var took []time.Duration
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		began := time.Now()
		rec := d.ask(b, path, true)
		took = append(took, time.Since(began))
		if rec.Code != http.StatusOK {
			b.Fatalf("%s: %d\n%.2000s", path, rec.Code, d.ask(b, path, false).Body)
		}
		m.sent = rec.Body.Len()
	}
	runtime.ReadMemStats(&after)
	n := uint64(len(took))
	m.answers = len(took)
	m.mallocs, m.allocated = (after.Mallocs-before.Mallocs)/n, (after.TotalAlloc-before.TotalAlloc)/n
	m.unsent = d.ask(b, path, false).Body.Len()
	slices.Sort(took)
	m.p50, m.p95, m.max = took[len(took)/2], took[min(len(took)-1, len(took)*95/100)], took[len(took)-1]
	b.ReportMetric(float64(m.p50.Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(m.p95.Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64(m.max.Microseconds())/1000, "max-ms")
	b.ReportMetric(float64(m.sent), "sent-B")
	return m
}

// paths are all pages, those with a list with the filters people use too.
func (d *bigDeal) paths(b testing.TB) []string {
	b.Helper()
	newest, err := d.db.Log().Search(b.Context(), txlog.Search{Limit: 1})
	must(b, err)
	valid := d.contract(b, manager.ContractSearch{State: fsc.StateValid, Role: manager.RoleProvider})
	awaiting := d.contract(b, manager.ContractSearch{AwaitingUs: true})
	own := d.contract(b, manager.ContractSearch{Role: manager.RoleConsumer})
	hash := func(c *manager.Contract) string { return "/contracts/" + url.PathEscape(string(c.Content.Hash())) }
	peer, service := string(storetest.BigPeer(7)), storetest.BigService(3)
	grant := url.QueryEscape(string(own.Content.Grants[0].Hash))
	day := testNow().AddDate(0, 0, -40).Format(time.DateOnly)
	route, rule, person := d.first(b, "/applications?view=routes", "/applications/routes/"), d.first(b, "/policy", "/policy/"), d.first(b, "/people", "/people/")
	return []string{
		"/", "/directory", "/directory?q=dienst-7", "/directory?view=organisations",
		"/directory/" + peer + "/dienst-0", "/directory/" + peer + "/dienst-0/openapi",
		"/contracts", "/contracts?state=valid", "/contracts?state=proposed", "/contracts?state=expired", "/contracts?state=waiting", "/contracts?q=" + service,
		"/contracts?q=gemeente", "/contracts?q=nergens", "/contracts?peer=" + peer, "/contracts?sort=ends", "/contracts?type=connection", "/contracts?type=delegated-connection&state=valid",
		"/contracts?peer=" + peer + "&service=" + service,
		hash(valid), hash(awaiting), hash(own), hash(valid) + "/revoke", hash(awaiting) + "/accept", hash(awaiting) + "/reject", hash(valid) + "/renew", hash(own) + "/revoke",
		"/contracts/new", "/contracts/new?n=1&step=2&g0.type=connection&g0.provider=" + peer + "&g0.service=dienst-0",
		"/services", "/services?sort=-calls", "/services/-/new", "/services/" + service, "/services/" + service + "/edit", "/services/" + service + "/publish",
		"/applications", "/applications?view=routes", "/applications/routes/new", route, route + "/edit", "/applications/examples?grant=" + grant,
		"/peers", "/peers?q=gemeente", "/peers/" + peer,
		"/log", "/log?service=" + service, "/log?peer=" + peer, "/log?peer=" + peer + "&service=" + service, "/log?from=" + day + "&until=" + day,
		"/log?transaction_id=" + newest[0].TransactionID[:8], "/log?direction=out", "/log?service=rare",
		"/log/" + newest[0].TransactionID, "/log/" + newest[0].TransactionID + "?compare=1", "/log/verify", "/log/compare", "/log/check",
		"/audit", "/audit?text=service-07", "/audit?act=contract.accept", "/policy", "/policy/new", rule, "/policy/dry-run?role=provider&name=x&services=" + service, "/people", "/people/new", person, "/certificates", "/settings",
		"/explain", "/explain?direction=out&service=dienst-0&peer=" + peer, "/explain?direction=in&service=" + service + "&peer=" + peer,
		"/explain/" + string(fsc.CodeAccessTokenMissing),
		"/requests", "/account",
	}
}

// first gives the first link on a page that begins with prefix and goes to one thing.
func (d *bigDeal) first(b testing.TB, page, prefix string) string {
	b.Helper()
	for part := range strings.SplitSeq(d.ask(b, page, false).Body.String(), `href="`) {
		to, _, _ := strings.Cut(part, `"`)
		rest, ok := strings.CutPrefix(to, prefix)
		if ok && rest != "new" && rest != "dry-run" && rest != "" && !strings.ContainsAny(rest, "/?") {
			return to
		}
	}
	b.Fatalf("%s has no link to %s", page, prefix)
	return ""
}

func (d *bigDeal) contract(b testing.TB, s manager.ContractSearch) *manager.Contract {
	b.Helper()
	s.Limit = 1
	page, err := d.manager.SearchContracts(b.Context(), s)
	must(b, err)
	if len(page.Contracts) == 0 {
		b.Fatalf("no contract for %+v", s)
	}
	return page.Contracts[0]
}

// eventsOf are a year of acts.
func eventsOf(n int) func(yield func(*operator.Event) bool) {
	return func(yield func(*operator.Event) bool) {
		for i := range n {
			e := operator.Event{
				Sequence: int64(i + 1), At: testNow().Add(time.Duration(i-n) * 5 * time.Minute), ActorName: "Sanne de Vries", Act: []string{"contract.accept", "service.put", "log.export"}[i%3],
				Object: storetest.BigService(i % 20), Outcome: "ok", Changes: []operator.Change{{Field: "state", Before: "PROPOSED", After: "VALID"}},
			}
			if !yield(&e) {
				return
			}
		}
	}
}
