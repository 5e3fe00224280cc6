// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/manager"
)

func putPeers(t *testing.T, s Stores, ps ...fsc.Peer) {
	t.Helper()
	update(t, s, func(tx manager.Tx) error {
		for _, p := range ps {
			if err := tx.PutPeer(t.Context(), p); err != nil {
				return err
			}
		}
		return nil
	})
}

func listPeers(t *testing.T, s Stores, f manager.PeerFilter) (ps []fsc.Peer) {
	t.Helper()
	view(t, s, func(tx manager.Tx) (err error) {
		ps, err = tx.ListPeers(t.Context(), f)
		return err
	})
	return ps
}

func peers(k check) {
	t, s := k.t, k.stores
	putPeers(t, s, fsc.Peer{ID: anna, Name: "Anna", ManagerAddress: "https://anna.example:443"})
	putPeers(t, s, fsc.Peer{ID: anna, Name: "Gemeente Anna"})
	equal(t, "an empty address keeps the stored one", listPeers(t, s, manager.PeerFilter{}),
		[]fsc.Peer{{ID: anna, Name: "Gemeente Anna", ManagerAddress: "https://anna.example:443"}})
	putPeers(t, s, fsc.Peer{ID: anna, Name: "Gemeente Anna", ManagerAddress: "https://new.example:443"})
	equal(t, "a new address replaces it", listPeers(t, s, manager.PeerFilter{NameContains: "gemeente"}),
		[]fsc.Peer{{ID: anna, Name: "Gemeente Anna", ManagerAddress: "https://new.example:443"}})
}

func peerList(k check) {
	t, s := k.t, k.stores
	all := []fsc.Peer{{ID: anna, Name: "Anna"}, {ID: bart, Name: "Bart"}, {ID: carla, Name: "Carla"}, {ID: dirk, Name: "Dirk"}}
	putPeers(t, s, all[2], all[0], all[3], all[1])
	for _, c := range []struct {
		name   string
		filter manager.PeerFilter
		want   []fsc.Peer
	}{
		{"in order of ID", manager.PeerFilter{}, all},
		{"descending", manager.PeerFilter{Descending: true, Limit: 2}, []fsc.Peer{all[3], all[2]}},
		{"next page", manager.PeerFilter{After: anna, Limit: 2}, all[1:3]},
		{"next page descending", manager.PeerFilter{After: carla, Descending: true}, []fsc.Peer{all[1], all[0]}},
		{"by ID", manager.PeerFilter{IDs: []fsc.PeerID{dirk, anna, "nobody"}}, []fsc.Peer{all[0], all[3]}},
		{"by ID and name", manager.PeerFilter{IDs: []fsc.PeerID{dirk, anna}, NameContains: "DIR"}, all[3:]},
	} {
		equal(t, c.name, listPeers(t, s, c.filter), c.want)
	}
}

