// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

const (
	ownID   fsc.PeerID = "00000099000000001000"
	otherID fsc.PeerID = "00000099000000002000"
	thirdID fsc.PeerID = "00000099000000003000"
)

// logFixtures are the pages of transaction log and audit trail.
func logFixtures() []fixture {
	pair := controller.RecordPair{Ours: testRecord(), Other: otherID, Fields: []controller.FieldPair{
		{Field: "transaction_id", Ours: hostileText, Theirs: hostileText, Outcome: controller.FieldEqual},
		{Field: "direction", Ours: "DIRECTION_OUTGOING", Theirs: "DIRECTION_INCOMING", Outcome: controller.FieldEqual},
		{Field: "service_name", Ours: "brp", Theirs: hostileText, Outcome: controller.FieldDifferent},
		{Field: "created_at", Ours: "a", Theirs: "b", Outcome: controller.FieldNear},
		{Field: "trace_id", Theirs: "b", Outcome: controller.FieldAbsent},
	}, Theirs: &txlog.Record{}}
	silent := controller.RecordPair{Ours: testRecord(), Other: thirdID, Problem: hostileText}
	transaction := &controller.Transaction{
		ID: testRecord().TransactionID, Records: []txlog.Record{testRecord()}, Peers: testPeers(), Contract: "$1$1$hash", State: fsc.StateValid,
	}
	return []fixture{
		{page: "log", name: "full", path: "/log?live=1&peer=x", data: fullLog()},
		{page: "log", name: "empty", data: logData{Page: &controller.LogPage{}, First: true, CLI: "samenspel log list"}},
		{page: "log", name: "filtered", path: "/log?service=" + "x&cursor=1", problems: problems{{"from", hostileText}}, data: logData{Page: &controller.LogPage{}, Filtered: true}},
		{page: "log_transaction", name: "full", data: transactionData{Transaction: transaction, Pairs: []controller.RecordPair{pair, silent}, Compared: true, kept: func(r *txlog.Record) time.Time { return r.CreatedAt.AddDate(5, 0, 0) }}},
		{page: "log_transaction", name: "empty", data: transactionData{Transaction: &controller.Transaction{ID: "x", Records: []txlog.Record{testRecord()}, Peers: testPeers()}, kept: func(*txlog.Record) time.Time { return time.Time{} }}},
		{page: "log_verify", name: "full", data: verifyData{Peers: []string{hostileText}, Result: &controller.Verification{
			Peer: testPeers()[otherID], At: testNow(), Asked: 3, Equal: 1, Different: 1, Missing: 1, From: testNow(), Until: testNow(), Pairs: []controller.RecordPair{pair},
		}}},
		{page: "log_compare", name: "full", data: logCompareData{Peers: []string{hostileText}, Result: fullComparison(), CLI: compareCLI(&reconcile.Request{Peer: otherID, Grant: hostileText, From: testNow()})}},
		{page: "log_compare", name: "silent", data: logCompareData{Result: &controller.LogComparison{Report: &reconcile.Report{Problem: hostileText}, Other: testPeers()[otherID]}}},
		{page: "log_compare", name: "empty", data: logCompareData{CLI: "samenspel log compare --peer PEER"}},
		{page: "log_check", name: "full", data: fullCheck(&evidence.Problem{
			Kind: evidence.KindInserted, Sequence: 7, Until: 9, TransactionID: testRecord().TransactionID, Direction: txlog.DirectionIncoming, CreatedAt: 1, Checkpoint: 2, Detail: hostileText,
		})},
		{page: "log_check", name: "good", data: fullCheck(nil)},
		{page: "log_check", name: "damaged", data: damagedCheck()},
		{page: "log_check", name: "empty", data: logCheckData{Result: &evidence.Report{}}},
		{page: "log_verify", name: "silent", data: verifyData{Result: &controller.Verification{Asked: 1, Problem: hostileText}}},
		{page: "log_verify", name: "empty", data: verifyData{}},
		{page: "audit", name: "full", path: "/audit?text=x&actor=1&object=y", data: fullAudit()},
		{page: "audit", name: "empty", data: auditData{AuditPage: &controller.AuditPage{}, First: true}},
		{page: "audit_verify", name: "full", data: trailData{Trail: operator.Trail{Events: 12}, Head: strings.Repeat("ab", 32), At: testNow()}},
		{page: "audit_verify", name: "broken", data: trailData{Trail: operator.Trail{Events: 12, Bad: 3}, At: testNow()}},
		{page: "audit_verify", name: "empty", data: trailData{At: testNow()}},
	}
}

func fullComparison() *controller.LogComparison {
	d := reconcile.Difference{TransactionID: testRecord().TransactionID, Grant: hostileText, Outgoing: true, Service: hostileText, At: testNow(), OtherGrant: hostileText}
	return &controller.LogComparison{Other: testPeers()[otherID], Report: &reconcile.Report{
		Peer: otherID, At: testNow(), From: testNow().Add(-time.Hour), Until: testNow(), Next: testNow(),
		Tally: reconcile.Tally{Equal: 4211, OnlyOurs: 3, OnlyTheirs: 1, OpenOurs: 7, OpenTheirs: 8}, Ours: []reconcile.Difference{d}, Theirs: []reconcile.Difference{{}},
	}}
}

