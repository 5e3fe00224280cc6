// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// findContracts searches as anna does at the start, unless it says otherwise.
func findContracts(t *testing.T, s Stores, q manager.ContractSearch) (page *manager.ContractPage) {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 50
	}
	if q.At.IsZero() {
		q.At = start()
	}
	q.Self = anna
	view(t, s, func(tx manager.Tx) (err error) {
		page, err = tx.SearchContracts(t.Context(), q)
		return err
	})
	return page
}

func counts(t *testing.T, s Stores, at time.Time) (n *manager.ContractCounts) {
	t.Helper()
	view(t, s, func(tx manager.Tx) (err error) {
		n, err = tx.CountContracts(t.Context(), anna, at)
		return err
	})
	return n
}

func contractsAreFound(k check) {
	t, s := k.t, k.stores
	offered := connection(bart, anna, "Persons.v2")
	offered.Service.Type, offered.Service.Delegator = fsc.ServiceTypeDelegatedService, carla
	all := []*manager.Contract{
		accepted(t, draft(0, connection(bart, anna, "persons"), connection(bart, anna, "addresses"))),
		accepted(t, draft(1, publication(anna, "persons"))),
		accepted(t, draft(2, delegatedConnection(carla, anna, "persons"))),
		accepted(t, draft(3, delegatedPublication(bart, anna, "50%_rule"))),
		accepted(t, draft(4, connection(anna, bart, "letters"))),
		accepted(t, draft(5, offered)),
		accepted(t, draft(6, delegatedConnection(anna, dirk, "taxes"))),
	}
	put(t, s, all...)
	update(t, s, func(tx manager.Tx) error {
		return tx.PutPeer(t.Context(), fsc.Peer{ID: carla, Name: "Gemeente Súdwest"})
	})
	for _, c := range []struct {
		name   string
		search manager.ContractSearch
		want   []int
	}{
		{"all", manager.ContractSearch{}, []int{6, 5, 4, 3, 2, 1, 0}},
		{"oldest first", manager.ContractSearch{Ascending: true, Limit: 2}, []int{0, 1}},
		{"a part of a service's name in any case", manager.ContractSearch{Text: "SONS"}, []int{5, 2, 1, 0}},
		{"a word that contracts have twice", manager.ContractSearch{Text: "0000009900000000"}, []int{6, 5, 4, 3, 2, 1, 0}},
		{"a part of a Peer's ID", manager.ContractSearch{Text: "3000"}, []int{5, 2}},
		{"a part of a Peer's name", manager.ContractSearch{Text: "súdWEST"}, []int{5, 2}},
		{"signs are letters", manager.ContractSearch{Text: "%_"}, []int{3}},
		{"a text that nothing has", manager.ContractSearch{Text: "nowhere"}, nil},
		{"the beginning of a content hash", manager.ContractSearch{Text: string(all[4].Content.Hash())[:20]}, []int{4}},
		{"a grant hash", manager.ContractSearch{Text: string(all[0].Content.Grants[1].Hash)}, []int{0}},
		{"a hash and a role", manager.ContractSearch{Text: string(all[4].Content.Hash()), Role: manager.RoleProvider}, nil},
		{"as provider", manager.ContractSearch{Role: manager.RoleProvider}, []int{5, 2, 0}},
		{"as consumer", manager.ContractSearch{Role: manager.RoleConsumer}, []int{4}},
		{"as delegator", manager.ContractSearch{Role: manager.RoleDelegator}, []int{6}},
		{"as delegator of a publication", manager.ContractSearch{Role: manager.RolePublicationDelegator}, []int{3}},
		{"as publisher", manager.ContractSearch{Role: manager.RolePublisher}, []int{1}},
		{"as directory", manager.ContractSearch{Role: manager.RoleDirectory}, nil},
		{"with a Peer", manager.ContractSearch{Peer: carla}, []int{5, 2}},
		{"a service's exact name", manager.ContractSearch{Service: "persons"}, []int{2, 1, 0}},
		{"a service that is ours", manager.ContractSearch{Service: "persons", Role: manager.RoleProvider}, []int{2, 0}},
		{"a service of another is not ours", manager.ContractSearch{Service: "letters", Role: manager.RoleProvider}, nil},
		{"with a connection", manager.ContractSearch{GrantType: fsc.GrantTypeServiceConnection}, []int{5, 4, 0}},
		{"with a delegated connection", manager.ContractSearch{GrantType: fsc.GrantTypeDelegatedServiceConnection}, []int{6, 2}},
		{"with a publication", manager.ContractSearch{GrantType: fsc.GrantTypeServicePublication}, []int{1}},
		{"with a delegated publication", manager.ContractSearch{GrantType: fsc.GrantTypeDelegatedServicePublication}, []int{3}},
		{"a type and a text", manager.ContractSearch{GrantType: fsc.GrantTypeServiceConnection, Text: "sons"}, []int{5, 0}},
		{"everything together", manager.ContractSearch{
			Text: "per", Service: "persons", Role: manager.RoleProvider, Peer: carla, State: fsc.StateValid,
			GrantType: fsc.GrantTypeDelegatedServiceConnection,
		}, []int{2}},
		{"awaiting us", manager.ContractSearch{AwaitingUs: true}, nil},
	} {
		var want []*manager.Contract
		for _, i := range c.want {
			want = append(want, all[i])
		}
		got := findContracts(t, s, c.search).Contracts
		equal(t, c.name, hashes(got), hashes(want))
		for i := range min(len(got), len(want)) {
			equal(t, c.name+": contract", got[i], want[i])
		}
	}
	view(t, s, func(tx manager.Tx) error {
		n, err := tx.CountConnections(t.Context(), anna, "persons", start())
		equal(t, "connections", n, 2)
		return err
	})
}

