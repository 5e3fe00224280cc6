// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

func contractFilters(k check) {
	t, s := k.t, k.stores
	all := []*manager.Contract{
		accepted(t, draft(0, connection(bart, anna, "persons"), connection(bart, anna, "addresses"))),
		accepted(t, draft(1, publication(anna, "persons"))),
		accepted(t, draft(2, delegatedConnection(carla, anna, "persons"))),
		accepted(t, draft(3, delegatedPublication(bart, carla, "persons"))),
		accepted(t, draft(4, connection(anna, bart, "letters"))),
	}
	put(t, s, all...)
	grant := func(i int) fsc.GrantHash { return all[i].Content.Grants[0].Hash }
	for _, c := range []struct {
		name   string
		filter manager.ContractFilter
		want   []int
	}{
		{"all", manager.ContractFilter{}, []int{4, 3, 2, 1, 0}},
		{"oldest first", manager.ContractFilter{Ascending: true}, []int{0, 1, 2, 3, 4}},
		{"limit", manager.ContractFilter{Limit: 2}, []int{4, 3}},
		{"party", manager.ContractFilter{Party: anna}, []int{4, 2, 1, 0}},
		{"party by delegation", manager.ContractFilter{Party: carla, Ascending: true}, []int{2, 3}},
		{"directory is a party", manager.ContractFilter{Party: dirk}, []int{3, 1}},
		{"grant type", manager.ContractFilter{GrantType: fsc.GrantTypeServiceConnection}, []int{4, 0}},
		{"grant hashes", manager.ContractFilter{GrantHashes: []fsc.GrantHash{grant(1), grant(4), "$1$2$none"}}, []int{4, 1}},
		{"connections of", manager.ContractFilter{ConnectionsOf: bart}, []int{2, 0}},
		{"services of", manager.ContractFilter{ServicesOf: anna}, []int{2, 0}},
		{"publications by", manager.ContractFilter{PublicationsBy: anna}, []int{1}},
		{"filters together", manager.ContractFilter{Party: carla, GrantType: fsc.GrantTypeDelegatedServiceConnection, ConnectionsOf: bart}, []int{2}},
		{"filters that exclude each other", manager.ContractFilter{ConnectionsOf: bart, PublicationsBy: anna}, nil},
		{"hash and party", manager.ContractFilter{GrantHashes: []fsc.GrantHash{grant(0), grant(3)}, Party: dirk}, []int{3}},
	} {
		var want []*manager.Contract
		for _, i := range c.want {
			want = append(want, all[i])
		}
		equal(t, c.name, hashes(list(t, s, c.filter)), hashes(want))
		for i, got := range list(t, s, c.filter) {
			equal(t, c.name+": contract", got, want[i])
		}
	}
}

func contractsOfCallOff(k check) {
	t, s := k.t, k.stores
	under := func(g fsc.Grant, property string) fsc.Grant {
		g.Properties = []byte(`{"other":1,"` + manager.AgreementProperty + `":` + property + `}`)
		return g
	}
	of := func(callOff string) string { return `{"framework":"f","call_off":"` + callOff + `"}` }
	long := strings.Repeat("x", 257)
	all := []*manager.Contract{
		accepted(t, draft(0, under(connection(bart, anna, "persons"), of("a")), under(connection(bart, anna, "addresses"), of("a")))),
		accepted(t, draft(1, under(delegatedConnection(carla, anna, "persons"), of("b")), under(connection(bart, anna, "persons"), of("a")))),
		accepted(t, draft(2, under(connection(bart, anna, "persons"), `"a"`))),
		accepted(t, draft(3, under(connection(bart, anna, "persons"), `{"Call_Off":"a"}`))),
		accepted(t, draft(4, under(connection(bart, anna, "persons"), `{"call_off":1}`), under(connection(bart, anna, "addresses"), of(long)))),
		accepted(t, draft(5, under(publication(anna, "persons"), of("a")))),
	}
	put(t, s, all...)
	for callOff, want := range map[string][]*manager.Contract{
		"a": {all[0], all[1]}, "b": {all[1]}, "1": nil, "A": nil, long: nil,
	} {
		got := list(t, s, manager.ContractFilter{CallOff: callOff, Ascending: true})
		equal(t, "call-off "+callOff, hashes(got), hashes(want))
	}
	got := list(t, s, manager.ContractFilter{CallOff: "a", Party: carla})
	equal(t, "of a party", hashes(got), hashes(all[1:2]))
}

