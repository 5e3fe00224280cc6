// SPDX-License-Identifier: EUPL-1.2

package evidence_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

func TestACheckpointIsDueAfterRecordsOrTime(t *testing.T) {
	w := newWorld(t)
	step := func(want int64) {
		t.Helper()
		c, err := w.keeper.Seal(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		got := int64(0)
		if c != nil {
			got = c.Number
		}
		if got != want {
			t.Errorf("got checkpoint %d, want %d", got, want)
		}
	}
	w.at = w.at.Add(2 * time.Hour)
	step(0) // nothing to sign
	w.index(1)
	step(1) // time has passed since the beginning
	w.index(9)
	step(0)
	w.index(1)
	step(2) // enough records
	w.index(1)
	w.at = w.at.Add(59 * time.Minute)
	step(0)
	w.at = w.at.Add(time.Minute)
	step(3)
	w.at = w.at.Add(-24 * time.Hour) // a clock that is set back
	w.index(10)
	step(4)
	if r := w.check(); r.Problem != nil || r.Checkpoints != 4 || r.Records != 22 {
		t.Errorf("got %+v, %v", r, r.Problem)
	}
}

// After a crash between the index and a checkpoint the chain goes on, for its end
// is stored with the records.
func TestTheChainGoesOnAfterAStop(t *testing.T) {
	w := newWorld(t)
	w.index(5)
	w.seal()
	w.index(5)
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	w.open() // with another key, too
	w.index(5)
	if c := w.seal(); c.Number != 2 || c.First != 6 || c.Last != 15 {
		t.Errorf("got %+v", c)
	}
	if r := w.check(); r.Problem != nil || r.Records != 15 {
		t.Errorf("got %+v, %v", r, r.Problem)
	}
}

func TestWhatIsRemovedLawfullyIsToldFromTampering(t *testing.T) {
	w := newWorld(t)
	w.fill()
	if _, err := w.keeper.Prune(t.Context(), w.at.Add(-3*time.Hour)); !errors.Is(err, evidence.ErrNothingToPrune) {
		t.Errorf("got %v", err)
	}
	removed, err := w.keeper.Prune(t.Context(), w.at) // the first two checkpoints
	if err != nil || removed != 20 {
		t.Fatalf("removed %d, %v", removed, err)
	}
	r := w.check()
	if r.Problem != nil || r.Pruned != 20 || r.Records != 15 || r.Checkpoints != 4 {
		t.Errorf("got %+v, %v", r, r.Problem)
	}
	w.index(10)
	w.seal()
	if r := w.check(); r.Problem != nil || r.Records != 25 {
		t.Errorf("got %+v, %v", r, r.Problem)
	}
	w.tamper(`DELETE FROM records WHERE sequence = 21`)
	if r := w.check(); r.Problem == nil || !strings.Contains(r.Problem.String(), "record 21: missing") {
		t.Errorf("got %v", r.Problem)
	}
}

func TestARemovedRecordCannotComeBack(t *testing.T) {
	w := newWorld(t)
	w.fill()
	if _, err := w.keeper.Prune(t.Context(), w.at); err != nil {
		t.Fatal(err)
	}
	w.tamper(`UPDATE records SET sequence = 20 WHERE sequence = 35`)
	if r := w.check(); r.Problem == nil || !strings.Contains(r.Problem.String(), "record 20 (transaction") || r.Problem.Kind != evidence.KindInserted {
		t.Errorf("got %v", r.Problem)
	}
}

// Whoever has the database and another key can make everything agree again, but
// not the checkpoint.
func TestAForgedCheckpointIsFound(t *testing.T) {
	w := newWorld(t)
	w.index(10)
	w.seal()
	w.tamper(`DELETE FROM log_checkpoints`)
	forged, err := w.keeperOf(neighbor).Seal(t.Context(), true)
	if err != nil || forged == nil {
		t.Fatal(err)
	}
	if r := w.check(); r.Problem == nil || !strings.Contains(r.Problem.String(), "checkpoint 1: does not hold; it is of the log of "+string(neighbor)) {
		t.Errorf("got %v", r.Problem)
	}
	other := newWorld(t)
	other.index(10)
	other.seal()
	r, err := w.verifier.Check(t.Context(), other.store.Log(), evidence.Window{})
	if err != nil || r.Problem == nil || !strings.Contains(r.Problem.String(), "wasn't trusted") {
		t.Errorf("signed under other anchors: %v, %v", r, err)
	}
}

// Records that were linked anew agree with each other. The checkpoint tells.
func TestRecordsThatWereLinkedAnewAreFound(t *testing.T) {
	w := newWorld(t)
	w.index(10)
	w.seal()
	first, err := w.store.Log().NewestCheckpoints(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	c, err := first[0].Read()
	if err != nil {
		t.Fatal(err)
	}
	// The same log anew, with one other record.
	w.tamper(`DELETE FROM records`, `UPDATE log_chain SET last_sequence = 0`)
	w.indexed = 1
	w.index(10)
	if r := w.check(); r.Problem == nil || r.Problem.Kind != evidence.KindHead || r.Problem.Sequence != c.First || r.Problem.Until != c.Last || r.Problem.Checkpoint != 1 {
		t.Errorf("got %+v", r.Problem)
	}
}

func TestOnlyAPartIsLookedAt(t *testing.T) {
	w := newWorld(t)
	w.fill()
	end := w.at.Unix()
	for _, c := range []struct {
		name           string
		window         evidence.Window
		records, first int64
	}{
		{"from the second checkpoint on", evidence.Window{From: end}, 15, 21},
		{"up to the first", evidence.Window{Until: end - 7200}, 10, 1},
		{"the one in the middle", evidence.Window{From: end - 3600, Until: end - 3600}, 10, 11},
		{"from later than all", evidence.Window{From: end + 1}, 5, 31},
	} {
		r, err := w.verifier.Check(t.Context(), w.store.Log(), c.window)
		if err != nil || r.Problem != nil || r.Records != c.records || r.First != c.first {
			t.Errorf("%s: %+v, %v", c.name, r, err)
		}
	}
}

func TestACheckpointIsNoOtherStatement(t *testing.T) {
	w := newWorld(t)
	w.index(1)
	w.seal()
	sealed, err := w.store.Log().NewestCheckpoints(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	jws := sealed[0].JWS
	if _, err := fsc.ParseSignature(jws); err == nil {
		t.Error("passes as the signature of a contract")
	}
	if _, err := fsc.ParseToken(jws); err == nil {
		t.Error("passes as a token")
	}
	if _, err := deed.ParseSignature(jws); err == nil {
		t.Error("passes as the signature of a deed")
	}
	if _, err := deed.ParseCheckpoint(jws); err == nil {
		t.Error("passes as a checkpoint of a dossier")
	}
}
