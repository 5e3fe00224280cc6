// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"net/http"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (s *server) usageHandlers() map[string]handler {
	return map[string]handler{
		"listUsage": s.listUsage, "getUsageMonth": s.getUsageMonth, "createUsageStatement": s.createUsageStatement,
		"createUsageSettlement": s.createUsageSettlement, "getSavings": s.getSavings,
	}
}

func (s *server) listUsage(c *call) (*reply, error) {
	place, err := c.window()
	if err != nil {
		return nil, err
	}
	found, err := s.act.Usage(c.ctx(), c.actor, c.deed(), place)
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, func(m collective.UsageMonth) client.UsageMonth { return usageMonthOf(&m) })
}

func (s *server) getUsageMonth(c *call) (*reply, error) {
	m, err := s.act.UsageMonth(c.ctx(), c.actor, c.deed(), c.path["month"])
	if err != nil {
		return nil, err
	}
	return done(usageMonthOf(m))
}

func (s *server) createUsageStatement(c *call) (*reply, error) {
	m, err := s.act.StateUsage(c.ctx(), c.actor, c.deed(), c.path["month"])
	if err != nil {
		return nil, err
	}
	return done(usageMonthOf(m))
}

func (s *server) createUsageSettlement(c *call) (*reply, error) {
	in, err := decode[client.NewUsageSettlement](c)
	if err != nil {
		return nil, err
	}
	m, err := s.act.AgreeUsage(c.ctx(), c.actor, c.deed(), controller.UsageAgreement{Month: c.path["month"], Count: in.Count, Reason: in.Reason})
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusCreated, body: usageMonthOf(m), location: "/call-offs/" + string(m.CallOff) + "/usage/" + m.Month.String()}, nil
}

func (s *server) getSavings(c *call) (*reply, error) {
	got, err := s.act.Savings(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	return done(client.Savings{Saved: groupSumOf(got.Saved), Demand: each(got.Demand, func(d collective.LotDemand) client.LotDemand {
		return client.LotDemand{Lot: d.Lot, Total: groupSumOf(d.Demand)}
	})})
}

func groupSumOf(t usage.Total) *client.GroupSum {
	if !t.Enough {
		return nil
	}
	return &client.GroupSum{Buyers: t.Buyers, Sum: t.Sum}
}

func usageMonthOf(m *collective.UsageMonth) client.UsageMonth {
	out := client.UsageMonth{Month: m.Month.String(), State: string(m.Word), Buyer: usageSideOf(m.Buyer), Supplier: usageSideOf(m.Supplier)}
	if s := m.Settlement; s != nil {
		out.Settlement = &client.UsageSettlement{Deed: string(s.Deed), Count: s.Count, Reason: s.Reason, Awaiting: append([]fsc.PeerID{}, s.Awaiting...)}
	}
	if m.SoFar != nil {
		out.SoFar = &m.SoFar.Count
	}
	if r := m.Report; r != nil {
		out.Report = &client.UsageReport{At: time.Unix(r.At, 0).UTC(), Problem: r.Problem}
		if d := r.Difference; d != nil {
			out.Report.Equal, out.Report.OnlyOwn, out.Report.OnlyOther = d.Equal, d.OnlyOwn, d.OnlyOther
			out.Report.Own, out.Report.Other = d.Own, d.Other
			out.Report.OpenOwn, out.Report.OpenOther = d.Open.Own, d.Open.Other
		}
	}
	return out
}

func usageSideOf(s *collective.UsageSide) *client.UsageSide {
	if s == nil {
		return nil
	}
	out := &client.UsageSide{Deed: string(s.Deed), Peer: s.Peer, Count: s.Count, Root: s.Root.String()}
	if s.ReceivedAt != 0 {
		out.ReceivedAt = time.Unix(s.ReceivedAt, 0).UTC()
	}
	return out
}
