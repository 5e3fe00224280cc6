// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

// node is a Manager with its store and the others as it sees them.
type node struct {
	*manager.Manager
	org   *org
	store *faulty
	peers *peers
}

func (w *world) node(t testing.TB, id fsc.PeerID, options ...func(*manager.Config)) *node {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), empty.Dir(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	n := &node{org: w.orgs[id], store: &faulty{Store: s}, peers: &peers{}}
	cfg := manager.Config{
		Self: n.org.peer, Rules: w.rules, Store: n.store, Certificates: w, Peers: n.peers, Policy: manager.RulePolicy{},
		Keys: n.org, InwayAddress: "https://inway.test:443", Now: w.clock.Now, Logger: slog.New(slog.DiscardHandler),
	}
	for _, o := range options {
		o(&cfg)
	}
	if n.Manager, err = manager.New(cfg); err != nil {
		t.Fatal(err)
	}
	return n
}

// automatic accepts everything this Peer provides, also for carla.
func automatic(c *manager.Config) {
	c.Policy = manager.RulePolicy{Rules: []manager.Rule{{Role: manager.RoleProvider, Delegators: []fsc.PeerID{carla}}}}
}

func withDirectory(c *manager.Config) {
	c.Directories = []fsc.Peer{{ID: dirk, ManagerAddress: "https://directory.test:8443"}}
}

// faulty is a store that can lose its transactions at the end.
type faulty struct {
	manager.Store
	mu  sync.Mutex
	err error
}

func (f *faulty) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

// Update runs fn, then fails if it was told to.
func (f *faulty) Update(ctx context.Context, fn func(manager.Tx) error) error {
	f.mu.Lock()
	fault := f.err
	f.mu.Unlock()
	return f.Store.Update(ctx, func(tx manager.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return fault
	})
}

// offers makes the node offer the service that contracts are about.
func (n *node) offers(t testing.TB) *node {
	t.Helper()
	must(t, n.PutService(t.Context(), manager.Service{Name: "persons", Upstream: "http://persons.test"}))
	return n
}

// knows makes the addresses of others known.
func (n *node) knows(t testing.TB, ids ...fsc.PeerID) *node {
	t.Helper()
	for _, id := range ids {
		must(t, n.Announce(t.Context(), n.org.world.orgs[id].caller()))
	}
	return n
}

// accepted stores a contract that all parties but the node itself accepted, and
// the node too if it is a party.
func (n *node) accepted(t testing.TB, c *fsc.Content) *fsc.Content {
	t.Helper()
	for _, p := range c.Parties() {
		if p != n.org.peer.ID {
			o := n.org.world.orgs[p]
			must(t, n.Submit(t.Context(), o.caller(), o.message(t, c, fsc.SignatureTypeAccept)))
		}
	}
	if n.find(t, c.Hash()).State(n.org.world.clock.Now()) == fsc.StateProposed {
		if _, err := n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeAccept); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func (n *node) find(t testing.TB, h fsc.ContentHash) *manager.Contract {
	t.Helper()
	c, err := n.FindContract(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// marks gives the signatures on a contract as "Peer type".
func (n *node) marks(t testing.TB, h fsc.ContentHash) string {
	t.Helper()
	var out []string
	for _, s := range n.find(t, h).Signatures {
		out = append(out, string(s.PeerID[16:])+" "+string(s.Type))
	}
	return strings.Join(out, ", ")
}

func (n *node) state(t testing.TB, h fsc.ContentHash) fsc.ContractState {
	t.Helper()
	return n.find(t, h).State(n.org.world.clock.Now())
}

// deliver runs the outbox until nothing is due.
func (n *node) deliver(t testing.TB) {
	t.Helper()
	for {
		count, err := n.DeliverDue(t.Context())
		must(t, err)
		if count == 0 {
			return
		}
	}
}

// outbox lists the undelivered deliveries.
func (n *node) outbox(t testing.TB) []manager.Delivery {
	t.Helper()
	ds, err := n.ListDeliveries(t.Context(), manager.DeliveryFilter{Undelivered: true})
	must(t, err)
	return ds
}

// waiting gives the undelivered deliveries as "kind to status".
func (n *node) waiting(t testing.TB) []string {
	t.Helper()
	out := []string{}
	for _, d := range n.outbox(t) {
		out = append(out, fmt.Sprintf("%s %s %s", d.Kind, d.Target, d.Status))
	}
	return out
}

// draft is a contract in the making; n tells contracts apart.
func draft(n int, grants ...fsc.Grant) fsc.Draft {
	return fsc.Draft{
		IV: fmt.Sprintf("00000000-0000-7000-8000-%012x", n), GroupID: group, NotBefore: start.Add(-time.Hour),
		NotAfter: start.Add(24 * time.Hour), CreatedAt: start.Add(-time.Minute), Grants: grants,
	}
}

func content(t testing.TB, d fsc.Draft) *fsc.Content {
	t.Helper()
	c, err := d.Content(fsc.Rules{GroupID: d.GroupID})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// connection lets bart call anna's service.
func (w *world) connection() fsc.Grant {
	return fsc.Grant{
		Type:    fsc.GrantTypeServiceConnection,
		Outway:  fsc.Outway{PeerID: bart, PublicKeyThumbprint: w.orgs[bart].thumbprint()},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: anna, Name: "persons"},
	}
}

// delegated lets bart call anna's service for carla.
func (w *world) delegated() fsc.Grant {
	g := w.connection()
	g.Type, g.Delegator = fsc.GrantTypeDelegatedServiceConnection, carla
	return g
}

func publication() fsc.Grant {
	return fsc.Grant{
		Type: fsc.GrantTypeServicePublication, Directory: dirk,
		Service: fsc.Service{PeerID: anna, Name: "persons", Protocol: fsc.ProtocolHTTP11},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks that err may be told to others and has the code.
func refused(t testing.TB, err error, want fsc.ErrorCode) {
	t.Helper()
	if err == nil {
		t.Fatalf("nothing was refused, want %s", want)
	}
	if got := fsc.CodeOf(err); got != want {
		t.Fatalf("refused with %s (%v), want %s", got, err, want)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func equalAll[T any](t testing.TB, what string, got, want []T) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}
