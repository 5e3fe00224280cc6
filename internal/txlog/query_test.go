// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"errors"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog"
)

func TestQueryFollowsTheReadingRules(t *testing.T) {
	r := *record(5)
	r.CreatedAt = time.UnixMicro(100_500_000).UTC()
	at := func(n int64) *int64 { return &n }
	cursor := func(micros int64, n int) *txlog.Cursor {
		return &txlog.Cursor{CreatedAt: micros, TransactionID: transactionID(n), Direction: r.Direction}
	}
	cases := []struct {
		name  string
		query txlog.Query
		want  bool
	}{
		{"the administrator sees everything", txlog.Query{}, true},
		{"a peer of the call sees it", txlog.Query{Reader: r.OutwayPeerID}, true},
		{"a stranger does not", txlog.Query{Reader: "stranger"}, false},
		{"a stranger does not by transaction id", txlog.Query{Reader: "stranger", TransactionIDs: idsOf(5)}, false},
		{"a transaction id overrides other filters", txlog.Query{TransactionIDs: idsOf(5), After: at(900), ServiceNames: []string{"none"}}, true},
		{"another transaction id", txlog.Query{TransactionIDs: idsOf(6)}, false},
		{"after excludes its own second", txlog.Query{After: at(100)}, false},
		{"after includes the next second", txlog.Query{After: at(99)}, true},
		{"before excludes its own second", txlog.Query{Before: at(100)}, false},
		{"before includes the second before", txlog.Query{Before: at(101)}, true},
		{"a grant hash suffices", txlog.Query{GrantHashes: []string{r.GrantHash}, ServiceNames: []string{"none"}}, true},
		{"a service name suffices", txlog.Query{GrantHashes: []string{"none"}, ServiceNames: []string{r.ServiceName}}, true},
		{"neither list", txlog.Query{GrantHashes: []string{"none"}, ServiceNames: []string{"none"}}, false},
		{"the time range is AND", txlog.Query{ServiceNames: []string{r.ServiceName}, After: at(100)}, false},
		{"the cursor itself is past", txlog.Query{Cursor: cursor(100_500_000, 5)}, false},
		{"after the cursor by id", txlog.Query{Cursor: cursor(100_500_000, 4)}, true},
		{"before the cursor by time", txlog.Query{Cursor: cursor(100_500_001, 4)}, false},
		{"descending turns it round", txlog.Query{Cursor: cursor(100_500_001, 4), Descending: true}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.query.Matches(r); got != c.want {
				t.Fatalf("got %v", got)
			}
		})
	}
}

func TestQueryLimitsTransactionIDs(t *testing.T) {
	q := txlog.Query{TransactionIDs: make([]string, txlog.MaxTransactionIDs)}
	if err := q.Validate(); err != nil {
		t.Fatal(err)
	}
	q.TransactionIDs = append(q.TransactionIDs, "")
	if err := q.Validate(); !errors.Is(err, txlog.ErrTooManyTransactionIDs) {
		t.Fatalf("got %v", err)
	}
}

func TestCursorOrdersByTimeThenIDThenDirection(t *testing.T) {
	a, b := *record(1), *record(2)
	if txlog.CursorOf(a).Compare(txlog.CursorOf(b)) >= 0 {
		t.Error("earlier record does not come first")
	}
	b.CreatedAt = a.CreatedAt
	if txlog.CursorOf(a).Compare(txlog.CursorOf(b)) >= 0 {
		t.Error("lower id does not come first")
	}
	b.TransactionID, b.Direction = a.TransactionID, txlog.DirectionIncoming
	if txlog.CursorOf(a).Compare(txlog.CursorOf(b)) <= 0 {
		t.Error("incoming does not come first")
	}
}
