// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"errors"
	"sync"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

func putDossiers(t *testing.T, s Stores, ds ...collective.Dossier) {
	t.Helper()
	act(t, s, func(tx collective.Tx) error {
		for i := range ds {
			if err := tx.PutDossier(t.Context(), &ds[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// newDossier is one without entries; hash needn't be that of a deed.
func newDossier(h deed.Hash, keeper fsc.PeerID) collective.Dossier {
	return collective.Dossier{Head: deed.NewFeed(h), Type: 110, Keeper: keeper}
}

func dossiers(k check) {
	t, s := k.t, k.stores
	one, two, three := newDossier("$1$110$a", anna), newDossier("$1$110$b", bart), newDossier("$1$110$c", anna)
	putDossiers(t, s, three, one, two)
	one.Head.Number, one.Head.Hash, one.Head.At = 2, "$1$902$x", 7
	one.Version, one.Folded, one.Until = 5, 4, 9
	changed := one
	changed.Keeper, changed.Type = bart, 120
	putDossiers(t, s, changed)
	look(t, s, func(tx collective.Tx) error {
		got, err := tx.FindDossier(t.Context(), "$1$110$a")
		equal(t, "changed", got, &one)
		all, errAll := tx.ListDossiers(t.Context(), "")
		equal(t, "all", all, []collective.Dossier{one, two, three})
		some, errSome := tx.ListDossiers(t.Context(), anna)
		equal(t, "of a keeper", some, []collective.Dossier{one, three})
		_, none := tx.FindDossier(t.Context(), "$1$110$d")
		if !errors.Is(none, collective.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", none)
		}
		return errors.Join(err, errAll, errSome)
	})
}

func dueDossiers(k check) {
	t, s := k.t, k.stores
	behind, later, never, both := newDossier("$1$110$d", anna), newDossier("$1$110$c", anna), newDossier("$1$110$b", anna), newDossier("$1$110$a", bart)
	behind.Version, behind.Folded = 3, 2
	later.Until, later.Version, later.Folded = 100, 4, 4
	both.Version, both.Until = 1, 50
	putDossiers(t, s, behind, later, never, both)
	due := func(at int64, want ...collective.Dossier) {
		t.Helper()
		look(t, s, func(tx collective.Tx) error {
			got, err := tx.DueDossiers(t.Context(), at)
			equal(t, "due", got, want)
			return err
		})
	}
	due(49, both, behind)
	due(99, both, behind)
	due(100, both, later, behind)
	behind.Folded, both.Folded, both.Until = 3, 1, 0
	putDossiers(t, s, behind, both)
	due(99)
	due(1000, later)
}

// feed makes the entries of a dossier: what matters here are their numbers.
func feed(h deed.Hash, from, to int64) (all []deed.Entry) {
	for n := from; n <= to; n++ {
		e := deed.Entry{Dossier: h, Number: n, Kind: deed.EntrySignature, Subject: "$1$901$s", ReceivedAt: 100 + n}
		if n == 1 {
			e.Kind, e.Subject = deed.EntryDeed, h
		} else {
			e.Previous = "$1$902$p"
		}
		all = append(all, e)
	}
	return all
}

func putEntries(t *testing.T, s Stores, all ...deed.Entry) (sequences []int64) {
	t.Helper()
	act(t, s, func(tx collective.Tx) error {
		sequences = nil
		for i := range all {
			n, err := tx.PutEntry(t.Context(), &all[i])
			if err != nil {
				return err
			}
			sequences = append(sequences, n)
		}
		return nil
	})
	return sequences
}

func entries(k check) {
	t, s := k.t, k.stores
	all := feed("$1$110$a", 1, 5)
	putEntries(t, s, all[:3]...)
	for name, wrong := range map[string]deed.Entry{
		"after a gap": all[4], "with a number in use": all[2], "with number 0": feed("$1$110$a", 0, 0)[0], "that doesn't begin": feed("$1$110$b", 2, 2)[0],
	} {
		if s.Collective.Update(t.Context(), func(tx collective.Tx) error { _, err := tx.PutEntry(t.Context(), &wrong); return err }) == nil {
			t.Errorf("an entry %s is stored", name)
		}
	}
	putEntries(t, s, all[3:]...)
	look(t, s, func(tx collective.Tx) error {
		got, err := tx.ListEntries(t.Context(), "$1$110$a", 0, 0)
		equal(t, "all", got, all)
		page, errPage := tx.ListEntries(t.Context(), "$1$110$a", 1, 2)
		equal(t, "page", page, all[1:3])
		none, errNone := tx.ListEntries(t.Context(), "$1$110$b", 0, 0)
		equal(t, "of another", len(none), 0)
		return errors.Join(err, errPage, errNone)
	})
}

func entryNumbers(k check) {
	t, s := k.t, k.stores
	a, b := feed("$1$110$a", 1, 6), feed("$1$110$b", 1, 3)
	equal(t, "of the first", putEntries(t, s, a[0], b[0], a[1]), []int64{1, 2, 3})
	broken := errors.New("broken")
	err := s.Collective.Update(t.Context(), func(tx collective.Tx) error {
		_, err := tx.PutEntry(t.Context(), &a[2])
		return errors.Join(err, broken)
	})
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	equal(t, "after one that failed", putEntries(t, s, b[1], a[2]), []int64{4, 5})
	s = s.Reopen()
	equal(t, "after reopening", putEntries(t, s, a[3]), []int64{6})
}

func feedWriters(k check) {
	t, s := k.t, k.stores
	putDossiers(t, s, newDossier("$1$110$a", anna), newDossier("$1$110$b", anna))
	const writers, each = 4, 25
	var wg sync.WaitGroup
	for w := range writers {
		h := deed.Hash([]string{"$1$110$a", "$1$110$b"}[w%2])
		wg.Go(func() {
			for range each {
				err := s.Collective.Update(t.Context(), func(tx collective.Tx) error {
					home, err := tx.FindDossier(t.Context(), h)
					if err != nil {
						return err
					}
					home.Head.Number++
					e := feed(h, home.Head.Number, home.Head.Number)[0]
					_, err = tx.PutEntry(t.Context(), &e)
					return errors.Join(err, tx.PutDossier(t.Context(), home))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	look(t, s, func(tx collective.Tx) error {
		lines, err := tx.ListLines(t.Context(), anna, 0, 0)
		equal(t, "lines", len(lines), writers*each)
		last := map[deed.Hash]int64{}
		for i, l := range lines {
			if l.Sequence != int64(i+1) || l.Entry.Number != last[l.Entry.Dossier]+1 {
				t.Fatalf("line %d is %+v", i, l)
			}
			last[l.Entry.Dossier] = l.Entry.Number
		}
		return err
	})
}

func line(sequence int64, e deed.Entry) collective.Line {
	return collective.Line{Sequence: sequence, Entry: e}
}

func feedLines(k check) {
	t, s := k.t, k.stores
	a, b, c := feed("$1$110$a", 1, 3), feed("$1$110$b", 1, 2), feed("$1$110$c", 1, 2)
	// Entries come in before their dossier, and after it.
	putEntries(t, s, a[0], b[0], c[0])
	putDossiers(t, s, newDossier("$1$110$a", anna), newDossier("$1$110$b", bart), newDossier("$1$110$c", anna))
	putEntries(t, s, b[1], a[1], c[1], a[2])
	putDossiers(t, s, newDossier("$1$110$a", anna))
	want := []collective.Line{line(1, a[0]), line(3, c[0]), line(5, a[1]), line(6, c[1]), line(7, a[2])}
	look(t, s, func(tx collective.Tx) error {
		all, err := tx.ListLines(t.Context(), anna, 0, 0)
		equal(t, "all", all, want)
		page, errPage := tx.ListLines(t.Context(), anna, 3, 2)
		equal(t, "page", page, want[2:4])
		end, errEnd := tx.ListLines(t.Context(), anna, 7, 2)
		equal(t, "behind the last", len(end), 0)
		other, errOther := tx.ListLines(t.Context(), bart, 0, 0)
		equal(t, "of another", other, []collective.Line{line(2, b[0]), line(4, b[1])})
		return errors.Join(err, errPage, errEnd, errOther)
	})
}

func checkpoints(k check) {
	t, s := k.t, k.stores
	one := collective.Checkpoint{Dossier: "$1$110$a", Number: 1, Head: "$1$902$x", JWS: "one", Thumbprint: "leaf"}
	two, changed := one, one
	two.Number, two.JWS, changed.JWS = 2, "two", "changed"
	act(t, s, func(tx collective.Tx) error {
		return errors.Join(tx.PutChain(t.Context(), "leaf", [][]byte{[]byte("leaf")}),
			tx.PutCheckpoint(t.Context(), &two), tx.PutCheckpoint(t.Context(), &one), tx.PutCheckpoint(t.Context(), &changed))
	})
	look(t, s, func(tx collective.Tx) error {
		first, err := tx.FindCheckpoint(t.Context(), "$1$110$a", 1)
		equal(t, "first", first, &one)
		last, errLast := tx.FindCheckpoint(t.Context(), "$1$110$a", 0)
		equal(t, "last", last, &two)
		_, none := tx.FindCheckpoint(t.Context(), "$1$110$a", 3)
		_, other := tx.FindCheckpoint(t.Context(), "$1$110$b", 0)
		if !errors.Is(none, collective.ErrNotFound) || !errors.Is(other, collective.ErrNotFound) {
			t.Errorf("got %v and %v, want ErrNotFound", none, other)
		}
		return errors.Join(err, errLast)
	})
}

func alarmsAndCursors(k check) {
	t, s := k.t, k.stores
	one := collective.Alarm{At: 1, Peer: anna, Dossier: "$1$110$a", Code: "feed", Detail: "doesn't hold"}
	two := collective.Alarm{At: 2, Peer: bart, Dossier: "$1$110$b", Code: "equivocation", Detail: "two stories", Proof: []byte{0, 255}}
	act(t, s, func(tx collective.Tx) error {
		return errors.Join(tx.PutAlarm(t.Context(), &one), tx.PutAlarm(t.Context(), &two), tx.PutAlarm(t.Context(), &two),
			tx.PutCursor(t.Context(), "feed a", 7), tx.PutCursor(t.Context(), "feed a", 9), tx.PutCursor(t.Context(), "feed b", 1))
	})
	look(t, s, func(tx collective.Tx) error {
		all, err := tx.ListAlarms(t.Context(), 0)
		equal(t, "alarms", all, []collective.Alarm{two, two, one})
		last, errLast := tx.ListAlarms(t.Context(), 1)
		equal(t, "last alarm", last, []collective.Alarm{two})
		a, errA := tx.Cursor(t.Context(), "feed a")
		b, errB := tx.Cursor(t.Context(), "feed b")
		none, errNone := tx.Cursor(t.Context(), "feed c")
		equal(t, "cursors", []int64{a, b, none}, []int64{9, 1, 0})
		return errors.Join(err, errLast, errA, errB, errNone)
	})
}
