// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/txlog"
)

// records writes calls of anna to bart into the log, the oldest first.
func (a *api) records(n int) []txlog.Record {
	a.t.Helper()
	var recs []txlog.Record
	for i := range n {
		recs = append(recs, txlog.Record{
			TransactionID: fmt.Sprintf("01900000-0000-7000-8000-%012d", i), Direction: txlog.DirectionOutgoing, GrantHash: "$1$3$" + strings.Repeat("B", 86),
			GroupID: group, ServiceName: "persons", OutwayPeerID: anna, ServicePeerID: bart, CreatedAt: a.clock.Now().Add(time.Duration(i) * time.Second),
		})
	}
	must(a.t, a.store.Log().Source("test").Index(a.t.Context(), recs, txlog.Position{Segment: 1, Offset: 1}))
	return recs
}

// linked gives the address that a Link header has for a relation; empty if none.
func linked(header, rel string) string {
	for link := range strings.SplitSeq(header, ", ") {
		if target, ok := strings.CutSuffix(link, `>; rel="`+rel+`"`); ok {
			return strings.TrimPrefix(target, "<")
		}
	}
	return ""
}

func TestTheTransactionLogIsReadPageByPage(t *testing.T) {
	a := newAPI(t)
	recs := a.records(7)
	var got []string
	target := "/v1/transactions?limit=3&service=persons&direction=outgoing"
	for target != "" {
		r := a.ask("auditor", get, target, "").want(200)
		p := into[client.Page[client.Record]](r)
		for _, rec := range p.Items {
			got = append(got, rec.TransactionID)
		}
		target = linked(r.header.Get("Link"), "next")
		if (target == "") != (p.Next == "") {
			t.Fatalf("link %q, next %q", target, p.Next)
		}
		if back := linked(r.header.Get("Link"), "prev"); back != "" {
			before := into[client.Page[client.Record]](a.ask("auditor", get, back, "").want(200))
			if len(before.Items) != 3 || before.Items[2].TransactionID != got[len(got)-len(p.Items)-1] || (before.Previous == "") != (len(got)-len(p.Items) == 3) {
				t.Errorf("the page in front is %+v", before)
			}
		} else if len(got) > 3 {
			t.Error("there is no page in front")
		}
	}
	if len(got) != 7 || got[0] != recs[6].TransactionID || got[6] != recs[0].TransactionID {
		t.Errorf("read %v", got)
	}
	a.ask("reader", get, "/v1/transactions", "").problem(403, "forbidden")
	wantErrors(t, a.ask("auditor", get, "/v1/transactions?cursor=eA", "").problem(400, "invalid_input"), "query cursor invalid")
}

func TestOneCallIsReadAndComparedWithTheOtherSide(t *testing.T) {
	a := newAPI(t)
	id := a.records(2)[0].TransactionID
	if tr := into[client.Transaction](a.ask("auditor", get, "/v1/transactions/"+id, "").want(200)); len(tr.Records) != 1 {
		t.Errorf("transaction %+v", tr)
	}
	pairs := into[client.Page[client.RecordPair]](a.ask("auditor", get, "/v1/transactions/"+id+"/counterparts", "").want(200))
	if len(pairs.Items) != 1 || pairs.Items[0].Problem == "" || pairs.Items[0].Agrees {
		t.Errorf("pairs %+v", pairs)
	}
	if v := into[client.Verification](a.ask("auditor", post, "/v1/transaction-verifications", `{"peerId":"`+string(bart)+`"}`).want(200)); v.Asked != 2 || v.Problem == "" {
		t.Errorf("verification %+v", v)
	}
	a.ask("auditor", get, "/v1/transactions/01900000-0000-7000-8000-999999999999", "").problem(404, "not_found")
	from := url.QueryEscape(a.clock.Now().Add(-2 * time.Hour).Format(time.RFC3339))
	until := url.QueryEscape(a.clock.Now().Add(2 * time.Hour).Format(time.RFC3339))
	tr := into[client.Page[client.Traffic]](a.ask("reader", get, "/v1/traffic?perGrant=true&from="+from+"&until="+until+"&peerId="+string(bart), "").want(200))
	if len(tr.Items) != 1 || tr.Items[0].Calls != 2 || tr.Items[0].Service != "persons" {
		t.Errorf("traffic %+v", tr)
	}
}

func TestExportsAreLinesOfJSONAndLeaveAnEvent(t *testing.T) {
	a := newAPI(t)
	a.records(5)
	r := a.ask("auditor", post, "/v1/transaction-exports", `{"service":"persons"}`).want(200)
	if r.header.Get("Content-Type") != "application/x-ndjson" || strings.Count(string(r.body), "\n") != 5 {
		t.Errorf("export %v %s", r.header, r.body)
	}
	a.ask("reader", post, "/v1/transaction-exports", `{}`).problem(403, "forbidden")
	events := into[client.Page[client.Event]](a.ask("auditor", get, "/v1/audit-events?act=log.export&limit=1", "").want(200))
	if len(events.Items) != 1 || events.Next == "" || events.Items[0].Outcome == "ok" {
		t.Fatalf("events %+v", events)
	}
	second := into[client.Page[client.Event]](a.ask("auditor", get, "/v1/audit-events?act=log.export&limit=1&cursor="+events.Next, "").want(200))
	first := into[client.Page[client.Event]](a.ask("auditor", get, "/v1/audit-events?act=log.export&limit=1&cursor="+second.Previous, "").want(200))
	if len(first.Items) != 1 || first.Items[0].Sequence != events.Items[0].Sequence || first.Next != events.Next {
		t.Errorf("the page in front is %+v", first)
	}
	if len(second.Items) != 1 || second.Items[0].Outcome != "ok" || second.Items[0].AccountName != "auditor" || second.Items[0].From != "127.0.0.1" {
		t.Errorf("events %+v", second)
	}
	if v := into[client.AuditVerification](a.ask("auditor", post, "/v1/audit-verifications", "").want(200)); v.Broken || v.Events < 2 {
		t.Errorf("verification %+v", v)
	}
	if r := a.ask("auditor", post, "/v1/audit-exports", `{"act":"log"}`).want(200); strings.Count(string(r.body), "\n") != 2 {
		t.Errorf("export %s", r.body)
	}
	a.ask("reader", get, "/v1/audit-events", "").problem(403, "forbidden")
}
