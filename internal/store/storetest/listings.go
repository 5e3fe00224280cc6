// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
)

func listServices(t *testing.T, s Stores, f directory.Filter, at time.Time) []directory.Listing {
	t.Helper()
	ls, err := s.Directory.ListServices(t.Context(), f, at)
	if err != nil {
		t.Fatal(err)
	}
	return ls
}

func newestListing(k check) {
	t, s := k.t, k.stores
	at := start()
	older := accepted(t, draft(1, publication(anna, "persons")))
	newer := draft(2, publication(anna, "persons"))
	newer.NotBefore = at.Add(time.Hour).Truncate(time.Second)
	newest := accepted(t, newer)
	proposed := accepted(t, draft(3, publication(anna, "persons")))
	proposed.Signatures = proposed.Signatures[:1]
	put(t, s, older, newest, proposed, accepted(t, draft(4, connection(bart, anna, "persons"))))
	hashOf := func(at time.Time) (hs []fsc.ContentHash) {
		for _, l := range listServices(t, s, directory.Filter{}, at) {
			hs = append(hs, l.ContentHash)
		}
		return hs
	}
	equal(t, "only the older is valid", hashOf(at), []fsc.ContentHash{older.Content.Hash()})
	equal(t, "the newest valid wins", hashOf(at.Add(2*time.Hour)), []fsc.ContentHash{newest.Content.Hash()})
	equal(t, "none after the end", len(hashOf(at.AddDate(0, 0, 2))), 0)
	update(t, s, func(tx manager.Tx) error {
		_, err := tx.PutSignature(t.Context(), newest.Content.Hash(), signature(anna, fsc.SignatureTypeRevoke, at))
		return err
	})
	equal(t, "the older is back when the newer is revoked", hashOf(at.Add(2*time.Hour)), []fsc.ContentHash{older.Content.Hash()})
}

func listingPeers(k check) {
	t, s := k.t, k.stores
	g := delegatedPublication(anna, carla, "persons")
	g.Service.Protocol = fsc.ProtocolHTTP2
	g.Properties = []byte(`{"z": 1.0,  "a": "é"}`)
	c := accepted(t, draft(1, publication(bart, "letters"), g))
	put(t, s, c)
	want := []directory.Listing{
		{Peer: fsc.Peer{ID: anna}, Name: "persons", Protocol: fsc.ProtocolHTTP2, Delegator: fsc.Peer{ID: carla}, Properties: c.Content.Grants[1].Properties},
		{Peer: fsc.Peer{ID: bart}, Name: "letters", Protocol: fsc.ProtocolHTTP11},
	}
	for i := range want {
		want[i].CreatedAt, want[i].ContentHash = c.Content.CreatedAt, c.Content.Hash()
	}
	equal(t, "unknown peers", listServices(t, s, directory.Filter{}, start()), want)
	want[0].Peer = fsc.Peer{ID: anna, Name: "Anna", ManagerAddress: "https://anna.example:443"}
	want[0].Delegator = fsc.Peer{ID: carla, Name: "Carla"}
	putPeers(t, s, want[0].Peer, want[0].Delegator)
	equal(t, "known peers", listServices(t, s, directory.Filter{}, start()), want)
}

func listingFilters(k check) {
	t, s := k.t, k.stores
	elsewhere := publication(anna, "elsewhere")
	elsewhere.Directory = carla
	put(t, s, accepted(t, draft(1, publication(anna, "persons"), publication(anna, "addresses"), elsewhere)),
		accepted(t, draft(2, publication(bart, "Persons.v2"), delegatedPublication(bart, carla, "letters_in"))))
	for _, c := range []struct {
		name   string
		filter directory.Filter
		want   []string
	}{
		{"all", directory.Filter{}, []string{"addresses", "elsewhere", "persons", "Persons.v2", "letters_in"}},
		{"directory", directory.Filter{Directory: dirk}, []string{"addresses", "persons", "Persons.v2", "letters_in"}},
		{"another directory", directory.Filter{Directory: carla}, []string{"elsewhere"}},
		{"peer", directory.Filter{Directory: dirk, PeerID: bart}, []string{"Persons.v2", "letters_in"}},
		{"name ignoring case", directory.Filter{NameContains: "PERSON"}, []string{"persons", "Persons.v2"}},
		{"wildcards are letters", directory.Filter{NameContains: "s_i"}, []string{"letters_in"}},
		{"no wildcards", directory.Filter{NameContains: "%"}, nil},
		{"peer or name", directory.Filter{Directory: dirk, PeerID: anna, NameContains: "letters"}, []string{"addresses", "persons", "letters_in"}},
		{"a delegator is not the provider", directory.Filter{PeerID: carla}, nil},
		{"descending", directory.Filter{PeerID: bart, Descending: true}, []string{"letters_in", "Persons.v2"}},
		{"limit", directory.Filter{Limit: 2}, []string{"addresses", "elsewhere"}},
	} {
		var got []string
		for _, l := range listServices(t, s, c.filter, start()) {
			got = append(got, l.Name)
		}
		equal(t, c.name, got, c.want)
	}
}

func listingPages(k check) {
	t, s := k.t, k.stores
	var cs []*manager.Contract
	for n := range 25 {
		var gs []fsc.Grant
		for i := range 4 {
			gs = append(gs, publication(fsc.PeerID(fmt.Sprintf("peer-%02d", (n+i)%10)), fmt.Sprintf("service-%02d", n*3+i)))
		}
		cs = append(cs, accepted(t, draft(n, gs...)))
	}
	put(t, s, cs...)
	for _, descending := range []bool{false, true} {
		f := directory.Filter{Directory: dirk, Descending: descending}
		want := listServices(t, s, f, start())
		if len(want) < 50 || !slices.IsSortedFunc(want, func(a, b directory.Listing) int {
			if c := compareListings(a, b); !descending {
				return c
			}
			return compareListings(b, a)
		}) {
			t.Fatalf("%d listings, or not in order", len(want))
		}
		f.Limit = 9
		var got []directory.Listing
		for page := listServices(t, s, f, start()); len(page) > 0; page = listServices(t, s, f, start()) {
			got = append(got, page...)
			last := page[len(page)-1]
			f.After = &directory.Key{PeerID: last.Peer.ID, Name: last.Name}
		}
		equal(t, "pages", got, want)
	}
}

func compareListings(a, b directory.Listing) int {
	return slices.Compare([]string{string(a.Peer.ID), a.Name}, []string{string(b.Peer.ID), b.Name})
}
