// SPDX-License-Identifier: EUPL-1.2

package evidence_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to tamper

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

const (
	town     fsc.PeerID  = "00000099000000001000"
	neighbor fsc.PeerID  = "00000099000000002000"
	group    fsc.GroupID = "test-group"
)

// day is when the clock of a world starts.
func day() time.Time { return time.Now().Truncate(time.Second) }

// world is one node's log, with a clock that tests set.
type world struct {
	t        testing.TB
	dir      string
	ca       *localca.CA
	store    *store.Store
	keeper   *evidence.Keeper
	verifier *evidence.Verifier
	began    time.Time
	at       time.Time
	indexed  int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: empty.Dir(t), at: day()}
	w.began = w.at
	var err error
	if w.ca, err = localca.New(w.at); err != nil {
		t.Fatal(err)
	}
	anchors, err := pki.LoadAnchors(w.ca.AnchorPEM())
	if err != nil {
		t.Fatal(err)
	}
	w.verifier = &evidence.Verifier{
		Peer: town, Group: group, Anchors: evidence.Anchors{Trusted: func() *pki.Anchors { return anchors }},
	}
	w.open()
	t.Cleanup(func() { _ = w.store.Close() })
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	if w.store, err = store.OpenSQLite(w.t.Context(), w.dir, slog.New(slog.DiscardHandler)); err != nil {
		w.t.Fatal(err)
	}
	w.keeper = w.keeperOf(town)
}

// keeperOf gives a keeper with the key of a Peer.
func (w *world) keeperOf(p fsc.PeerID) *evidence.Keeper {
	w.t.Helper()
	return evidence.NewKeeper(w.configOf(p))
}

func (w *world) configOf(p fsc.PeerID) evidence.KeeperConfig {
	w.t.Helper()
	issued, err := w.ca.Issue(localca.Request{PeerID: p, Name: "Organisatie " + string(p)})
	if err != nil {
		w.t.Fatal(err)
	}
	pair, err := issued.KeyPair()
	if err != nil {
		w.t.Fatal(err)
	}
	signer, err := fsc.NewStatementSigner(pair.Key, pair.Leaf().Raw, evidence.Typ)
	if err != nil {
		w.t.Fatal(err)
	}
	var chain [][]byte
	for _, c := range pair.Chain {
		chain = append(chain, c.Raw)
	}
	return evidence.KeeperConfig{
		Self: p, Group: group, Store: w.store.Log(), Records: 10, Every: time.Hour,
		Signer: func() (*fsc.StatementSigner, [][]byte, error) { return signer, chain, nil },
		Now:    func() time.Time { return w.at }, Logger: slog.New(slog.DiscardHandler),
	}
}

func newRecord(n int, at time.Time) txlog.Record {
	r := txlog.Record{
		TransactionID: transaction(n), Direction: txlog.DirectionIncoming,
		GrantHash: "$1$3$grant", GroupID: group, ServiceName: fmt.Sprintf("service-%d", n%3), OutwayPeerID: neighbor, ServicePeerID: town,
		CreatedAt: at.Add(time.Duration(n) * time.Millisecond).UTC(),
		TraceID:   "0af7651916cd43dd8448eb211c80319c", SpanID: "b7ad6b7169203331", AdditionalData: []byte(`{"a":1}`),
	}
	if n%2 == 0 {
		r.Direction = txlog.DirectionOutgoing
	}
	return r
}

func transaction(n int) string {
	return fmt.Sprintf("%08x-%04x-7000-8000-%012x", n>>16, n&0xffff, n)
}

// index takes in n more records.
func (w *world) index(n int) {
	w.t.Helper()
	recs := make([]txlog.Record, n)
	for i := range recs {
		w.indexed++
		recs[i] = newRecord(w.indexed, w.at)
	}
	if err := w.store.Log().Index(w.t.Context(), recs, txlog.Position{Segment: 1, Offset: int64(w.indexed)}); err != nil {
		w.t.Fatal(err)
	}
}

// seal signs a checkpoint over what is new.
func (w *world) seal() *evidence.Checkpoint {
	w.t.Helper()
	c, err := w.keeper.Seal(w.t.Context(), true)
	if err != nil || c == nil {
		w.t.Fatalf("%+v, %v", c, err)
	}
	return c
}

// fill makes a log of 30 records under three checkpoints, an hour apart, and 5 more.
func (w *world) fill() {
	w.t.Helper()
	for range 3 {
		w.index(10)
		w.at = w.at.Add(time.Hour)
		w.seal()
	}
	w.index(5)
}

func (w *world) check() *evidence.Report {
	w.t.Helper()
	r, err := w.verifier.Check(w.t.Context(), w.store.Log(), evidence.Window{})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// tamper does to the database what its owner can do. Each statement has to touch
// something.
func (w *world) tamper(statements ...string) {
	w.t.Helper()
	for i, n := range w.exec(statements...) {
		if n == 0 {
			w.t.Fatalf("%s: touched nothing", statements[i])
		}
	}
}

// exec tells how many rows each statement touched.
func (w *world) exec(statements ...string) (touched []int64) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "txlog.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range statements {
		result, err := db.ExecContext(context.Background(), s)
		if err != nil {
			w.t.Fatalf("%s: %v", s, err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			w.t.Fatal(err)
		}
		touched = append(touched, n)
	}
	if err := db.Close(); err != nil {
		w.t.Fatal(err)
	}
	return touched
}
