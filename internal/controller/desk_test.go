// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
	"github.com/samenspel/samenspel/internal/txlog"
)

// The Peers of these tests: anna is us, bart calls and is called, dirk keeps the
// Directory.
const (
	anna fsc.PeerID = "00000099000000001000"
	bart fsc.PeerID = "00000099000000002000"
	dirk fsc.PeerID = "00000099000000004000"

	deskGroup fsc.GroupID = "test-group"
)

var (
	deskTime = time.Date(2026, 3, 2, 12, 30, 0, 0, time.UTC)
	// ownKey is the thumbprint of the key of anna's Outway.
	ownKey = strings.Repeat("ab", 32)
)

// desk is a Controller on real stores, with what comes from elsewhere set by
// the test.
type desk struct {
	*controller.Controller
	store *store.Store
	now   time.Time
	seq   int

	listings []directory.Listing
	silent   error // the Directory's
	theirs   []txlog.Record
	gone     error // of the other Manager
	reached  controller.Reached
	certs    []controller.Certificate
	checks   []controller.Check
	refused  []controller.Refusal
	limited  map[string]map[limit.Name]uint64
	token    controller.SeenToken
	noToken  error
	way      controller.Way
}

func newDesk(t *testing.T, settings ...controller.Setting) *desk {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	s, err := store.OpenSQLite(t.Context(), empty.Dir(t), quiet)
	check(t, err)
	t.Cleanup(func() { check(t, s.Close()) })
	d := &desk{store: s, now: deskTime}
	now := func() time.Time { return d.now }
	m, err := manager.New(manager.Config{
		Self: fsc.Peer{ID: anna, Name: "Gemeente Anna"}, Rules: fsc.Rules{GroupID: deskGroup},
		Store: s, Policy: manager.RulePolicy{}, Now: now, Logger: quiet,
	})
	check(t, err)
	d.certs = []controller.Certificate{d.cert("transport", 400), d.cert("outway", 400), d.cert("inway", 400), d.cert("token", 400)}
	d.reached = controller.Reached{Version: "2.0.0", Certificate: d.cert("transport", 400), Took: 3 * time.Millisecond}
	d.checks = []controller.Check{{Name: "transaction_log"}, {Name: "store"}}
	d.Controller = controller.New(controller.Config{
		Manager: m, People: operator.New(operator.Config{Store: s.People(), Now: now, Logger: quiet, HashMemory: 64}), Log: s.Log(), History: s, Remote: far{d}, Scout: far{d},
		Directory: func(context.Context) ([]directory.Listing, error) { return d.listings, d.silent },
		GroupID:   deskGroup, GroupType: "test",
		Certificates: func() []controller.Certificate { return d.certs },
		Health:       func() []controller.Check { return d.checks },
		Refusals:     func() []controller.Refusal { return d.refused },
		Limited:      func(service string) map[limit.Name]uint64 { return d.limited[service] },
		Outways:      func() []controller.Outway { return []controller.Outway{{Name: "main", PublicKeyThumbprint: ownKey}} },
		Settings:     settings, Now: now, Logger: quiet,
	})
	check(t, s.Update(t.Context(), func(tx manager.Tx) error {
		return tx.PutPeer(t.Context(), fsc.Peer{ID: bart, Name: "Gemeente Bart", ManagerAddress: "https://bart.test:8443"})
	}))
	return d
}

// far answers as the other Manager would.
type far struct{ *desk }

func (f far) Records(_ context.Context, _ fsc.PeerID, ids []string) ([]txlog.Record, error) {
	var out []txlog.Record
	for _, r := range f.theirs {
		for _, id := range ids {
			if r.TransactionID == id {
				out = append(out, r)
			}
		}
	}
	return out, f.gone
}

func (f far) Probe(context.Context, fsc.PeerID) (controller.Reached, error) { return f.reached, f.gone }

func (f far) Token(context.Context, fsc.GrantHash) (controller.SeenToken, error) {
	return f.token, f.noToken
}

func (f far) Manager(context.Context, fsc.PeerID) controller.Way { return f.way }

