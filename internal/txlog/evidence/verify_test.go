// SPDX-License-Identifier: EUPL-1.2

package evidence_test

import (
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

func TestALogThatNobodyTouchedHolds(t *testing.T) {
	w := newWorld(t)
	if r := w.check(); r.Problem != nil || r.Records != 0 {
		t.Errorf("an empty log: %+v", r)
	}
	w.fill()
	r := w.check()
	if r.Problem != nil || r.Records != 35 || r.Checkpoints != 3 || r.Sealed != 30 || r.Last != 35 || r.CheckpointAt != w.at.Unix() {
		t.Errorf("got %+v, %v", r, r.Problem)
	}
}

// What the owner of the database does to records is found, and the first record it
// was done to is named.
func TestTamperingIsFoundAndNamed(t *testing.T) {
	const (
		swapped = `UPDATE records SET sequence = CASE sequence WHEN -7 THEN 8 ELSE 7 END WHERE sequence IN (-7, -8)`
		copied  = `INSERT INTO records (created_at, transaction_id, direction, kind, trace_id, span_id, additional_data, sequence, link)
			SELECT created_at, unhex('0000000000007000800000000000ffff'), direction, kind, trace_id, span_id, additional_data, `
	)
	for _, c := range []struct {
		name string
		do   []string
		want string
	}{
		{"a record is removed", []string{`DELETE FROM records WHERE sequence = 7`}, "record 7: missing"},
		{"several are removed", []string{`DELETE FROM records WHERE sequence BETWEEN 7 AND 12`}, "records 7 to 12: missing"},
		{"the first is removed", []string{`DELETE FROM records WHERE sequence = 1`}, "record 1: missing"},
		{"the last is removed", []string{`DELETE FROM records WHERE sequence = 35`}, "record 35: missing"},
		{"the tail is removed", []string{`DELETE FROM records WHERE sequence > 25`}, "records 26 to 35: missing"},
		{"the tail is removed and the end set back", []string{`DELETE FROM records WHERE sequence > 25`, `UPDATE log_chain SET last_sequence = 25`}, "records 26 to 30: missing"},
		{"what isn't signed yet is removed", []string{`DELETE FROM records WHERE sequence > 32`}, "records 33 to 35: missing"},
		{"all are removed", []string{`DELETE FROM records`}, "records 1 to 35: missing"},
		{"a record is taken out and the rest moved up", []string{
			`DELETE FROM records WHERE sequence = 7`, `UPDATE records SET sequence = sequence - 1000 WHERE sequence > 7`, `UPDATE records SET sequence = sequence + 999 WHERE sequence < 0`,
		}, "record 7 (transaction 00000000-0008-7000-8000-000000000008, DIRECTION_OUTGOING): changed"},

		{"created_at changes", []string{`UPDATE records SET created_at = created_at + 1 WHERE sequence = 7`}, ": changed"},
		{"transaction_id changes", []string{`UPDATE records SET transaction_id = unhex('00000000000070008000ffffffffffff') WHERE sequence = 7`}, ": changed"},
		{"direction changes", []string{`UPDATE records SET direction = 3 - direction WHERE sequence = 7`}, ": changed"},
		{"kind changes", []string{`UPDATE records SET kind = 1 + kind % 3 WHERE sequence = 7`}, ": changed"},
		{"trace_id changes", []string{`UPDATE records SET trace_id = '' WHERE sequence = 7`}, ": changed"},
		{"span_id changes", []string{`UPDATE records SET span_id = 'b7ad6b7169203332' WHERE sequence = 7`}, ": changed"},
		{"additional_data changes", []string{`UPDATE records SET additional_data = NULL WHERE sequence = 7`}, ": changed"},
		{"it turns into no record", []string{`UPDATE records SET trace_id = 'nonsense' WHERE sequence = 7`}, "no record of a call"},
		{"link changes", []string{`UPDATE records SET link = zeroblob(32) WHERE sequence = 7`}, ": changed"},
		{"link is emptied", []string{`UPDATE records SET link = NULL WHERE sequence = 7`}, ": changed"},
		{"sequence is emptied", []string{`UPDATE records SET sequence = NULL WHERE sequence = 7`}, "record 7: missing"},

		{"two change places", []string{`UPDATE records SET sequence = -sequence WHERE sequence IN (7, 8)`, swapped}, "record 7 (transaction 00000000-0008-7000-8000-000000000008, DIRECTION_OUTGOING): out of order"},
		{"a record is put in the middle", []string{
			`UPDATE records SET sequence = sequence - 1000 WHERE sequence > 6`, `UPDATE records SET sequence = sequence + 1001 WHERE sequence < 0`,
			copied + `7, link FROM records WHERE sequence = 6`,
		}, "record 7 (transaction 00000000-0000-7000-8000-00000000ffff, DIRECTION_OUTGOING): inserted"},
		{"a record is put behind the end", []string{copied + `36, link FROM records WHERE sequence = 35`}, "record 36 (transaction 00000000-0000-7000-8000-00000000ffff, DIRECTION_INCOMING): inserted"},
		{"a record is put outside the chain", []string{copied + `NULL, NULL FROM records WHERE sequence = 35`}, "a record outside the chain (transaction 00000000-0000-7000-8000-00000000ffff"},
		{"a record is put before the first", []string{copied + `0, link FROM records WHERE sequence = 35`}, ": inserted"},

		{"the end is changed", []string{`UPDATE log_chain SET head = zeroblob(32)`}, "records 31 to 35: head differs"},
		{"the beginning is changed", []string{`UPDATE log_chain SET started_at = started_at - 1`}, "begins elsewhere"},
		{"a record is said to be from before the chain", []string{`UPDATE log_chain SET unlinked = 1`}, "begins elsewhere"},

		{"a checkpoint is removed", []string{`DELETE FROM log_checkpoints WHERE number = 2`}, "checkpoint 2: does not hold; another one stands in its place"},
		{"the first checkpoint is removed", []string{`DELETE FROM log_checkpoints WHERE number = 1`}, "checkpoint 1: does not hold"},
		{"a checkpoint is moved", []string{`UPDATE log_checkpoints SET number = 4 WHERE number = 2`}, "checkpoint 2: does not hold"},
		{"a checkpoint is put twice", []string{`INSERT INTO log_checkpoints SELECT 4, last_sequence, created_at, jws, chain FROM log_checkpoints WHERE number = 3`}, "checkpoint 4: does not hold"},
		{"a signature is altered", []string{`UPDATE log_checkpoints SET jws = substr(jws, 1, length(jws) - 8) || 'AAAAAAAA' WHERE number = 3`}, "checkpoint 3: does not hold; its signature is false"},
		{"a checkpoint is nonsense", []string{`UPDATE log_checkpoints SET jws = 'a.b.c' WHERE number = 2`}, "checkpoint 2: does not hold; it can't be read"},
		{"its certificates are gone", []string{`UPDATE log_checkpoints SET chain = x'' WHERE number = 2`}, "checkpoint 2: does not hold; the certificate"},
		{"its certificates are damaged", []string{`UPDATE log_checkpoints SET chain = x'ffff' WHERE number = 2`}, "checkpoint 2: does not hold; the certificate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.fill()
			w.tamper(c.do...)
			r := w.check()
			if r.Problem == nil || !strings.Contains(r.Problem.String(), c.want) {
				t.Errorf("got %v, want %q", r.Problem, c.want)
			}
			if strings.HasSuffix(c.name, "changes") && (r.Problem.Kind != evidence.KindChanged || r.Problem.Sequence != 7) {
				t.Errorf("got %+v", r.Problem)
			}
		})
	}
}