func stateFilters(k check) {
	t, s := k.t, k.stores
	at := start().Truncate(time.Second)
	put4 := func(n int, change func(*fsc.Draft)) *manager.Contract {
		d := draft(n, connection(bart, anna, "persons"))
		change(&d)
		c := accepted(t, d)
		put(t, s, c)
		return c
	}
	valid := put4(0, func(*fsc.Draft) {})
	later := put4(1, func(d *fsc.Draft) { d.NotBefore = at.Add(time.Hour) })
	over := put4(2, func(d *fsc.Draft) { d.NotAfter = at.Add(-time.Hour) })
	revoked := put4(3, func(*fsc.Draft) {})
	outsider := put4(4, func(*fsc.Draft) {})
	update(t, s, func(tx manager.Tx) error {
		if _, err := tx.PutSignature(t.Context(), revoked.Content.Hash(), signature(bart, fsc.SignatureTypeRevoke, start())); err != nil {
			return err
		}
		_, err := tx.PutSignature(t.Context(), outsider.Content.Hash(), signature(carla, fsc.SignatureTypeReject, start()))
		return err
	})
	for _, c := range []struct {
		name   string
		filter manager.ContractFilter
		want   []*manager.Contract
	}{
		{"valid now", manager.ContractFilter{ValidAt: at}, []*manager.Contract{outsider, valid}},
		{"valid from not_before", manager.ContractFilter{ValidAt: at.Add(time.Hour)}, []*manager.Contract{outsider, later, valid}},
		{"valid just before not_before", manager.ContractFilter{ValidAt: at.Add(time.Hour - 1)}, []*manager.Contract{outsider, valid}},
		{"not valid at not_after", manager.ContractFilter{ValidAt: at.Add(24 * time.Hour)}, nil},
		{"valid at a time before", manager.ContractFilter{ValidAt: at.Add(-time.Hour - 1)}, []*manager.Contract{outsider, over, valid}},
		{"ends after", manager.ContractFilter{EndsAfter: at}, []*manager.Contract{outsider, revoked, later, valid}},
		{"ends exactly then", manager.ContractFilter{EndsAfter: at.Add(-time.Hour)}, []*manager.Contract{outsider, revoked, later, valid}},
		{"ends just after", manager.ContractFilter{EndsAfter: at.Add(-time.Hour - 1)}, []*manager.Contract{outsider, revoked, over, later, valid}},
		{"stopped", manager.ContractFilter{Stopped: true, ServicesOf: anna, EndsAfter: at}, []*manager.Contract{revoked}},
	} {
		equal(t, c.name, hashes(list(t, s, c.filter)), hashes(c.want))
	}
}

// validAsTheStandard compares the filter with fsc.State for marks and moments
// on and around every border.
func validAsTheStandard(k check) {
	t, s := k.t, k.stores
	n := 0
	at := start().Truncate(time.Second)
	moment := func(name string) *rapid.Generator[time.Time] {
		return rapid.Custom(func(r *rapid.T) time.Time {
			return at.Add(time.Duration(rapid.IntRange(-3, 3).Draw(r, name+" seconds"))*time.Second +
				time.Duration(rapid.SampledFrom([]int{0, 0, -1000, -1, 1, 1000}).Draw(r, name+" nanoseconds")))
		})
	}
	rapid.Check(t, func(r *rapid.T) {
		n++
		d := draft(n, delegatedConnection(carla, anna, "persons"))
		d.NotBefore = at.Add(time.Duration(rapid.IntRange(-3, 2).Draw(r, "not before")) * time.Second)
		d.NotAfter = d.NotBefore.Add(time.Duration(rapid.IntRange(1, 5).Draw(r, "validity")) * time.Second)
		c := &manager.Contract{Content: content(t, d), StoredAt: start()}
		for _, p := range []fsc.PeerID{anna, bart, carla, dirk} {
			types := []fsc.SignatureType{fsc.SignatureTypeAccept}
			if rapid.IntRange(0, 5).Draw(r, "stop") == 0 {
				types = []fsc.SignatureType{fsc.SignatureTypeAccept, fsc.SignatureTypeReject, fsc.SignatureTypeRevoke}
			}
			for _, typ := range types {
				if rapid.IntRange(0, 9).Draw(r, "signs") == 0 {
					continue
				}
				sig := signature(p, typ, start())
				sig.CertificateNotAfter = at.AddDate(1, 0, 0)
				if rapid.Bool().Draw(r, "certificate ends soon") {
					sig.CertificateNotAfter = moment("certificate end").Draw(r, "certificate end").Truncate(time.Microsecond)
				}
				c.Signatures = append(c.Signatures, sig)
			}
		}
		put(t, s, c)
		now := moment("now").Draw(r, "now")
		hash := c.Content.Grants[0].Hash
		got := len(list(t, s, manager.ContractFilter{GrantHashes: []fsc.GrantHash{hash}, ValidAt: now})) == 1
		if want := c.State(now) == fsc.StateValid; got != want {
			r.Fatalf("valid is %v in the listing; the standard says %s", got, c.State(now))
		}
	})
}

