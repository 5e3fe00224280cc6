// SPDX-License-Identifier: EUPL-1.2

package usage_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/txlog/idset"
	"github.com/samenspel/samenspel/internal/txlog/idset/idsettest"
)

// records are a log that remembers what it was asked.
type records struct {
	ids   []usage.ID
	asked usage.Query
	err   error
}

func (r *records) TransactionIDs(_ context.Context, q usage.Query) ([]usage.ID, error) {
	r.asked = q
	return r.ids, r.err
}

func TestAMonthIsCountedFromMidnightToMidnightInTheNetherlands(t *testing.T) {
	m, err := usage.ParseMonth("2026-03") // the clock goes forward on the 29th
	if err != nil {
		t.Fatal(err)
	}
	log := &records{ids: idsettest.Calls(10, 1)}
	month, err := usage.Count(t.Context(), log, amsterdam, m, usage.Query{GrantHashes: []string{"$1$3$grant"}, Outgoing: true})
	if err != nil || month.Summary().Count != 10 || !log.asked.Outgoing {
		t.Fatal(err)
	}
	from, until := time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC), time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC)
	if !log.asked.From.Equal(from) || !log.asked.Until.Equal(until) {
		t.Errorf("got %v to %v", log.asked.From, log.asked.Until)
	}
}

func TestACallOffWithoutConnectionsHasNoCalls(t *testing.T) {
	log := &records{err: errors.New("never asked")}
	month, err := usage.Count(t.Context(), log, amsterdam, usage.Month{Year: 2026, Month: 11}, usage.Query{})
	if err != nil || month.Summary().Root != idset.EmptyRoot() {
		t.Error(err)
	}
	if _, err := usage.Count(t.Context(), log, amsterdam, usage.Month{Year: 2026, Month: 11}, usage.Query{GrantHashes: []string{"x"}}); !errors.Is(err, log.err) {
		t.Error(err)
	}
	if _, err := usage.Count(t.Context(), log, amsterdam, usage.Month{Year: 2026, Month: 11}, usage.Query{GrantHashes: make([]string, 1001)}); reasonOf(err) != usage.ReasonTooMany {
		t.Error(err)
	}
}

func TestACallBelongsToTheMonthOfItsID(t *testing.T) {
	midnight := time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC) // the first of December
	q := usage.Query{From: midnight.AddDate(0, 0, -30), Until: midnight}
	for _, c := range []struct {
		name         string
		made, record time.Duration // from midnight on
		want         bool
	}{
		{"before and before", -time.Second, -time.Second, true},
		{"sent before, received after", -time.Millisecond, 20 * time.Millisecond, true},
		{"sent after, by a clock that is ahead", 2 * time.Second, -time.Second, false},
		{"the first of December", 0, 0, false},
		{"a clock within the slack", -time.Hour, 0, true},
		{"an ID that isn't believed", -time.Hour - time.Millisecond, 0, false},
		{"an ID of another year, to escape the count", -365 * 24 * time.Hour, -time.Minute, true},
		{"an ID of the future, to escape the count", 365 * 24 * time.Hour, -time.Minute, true},
	} {
		id := idsettest.Parse(t, deed.NewID(midnight.Add(c.made).UnixMilli(), [10]byte{1}))[0]
		if got := q.Takes(id, midnight.Add(c.record)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	other := idsettest.Parse(t, "019a3c5e-0000-4000-8000-000000000001")[0] // version 4 tells no time
	if !q.Takes(other, midnight.Add(-1)) || q.Takes(other, midnight) || q.Takes(other, q.From.Add(-1)) || !q.Takes(other, q.From) {
		t.Error("an ID without a time isn't counted by the record's")
	}
}
