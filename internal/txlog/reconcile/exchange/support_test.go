// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/manager/externalapi"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/idset"
	"github.com/samenspel/samenspel/internal/txlog/idset/idsettest"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
	"github.com/samenspel/samenspel/internal/txlog/reconcile/exchange"
)

// Anna compares; Bart is asked, and Carla has calls with both.
const (
	anna  fsc.PeerID = "00000099000000001000"
	bart  fsc.PeerID = "00000099000000002000"
	carla fsc.PeerID = "00000099000000003000"
)

const grant = "$1$3$grant"

// now is when all tests are.
var now = time.Date(2026, 11, 22, 12, 30, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// side is the node of one Peer: its log in a database, and its Manager's door over
// mTLS.
type side struct {
	id       fsc.PeerID
	pair     *pki.KeyPair
	tls      pki.TLS
	log      *store.LogStore
	comparer *reconcile.Comparer
	standard http.Handler
	url      string
	position int64

	mu   sync.Mutex
	got  []string // method and path of requests
	door http.Handler
}

func newSide(t testing.TB, ca *localca.CA, id fsc.PeerID) *side {
	t.Helper()
	s := &side{id: id}
	issued, err := ca.Issue(localca.Request{PeerID: id, Name: "Organisatie " + string(id), Hosts: []string{"127.0.0.1"}})
	must(t, err)
	s.pair, err = issued.KeyPair()
	must(t, err)
	anchors, err := pki.LoadAnchors(ca.AnchorPEM())
	must(t, err)
	s.tls = pki.TLS{Anchors: func() *pki.Anchors { return anchors }, Transport: s.pair, Now: func() time.Time { return now }}
	db, err := store.OpenSQLite(t.Context(), empty.Dir(t), slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	s.log = db.Log()
	s.comparer = reconcile.New(reconcile.Config{Self: id, Log: s.log, Now: func() time.Time { return now }})
	m, err := manager.New(manager.Config{
		Self: fsc.Peer{ID: id, Name: "Organisatie", ManagerAddress: "https://manager.test:8443"}, Rules: fsc.Rules{GroupID: "test-group"},
		Store: db, Policy: manager.RulePolicy{}, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	s.standard = fscapi.NewServer(fscapi.ServerConfig{Handler: externalapi.New(m, db, s.log, func() time.Time { return now }), Identify: s.identify})
	s.door = s.own(s.comparer)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	srv.TLS = s.tls.Server("h2", "http/1.1")
	srv.StartTLS()
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

// own is the door of a node of our own make.
func (s *side) own(log exchange.Log) http.Handler {
	extension := exchange.NewServer(exchange.ServerConfig{
		Log: log, Logger: slog.New(slog.DiscardHandler), Limit: func(fsc.PeerID) time.Duration { return 0 },
		Identify: func(r *http.Request) (fsc.PeerID, error) {
			p, _, err := s.identify(r)
			return p.ID, err
		},
	})
	return beside(extension, s.standard)
}

// beside puts an extension beside the standard.
func beside(extension, standard http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, exchange.Path+"/") {
			extension.ServeHTTP(w, r)
			return
		}
		standard.ServeHTTP(w, r)
	})
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func free(fsc.PeerID) time.Duration { return 0 }

func nobody(*http.Request) (fsc.PeerID, error) { return "", errors.New("no certificate") }

func somebody(*http.Request) (fsc.PeerID, error) { return anna, nil }

// keeps has the node keep records for so long.
func (s *side) keeps(d time.Duration) {
	s.behave(s.own(reconcile.New(reconcile.Config{Self: s.id, Log: s.log, Keep: d, Now: func() time.Time { return now }})))
}

func (s *side) identify(r *http.Request) (fsc.Peer, *x509.Certificate, error) {
	p, err := pki.PeerOf(*r.TLS, pki.IdentityRule{})
	return p, r.TLS.PeerCertificates[0], err
}

func (s *side) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.got = append(s.got, r.Method+" "+r.URL.Path)
	door := s.door
	s.mu.Unlock()
	door.ServeHTTP(w, r)
}

// behave replaces what the door does, until the test ends.
func (s *side) behave(door http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.door = door
}

// requests gives how many came since the last time.
func (s *side) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}

// put indexes records of calls to Bart's service by Anna's Outway, as this side keeps
// them.
func (s *side) put(t testing.TB, calls ...call) {
	t.Helper()
	for part := range slices.Chunk(calls, 5000) {
		var recs []txlog.Record
		for _, c := range part {
			recs = append(recs, c.record(s.id))
		}
		s.position++
		must(t, s.log.Index(t.Context(), recs, txlog.Position{Segment: 1, Offset: s.position}))
	}
}

// call is one call.
type call struct {
	id       idset.ID
	at       time.Time
	grant    string
	from, to fsc.PeerID
}

func (c call) record(of fsc.PeerID) txlog.Record {
	d := txlog.DirectionIncoming
	if of == c.from {
		d = txlog.DirectionOutgoing
	}
	return txlog.Record{
		TransactionID: c.id.String(), Direction: d, GrantHash: c.grant, GroupID: "test-group", ServiceName: "persons",
		OutwayPeerID: c.from, ServicePeerID: c.to, CreatedAt: c.at,
	}
}

// calls are n calls by Anna to Bart spread over a time before now; the same for the
// same seed.
func calls(n int, seed uint64, from, until time.Time) []call {
	r := rand.New(rand.NewPCG(seed, 7))
	out := make([]call, n)
	for i := range out {
		at := from.Add(time.Duration(r.Int64N(int64(until.Sub(from))))).Truncate(time.Millisecond)
		out[i] = call{id: idsettest.At(at, r), at: at.Add(time.Millisecond), grant: grant, from: anna, to: bart}
	}
	return out
}

// pair is Anna's node and Bart's.
type pair struct {
	t           testing.TB
	anna, bart  *side
	ca          *localca.CA
	client      *exchange.Client
	bartAddress string
}

func newPair(t testing.TB) *pair {
	t.Helper()
	ca, err := localca.New(now)
	must(t, err)
	p := &pair{t: t, ca: ca, anna: newSide(t, ca, anna), bart: newSide(t, ca, bart)}
	p.bartAddress = p.bart.url
	p.client = p.clientOf(p.anna)
	return p
}

// clientOf asks as one of them.
func (p *pair) clientOf(s *side) *exchange.Client {
	transport := &http.Transport{TLSClientConfig: s.tls.Client(bart), ForceAttemptHTTP2: true}
	p.t.Cleanup(transport.CloseIdleConnections)
	clientFor := func(fsc.PeerID) *http.Client { return &http.Client{Transport: transport} }
	return exchange.NewClient(exchange.ClientConfig{
		Self: s.id, HTTP: clientFor, Standard: fscapi.NewClient(fscapi.ClientConfig{HTTP: clientFor}), Now: func() time.Time { return now },
		Locate: func(context.Context, fsc.PeerID) (fsc.Peer, error) {
			return fsc.Peer{ID: bart, ManagerAddress: p.bartAddress}, nil
		},
	})
}

// foreign makes Bart's node one of another maker, without the extension.
func (p *pair) foreign() { p.bart.behave(p.bart.standard) }

// compare has Anna compare her log of the last day with Bart's.
func (p *pair) compare(r reconcile.Request) *reconcile.Report {
	p.t.Helper()
	if r.From.IsZero() {
		r.From = now.AddDate(0, 0, -2)
	}
	r.Peer = bart
	with, end, err := p.client.Open(p.t.Context(), bart, r.Grant)
	must(p.t, err)
	defer end()
	report, err := p.anna.comparer.Compare(p.t.Context(), with, r)
	must(p.t, err)
	return report
}

// tell gives the numbers of a report.
func tell(r *reconcile.Report) string {
	out := fmt.Sprintf("%d equal, %d ours, %d theirs", r.Equal, r.OnlyOurs, r.OnlyTheirs)
	if r.OpenOurs+r.OpenTheirs > 0 {
		out += fmt.Sprintf(", open %d %d", r.OpenOurs, r.OpenTheirs)
	}
	if r.Problem != "" {
		out += ": " + r.Problem
	}
	return out
}

func names(list []reconcile.Difference) []string {
	out := []string{}
	for _, d := range list {
		out = append(out, d.TransactionID)
	}
	slices.Sort(out)
	return out
}

func idsOf(calls []call) []string {
	out := []string{}
	for _, c := range calls {
		out = append(out, c.id.String())
	}
	slices.Sort(out)
	return out
}