// foundAsTheStandard compares searches and counts by state with fsc.State for
// marks and moments on and around every border.
func foundAsTheStandard(k check) {
	t, s := k.t, k.stores
	at := start().Truncate(time.Second)
	moment := func(name string) *rapid.Generator[time.Time] {
		return rapid.Custom(func(r *rapid.T) time.Time {
			return at.Add(time.Duration(rapid.IntRange(-3, 5).Draw(r, name+" seconds"))*time.Second +
				time.Duration(rapid.SampledFrom([]int{0, 0, -1000, -1, 1, 1000}).Draw(r, name+" nanoseconds")))
		})
	}
	var all []*manager.Contract
	rapid.Check(t, func(r *rapid.T) {
		d := draft(len(all), delegatedConnection(carla, anna, "persons"))
		d.NotBefore = at.Add(time.Duration(rapid.IntRange(-3, 2).Draw(r, "not before")) * time.Second)
		d.NotAfter = d.NotBefore.Add(time.Duration(rapid.IntRange(1, 5).Draw(r, "validity")) * time.Second)
		c := &manager.Contract{Content: content(t, d), StoredAt: start()}
		all = append(all, c)
		for _, p := range []fsc.PeerID{anna, bart, carla, dirk} {
			types := []fsc.SignatureType{fsc.SignatureTypeAccept}
			if rapid.IntRange(0, 7).Draw(r, "stop") == 0 {
				types = append(types, rapid.SampledFrom([]fsc.SignatureType{fsc.SignatureTypeReject, fsc.SignatureTypeRevoke}).Draw(r, "type"))
			}
			for _, typ := range types {
				if rapid.IntRange(0, 7).Draw(r, "signs") == 0 {
					continue
				}
				sig := signature(p, typ, start())
				if rapid.Bool().Draw(r, "certificate ends soon") {
					sig.CertificateNotAfter = moment("certificate end").Draw(r, "certificate end").Truncate(time.Microsecond)
				}
				c.Signatures = append(c.Signatures, sig)
			}
		}
		put(t, s, c)
		now := moment("now").Draw(r, "now")
		hash := string(c.Content.Hash())
		for _, state := range states() {
			page := findContracts(t, s, manager.ContractSearch{Text: hash, State: state, At: now})
			if got, want := len(page.Contracts) == 1, c.State(now) == state; got != want {
				r.Fatalf("searching for %s finds it: %v; the standard says %s", state, got, c.State(now))
			}
		}
		page := findContracts(t, s, manager.ContractSearch{Text: hash, AwaitingUs: true, At: now})
		if got, want := len(page.Contracts) == 1, awaits(c, anna, now); got != want {
			r.Fatalf("awaiting us is %v in the search; the standard says %v", got, want)
		}
	})
	for _, now := range []time.Time{at.Add(-2 * time.Second), at, at.Add(1), at.Add(time.Second), at.Add(2*time.Second - 1), at.Add(time.Hour)} {
		want := &manager.ContractCounts{ByState: map[fsc.ContractState]int{}}
		for _, state := range states() {
			want.ByState[state] = 0
		}
		for _, c := range all {
			want.ByState[c.State(now)]++
			if awaits(c, anna, now) {
				want.AwaitingUs++
			}
		}
		equal(t, "counts at "+now.String(), counts(t, s, now), want)
		equal(t, "number awaiting us", len(findContracts(t, s, manager.ContractSearch{AwaitingUs: true, At: now, Limit: 1000}).Contracts), want.AwaitingUs)
	}
}

