// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

func TestPagesOfTheLogFollowEachOther(t *testing.T) {
	d := newDesk(t)
	for n := range 5 {
		d.calls(t, call(n, "", deskTime.Add(time.Duration(n)*time.Second)))
	}
	var seen []string
	s := txlog.Search{Limit: 2}
	for range 3 {
		p, err := d.Log(t.Context(), everything(), s)
		check(t, err)
		for _, r := range p.Records {
			seen = append(seen, r.TransactionID)
			if p.Peers[r.ServicePeerID].Name != "Gemeente Bart" {
				t.Errorf("the page names %+v", p.Peers)
			}
		}
		before, err := controller.ParseLogCursor(controller.FormatLogCursor(p.Next))
		check(t, err)
		s.Before = before
	}
	if len(seen) != 5 || seen[0] < seen[4] || s.Before != nil {
		t.Errorf("seen %v, then %v", seen, s.Before)
	}
	var back []string
	last := txlog.CursorOf(call(0, "", deskTime))
	for s.After = &last; s.After != nil; {
		p, err := d.Log(t.Context(), everything(), s)
		check(t, err)
		if p.Next == nil {
			t.Error("a page on the way back has nothing behind it")
		}
		for _, r := range slices.Backward(p.Records) {
			back = append(back, r.TransactionID)
		}
		s.After, err = controller.ParseLogCursor(controller.FormatLogCursor(p.Previous))
		check(t, err)
	}
	slices.Reverse(back)
	if !slices.Equal(back, seen[:4]) {
		t.Errorf("seen %v on the way back, want %v", back, seen[:4])
	}
	for _, text := range []string{"x", "1,2,in", "1,01955555-0000-7000-8000-000000000001,up", "a,01955555-0000-7000-8000-000000000001,in"} {
		if _, err := controller.ParseLogCursor(text); errKind(err) != operator.KindInvalid {
			t.Errorf("cursor %q gives %v", text, err)
		}
	}
}

