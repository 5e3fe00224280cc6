// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

func act(t *testing.T, s Stores, fn func(collective.Tx) error) {
	t.Helper()
	if err := s.Collective.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func look(t *testing.T, s Stores, fn func(collective.Tx) error) {
	t.Helper()
	if err := s.Collective.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// someDeed is a deed that dirk keeps; n tells deeds apart.
func someDeed(t *testing.T, n int, parents ...deed.Hash) *collective.Deed {
	t.Helper()
	return deedWith(t, n, nil, parents...)
}

// deedWith is someDeed with annexes.
func deedWith(t *testing.T, n int, annexes []deed.Annex, parents ...deed.Hash) *collective.Deed {
	t.Helper()
	at := start().Unix()
	d := deed.Draft{
		Type: 110, ID: deed.NewID(start().UnixMilli(), [10]byte{byte(n >> 8 & 0xff), byte(n & 0xff)}), GroupID: "test-group",
		IssuedAt: at + int64(n), NotBefore: at + int64(n), Parents: parents, Annexes: annexes,
		Parties: []deed.Party{{PeerID: anna, Role: "buyer"}, {PeerID: dirk, Role: deed.Secretariat}},
		Rule:    deed.Rule{Kind: deed.RuleOne, Role: "buyer"}, Body: fmt.Appendf(nil, `{"number":%d}`, n),
	}
	c, err := d.Content()
	if err != nil {
		t.Fatal(err)
	}
	home := c.Hash()
	if len(parents) > 0 {
		home = parents[0]
	}
	return &collective.Deed{Hash: c.Hash(), Dossier: home, Raw: c.Raw()}
}

func putDeeds(t *testing.T, s Stores, ds ...*collective.Deed) {
	t.Helper()
	act(t, s, func(tx collective.Tx) error {
		for _, d := range ds {
			if _, err := tx.PutDeed(t.Context(), d); err != nil {
				return err
			}
		}
		return nil
	})
}

// byHash gives deeds as stores list them.
func byHash(ds ...*collective.Deed) (all []collective.Deed) {
	for _, d := range ds {
		all = append(all, *d)
	}
	slices.SortFunc(all, func(a, b collective.Deed) int { return strings.Compare(string(a.Hash), string(b.Hash)) })
	return all
}

func deedsAreKept(k check) {
	t, s := k.t, k.stores
	root := someDeed(t, 1)
	one, two, other := someDeed(t, 2, root.Hash), someDeed(t, 3, root.Hash), someDeed(t, 4)
	putDeeds(t, s, two, root, other, one)
	moved := *one
	moved.Dossier = other.Hash
	act(t, s, func(tx collective.Tx) error {
		added, err := tx.PutDeed(t.Context(), &moved)
		equal(t, "added again", added, false)
		return err
	})
	look(t, s, func(tx collective.Tx) error {
		got, err := tx.FindDeed(t.Context(), one.Hash)
		equal(t, "deed", got, one)
		all, errAll := tx.ListDeeds(t.Context(), root.Hash)
		equal(t, "deeds of a dossier", all, byHash(root, one, two))
		_, errNone := tx.FindDeed(t.Context(), someDeed(t, 9).Hash)
		if !errors.Is(errNone, collective.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", errNone)
		}
		return errors.Join(err, errAll)
	})
	if s.Collective.View(t.Context(), func(tx collective.Tx) error {
		_, err := tx.PutDeed(t.Context(), someDeed(t, 5))
		return err
	}) == nil {
		t.Error("a view adds a deed")
	}
}

func deedsNameAnnexes(k check) {
	t, s := k.t, k.stores
	document, logo := deed.AnnexHash([]byte("document")), deed.AnnexHash([]byte("logo"))
	with := func(n int, hashes ...deed.Hash) *collective.Deed {
		var annexes []deed.Annex
		for _, h := range hashes {
			annexes = append(annexes, deed.Annex{Hash: h, Name: "a", MediaType: "text/plain", Size: 1, Owner: anna})
		}
		return deedWith(t, n, annexes)
	}
	both, one := with(1, document, logo), with(2, document)
	putDeeds(t, s, both, one, one, someDeed(t, 3))
	look(t, s, func(tx collective.Tx) error {
		two, err := tx.ListNaming(t.Context(), document)
		var want []deed.Hash
		for _, d := range byHash(both, one) {
			want = append(want, d.Hash)
		}
		equal(t, "deeds that name the document", two, want)
		only, errOnly := tx.ListNaming(t.Context(), logo)
		equal(t, "deeds that name the logo", only, []deed.Hash{both.Hash})
		none, errNone := tx.ListNaming(t.Context(), both.Hash)
		equal(t, "deeds that name a deed", len(none), 0)
		return errors.Join(err, errOnly, errNone)
	})
}

func deedsOfOtherBytes(k check) {
	t, s := k.t, k.stores
	one, two := someDeed(t, 1), someDeed(t, 2)
	putDeeds(t, s, one)
	for name, wrong := range map[string]*collective.Deed{
		"of another deed":   {Hash: two.Hash, Dossier: one.Hash, Raw: one.Raw},
		"that is there":     {Hash: one.Hash, Dossier: one.Hash, Raw: two.Raw},
		"of no deed":        {Hash: deed.AnnexHash(two.Raw), Dossier: one.Hash, Raw: two.Raw},
		"without canon":     {Hash: two.Hash, Dossier: two.Hash, Raw: append([]byte(" "), two.Raw...)},
		"of nothing at all": {Hash: two.Hash, Dossier: two.Hash},
	} {
		if s.Collective.Update(t.Context(), func(tx collective.Tx) error { _, err := tx.PutDeed(t.Context(), wrong); return err }) == nil {
			t.Errorf("a deed under a hash %s is stored", name)
		}
	}
	look(t, s, func(tx collective.Tx) error {
		got, err := tx.FindDeed(t.Context(), one.Hash)
		equal(t, "deed", got, one)
		return err
	})
}

func deedSignature(on *collective.Deed, n int) *collective.Signature {
	jws := fmt.Sprintf("signature.%d.%s", n, on.Hash)
	return &collective.Signature{
		Hash: (&deed.Signature{JWS: jws}).Hash(), Deed: on.Hash, Dossier: on.Dossier, JWS: jws,
		Thumbprint: "leaf", Signer: anna, Key: "key",
	}
}

func putDeedSignatures(t *testing.T, s Stores, all ...*collective.Signature) {
	t.Helper()
	act(t, s, func(tx collective.Tx) error {
		if err := tx.PutChain(t.Context(), "leaf", [][]byte{[]byte("leaf"), []byte("intermediate")}); err != nil {
			return err
		}
		for _, one := range all {
			if added, err := tx.PutSignature(t.Context(), one); err != nil || !added {
				return fmt.Errorf("added is %t: %w", added, err)
			}
		}
		return nil
	})
}

func deedSignatures(k check) {
	t, s := k.t, k.stores
	root := someDeed(t, 1)
	child := someDeed(t, 2, root.Hash)
	putDeeds(t, s, root, child)
	one, two, three := deedSignature(root, 1), deedSignature(root, 2), deedSignature(child, 3)
	putDeedSignatures(t, s, three, one, two)
	sorted := func(some ...*collective.Signature) (all []collective.Signature) {
		for _, o := range some {
			all = append(all, *o)
		}
		slices.SortFunc(all, func(a, b collective.Signature) int { return strings.Compare(string(a.Hash), string(b.Hash)) })
		return all
	}
	changed := *one
	changed.Signer = bart
	act(t, s, func(tx collective.Tx) error {
		added, err := tx.PutSignature(t.Context(), &changed)
		equal(t, "added again", added, false)
		return errors.Join(err, tx.PutChain(t.Context(), "leaf", [][]byte{[]byte("another")}))
	})
	look(t, s, func(tx collective.Tx) error {
		got, err := tx.FindSignature(t.Context(), one.Hash)
		equal(t, "signature", got, one)
		chain, errChain := tx.FindChain(t.Context(), "leaf")
		equal(t, "chain", chain, [][]byte{[]byte("leaf"), []byte("intermediate")})
		all, errAll := tx.ListSignatures(t.Context(), root.Hash, "")
		equal(t, "of the dossier", all, sorted(one, two, three))
		some, errSome := tx.ListSignatures(t.Context(), root.Hash, root.Hash)
		equal(t, "of a deed", some, sorted(one, two))
		none, errNone := tx.ListSignatures(t.Context(), child.Hash, child.Hash)
		equal(t, "of a deed in another dossier", len(none), 0)
		_, missing := tx.FindSignature(t.Context(), root.Hash)
		_, missingChain := tx.FindChain(t.Context(), "none")
		if !errors.Is(missing, collective.ErrNotFound) || !errors.Is(missingChain, collective.ErrNotFound) {
			t.Errorf("got %v and %v, want ErrNotFound", missing, missingChain)
		}
		return errors.Join(err, errChain, errAll, errSome, errNone)
	})
	forged, orphan, chainless := *deedSignature(root, 4), *deedSignature(someDeed(t, 9), 5), *deedSignature(root, 6)
	forged.JWS, chainless.Thumbprint = "other", "none"
	for name, wrong := range map[string]*collective.Signature{"under another hash": &forged, "on no deed": &orphan, "without a chain": &chainless} {
		if s.Collective.Update(t.Context(), func(tx collective.Tx) error { _, err := tx.PutSignature(t.Context(), wrong); return err }) == nil {
			t.Errorf("a signature %s is stored", name)
		}
	}
}

func deedRollback(k check) {
	t, s := k.t, k.stores
	root, broken := someDeed(t, 1), errors.New("broken")
	err := s.Collective.Update(t.Context(), func(tx collective.Tx) error {
		_, err := tx.PutDeed(t.Context(), root)
		state := collective.State{Deed: root.Hash, Dossier: root.Hash, State: rule.Proposed, Type: 110}
		return errors.Join(err, tx.PutDossier(t.Context(), &collective.Dossier{Head: deed.NewFeed(root.Hash)}),
			tx.PutStates(t.Context(), []collective.State{state}), tx.PutCursor(t.Context(), "x", 7), broken)
	})
	if !errors.Is(err, broken) || err.Error() != "broken" {
		t.Errorf("got %v", err)
	}
	look(t, s, func(tx collective.Tx) error {
		_, noDeed := tx.FindDeed(t.Context(), root.Hash)
		_, noDossier := tx.FindDossier(t.Context(), root.Hash)
		_, noState := tx.FindState(t.Context(), root.Hash)
		for i, err := range []error{noDeed, noDossier, noState} {
			if !errors.Is(err, collective.ErrNotFound) {
				t.Errorf("case %d: got %v, want ErrNotFound", i, err)
			}
		}
		counts, errCounts := tx.CountStates(t.Context(), collective.StateFilter{})
		equal(t, "counts", counts, map[rule.State]int{})
		at, errCursor := tx.Cursor(t.Context(), "x")
		equal(t, "cursor", at, int64(0))
		return errors.Join(errCounts, errCursor)
	})
}
