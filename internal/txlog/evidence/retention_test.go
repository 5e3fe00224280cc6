// SPDX-License-Identifier: EUPL-1.2

package evidence_test

import (
	"context"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

// twoRules is a policy in which service-0 is kept for ten days when it is offered here,
// service-1 for twenty when others offer it, and the rest for ever.
func twoRules(t testing.TB, rest int) *retention.Policy {
	t.Helper()
	p, err := retention.New(rest, []retention.Rule{
		{Direction: txlog.DirectionIncoming, Service: "service-0", Days: 10},
		{Direction: txlog.DirectionOutgoing, Peer: town, Service: "service-1", Days: 20},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// keeping gives the world a keeper with a policy.
func (w *world) keeping(p *retention.Policy) {
	w.t.Helper()
	cfg := w.configOf(town)
	cfg.Retention, cfg.Keep = p, p.Longest()
	w.keeper = evidence.NewKeeper(cfg)
}

// sweep removes what may go.
func (w *world) sweep() (removed int64) {
	w.t.Helper()
	for {
		n, more, err := w.keeper.Sweep(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		removed += n
		if !more {
			return removed
		}
	}
}

func (w *world) later(d time.Duration) { w.at = w.at.Add(d) }

const oneDay = 24 * time.Hour

func (w *world) sound(records, removed int64) *evidence.Report {
	w.t.Helper()
	r := w.check()
	var gone int64
	for _, x := range r.Removed {
		gone += x.Count
	}
	if r.Problem != nil || r.Records != records || gone != removed {
		w.t.Fatalf("%d records and %d removed, want %d and %d: %v", r.Records, gone, records, removed, r.Problem)
	}
	return r
}

func TestRecordsOfAServiceGoWhenItsPeriodIsOverAndTheChainHolds(t *testing.T) {
	w := newWorld(t)
	w.keeping(twoRules(t, 0))
	w.fill() // 35 records: 6 of each service in each direction, some under no checkpoint
	if w.sweep() != 0 {
		t.Fatal("something went at once")
	}
	w.sound(35, 0)
	w.later(10*oneDay + 30*time.Minute) // the first was signed two hours before the last
	if n := w.sweep(); n != 2 {
		t.Fatalf("%d went when one checkpoint was old enough", n)
	}
	w.sound(33, 2)
	w.later(2 * time.Hour)
	w.sweep()
	w.sound(30, 5) // 3, 9, 15, 21 and 27
	w.later(10 * oneDay)
	w.sweep()
	r := w.sound(24, 11) // and 33, which was signed later, and 4, 10, 16, 22 and 28
	if len(r.Removed) != 2 || r.Removed[0].Days != 10 || r.Removed[0].Count != 6 || r.Removed[1].Days != 20 || r.Removed[1].Peer != town || r.Removed[1].Count != 5 {
		t.Errorf("told %+v", r.Removed)
	}
	if w.keeper.Removed() != 11 {
		t.Errorf("counted %d", w.keeper.Removed())
	}
	w.index(10)
	w.seal()
	w.sound(34, 11)
	records, err := w.store.Log().Records(t.Context(), txlog.Query{})
	if err != nil || len(records) != 34 {
		t.Errorf("%d records can be read, %v", len(records), err)
	}
}

func TestWhatIsKeptForTheLongestIsRemovedAsWholeParts(t *testing.T) {
	w := newWorld(t)
	w.keeping(twoRules(t, 24))
	w.fill()
	w.later(21 * oneDay)
	w.sweep()
	w.sound(25, 10)
	w.later(4 * oneDay)
	if n, err := w.keeper.Prune(t.Context(), w.at.Add(-24*oneDay)); err != nil || n != 20 {
		t.Fatalf("%d, %v", n, err)
	}
	r := w.sound(5, 0)
	if r.Pruned != 30 {
		t.Errorf("got %+v", r)
	}
	w.sweep() // of the last part, which was signed 4 days ago: nothing
	w.sound(5, 0)
}

// The owner of the database can make a record look removed, and not sign that.
func TestAForgedRemovalIsFound(t *testing.T) {
	for _, c := range []struct {
		name, checkpoint, want string
	}{
		{"of no checkpoint", "0", "record 14: removed unlawfully; no checkpoint tells of it"},
		{"of a checkpoint to come", "99", "record 14: removed unlawfully; no checkpoint tells of it"},
		{"of one that removes nothing", "3", "record 14: removed unlawfully; checkpoint 3 doesn't tell of it"},
		{"of one that removes others elsewhere", "4", "record 14: removed unlawfully; checkpoint 4 doesn't tell of it"},
		{"of one that removes others here", "5", "record 15: removed unlawfully; checkpoint 5 tells of 1 records and not of one more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.keeping(twoRules(t, 0))
			w.fill()
			w.later(11 * oneDay)
			w.sweep()
			w.sound(30, 5)
			w.forge(14, c.checkpoint)
			if r := w.check(); r.Problem == nil || !strings.Contains(r.Problem.String(), c.want) {
				t.Errorf("got %v", r.Problem)
			}
		})
	}
}

// forge makes a record look removed, so that the chain holds.
func (w *world) forge(n int, checkpoint string) {
	w.t.Helper()
	record := newRecord(n, w.began.Add(time.Duration((n-1)/10)*time.Hour))
	content, err := record.Content()
	if err != nil {
		w.t.Fatal(err)
	}
	w.tamper(
		"INSERT INTO removed_records SELECT sequence, x'"+hex.EncodeToString(content[:])+"', link, "+checkpoint+", 0 FROM records WHERE sequence = "+strconv.Itoa(n),
		"DELETE FROM records WHERE sequence = "+strconv.Itoa(n),
	)
}

func TestWhatIsLeftOfARecordCannotBeChanged(t *testing.T) {
	for _, c := range []struct{ name, statement, want string }{
		{"another content", `UPDATE removed_records SET content = zeroblob(32) WHERE sequence = 9`, "record 9: changed"},
		{"no content", `UPDATE removed_records SET content = x'00' WHERE sequence = 9`, "record 9: changed"},
		{"gone", `DELETE FROM removed_records WHERE sequence = 9`, "record 9: missing"},
		{"another reason", `UPDATE removed_records SET reason = 1 WHERE sequence = 9`, "record 9: removed unlawfully"},
		{"another checkpoint", `UPDATE removed_records SET checkpoint = 1 WHERE sequence = 9`, "record 9: removed unlawfully"},
		{"twice", `INSERT INTO removed_records SELECT 10, content, link, checkpoint, 0 FROM removed_records WHERE sequence = 9`, "record 10: inserted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.keeping(twoRules(t, 0))
			w.fill()
			w.later(11 * oneDay)
			w.sweep()
			w.tamper(c.statement)
			if r := w.check(); r.Problem == nil || !strings.Contains(r.Problem.String(), c.want) {
				t.Errorf("got %v", r.Problem)
			}
		})
	}
}

// early says that the period was another one than it was.
func TestARemovalBeforeThePeriodIsFoundThoughItIsSigned(t *testing.T) {
	w := newWorld(t)
	w.fill()
	cfg := w.configOf(town)
	cfg.Retention = twoRules(t, 0)
	cfg.Store = hasty{w.store.Log(), cfg}
	w.keeper = evidence.NewKeeper(cfg)
	w.later(10*oneDay + 3*time.Hour)
	w.sweep()
	r := w.check()
	if r.Problem == nil || r.Problem.Kind != evidence.KindEarly || !strings.Contains(r.Problem.String(), "records 1 to 10: removed early; checkpoint 4 removes 2 of them as kept for 3650 days") {
		t.Errorf("got %v", r.Problem)
	}
}

// hasty is a store that names another period than the one that counted, as a node
// would that was made to.
type hasty struct {
	evidence.Store

	cfg evidence.KeeperConfig
}

func (h hasty) Remove(ctx context.Context, c *evidence.Checkpoint, _ evidence.Sealed, gone []evidence.Gone) error {
	c.Removal.Reasons[0].Days = 3650
	signer, chain, err := h.cfg.Signer()
	if err != nil {
		return err
	}
	sealed, err := c.Sign(signer, chain)
	if err != nil {
		return err
	}
	return h.Store.Remove(ctx, c, sealed, gone)
}

// A part that doesn't hold stays as it is, whatever was done to it, and keeps nobody from
// removing from the others.
func TestNothingIsRemovedFromAPartThatDoesNotHoldAndTheRestIs(t *testing.T) {
	all := []evidence.Part{{Checkpoint: 1, First: 1, Last: 10}, {Checkpoint: 2, First: 11, Last: 20}, {Checkpoint: 3, First: 21, Last: 30}}
	for _, c := range []struct {
		name, statement string
		broken          []evidence.Part
		gone            string
	}{
		{"a record changed in the first", `UPDATE records SET trace_id = '' WHERE sequence = 5`, all[:1], "15 21 27"},
		{"a record changed in the middle", `UPDATE records SET trace_id = '' WHERE sequence = 20`, all[1:2], "3 9 21 27"},
		{"a record changed in each", `UPDATE records SET trace_id = '' WHERE sequence IN (5, 15, 25)`, all, ""},
		{"a record gone", `DELETE FROM records WHERE sequence = 12`, all[1:2], "3 9 21 27"},
		{"a record made older", `UPDATE records SET created_at = 1 WHERE sequence = 13`, all[1:2], "3 9 21 27"},
		{"a record of another service", `UPDATE records SET kind = (SELECT kind FROM records WHERE sequence = 3) WHERE sequence = 13`, all[1:2], "3 9 21 27"},
		{"a record before the first", `UPDATE records SET sequence = -15 WHERE sequence = 15`, nil, "3 9 21 27"},
		{"a record from behind", `UPDATE records SET sequence = 10 WHERE sequence = 9`, all[:1], "15 21 27"},
		{"a checkpoint that can't be read", `UPDATE log_checkpoints SET jws = 'x' WHERE number = 2`, all[1:], "3 9"},
		{"a checkpoint gone", `DELETE FROM log_checkpoints WHERE number = 2`, []evidence.Part{{Checkpoint: 3, First: 11, Last: 30}}, "3 9"},
		{"a checkpoint that seems to end elsewhere", `UPDATE log_checkpoints SET last_sequence = 14 WHERE number = 2`, []evidence.Part{{Checkpoint: 3, First: 15, Last: 30}}, "3 9 21 27"},
		{"a checkpoint that seems older", `UPDATE log_checkpoints SET created_at = 1 WHERE number = 3`, nil, "3 9 15"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.keeping(twoRules(t, 0))
			w.fill()
			w.exec(`DROP INDEX records_by_sequence`, `CREATE INDEX records_by_sequence ON records (sequence)`) // two of one number
			w.tamper(c.statement)
			w.later(11 * oneDay)
			w.sweep()
			if got := w.gone(); got != c.gone {
				t.Errorf("gone is %s, want %s", got, c.gone)
			}
			if got := w.keeper.Broken(); !slices.Equal(got, c.broken) {
				t.Errorf("told of %+v, want %+v", got, c.broken)
			}
		})
	}
}

// gone lists the records of which only the hash is left.
func (w *world) gone() string {
	w.t.Helper()
	var numbers []string
	all, err := w.store.Log().Linked(w.t.Context(), math.MinInt64, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, x := range all {
		if x.Removed != nil {
			numbers = append(numbers, strconv.FormatInt(x.Sequence, 10))
		}
	}
	return strings.Join(numbers, " ")
}

func TestAPartFromWhichARecordWasRemovedUnlawfullyIsLeftAsItIs(t *testing.T) {
	for _, checkpoint := range []string{"0", "3", "4", "5", "99"} {
		w := newWorld(t)
		w.keeping(twoRules(t, 0))
		w.fill()
		w.later(11 * oneDay)
		w.sweep() // the first of two rules
		w.forge(14, checkpoint)
		w.later(10 * oneDay)
		w.sweep()
		if got, want := w.gone(), "3 4 9 10 14 15 21 22 27 28"; got != want {
			t.Errorf("of checkpoint %s: gone is %s, want %s", checkpoint, got, want)
		}
		if got := w.keeper.Broken(); len(got) != 1 || got[0].Checkpoint != 2 {
			t.Errorf("of checkpoint %s: told of %+v", checkpoint, got)
		}
	}
}

func TestWhatIsMendedIsRemovedAfterAllAndToldNoMore(t *testing.T) {
	w := newWorld(t)
	w.keeping(twoRules(t, 0))
	w.fill()
	w.tamper(`UPDATE records SET span_id = '' WHERE sequence = 5`)
	w.later(11 * oneDay)
	w.sweep()
	w.tamper(`UPDATE records SET span_id = 'b7ad6b7169203331' WHERE sequence = 5`)
	w.sweep()
	if got := w.keeper.Broken(); len(got) != 0 {
		t.Errorf("told of %+v", got)
	}
	w.sound(30, 5)
}

func TestALogOfWhichHardlyAnythingHoldsIsLeftAsItIs(t *testing.T) {
	w := newWorld(t)
	w.keeping(twoRules(t, 0))
	for range 120 {
		w.index(6)
		w.seal()
	}
	w.tamper(`UPDATE records SET trace_id = '' WHERE sequence % 6 = 1 AND sequence < 660`)
	w.later(11 * oneDay)
	for {
		_, more, err := w.keeper.Sweep(t.Context())
		if err != nil {
			break
		}
		if !more {
			t.Fatal("nothing is said of it")
		}
	}
	if got := w.keeper.Broken(); len(got) != 100 || w.gone() != "" {
		t.Errorf("told of %d parts; gone is %s", len(got), w.gone())
	}
}

// A record that came in late is as old as it says and was signed later.
func TestALateRecordIsKeptUntilItsSignatureIsOldEnough(t *testing.T) {
	w := newWorld(t)
	w.keeping(twoRules(t, 0))
	w.later(-9 * oneDay)
	w.index(10)
	w.later(9 * oneDay)
	w.seal()
	w.later(2 * oneDay)
	if n := w.sweep(); n != 0 {
		t.Errorf("%d went", n)
	}
	w.later(8*oneDay + 2*time.Hour)
	if n := w.sweep(); n != 2 {
		t.Errorf("%d went", n)
	}
	w.sound(8, 2)
}

func TestAClockThatJumpsAnHourRemovesNothingTooEarly(t *testing.T) {
	w := newWorld(t)
	w.keeping(twoRules(t, 0))
	made := w.at
	w.later(-time.Hour) // slow when the records were made and signed
	w.index(10)
	w.seal()
	w.at = made.Add(10*oneDay - time.Minute).Add(time.Hour) // a minute before, on a clock that is fast
	if n := w.sweep(); n != 0 {
		t.Errorf("%d went too early", n)
	}
	w.at = made.Add(10*oneDay + 2*time.Hour)
	if n := w.sweep(); n != 2 {
		t.Errorf("%d went", n)
	}
	w.later(-20 * oneDay) // a clock that is set back
	w.index(10)
	w.seal()
	w.sweep()
	w.sound(18, 2)
}

func TestAFileWithRemovedRecordsIsVerifiedWithoutTheNode(t *testing.T) {
	w := newWorld(t)
	w.keeping(twoRules(t, 0))
	w.fill()
	w.later(11 * oneDay)
	w.sweep()
	file := w.file()
	r, err := w.checkFile(file, evidence.Window{})
	if err != nil || r.Problem != nil || r.Records != 30 || len(r.Removed) != 1 || r.Removed[0].Count != 5 {
		t.Fatalf("got %+v, %v", r, r.Problem)
	}
	i := slices.IndexFunc(file, func(l string) bool { return strings.Contains(l, `{"removed":{"sequence":9,`) })
	if i < 0 || strings.Contains(strings.Join(file, ""), transaction(9)) {
		t.Fatalf("record 9 isn't told as removed: %d", i)
	}
	if r, err := w.checkFile(slices.Delete(slices.Clone(file), i, i+1), evidence.Window{}); err != nil || r.Problem == nil || r.Problem.Kind != evidence.KindMissing {
		t.Errorf("what is left may be left out: %+v, %v", r, err)
	}
	file[i] = strings.Replace(file[i], `"reason":0`, `"reason":1`, 1)
	if r, err := w.checkFile(file, evidence.Window{}); err != nil || r.Problem == nil || r.Problem.Kind != evidence.KindUnlawful {
		t.Errorf("a change of what is left isn't found: %+v, %v", r, err)
	}
}
