// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

// What may be removed is found without walking through the log.
func TestRemovableRecordsAreFoundByIndexes(t *testing.T) {
	s, err := OpenSQLite(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	old := evidence.Search{Connection: 1, Direction: txlog.DirectionIncoming, Before: time.Now(), UpTo: 10, Outside: []evidence.Part{{Checkpoint: 1, First: 1, Last: 5}}}
	for name, c := range map[string]struct {
		query statement
		want  string
	}{
		"old records of a connection": {queryRemovable(&old), "SEARCH records USING INDEX records_by_kind (kind=? AND created_at<?)"},
		"signed before a moment":      {querySignedBefore(1), "log_checkpoints_by_time (created_at<?)"},
		"checkpoint over a record":    {queryCovering(1), "log_checkpoints_by_last_sequence (last_sequence>?)"},
		"records of a checkpoint":     {linkedQuery(1, 1000), "records_by_sequence (sequence>?)"},
	} {
		rows, err := s.log.db.reader.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+c.query.text, c.query.args...)
		if err != nil {
			t.Fatal(err)
		}
		var plan strings.Builder
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan.WriteString(detail + "; ")
		}
		if err := closeRows(rows, nil); err != nil {
			t.Fatal(err)
		}
		if got := plan.String(); !strings.Contains(got, c.want) || strings.Contains(got, "TEMP B-TREE") || strings.Contains(got, "SCAN r") {
			t.Errorf("%s: %s", name, got)
		}
	}
}