func TestTheLogIsOnlyForWhoMayReadIt(t *testing.T) {
	d := newDesk(t)
	d.calls(t, call(1, "", deskTime))
	reader, id := may(operator.PermissionRead), call(1, "", deskTime).TransactionID
	_, err := d.Log(t.Context(), reader, txlog.Search{})
	_, err2 := d.Transaction(t.Context(), reader, id)
	_, err3 := d.Counterparts(t.Context(), reader, id)
	_, err4 := d.ExportLog(t.Context(), reader, txlog.Search{}, "csv")
	_, err5 := d.Verify(t.Context(), reader, txlog.Search{Peer: bart})
	for i, err := range []error{err, err2, err3, err4, err5} {
		if errKind(err) != operator.KindForbidden {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestACallStandsNextToTheOtherSidesRecord(t *testing.T) {
	d := newDesk(t)
	c := d.contract(t, connects(anna, bart, "persons"), 100)
	r := call(1, c.Grants[0].Hash, deskTime.Add(300*time.Millisecond))
	d.calls(t, r)
	tr, err := d.Transaction(t.Context(), everything(), r.TransactionID)
	check(t, err)
	if tr.Contract != c.Hash() || len(tr.Records) != 1 {
		t.Errorf("the call is %+v", tr)
	}
	verdict := func(theirs ...txlog.Record) controller.RecordPair {
		t.Helper()
		d.theirs = theirs
		pairs, err := d.Counterparts(t.Context(), everything(), r.TransactionID)
		check(t, err)
		return pairs[0]
	}
	if p := verdict(mirrored(r)); p.Verdict() != controller.PairEqual || p.Apart != 0 {
		t.Errorf("the same record is %s, %s apart: %+v", p.Verdict(), p.Apart, p.Fields)
	}
	if p := verdict(); p.Verdict() != controller.PairMissing {
		t.Errorf("no record is %s", p.Verdict())
	}
	if p := verdict(r); p.Verdict() != controller.PairMissing {
		t.Errorf("an outgoing record of theirs is %s", p.Verdict())
	}
	other := mirrored(r)
	other.ServiceName, other.SourceDelegator = "taxes", dirk
	p := verdict(other)
	different := 0
	for _, f := range p.Fields {
		if f.Outcome == controller.FieldDifferent {
			different++
		}
	}
	if p.Verdict() != controller.PairDifferent || different != 2 {
		t.Errorf("another record is %s in %d fields", p.Verdict(), different)
	}
	d.gone = errGone
	if p := verdict(); p.Verdict() != controller.PairUnreachable {
		t.Errorf("no answer is %s", p.Verdict())
	}
}

func TestACallThatIsNotInTheLogIsNotFound(t *testing.T) {
	d := newDesk(t)
	for _, id := range []string{"01955555-0000-7000-8000-000000000009", "01955555"} {
		if _, err := d.Transaction(t.Context(), everything(), id); errKind(err) != operator.KindNotFound {
			t.Errorf("%s gives %v", id, err)
		}
	}
	if _, err := d.Transaction(t.Context(), everything(), "../../etc"); errKind(err) != operator.KindInvalid {
		t.Errorf("nonsense gives %v", err)
	}
}

func TestComparingManyCallsCountsWhatDiffers(t *testing.T) {
	d := newDesk(t)
	for n := range 6 {
		r := call(n, "", deskTime.Add(time.Duration(n)*time.Second))
		d.calls(t, r)
		m := mirrored(r)
		switch n {
		case 0:
			continue // missing
		case 1:
			m.GrantHash = "$1$3$other"
		}
		d.theirs = append(d.theirs, m)
	}
	v, err := d.Verify(t.Context(), everything(), txlog.Search{Peer: bart})
	check(t, err)
	if v.Asked != 6 || v.Equal != 4 || v.Different != 1 || v.Missing != 1 || len(v.Pairs) != 2 {
		t.Errorf("compared %+v", v)
	}
	if _, err := d.Verify(t.Context(), everything(), txlog.Search{}); errKind(err) != operator.KindInvalid {
		t.Errorf("without a Peer: %v", err)
	}
}

func TestAnExportOfTheLogIsInTheAuditTrailBeforeItBegins(t *testing.T) {
	d := newDesk(t)
	for n := range 3 {
		d.calls(t, call(n, "", deskTime.Add(time.Duration(n)*time.Second)))
	}
	records, err := d.ExportLog(t.Context(), everything(), txlog.Search{ServiceName: "persons"}, "csv")
	check(t, err)
	page, err := d.Audit(t.Context(), everything(), operator.EventFilter{Act: "log.export"})
	check(t, err)
	if len(page.Events) != 1 || page.Events[0].Object != "csv" || len(page.Events[0].Changes) != 1 {
		t.Errorf("the trail has %+v", page.Events)
	}
	n := 0
	for _, err := range records {
		check(t, err)
		n++
	}
	if n != 3 {
		t.Errorf("%d records", n)
	}
}

func TestTheAuditTrailIsPagedCheckedAndExported(t *testing.T) {
	d := newDesk(t)
	for range 3 {
		_, err := d.ExportLog(t.Context(), everything(), txlog.Search{}, "csv")
		check(t, err)
	}
	p, err := d.Audit(t.Context(), everything(), operator.EventFilter{Limit: 2})
	check(t, err)
	if len(p.Events) != 2 || p.Next != 2 {
		t.Fatalf("first page %d events, next %d", len(p.Events), p.Next)
	}
	p, err = d.Audit(t.Context(), everything(), operator.EventFilter{Limit: 2, Before: p.Next})
	check(t, err)
	if len(p.Events) != 1 || p.Next != 0 || p.Previous != 1 {
		t.Errorf("second page %d events, next %d, previous %d", len(p.Events), p.Next, p.Previous)
	}
	p, err = d.Audit(t.Context(), everything(), operator.EventFilter{Limit: 1, After: p.Previous})
	check(t, err)
	if len(p.Events) != 1 || p.Events[0].Sequence != 2 || p.Next != 2 || p.Previous != 2 {
		t.Errorf("the page in front has %d events, next %d, previous %d", len(p.Events), p.Next, p.Previous)
	}
	p, err = d.Audit(t.Context(), everything(), operator.EventFilter{Limit: 1, After: 2})
	check(t, err)
	if len(p.Events) != 1 || p.Events[0].Sequence != 3 || p.Previous != 0 {
		t.Errorf("the first page on the way back has %d events, previous %d", len(p.Events), p.Previous)
	}
	trail, err := d.VerifyAudit(t.Context(), everything())
	check(t, err)
	if trail.Bad != 0 || trail.Events != 3 {
		t.Errorf("trail %+v", trail)
	}
	events, err := d.ExportAudit(t.Context(), everything(), operator.EventFilter{})
	check(t, err)
	for e, err := range events {
		check(t, err)
		if e.Act != "audit.export" {
			t.Errorf("the newest event is %s", e.Act)
		}
		break
	}
	if _, err := d.ExportAudit(t.Context(), may(operator.PermissionRead), operator.EventFilter{}); errKind(err) != operator.KindForbidden {
		t.Errorf("without permission: %v", err)
	}
}