func states() []fsc.ContractState {
	return []fsc.ContractState{
		fsc.StateProposed, fsc.StateValid, fsc.StateRejected, fsc.StateRevoked, fsc.StateExpired, fsc.StateNotYetValid,
	}
}

func awaits(c *manager.Contract, p fsc.PeerID, at time.Time) bool {
	return c.State(at) == fsc.StateProposed && slices.Contains(c.Awaiting(at), p)
}

func searchPages(k check) {
	t, s := k.t, k.stores
	cs := make([]*manager.Contract, 60)
	for n := range cs {
		d := draft(n, connection(bart, anna, "persons"), connection(carla, anna, "persons"))
		d.CreatedAt = start().Add(time.Duration(n/7) * time.Second) // ties
		d.NotAfter = start().Add(time.Duration(100+n%9) * time.Hour)
		cs[n] = &manager.Contract{Content: content(t, d), StoredAt: start()}
	}
	put(t, s, cs...)
	for _, q := range []manager.ContractSearch{
		{},
		{Ascending: true},
		{Sort: manager.SortEnds},
		{Sort: manager.SortEnds, Ascending: true},
		{Text: "persons"},
		{Text: "9900", Sort: manager.SortEnds},
		{AwaitingUs: true},
		{AwaitingUs: true, Text: "sons"},
		{Role: manager.RoleProvider, Text: "sons"},
		{GrantType: fsc.GrantTypeServiceConnection},
	} {
		q.Limit = 100
		whole := findContracts(t, s, q)
		if len(whole.Contracts) != len(cs) || whole.Next != nil || whole.Previous != nil {
			t.Fatalf("%+v: %d contracts, next %v, previous %v", q, len(whole.Contracts), whole.Next, whole.Previous)
		}
		q.Limit = 13
		var pages [][]fsc.ContentHash
		page := findContracts(t, s, q)
		equal(t, "page in front of the first", page.Previous, (*manager.ContractPlace)(nil))
		for {
			pages = append(pages, hashes(page.Contracts))
			if page.Next == nil {
				break
			}
			q.After = page.Next
			page = findContracts(t, s, q)
		}
		equal(t, "all pages", slices.Concat(pages...), hashes(whole.Contracts))
		for i := len(pages) - 2; i >= 0; i-- {
			if page.Previous == nil {
				t.Fatalf("%+v: nothing in front of page %d", q, i+1)
			}
			q.After, q.Before = nil, page.Previous
			page = findContracts(t, s, q)
			equal(t, "page on the way back", hashes(page.Contracts), pages[i])
		}
		equal(t, "page in front of the first", page.Previous, (*manager.ContractPlace)(nil))
	}
	ends := findContracts(t, s, manager.ContractSearch{EndsBefore: start().Add(101 * time.Hour), Limit: 100})
	for _, c := range ends.Contracts {
		if c.Content.Validity.NotAfter >= start().Add(101*time.Hour).Unix() {
			t.Errorf("a contract ends at %d", c.Content.Validity.NotAfter)
		}
	}
	equal(t, "contracts that end soon", len(ends.Contracts) > 0 && len(ends.Contracts) < len(cs), true)
}
