// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

// elsewhere is the other Peer's Manager: it has one record and can be reached.
type elsewhere struct{ record txlog.Record }

func (e elsewhere) Records(context.Context, fsc.PeerID, []string) ([]txlog.Record, error) {
	return []txlog.Record{e.record}, nil
}

func (elsewhere) Probe(context.Context, fsc.PeerID) (controller.Reached, error) {
	return controller.Reached{}, errors.New("connection refused")
}

// ledger is a server with a Controller on real stores, one record and one Peer.
func ledger(t *testing.T, change ...func(*controller.Config)) *server {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	db, err := store.OpenSQLite(t.Context(), empty.Dir(t), quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	people := operator.New(operator.Config{Store: db.People(), Now: testNow, Logger: quiet, HashMemory: 64})
	m, err := manager.New(manager.Config{
		Self: fsc.Peer{ID: ownID, Name: "Gemeente Voorbeeldstad"}, Rules: fsc.Rules{GroupID: "test"}, Store: db, Policy: manager.RulePolicy{}, Now: testNow, Logger: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	r := testRecord()
	r.ServiceName, r.SourceDelegator, r.DestinationDelegator, r.AdditionalData = "=cmd|calc", "", "", nil
	theirs := r
	theirs.Direction = txlog.DirectionIncoming
	err = errors.Join(
		db.Log().Index(t.Context(), []txlog.Record{r}, txlog.Position{Segment: 1, Offset: 1}),
		db.Update(t.Context(), func(tx manager.Tx) error {
			return tx.PutPeer(t.Context(), fsc.Peer{ID: otherID, Name: "Gemeente Duinwijk"})
		}))
	if err != nil {
		t.Fatal(err)
	}
	return testServer(t, func(c *Config) {
		cfg := controller.Config{
			Manager: m, People: people, Log: db.Log(), Evidence: db.Log(), Verifier: &evidence.Verifier{Peer: m.Self().ID, Group: "test"}, History: db, Remote: elsewhere{theirs}, Comparison: elsewhere{theirs}, GroupID: "test", GroupType: "test",
			Directory:    func(context.Context) ([]directory.Listing, error) { return nil, nil },
			Certificates: func() []controller.Certificate { return []controller.Certificate{testCertificates()[0].Certificate} },
			Health:       func() []controller.Check { return []controller.Check{{Name: "store"}} },
			Refusals:     func() []controller.Refusal { return nil }, Outways: func() []controller.Outway { return nil },
			Settings: []controller.Setting{{Key: "group.id", Value: "test"}}, Now: testNow, Logger: quiet,
		}
		for _, f := range change {
			f(&cfg)
		}
		c.Controller = controller.New(cfg)
	})
}

// open asks a page of the ledger as somebody who may see all.
func open(t *testing.T, s *server, h func(*request) error, path string, set ...string) *httptest.ResponseRecorder {
	t.Helper()
	q := testRequest(t, s, path)
	for i := 0; i+1 < len(set); i += 2 {
		q.r.SetPathValue(set[i], set[i+1])
	}
	q.run(h)
	return recorder(t, q)
}

func contains(t *testing.T, page *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	if page.Code != status {
		t.Errorf("status %d, want %d", page.Code, status)
	}
	for _, text := range texts {
		if !strings.Contains(page.Body.String(), text) {
			t.Errorf("the page lacks %q", text)
		}
	}
}

func TestTheLogIsFoundByEachFilter(t *testing.T) {
	s := ledger(t)
	for _, filter := range []string{
		"", "?transaction_id=01936F00", "?peer=duinwijk", "?peer=" + string(otherID), "?direction=out", "?from=2026-11-22&until=2026-11-23",
		"?service=" + url.QueryEscape("=cmd|calc"), "?peer=" + url.QueryEscape("Gemeente Duinwijk ("+string(otherID)+")"),
	} {
		contains(t, open(t, s, s.logPage, "/log"+filter), http.StatusOK, "/log/01936f00-0000-7000-8000-000000000001", "Gemeente Duinwijk")
	}
	contains(t, open(t, s, s.logPage, "/log?direction=in"), http.StatusOK, s.words[dutch].text("log.empty.filtered"))
	for filter, field := range map[string]string{"?from=gisteren": "from", "?peer=niemand": "peer", "?transaction_id=zz": "transaction_id"} {
		contains(t, open(t, s, s.logPage, "/log"+filter), http.StatusBadRequest, `href="#f-`+field+`"`)
	}
	place := ",01936f00-0000-7000-8000-000000000001,out"
	for _, cursor := range []string{"x", "after:x", "before:x", "0" + place} {
		contains(t, open(t, s, s.logPage, "/log?cursor="+cursor), http.StatusBadRequest)
	}
	far, near := url.QueryEscape("after:9000000000000000"+place), url.QueryEscape("before:0"+place)
	contains(t, open(t, s, s.logPage, "/log?cursor="+far), http.StatusOK, `rel="prev" href="/log?cursor=before%3A`, s.words[dutch].text("log.newest"))
	contains(t, open(t, s, s.logPage, "/log?cursor="+near), http.StatusOK, `rel="next" href="/log?cursor=after%3A`)
}

func TestTheLogSaysThatTheNewestCallsAreNotThereYet(t *testing.T) {
	var lag time.Duration
	s := ledger(t, func(c *controller.Config) { c.LogLag = func() time.Duration { return lag } })
	late := s.words[dutch].text("log.late", "count", 42)
	for _, lag = range []time.Duration{0, txlog.LateAfter} {
		if strings.Contains(open(t, s, s.logPage, "/log").Body.String(), late[:30]) {
			t.Errorf("told after %v", lag)
		}
	}
	lag = 42 * time.Second
	contains(t, open(t, s, s.logPage, "/log"), http.StatusOK, late)
}

func TestCallsThatDifferAreDownloadedWithWhatDiffers(t *testing.T) {
	q := testRequest(t, testServer(t), "/log/verify")
	ours := txlog.Record{TransactionID: "1", Direction: txlog.DirectionOutgoing, ServiceName: "=brp", CreatedAt: testNow()}
	fields := []controller.FieldPair{
		{Field: "service_name", Ours: "=brp", Theirs: "+brp", Outcome: controller.FieldDifferent}, {Field: "grant_hash", Outcome: "equal"},
	}
	pairs := []controller.RecordPair{{Ours: ours, Other: otherID, Theirs: &txlog.Record{}, Fields: fields}, {Ours: ours, Other: otherID, Fields: fields}}
	if err := exportPairs(q, pairs); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(recorder(t, q).Body).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][3] != "'=brp" || rows[1][6] != "service_name: =brp <> +brp" || rows[2][5] != "missing" || rows[2][6] != "" {
		t.Errorf("csv %v (%v)", rows, err)
	}
}

func TestTheLogIsDownloadedWithoutFormulas(t *testing.T) {
	s := ledger(t)
	calls, err := csv.NewReader(open(t, s, s.logPage, "/log?format=calls&period=week&peer=duinwijk").Body).ReadAll()
	if err != nil || len(calls) != 8 || calls[0][0] != "from" || calls[7][1] != "1" {
		t.Errorf("calls %v (%v)", calls, err)
	}
	rows, err := csv.NewReader(open(t, s, s.logPage, "/log?format=csv").Body).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][3] != "'=cmd|calc" {
		t.Errorf("csv %v (%v)", rows, err)
	}
	page := open(t, s, s.logPage, "/log?format=ndjson")
	lines := bufio.NewScanner(page.Body)
	if page.Header().Get("Content-Type") != "application/x-ndjson" || !lines.Scan() {
		t.Fatalf("ndjson: %v", page.Header())
	}
	var r exportedRecord
	if err := json.Unmarshal(lines.Bytes(), &r); err != nil || r.ServiceName != "=cmd|calc" || lines.Scan() {
		t.Errorf("ndjson %+v (%v)", r, err)
	}
	audit := open(t, s, s.auditPage, "/audit?act=log.export")
	contains(t, audit, http.StatusOK, "Transactielog gedownload", "ndjson")
	rows, err = csv.NewReader(open(t, s, s.auditPage, "/audit?format=csv").Body).ReadAll()
	if err != nil || len(rows) != 4 || rows[1][6] != "audit.export" {
		t.Errorf("audit csv %v (%v)", rows, err)
	}
	contains(t, open(t, s, s.verifyAudit, "/audit/verify"), http.StatusOK, "De keten klopt")
	contains(t, open(t, s, s.checkPage, "/log/check"), http.StatusOK, "nog niets ondertekend", "/log/check?format=ndjson")
	contains(t, open(t, s, s.checkLog, "/log/check"), http.StatusOK, "Er is 1 aanroep nagekeken", "nog geen handtekening", "Nog zonder handtekening")
	proof := open(t, s, s.checkPage, "/log/check?format=ndjson")
	if f, err := evidence.Open(proof.Body); err != nil || f.GroupID != "test" {
		t.Errorf("evidence: %+v, %v", f, err)
	}
	for _, cursor := range []string{"-1", "after:-1", "before:x", "after:"} {
		contains(t, open(t, s, s.auditPage, "/audit?cursor="+cursor), http.StatusBadRequest)
	}
	contains(t, open(t, s, s.auditPage, "/audit?cursor=after:3"), http.StatusOK, `rel="prev" href="/audit?cursor=before%3A2"`)
	contains(t, open(t, s, s.auditPage, "/audit?cursor=before:2"), http.StatusOK, `rel="next" href="/audit?cursor=after%3A3"`)
}

func TestACallIsShownAloneAndBesideTheOtherSides(t *testing.T) {
	s, id := ledger(t), "01936f00-0000-7000-8000-000000000001"
	alone := open(t, s, s.transactionPage, "/log/"+id, "transactionID", id)
	contains(t, alone, http.StatusOK, "compare=1", "=cmd|calc")
	contains(t, open(t, s, s.transactionPage, "/log/"+id+"?compare=1", "transactionID", id), http.StatusOK, "Beide kanten legden hetzelfde vast", "Past bij elkaar")
	contains(t, open(t, s, s.transactionPage, "/log/x", "transactionID", "01936f00-0000-7000-8000-000000000002"), http.StatusNotFound)
	post := testRequest(t, s, "/log/verify")
	post.form = url.Values{"peer": {"duinwijk"}}
	post.run(s.verifyLog)
	contains(t, recorder(t, post), http.StatusOK, "aan beide kanten gelijk")
	post = testRequest(t, s, "/log/verify")
	post.form = url.Values{"peer": {"duinwijk"}, "format": {"csv"}}
	post.run(s.verifyLog)
	contains(t, recorder(t, post), http.StatusOK, "transaction_id,direction,created_at,service_name,other_peer_id,outcome,differences")
	post = testRequest(t, s, "/log/verify")
	post.run(s.verifyLog)
	contains(t, recorder(t, post), http.StatusBadRequest, "f-peer-problem")
}

// CompareLogs implements controller.Comparison.
func (elsewhere) CompareLogs(_ context.Context, r reconcile.Request) (*reconcile.Report, error) {
	if r.Grant != "" {
		return &reconcile.Report{Peer: r.Peer, From: testNow(), Until: testNow(), Problem: "no answer from the other Manager"}, nil
	}
	return fullComparison().Report, nil
}

func TestAPeriodIsComparedWithAnotherOrganisation(t *testing.T) {
	s := ledger(t)
	contains(t, open(t, s, s.comparePage, "/log/compare"), http.StatusOK, "samenspel log compare --peer PEER", `name="grant_hash"`)
	compare := func(form url.Values) *httptest.ResponseRecorder {
		post := testRequest(t, s, "/log/compare")
		post.form = form
		post.run(s.compareLogs)
		return recorder(t, post)
	}
	differs := compare(url.Values{"peer": {"duinwijk"}, "from": {"2026-01-01T00:00"}})
	contains(t, differs, http.StatusOK, "De logs zijn niet gelijk", "4.211", "Alleen bij ons", "Vergelijk de rest", "Niet getoond door de ander", "--from 2025-12-31T23:00:00Z",
		"staat hij alleen bij de aanroeper")
	if strings.Contains(differs.Body.String(), `href="/log/"`) {
		t.Error("a call that only the other side has leads to a page of ours")
	}
	grant := "$1$3$" + strings.Repeat("A", 86)
	contains(t, compare(url.Values{"peer": {"duinwijk"}, "grant_hash": {grant}}), http.StatusOK, "De vergelijking is niet af", "no answer from the other Manager", "--grant &#39;")
	contains(t, compare(url.Values{}), http.StatusBadRequest, "f-peer-problem")
	contains(t, compare(url.Values{"peer": {"duinwijk"}, "grant_hash": {"x"}}), http.StatusBadRequest, "f-grant_hash-problem", "geen hash van een toestemming")
	contains(t, compare(url.Values{"peer": {"duinwijk"}, "from": {"2026-02-01"}, "until": {"2026-01-01"}}), http.StatusBadRequest, "f-until-problem", "moet na de tijd")
	contains(t, compare(url.Values{"peer": {string(s.self.ID)}}), http.StatusBadRequest, "onze eigen organisatie")
	contains(t, compare(url.Values{"peer": {"duinwijk"}, "from": {"gisteren"}}), http.StatusBadRequest, "f-from-problem")
}

func recorder(t *testing.T, q *request) *httptest.ResponseRecorder {
	t.Helper()
	rec, ok := q.w.(*httptest.ResponseRecorder)
	if !ok {
		t.Fatal("no recorder")
	}
	return rec
}

func TestOverviewCertificatesAndSettingsAreServed(t *testing.T) {
	s := ledger(t)
	contains(t, open(t, s, s.overviewPage, "/"), http.StatusOK, "Zo begint u", "Aanroepen per uur")
	contains(t, open(t, s, s.certificatesPage, "/certificates"), http.StatusOK, "Vingerafdruk")
	contains(t, open(t, s, s.certificatesPage, "/certificates?format=csv"), http.StatusOK, "thumbprint")
	contains(t, open(t, s, s.settingsPage, "/settings?format=csv"), http.StatusOK, "section,key,value", "group,group.id,")
	contains(t, open(t, s, s.settingsPage, "/settings"), http.StatusOK, "group.id", "De groep waarin dit knooppunt gegevens uitwisselt")
}

func TestExplainTellsWhatIsMissingAndAsksForWhatItNeeds(t *testing.T) {
	s := ledger(t)
	contains(t, open(t, s, s.explainPage, "/explain"), http.StatusOK, "Alle foutcodes")
	contains(t, open(t, s, s.explainPage, "/explain?direction=out&service=brp&peer=duinwijk"), http.StatusOK, "Er is geen contract voor deze dienst", "connection refused")
	contains(t, open(t, s, s.explainPage, "/explain?service=brp"), http.StatusBadRequest, `href="#f-peer"`)
	contains(t, open(t, s, s.explainPage, "/explain?grant=x"), http.StatusBadRequest, `href="#f-grant"`)
	for _, c := range controller.Codes() {
		contains(t, open(t, s, s.codePage, "/explain/"+string(c.Code), "code", string(c.Code)), http.StatusOK, s.words[dutch].text("explain.name."+string(c.Code)))
	}
	contains(t, open(t, s, s.codePage, "/explain/x", "code", "x"), http.StatusNotFound)
}

func TestAnExportThatBreaksOffLeavesWhatCameBefore(t *testing.T) {
	q := testRequest(t, testServer(t), "/log")
	values := func(yield func(int, error) bool) { _ = yield(1, nil) && yield(0, io.ErrUnexpectedEOF) }
	if err := ndjson(q, "x", values, func(n int) any { return n }); err != nil {
		t.Fatal(err)
	}
	if got := recorder(t, q).Body.String(); got != "1\n" {
		t.Errorf("left %q", got)
	}
	cells := slices.Collect(func(yield func(error) bool) {
		for _, err := range rowsOf(values, func(int) []string { return nil }) {
			if !yield(err) {
				return
			}
		}
	})
	if len(cells) != 2 || !errors.Is(cells[1], io.ErrUnexpectedEOF) {
		t.Errorf("rows end with %v", cells)
	}
}
