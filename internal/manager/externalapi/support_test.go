// SPDX-License-Identifier: EUPL-1.2

package externalapi_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/manager/externalapi"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

// The Peers of the tests: anna provides, bart consumes, carla delegates, dirk is
// the Directory whose door is tested, erik has no part in anything.
const (
	anna  fsc.PeerID = "00000099000000001000"
	bart  fsc.PeerID = "00000099000000002000"
	carla fsc.PeerID = "00000099000000003000"
	dirk  fsc.PeerID = "00000099000000004000"
	erik  fsc.PeerID = "00000099000000005000"
)

const group fsc.GroupID = "test-group"

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// door is the API with the store behind it.
type door struct {
	*externalapi.API
	store *store.Store
}

func newDoor(t *testing.T) *door {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), empty.Dir(t), slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	now := func() time.Time { return start }
	m, err := manager.New(manager.Config{
		Self: fsc.Peer{ID: dirk, Name: "Directory", ManagerAddress: "https://manager.test:8443"}, Rules: fsc.Rules{GroupID: group},
		Store: s, Policy: manager.RulePolicy{}, Now: now, Logger: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	return &door{API: externalapi.New(m, s, s.Log(), now), store: s}
}

// put stores a contract that all parties accepted; n tells contracts apart and
// is the second in which they were made.
func (d *door) put(t *testing.T, n int, change func(*fsc.Draft), grants ...fsc.Grant) *fsc.Content {
	t.Helper()
	draft := fsc.Draft{
		IV: fmt.Sprintf("00000000-0000-7000-8000-%012x", n), GroupID: group, NotBefore: start.Add(-time.Hour), NotAfter: start.Add(time.Hour),
		CreatedAt: start.Add(time.Duration(n) * time.Second), Grants: grants,
	}
	if change != nil {
		change(&draft)
	}
	content, err := draft.Content(fsc.Rules{GroupID: group})
	must(t, err)
	c := &manager.Contract{Content: content, StoredAt: start}
	for _, p := range content.Parties() {
		c.Signatures = append(c.Signatures, manager.Signature{
			PeerID: p, Type: fsc.SignatureTypeAccept, JWS: "jws of " + string(p), SignedAt: start,
			Chain: [][]byte{[]byte("leaf")}, CertificateNotAfter: start.AddDate(1, 0, 0),
		})
	}
	d.update(t, func(tx manager.Tx) error { return tx.PutContract(t.Context(), c) })
	return content
}

func (d *door) update(t *testing.T, fn func(manager.Tx) error) {
	t.Helper()
	must(t, d.store.Update(t.Context(), fn))
}

func (d *door) peer(t *testing.T, p fsc.Peer) {
	t.Helper()
	d.update(t, func(tx manager.Tx) error { return tx.PutPeer(t.Context(), p) })
}

func connection(consumer, provider fsc.PeerID) fsc.Grant {
	return fsc.Grant{
		Type:    fsc.GrantTypeServiceConnection,
		Outway:  fsc.Outway{PeerID: consumer, PublicKeyThumbprint: strings.Repeat("ab", 32)},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: provider, Name: "persons"},
	}
}

func publication(provider fsc.PeerID, service string) fsc.Grant {
	return fsc.Grant{
		Type: fsc.GrantTypeServicePublication, Directory: dirk,
		Service: fsc.Service{PeerID: provider, Name: service, Protocol: fsc.ProtocolHTTP11},
	}
}

func as(p fsc.PeerID) fscapi.Caller { return fscapi.Caller{Peer: fsc.Peer{ID: p, Name: string(p)}} }

// walk reads all pages of a list and gives the items of all of them.
func walk[T any](t *testing.T, page fscapi.Page, list func(fscapi.Page) (fscapi.Results[T], error)) []T {
	t.Helper()
	var all []T
	for range 100 {
		r, err := list(page)
		must(t, err)
		if len(r.Items) > page.Limit {
			t.Fatalf("a page of %d, asked for %d", len(r.Items), page.Limit)
		}
		all = append(all, r.Items...)
		if r.Next == nil {
			return all
		}
		page.After = r.Next
	}
	t.Fatal("the list doesn't end")
	return nil
}

// bothWays reads a list in pages of each size and in both orders, and compares
// with what it should hold in ascending order.
func bothWays[T any](t *testing.T, want []string, name func(T) string, list func(fscapi.Page) (fscapi.Results[T], error)) {
	t.Helper()
	descending := slices.Clone(want)
	slices.Reverse(descending)
	for limit := 1; limit <= len(want)+1; limit++ {
		for _, ascending := range []bool{true, false} {
			var got []string
			for _, item := range walk(t, fscapi.Page{Limit: limit, Ascending: ascending}, list) {
				got = append(got, name(item))
			}
			expect := descending
			if ascending {
				expect = want
			}
			if !slices.Equal(got, expect) {
				t.Errorf("limit %d, ascending %t:\n got %v\nwant %v", limit, ascending, got, expect)
			}
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