func (f far) Inway(_ context.Context, p fsc.PeerID, t controller.SeenToken) controller.Way {
	w := f.way
	w.Address = string(p) + " " + t.Inway
	return w
}

var errGone = errors.New("connection refused")

func (d *desk) cert(use string, days int) controller.Certificate {
	return controller.Certificate{
		Use: use, Subject: "CN=anna", Thumbprint: strings.Repeat("01", 32), PublicKeyThumbprint: ownKey, File: "anna.pem",
		NotBefore: d.now.AddDate(0, 0, -1), NotAfter: d.now.Add(time.Duration(days)*24*time.Hour + time.Hour),
	}
}

// connects is a grant with which consumer calls a service of provider.
func connects(consumer, provider fsc.PeerID, service string) fsc.Grant {
	return fsc.Grant{
		Type:    fsc.GrantTypeServiceConnection,
		Outway:  fsc.Outway{PeerID: consumer, PublicKeyThumbprint: ownKey},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: provider, Name: service},
	}
}

// contract stores a contract that the named Peers signed; all parties accept when
// none is named.
func (d *desk) contract(t *testing.T, g fsc.Grant, days int, marks ...manager.Signature) *fsc.Content {
	t.Helper()
	d.seq++
	content, err := fsc.Draft{
		IV: fmt.Sprintf("00000000-0000-7000-8000-%012x", d.seq), GroupID: deskGroup, NotBefore: d.now.Add(-time.Hour),
		NotAfter: d.now.Add(time.Duration(days) * 24 * time.Hour), CreatedAt: d.now.Add(time.Duration(d.seq) * time.Second), Grants: []fsc.Grant{g},
	}.Content(fsc.Rules{GroupID: deskGroup})
	check(t, err)
	c := &manager.Contract{Content: content, StoredAt: d.now, Signatures: marks}
	if len(marks) == 0 {
		for _, p := range content.Parties() {
			c.Signatures = append(c.Signatures, d.signed(p, fsc.SignatureTypeAccept))
		}
	}
	check(t, d.store.Update(t.Context(), func(tx manager.Tx) error { return tx.PutContract(t.Context(), c) }))
	return content
}

func (d *desk) signed(p fsc.PeerID, st fsc.SignatureType) manager.Signature {
	return manager.Signature{
		PeerID: p, Type: st, JWS: fmt.Sprintf("%s.%s.%d", p, st, d.seq), SignedAt: d.now, Chain: [][]byte{[]byte("leaf")}, CertificateNotAfter: d.now.AddDate(3, 0, 0),
	}
}

// calls writes records into the index of our log.
func (d *desk) calls(t *testing.T, records ...txlog.Record) {
	t.Helper()
	d.seq++
	check(t, d.store.Log().Index(t.Context(), records, txlog.Position{Segment: 1, Offset: int64(d.seq)}))
}

// call is a record of ours; n tells calls apart.
func call(n int, g fsc.GrantHash, at time.Time) txlog.Record {
	return txlog.Record{
		TransactionID: fmt.Sprintf("01955555-0000-7000-8000-%012x", n), Direction: txlog.DirectionOutgoing, GroupID: deskGroup,
		GrantHash: cmp.Or(string(g), "$1$3$grant"), ServiceName: "persons", OutwayPeerID: anna, ServicePeerID: bart, CreatedAt: at,
	}
}

// mirrored is what the other side wrote of a call.
func mirrored(r txlog.Record) txlog.Record {
	r.Direction = txlog.DirectionIncoming
	r.CreatedAt = r.CreatedAt.Truncate(time.Second)
	return r
}

func may(permissions ...operator.Permission) operator.Actor {
	return operator.Actor{Name: "Tester", Permissions: permissions}
}

func everything() operator.Actor { return may(operator.Permissions()...) }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// errKind gives the kind of an operator.Error, or empty.
func errKind(err error) operator.Kind {
	if e, ok := errors.AsType[*operator.Error](err); ok {
		return e.Kind
	}
	return ""
}