func contractPages(k check) {
	t, s := k.t, k.stores
	const count = 1000
	cs := make([]*manager.Contract, count)
	for n := range cs {
		d := draft(n, connection(bart, anna, "persons"))
		d.CreatedAt = start().Add(time.Duration(n/7) * time.Second) // ties
		cs[n] = &manager.Contract{Content: content(t, d), StoredAt: start()}
	}
	put(t, s, cs...)
	want := hashes(list(t, s, manager.ContractFilter{Ascending: true}))
	if len(want) != count {
		t.Fatalf("got %d contracts", len(want))
	}
	newcomer := count
	for _, f := range []manager.ContractFilter{
		{Limit: 211}, {Limit: 211, Ascending: true, Party: bart},
	} {
		var got []fsc.ContentHash
		for page := list(t, s, f); len(page) > 0; page = list(t, s, f) {
			got = append(got, hashes(page)...)
			last := page[len(page)-1].Content
			f.After = &manager.ContractKey{CreatedAt: last.CreatedAt, ContentHash: last.Hash()}
			for _, second := range []int{-1, 70, 200} {
				newcomer++
				d := draft(newcomer, connection(bart, anna, "persons"))
				d.CreatedAt = start().Add(time.Duration(second) * time.Second)
				put(t, s, &manager.Contract{Content: content(t, d), StoredAt: start()})
			}
		}
		if doubles := len(got) - len(slices.Compact(slices.Sorted(slices.Values(got)))); doubles > 0 {
			t.Errorf("%+v: %d doubles", f, doubles)
		}
		got = slices.DeleteFunc(got, func(h fsc.ContentHash) bool { return !slices.Contains(want, h) })
		if !f.Ascending {
			slices.Reverse(got)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: %d contracts in the pages, or in another order; want %d", f, len(got), count)
		}
	}
}

func signingChains(k check) {
	t, s := k.t, k.stores
	at := start().Truncate(time.Second)
	chain := func(name string) [][]byte { return [][]byte{[]byte(name), []byte("intermediate")} }
	for n, c := range []struct {
		ends time.Duration
		key  string
	}{{time.Hour, "first"}, {2 * time.Hour, "second"}, {3 * time.Hour, "second"}, {time.Hour, "third"}} {
		d := draft(n, connection(bart, anna, "persons"))
		d.NotAfter = at.Add(c.ends)
		contract := &manager.Contract{Content: content(t, d), StoredAt: start()}
		sig := signature(anna, fsc.SignatureTypeAccept, start())
		sig.Chain = chain(c.key)
		other := signature(bart, fsc.SignatureTypeAccept, start())
		contract.Signatures = []manager.Signature{sig, other}
		put(t, s, contract)
	}
	for _, c := range []struct {
		name      string
		endsAfter time.Time
		want      []string
	}{
		{"all keys in use, each once", at, []string{"first", "second", "third"}},
		{"without contracts that end", at.Add(time.Hour), []string{"second"}},
		{"none when all ended", at.Add(3 * time.Hour), nil},
	} {
		view(t, s, func(tx manager.Tx) error {
			chains, err := tx.ListSigningChains(t.Context(), anna, c.endsAfter)
			var got []string
			for _, chain := range chains {
				got = append(got, string(chain[0]))
			}
			slices.Sort(got)
			equal(t, c.name, got, c.want)
			if len(c.want) == 1 {
				equal(t, "chain", chains, [][][]byte{chain("second")})
			}
			return err
		})
	}
}
