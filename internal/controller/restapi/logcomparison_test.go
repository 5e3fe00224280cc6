// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"context"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

// found is a comparison that found this.
type found struct {
	asked  reconcile.Request
	report reconcile.Report
}

func (f *found) CompareLogs(_ context.Context, r reconcile.Request) (*reconcile.Report, error) {
	f.asked = r
	return &f.report, nil
}

func TestAPeriodIsComparedAndEachDifferenceIsTold(t *testing.T) {
	at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	tally := reconcile.Tally{Equal: 4211, OnlyOurs: 3, OnlyTheirs: 1, OpenTheirs: 9}
	f := &found{report: reconcile.Report{
		Peer: bart, At: at.AddDate(0, 0, 9), From: at, Until: at.Add(time.Hour), Next: at.Add(time.Hour), ByRoots: true, Requests: 6, Tally: tally,
		Grants: []reconcile.GrantTally{{Grant: "g1", Tally: tally}},
		Ours:   []reconcile.Difference{{TransactionID: "01900000-0000-7000-8000-000000000001", Grant: "g1", Outgoing: true, Service: "persons", At: at, OtherGrant: "g2"}},
	}}
	a := newAPI(t, func(o *options) {
		o.act = func(c *controller.Config) { c.Comparison = f }
	})
	body := `{"peerId":"` + string(bart) + `","from":"2026-11-01T00:00:00Z"}`
	r := into[client.LogComparison](a.ask("auditor", post, "/v1/transaction-comparisons", body).want(200))
	if r.Agrees || r.Equal != 4211 || r.OnlyOurs != 3 || r.OnlyTheirs != 1 || r.OpenTheirs != 9 || !r.Next.Equal(at.Add(time.Hour)) || !r.ByRoots || r.Requests != 6 {
		t.Errorf("got %+v", r)
	}
	if len(r.Ours) != 1 || r.Ours[0].Direction != "outgoing" || r.Ours[0].OtherGrantHash != "g2" || len(r.Theirs) != 0 || len(r.Grants) != 1 || r.Grants[0].Direction != "incoming" {
		t.Errorf("got %+v", r)
	}
	if f.asked.Peer != bart || !f.asked.From.Equal(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)) || !f.asked.Until.IsZero() {
		t.Errorf("asked %+v", f.asked)
	}
	events := into[client.Page[client.Event]](a.ask("auditor", get, "/v1/audit-events?act=log.compare", "").want(200))
	if len(events.Items) != 1 || events.Items[0].Object != string(bart) {
		t.Errorf("got %+v", events.Items)
	}
	a.ask("reader", post, "/v1/transaction-comparisons", body).problem(403, "forbidden")
	a.ask("auditor", post, "/v1/transaction-comparisons", `{"peerId":"`+string(anna)+`"}`).want(400)
	a.ask("auditor", post, "/v1/transaction-comparisons", `{"peerId":"`+string(bart)+`","from":"2026-11-02T00:00:00Z","until":"2026-11-01T00:00:00Z"}`).want(400)
}
