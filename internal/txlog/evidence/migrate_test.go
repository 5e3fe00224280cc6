// SPDX-License-Identifier: EUPL-1.2

package evidence_test

import (
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

// before turns the log into one of a version without a chain, and opens it with
// this one.
func (w *world) before() {
	w.t.Helper()
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.exec("DROP INDEX records_by_sequence", "ALTER TABLE records DROP COLUMN sequence", "ALTER TABLE records DROP COLUMN link",
		"DROP TABLE log_chain", "DROP TABLE log_checkpoints", "DROP TABLE removed_records", "DELETE FROM schema_version WHERE version_id >= 3")
	w.open()
}

func TestAChainBeginsBehindTheRecordsThatThereWere(t *testing.T) {
	w := newWorld(t)
	w.index(5)
	w.before()
	w.index(5)
	c := w.seal()
	if c.Start.Unlinked != 5 || c.Start.At == 0 || c.First != 1 || c.Last != 5 {
		t.Errorf("got %+v", c)
	}
	r := w.check()
	if r.Problem != nil || r.Records != 5 || r.Outside != 5 {
		t.Errorf("got %+v, %v", r, r.Problem)
	}
	if r, err := w.checkFile(w.file(), evidence.Window{}); err != nil || r.Problem != nil || r.Outside != 5 {
		t.Errorf("in a file: %+v, %v", r, err)
	}
	w.tamper(`UPDATE records SET sequence = NULL WHERE sequence = 5`, `UPDATE log_chain SET last_sequence = 4`)
	if r := w.check(); r.Problem == nil || !strings.Contains(r.Problem.String(), "record 5: missing") {
		t.Errorf("moved out of the chain: %v", r.Problem)
	}
}

func TestRecordsOutsideTheChainAreCounted(t *testing.T) {
	for _, c := range []struct{ name, do, want string }{
		{"removed", `DELETE FROM records WHERE sequence IS NULL AND created_at = (SELECT MIN(created_at) FROM records)`, "missing; there are 4 records without a place in the chain, and there were 5"},
		{
			"put in", `INSERT INTO records (created_at, transaction_id, direction, kind, trace_id, span_id)
			SELECT created_at + 1000000, unhex('0000000000007000800000000000ffff'), direction, kind, '', '' FROM records WHERE sequence = 5`,
			"a record outside the chain (transaction 00000000-0000-7000-8000-00000000ffff, DIRECTION_OUTGOING): inserted; there are 6",
		},
	} {
		w := newWorld(t)
		w.index(5)
		w.before()
		w.index(5)
		w.tamper(c.do)
		if r := w.check(); r.Problem == nil || !strings.Contains(r.Problem.String(), c.want) {
			t.Errorf("%s: got %v", c.name, r.Problem)
		}
	}
}

func TestRemovalTakesTheRecordsOutsideTheChainToo(t *testing.T) {
	w := newWorld(t)
	w.index(5)
	w.before()
	w.fill()
	if removed, err := w.keeper.Prune(t.Context(), w.at); err != nil || removed != 25 {
		t.Errorf("removed %d, %v", removed, err)
	}
	if r := w.check(); r.Problem != nil || r.Outside != 0 || r.Records != 15 {
		t.Errorf("got %+v, %v", r, r.Problem)
	}
}

// Records that no chain holds would prove nothing.
func TestWithoutAChainNothingIsTakenIn(t *testing.T) {
	w := newWorld(t)
	w.index(1)
	w.tamper(`DELETE FROM log_chain`)
	err := w.store.Log().Index(t.Context(), []txlog.Record{newRecord(2, w.at)}, txlog.Position{Segment: 1, Offset: 2})
	if err == nil || !strings.Contains(err.Error(), "log_chain is gone") {
		t.Errorf("got %v", err)
	}
}