func fullCheck(p *evidence.Problem) logCheckData {
	return logCheckData{
		At: testNow(), Result: &evidence.Report{Records: 12, Checkpoints: 2, Outside: 3, Pruned: 4, CheckpointAt: testNow().Unix(), Problem: p},
		Checkpoints: []controller.LogCheckpoint{
			{Sealed: evidence.Sealed{Number: 2}, Says: &evidence.Checkpoint{Number: 2, First: 5, Last: 12, At: testNow().Unix()}}, {Sealed: evidence.Sealed{Number: 1}},
		},
	}
}

func damagedCheck() logCheckData {
	d := fullCheck(nil)
	d.Result.Damage = []txlog.Damage{{Segment: 3, Readable: 900, Expected: 1200, Behind: 2, File: hostileText}, {Segment: 4}}
	return d
}

func fullLog() logData {
	d := logData{
		Page:       &controller.LogPage{Records: []txlog.Record{testRecord(), testRecord()}, Peers: testPeers()},
		Chart:      Chart{Title: "Aanroepen", Bars: []Bar{{Label: "00:00", Count: 3}, {Label: "01:00", Count: 9}}},
		Directions: []option{{"", "Beide"}, {"in", "In"}}, Periods: []option{{"day", "24 uur"}, {"week", "7 dagen"}},
		Peers: []string{hostileText}, Cursors: cursors{"before:1,2,in", "after:1,2,in"}, First: true, Live: true, Filtered: true, CLI: "samenspel log list",
	}
	d.Page.Records[1].Direction = txlog.DirectionIncoming
	return d
}

func fullAudit() auditData {
	return auditData{
		AuditPage: &controller.AuditPage{Events: []*operator.Event{
			{
				Sequence: 2, At: testNow(), Actor: "1", ActorName: hostileText, From: "2001:db8::1", Act: "contract.accept", Object: "$1$1$hash", Outcome: "ok",
				Changes: []operator.Change{{Field: "name", Before: hostileText, After: "b"}, {Field: "x"}},
			},
			{Sequence: 1, At: testNow(), Act: hostileText, Object: hostileText, Outcome: hostileText, Token: "t"},
		}},
		Objects: []option{{"", "Alles"}}, Cursors: cursors{"before:1", "after:1"}, Filtered: true, CLI: "samenspel audit list",
	}
}

func testRecord() txlog.Record {
	return txlog.Record{
		TransactionID: "01936f00-0000-7000-8000-000000000001", Direction: txlog.DirectionOutgoing, GrantHash: "$1$3$" + strings.Repeat("x", 60),
		GroupID: "test", ServiceName: hostileText, OutwayPeerID: ownID, ServicePeerID: otherID, SourceDelegator: thirdID, DestinationDelegator: thirdID,
		CreatedAt: testNow(), TraceID: strings.Repeat("a", 32), SpanID: strings.Repeat("b", 16), AdditionalData: []byte(`{"a":"` + "\u202e" + `<script>"}`),
	}
}

func testPeers() map[fsc.PeerID]fsc.Peer {
	return map[fsc.PeerID]fsc.Peer{
		ownID: {ID: ownID, Name: "Gemeente Voorbeeldstad"}, otherID: {ID: otherID, Name: hostileText}, thirdID: {ID: thirdID},
	}
}

func TestATimeIsReadOnTheClockOfThePages(t *testing.T) {
	s := testServer(t)
	for text, want := range map[string]string{
		"2026-07-01T12:30": "2026-07-01T10:30:00Z", "2026-12-01": "2026-11-30T23:00:00Z", "2026-12-01T10:00:00Z": "2026-12-01T10:00:00Z", "": "0001-01-01T00:00:00Z",
	} {
		q := testRequest(t, s, "/log?from="+text)
		if got := q.timeParameter("from").UTC().Format(time.RFC3339); got != want || len(q.problems) != 0 {
			t.Errorf("%q is %s with problems %v, want %s", text, got, q.problems, want)
		}
	}
	q := testRequest(t, s, "/log?from=gisteren")
	if !q.timeParameter("from").IsZero() || q.problems.Of("from") == "" {
		t.Error("nonsense is no problem of its field")
	}
}

func TestBarsBeginAtLocalMidnightAlsoWhenTheClockChanges(t *testing.T) {
	clock := location()
	starts := barStarts(time.Date(2026, 10, 27, 12, 0, 0, 0, time.UTC), chartPeriod{"week", 7, true}, clock)
	for _, at := range starts {
		if at.In(clock).Hour() != 0 {
			t.Errorf("a day begins at %s", at.In(clock))
		}
	}
	if i := barOf(starts, time.Date(2026, 10, 25, 23, 30, 0, 0, clock)); starts[i].In(clock).Day() != 25 {
		t.Errorf("late on the 25th is counted at the %s", starts[i].In(clock))
	}
	if barOf(starts, starts[0].Add(-time.Hour)) != -1 {
		t.Error("what came before the chart is in it")
	}
}