func peerNames(k check) {
	t, s := k.t, k.stores
	names := map[fsc.PeerID]string{
		"peer-1": "Gemeente Súdwest-Fryslân", "peer-2": "ΣΊΣΥΦΟΣ", "peer-3": "100% Noord_Holland", "peer-4": `back\slash`,
		"peer-5": "Straße",
	}
	for id, name := range names {
		putPeers(t, s, fsc.Peer{ID: id, Name: name})
	}
	for needle, want := range map[string]fsc.PeerID{
		"gemeente súd": "peer-1", "FRYSLÂN": "peer-1", "σίσυφος": "peer-2", "0% n": "peer-3", "d_h": "peer-3", `K\S`: "peer-4", "straß": "peer-5",
		"fryslan": "", "%": "peer-3", "_": "peer-3", `\`: "peer-4", "g%t": "", "k_s": "", "a\x00": "",
		strings.Repeat("a", 100_000): "",
	} {
		var got fsc.PeerID
		if ps := listPeers(t, s, manager.PeerFilter{NameContains: needle}); len(ps) == 1 {
			got = ps[0].ID
		} else if len(ps) > 1 {
			t.Errorf("%q finds %d peers", needle, len(ps))
		}
		if got != want {
			t.Errorf("%.20q finds %q, want %q", needle, got, want)
		}
	}
}

func services(k check) {
	t, s := k.t, k.stores
	list := func() (ss []manager.Service) {
		view(t, s, func(tx manager.Tx) (err error) {
			ss, err = tx.ListServices(t.Context())
			return err
		})
		return ss
	}
	persons := manager.Service{Name: "persons", Upstream: "http://127.0.0.1:80", InwayAddress: "https://inway.example:443"}
	addresses := manager.Service{Name: "addresses", Upstream: "https://source.example"}
	putService := func(v manager.Service) {
		update(t, s, func(tx manager.Tx) error { return tx.PutService(t.Context(), v) })
	}
	putService(persons)
	putService(addresses)
	equal(t, "by name", list(), []manager.Service{addresses, persons})
	persons.Upstream, persons.InwayAddress, persons.MoreUpstreams = "http://127.0.0.1:81", "", "http://127.0.0.1:82 http://127.0.0.1:83/pad"
	putService(persons)
	equal(t, "replaced", list(), []manager.Service{addresses, persons})
	update(t, s, func(tx manager.Tx) error { return tx.DeleteService(t.Context(), "addresses") })
	equal(t, "deleted", list(), []manager.Service{persons})
}

func serviceChanges(k check) {
	t, s := k.t, k.stores
	change := func(fn func(manager.Tx) error) int64 {
		update(t, s, fn)
		var position int64
		view(t, s, func(tx manager.Tx) (err error) {
			position, err = tx.LastServiceChange(t.Context())
			return err
		})
		return position
	}
	put := func(v manager.Service) int64 {
		return change(func(tx manager.Tx) error { return tx.PutService(t.Context(), v) })
	}
	told := func(what string, after int64, wantChanged []manager.Service, wantGone []string) {
		t.Helper()
		var changed []manager.Service
		var gone []string
		view(t, s, func(tx manager.Tx) (err error) {
			changed, gone, err = tx.ListServiceChanges(t.Context(), after)
			return err
		})
		equal(t, what+": changed", changed, wantChanged)
		equal(t, what+": gone", gone, wantGone)
	}
	persons := manager.Service{Name: "persons", Upstream: "http://127.0.0.1:80"}
	addresses := manager.Service{Name: "addresses", Upstream: "https://source.example", MoreUpstreams: "https://other.example"}
	first := put(persons)
	second := put(addresses)
	told("all", 0, []manager.Service{persons, addresses}, nil)
	told("one", first, []manager.Service{addresses}, nil)
	told("none", second, nil, nil)
	persons.Limits.ConcurrentCalls, persons.RequiresAgreement = 3, true
	limited := change(func(tx manager.Tx) error {
		return errors.Join(tx.LimitService(t.Context(), "persons", persons.Limits), tx.RequireAgreement(t.Context(), "persons", true))
	})
	told("limited", second, []manager.Service{persons}, nil)
	told("both", 0, []manager.Service{addresses, persons}, nil)
	removed := change(func(tx manager.Tx) error { return tx.DeleteService(t.Context(), "addresses") })
	told("removed", limited, nil, []string{"addresses"})
	told("what is left", 0, []manager.Service{persons}, []string{"addresses"})
	put(addresses)
	told("there again", removed, []manager.Service{addresses}, nil)
}

func agreementRequired(k check) {
	t, s := k.t, k.stores
	persons := manager.Service{Name: "persons", Upstream: "http://127.0.0.1:80", RequiresAgreement: true}
	put := func(v manager.Service) {
		update(t, s, func(tx manager.Tx) error { return tx.PutService(t.Context(), v) })
	}
	wantOne := func(what string) {
		t.Helper()
		var got []manager.Service
		view(t, s, func(tx manager.Tx) (err error) {
			got, err = tx.ListServices(t.Context())
			return err
		})
		equal(t, what, got, []manager.Service{persons})
	}
	require := func(name string, required bool) error {
		return s.Manager.Update(t.Context(), func(tx manager.Tx) error { return tx.RequireAgreement(t.Context(), name, required) })
	}
	put(persons)
	wantOne("closed from the start")
	persons.Upstream = "http://127.0.0.1:81"
	put(manager.Service{Name: "persons", Upstream: persons.Upstream})
	wantOne("another source, closed still")
	for _, required := range []bool{false, true} {
		persons.RequiresAgreement = required
		if err := require("persons", required); err != nil {
			t.Fatal(err)
		}
		wantOne("set")
	}
	if err := require("addresses", true); !errors.Is(err, manager.ErrNotFound) {
		t.Errorf("a service that isn't there: %v", err)
	}
}

func serviceLimits(k check) {
	t, s := k.t, k.stores
	persons := manager.Service{Name: "persons", Upstream: "http://127.0.0.1:80", Limits: limit.Limits{ConcurrentCalls: 9}}
	put := func(v manager.Service) {
		update(t, s, func(tx manager.Tx) error { return tx.PutService(t.Context(), v) })
	}
	wantOne := func(what string) {
		t.Helper()
		var got []manager.Service
		view(t, s, func(tx manager.Tx) (err error) {
			got, err = tx.ListServices(t.Context())
			return err
		})
		equal(t, what, got, []manager.Service{persons})
	}
	limitTo := func(name string, l limit.Limits) error {
		return s.Manager.Update(t.Context(), func(tx manager.Tx) error { return tx.LimitService(t.Context(), name, l) })
	}
	put(persons)
	wantOne("with a limit from the start")
	persons.Limits = limit.Limits{
		ConcurrentCalls: 1, ConcurrentCallsPerPeer: 2, CallsPerSecondPerPeer: 3, RequestBytes: limit.MaxRequestBytes, ResponseMilliseconds: 5,
	}
	if err := limitTo("persons", persons.Limits); err != nil {
		t.Fatal(err)
	}
	wantOne("limited")
	persons.Upstream = "http://127.0.0.1:81"
	put(manager.Service{Name: "persons", Upstream: persons.Upstream})
	wantOne("another source under the same limits")
	persons.Limits = limit.Limits{}
	if err := limitTo("persons", persons.Limits); err != nil {
		t.Fatal(err)
	}
	wantOne("without limits")
	if err := limitTo("addresses", limit.Limits{}); !errors.Is(err, manager.ErrNotFound) {
		t.Errorf("limits for a service that isn't there: %v", err)
	}
}
