// SPDX-License-Identifier: EUPL-1.2

package ledger_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/ledger"
)

// eventful is a ledger in which one of everything happened.
func eventful(t *testing.T) *desk {
	t.Helper()
	d := open(t, hundred, ledger.Lot{ID: "2", Max: 7})
	d.does(reserve("a", "town", 30, 40))
	d.does(draw("b", "town", "c1", 50))
	d.does(draw("c", "village", "c2", 30))
	d.does(change("d", "town", "c1", 40))
	d.does(release("e", "village", "c2"))
	d.does(reserve("f", "village", 9, 9))
	d.does(withdraw("g", "village"))
	d.does(closing("h", 1))
	return d
}

func TestASnapshotGivesTheSameStateAndBytes(t *testing.T) {
	d := eventful(t)
	raw := d.snapshot()
	d.crash(raw) // folds all entries once more, which changes nothing
	d.stands(40, 0, 60)
	if got := d.snapshot(); string(got) != string(raw) {
		t.Errorf("got  %s\nwant %s", got, raw)
	}
	if r := d.does(draw("c", "village", "c2", 30)); r.Serial != 3 {
		t.Errorf("a request of before the crash got %+v", r)
	}
}

func TestASnapshotThatDoesNotAddUpIsRefused(t *testing.T) {
	good := string(eventful(t).snapshot())
	if _, err := ledger.Restore([]byte(good)); err != nil {
		t.Fatal(err)
	}
	second := good[strings.Index(good, `{"command":{"request":"b"`):strings.Index(good, `,{"command":{"request":"c"`)]
	for name, raw := range map[string]string{
		"nothing":            "",
		"no JSON":            "ledger",
		"another version":    strings.Replace(good, `"version":1`, `"version":2`, 1),
		"a member unknown":   strings.Replace(good, `"version":1`, `"version":1,"extra":1`, 1),
		"a member twice":     strings.Replace(good, `"version":1`, `"version":1,"version":1`, 1),
		"a larger lot":       strings.Replace(good, `"max":100`, `"max":101`, 1),
		"no lots":            strings.Replace(good, `[{"id":"1","max":100},{"id":"2","max":7}]`, `[]`, 1),
		"another pool":       strings.Replace(good, `"pool":50`, `"pool":51`, 1),
		"another number":     strings.Replace(good, `"serial":3`, `"serial":4`, 1),
		"a warning less":     strings.Replace(good, `"reached":[70]`, `"reached":[]`, 1),
		"an entry left out":  strings.Replace(good, second+",", "", 1),
		"an entry twice":     strings.Replace(good, second, second+","+second, 1),
		"a number too large": strings.Replace(good, `"quantity":50`, `"quantity":9223372036854775808`, 1),
		"more after the end": good + "{}",
	} {
		if raw == good {
			t.Fatalf("%s: nothing was altered", name)
		}
		if _, err := ledger.Restore([]byte(raw)); !errors.Is(err, ledger.ErrLog) && !errors.Is(err, ledger.ErrLots) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAfterAnAppendThatFailedNothingIsDoneUntilTheLogWasRead(t *testing.T) {
	d := eventful(t)
	raw := d.snapshot()
	if _, err := d.Apply(draw("x", "town", "c7", 1), func(ledger.Entry) error { return errDisk }); !errors.Is(err, errDisk) {
		t.Fatalf("got %v", err)
	}
	if _, err := d.Apply(draw("b", "town", "c1", 50), d.add); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("got %v", err)
	}
	if _, err := d.Snapshot(); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("got %v", err)
	}
	if err := d.Fold(d.entries[0]); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("got %v", err)
	}
	d.crash(raw)
	d.does(draw("x", "town", "c7", 1))
}

func TestAPanicWhileAppendingIsACrash(t *testing.T) {
	d := eventful(t)
	raw := d.snapshot()
	c := draw("x", "town", "c7", 1)
	func() {
		defer func() { _ = recover() }()
		_, err := d.Apply(c, func(e ledger.Entry) error {
			d.entries = append(d.entries, e)
			panic("the store is gone")
		})
		t.Errorf("got %v", err)
	}()
	if _, err := d.Apply(c, d.add); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("got %v", err)
	}
	d.crash(raw)
	if r := d.does(c); r.Serial != 9 || len(d.entries) != 9 {
		t.Errorf("got %+v after %d entries", r, len(d.entries))
	}
}

func TestALogOfAnotherFrameworkIsNotFolded(t *testing.T) {
	d := eventful(t)
	other := open(t, ledger.Lot{ID: "1", Max: 99})
	if err := other.Fold(d.entries[0]); !errors.Is(err, ledger.ErrLog) {
		t.Errorf("got %v", err)
	}
	if err := other.Fold(ledger.Entry{}); !errors.Is(err, ledger.ErrLog) || codeOf(err) != ledger.CodeMalformed {
		t.Errorf("got %v", err)
	}
	other.stands(0, 0, 99)
}

func FuzzRestore(f *testing.F) {
	f.Add([]byte(`{"version":1,"lots":[{"id":"1","max":3}],"entries":[]}`))
	f.Add([]byte(`{"version":1,"lots":[{"id":"1","max":3}],"entries":[{"command":{"request":"a","kind":"draw","lot":"1","buyer":"b","call_off":"c","quantity":1},` +
		`"receipt":{"request":"a","kind":"draw","lot":"1","buyer":"b","serial":1,"from_pool":1,"escrow":0,"pool":2,"committed":1}}]}`))
	f.Add([]byte(`{"version":1,"lots":[{"id":"1","max":9}],"entries":[{"command":{"request":"a","kind":"close","lot":"1","window":1},` +
		`"receipt":{"request":"a","kind":"close","lot":"1","serial":1,"escrow":0,"pool":9,"committed":0}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		g, err := ledger.Restore(raw)
		if err != nil {
			if !errors.Is(err, ledger.ErrLog) && !errors.Is(err, ledger.ErrLots) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		for _, s := range g.Lots() {
			if s.Committed < 0 || s.Escrowed < 0 || s.Pool < 0 || s.Committed+s.Escrowed+s.Pool != s.Max {
				t.Errorf("the sums don't hold: %+v", s)
			}
		}
		plain, err := g.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ledger.Restore(plain)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := again.Snapshot(); err != nil || string(second) != string(plain) {
			t.Errorf("got %s, want %s: %v", second, plain, err)
		}
	})
}
