// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"context"
	"crypto/x509"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
	"github.com/samenspel/samenspel/internal/txlog"
)

// The Peers around the town whose Controller is tested: source provides and
// consumes, guide keeps the Directory.
const (
	town   fsc.PeerID = "00000099000000011000"
	source fsc.PeerID = "00000099000000012000"
	guide  fsc.PeerID = "00000099000000013000"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// seat is one organisation with its key. It is a manager.Keys.
type seat struct {
	peer   fsc.Peer
	pair   *pki.KeyPair
	signer *fsc.Signer
}

func (s *seat) certificate() manager.SigningCertificate {
	c := manager.SigningCertificate{PublicKey: s.pair.Chain[0].PublicKey, NotAfter: s.pair.Chain[0].NotAfter}
	for _, cert := range s.pair.Chain {
		c.Chain = append(c.Chain, cert.Raw)
	}
	return c
}

func (s *seat) ContractSigner() (*fsc.Signer, manager.SigningCertificate, error) {
	return s.signer, s.certificate(), nil
}
func (s *seat) TokenSigner() (*fsc.Signer, error) { return s.signer, nil }
func (s *seat) Published() [][][]byte             { return [][][]byte{s.certificate().Chain} }

// townHall is a Controller on a real Manager and a real store. The Managers of
// others are the test's.
type townHall struct {
	*controller.Controller
	manager *manager.Manager
	store   *store.Store
	seats   map[fsc.PeerID]*seat
	trail   operator.Actor

	outways  []controller.Outway
	listings []directory.Listing
	limited  map[string]map[limit.Name]uint64
	away     error // of Directory and other Managers
}

func newTownHall(t testing.TB, change ...func(*manager.Config)) *townHall {
	t.Helper()
	h := &townHall{seats: map[fsc.PeerID]*seat{}, trail: operator.Actor{Name: "auditor", Permissions: operator.Permissions()}}
	ca, err := localca.New(noon.Add(-time.Hour))
	must(t, err)
	for id, name := range map[fsc.PeerID]string{town: "Gemeente Voorbeeldstad", source: "Dienst Bron", guide: "Gids van de groep"} {
		h.seats[id] = newSeat(t, ca, id, name)
	}
	h.store, err = store.OpenSQLite(t.Context(), empty.Dir(t), slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(func() { must(t, h.store.Close()) })
	cfg := manager.Config{
		Self: h.seats[town].peer, Rules: fsc.Rules{GroupID: "test-group"}, Store: h.store, Certificates: h, Peers: h, Policy: manager.RulePolicy{},
		Keys: h.seats[town], InwayAddress: "https://inway.test:443", Now: h.now, Logger: slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&cfg)
	}
	h.manager, err = manager.New(cfg)
	must(t, err)
	h.outways = []controller.Outway{{Name: "main", Address: "http://127.0.0.1:8080", PublicKeyThumbprint: h.seats[town].pair.PublicKeyThumbprint()}}
	h.Controller = controller.New(controller.Config{
		Manager: h.manager, People: operator.New(operator.Config{Store: h.store.People(), Now: h.now, Logger: slog.New(slog.DiscardHandler), HashMemory: 64}),
		Log: h.store.Log(), History: h.store, Remote: h, GroupID: "test-group", GroupType: "test", Now: h.now, Logger: slog.New(slog.DiscardHandler),
		Directory:    func(context.Context) ([]directory.Listing, error) { return slices.Clone(h.listings), h.away },
		Certificates: func() []controller.Certificate { return nil },
		Health:       func() []controller.Check { return nil },
		Refusals:     func() []controller.Refusal { return nil },
		Limited:      func(service string) map[limit.Name]uint64 { return h.limited[service] },
		Outways:      func() []controller.Outway { return h.outways },
		Settings:     []controller.Setting{{Key: "group.id", Value: "test-group"}, {Key: "group.directories[0].peer_id", Value: string(guide)}},
	})
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newSeat(t testing.TB, ca *localca.CA, id fsc.PeerID, name string) *seat {
	t.Helper()
	issued, err := ca.Issue(localca.Request{PeerID: id, Name: name, Hosts: []string{"host-" + string(id) + ".test"}})
	must(t, err)
	pair, err := issued.KeyPair()
	must(t, err)
	signer, err := fsc.NewSigner(pair.Key, pair.Leaf().Raw)
	must(t, err)
	return &seat{peer: fsc.Peer{ID: id, Name: name, ManagerAddress: "https://manager-" + string(id) + ".test:8443"}, pair: pair, signer: signer}
}

// now is the time of the test: of day, since records of traffic have hours.
func (h *townHall) now() time.Time { return noon }

// SigningCertificate implements manager.Certificates.
func (h *townHall) SigningCertificate(_ context.Context, p fsc.PeerID, _, _ string) (manager.SigningCertificate, error) {
	return h.seats[p].certificate(), nil
}

// Send implements manager.Peers.
func (h *townHall) Send(context.Context, fsc.Peer, manager.DeliveryKind, []byte, fsc.ContentHash, string) error {
	return h.away
}

// Announce implements manager.Peers.
func (h *townHall) Announce(context.Context, fsc.Peer) error { return h.away }

// Confirm implements manager.Peers.
func (h *townHall) Confirm(context.Context, fsc.Peer) error { return nil }

// Contracts implements manager.Peers: the others have none.
func (h *townHall) Contracts(context.Context, fsc.Peer) iter.Seq2[manager.RemoteContract, error] {
	return func(yield func(manager.RemoteContract, error) bool) {
		if h.away != nil {
			yield(manager.RemoteContract{}, h.away)
		}
	}
}

// Locate implements manager.Peers.
func (h *townHall) Locate(_ context.Context, _ fsc.Peer, id fsc.PeerID) (fsc.Peer, error) {
	return h.seats[id].peer, nil
}

// Records implements controller.Remote.
func (h *townHall) Records(context.Context, fsc.PeerID, []string) ([]txlog.Record, error) {
	return nil, h.away
}

// Probe implements controller.Remote.
func (h *townHall) Probe(_ context.Context, p fsc.PeerID) (controller.Reached, error) {
	return controller.Reached{Version: "1.2.3", Certificate: controller.Certificate{Subject: string(p)}}, h.away
}

// person is somebody with one role.
func (h *townHall) person(t testing.TB, r operator.Role) operator.Actor {
	t.Helper()
	return operator.Actor{Name: "Iemand", Roles: []operator.Role{r}, Permissions: r.Permissions(), From: "192.0.2.1"}
}

// learn makes the others known to the Manager.
func (h *townHall) learn(t testing.TB) {
	t.Helper()
	for _, s := range h.seats {
		if s.peer.ID != town {
			must(t, h.manager.Announce(t.Context(), h.caller(s.peer.ID)))
		}
	}
}

func (h *townHall) caller(id fsc.PeerID) manager.Caller {
	s := h.seats[id]
	return manager.Caller{Peer: fsc.Peer{ID: id, Name: s.peer.Name}, ManagerAddress: s.peer.ManagerAddress, Certificate: leafOf(s)}
}

func leafOf(s *seat) *x509.Certificate { return s.pair.Leaf() }

// propose makes a contract that only the town has signed.
func (h *townHall) propose(t testing.TB, grants ...fsc.Grant) *fsc.Content {
	t.Helper()
	c, err := h.manager.Create(t.Context(), manager.Proposal{NotAfter: noon.AddDate(0, 3, 0), Grants: grants})
	must(t, err)
	return c.Content
}

// agree makes a contract that everybody has signed.
func (h *townHall) agree(t testing.TB, grants ...fsc.Grant) *fsc.Content {
	t.Helper()
	c := h.propose(t, grants...)
	for _, p := range c.Parties() {
		if p == town {
			continue
		}
		jws, err := fsc.Sign(h.seats[p].signer, c.Hash(), fsc.SignatureTypeAccept, noon)
		must(t, err)
		must(t, h.manager.PutSignature(t.Context(), h.caller(p), fsc.SignatureTypeAccept, c.Hash(), manager.Submission{Content: c.Raw(), Signature: jws}))
	}
	return c
}

// calling lets the town call a service of another.
func (h *townHall) calling(service string, change ...func(*fsc.Grant)) fsc.Grant {
	g := fsc.Grant{
		Type:    fsc.GrantTypeServiceConnection,
		Outway:  fsc.Outway{PeerID: town, PublicKeyThumbprint: h.seats[town].pair.PublicKeyThumbprint()},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: source, Name: service},
	}
	for _, c := range change {
		c(&g)
	}
	return g
}

// called lets another call a service of the town.
func (h *townHall) called(service string) fsc.Grant {
	return fsc.Grant{
		Type:    fsc.GrantTypeServiceConnection,
		Outway:  fsc.Outway{PeerID: source, PublicKeyThumbprint: h.seats[source].pair.PublicKeyThumbprint()},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: town, Name: service},
	}
}

