// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// registerOverview registers the first page.
func (s *server) registerOverview() {
	s.handle("GET /{$}", operator.PermissionRead, s.overviewPage)
}

// overviewData is what templates/overview.html shows.
type overviewData struct {
	*controller.Overview
	Chart Chart
	// First tells that nothing has been set up yet.
	First bool
	// Tasks is what acting together asks; nil: nothing.
	Tasks *tasksView
}

func (s *server) overviewPage(q *request) error {
	clock := location()
	o, err := s.cfg.Controller.Overview(q.Ctx, q.Actor, midnight(s.cfg.Now(), clock))
	if err != nil {
		return err
	}
	d := overviewData{Overview: o, Chart: Chart{Title: q.t("overview.traffic.title")}}
	for _, h := range o.Traffic.Hours {
		d.Chart.Bars = append(d.Chart.Bars, Bar{Label: h.Hour.In(clock).Format("15:04"), Count: h.Incoming + h.Outgoing})
	}
	if d.Tasks, err = q.tasks(); err != nil {
		return err
	}
	contracts := 0
	for _, n := range o.Contracts {
		contracts += n
	}
	d.First = contracts == 0
	return q.render("overview", q.t("nav.overview"), d)
}

// Calls is how many calls there were today.
func (d overviewData) Calls() int64 { return d.Traffic.Incoming + d.Traffic.Outgoing }

// Valid is how many contracts can be used.
func (d overviewData) Valid() int { return d.Contracts["VALID"] }