// count writes calls of the last hour into the log.
func (h *townHall) count(t testing.TB, n int, d txlog.Direction, g *fsc.Grant) {
	t.Helper()
	var records []txlog.Record
	for range n {
		id, err := uuid.NewV7()
		must(t, err)
		records = append(records, txlog.Record{
			TransactionID: id.String(), Direction: d, GrantHash: string(g.Hash), GroupID: "test-group", ServiceName: g.Service.Name,
			OutwayPeerID: g.Outway.PeerID, ServicePeerID: g.Service.PeerID, CreatedAt: noon.Add(-30 * time.Minute),
		})
	}
	index := h.store.Log().Source("main")
	must(t, index.Index(t.Context(), records, txlog.Position{Segment: 1, Offset: int64(n)}))
}

// acts gives what the audit trail says, oldest first, as "act object outcome".
func (h *townHall) acts(t testing.TB) []string {
	t.Helper()
	events, err := h.People().Events(t.Context(), h.trail, operator.EventFilter{Limit: 100})
	must(t, err)
	var out []string
	for _, e := range slices.Backward(events) {
		out = append(out, e.Act+" "+e.Object+" "+e.Outcome)
	}
	return out
}

// kindOf gives the kind and field of an error for people.
func kindOf(err error) string {
	if e, ok := errors.AsType[*operator.Error](err); ok {
		return string(e.Kind) + " " + e.Field
	}
	return ""
}
