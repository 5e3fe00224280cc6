// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"time"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

// shownCheckpoints is how many the page lists; the command line lists all.
const shownCheckpoints = 10

// logCheckData is what templates/log_check.html shows.
type logCheckData struct {
	Checkpoints []controller.LogCheckpoint // the newest
	Result      *evidence.Report
	At          time.Time // when it was checked
	Rules       []retention.Rule
}

// Moment gives the time of Unix seconds.
func (logCheckData) Moment(unix int64) time.Time { return time.Unix(unix, 0) }

// CreatedAt gives the time of the record that doesn't hold.
func (d logCheckData) CreatedAt() time.Time { return time.UnixMicro(d.Result.Problem.CreatedAt) }

// Unsigned is how many of the newest records hold and aren't signed yet.
func (d logCheckData) Unsigned() int64 {
	return max(0, d.Result.Last-max(d.Result.Sealed, d.Result.First-1))
}

// checkPage shows what was signed, and gives the log as a file that proves it.
func (s *server) checkPage(q *request) error {
	if q.wants("ndjson") {
		lines, err := s.cfg.Controller.ExportEvidence(q.Ctx, q.Actor)
		if err != nil {
			return err
		}
		return ndjson(q, "evidence-"+s.cfg.Now().UTC().Format("20060102T150405Z"), lines, func(l evidence.Line) any { return l })
	}
	return s.renderCheck(q, logCheckData{})
}

func (s *server) checkLog(q *request) (err error) {
	q.unhurried()
	d := logCheckData{At: s.cfg.Now()}
	if d.Result, err = s.cfg.Controller.CheckLog(q.Ctx, q.Actor, time.Time{}, time.Time{}); err != nil {
		return err
	}
	return s.renderCheck(q, d)
}

func (s *server) renderCheck(q *request, d logCheckData) error {
	newest, err := s.cfg.Controller.LogCheckpoints(q.Ctx, q.Actor, 0, shownCheckpoints)
	if err != nil {
		return err
	}
	d.Checkpoints = newest.Checkpoints
	if d.Rules, err = s.cfg.Controller.LogRetention(q.Actor); err != nil {
		return err
	}
	return q.render("log_check", q.t("log.check.title"), d)
}

// Head gives the link at the end of a checkpoint as it is written down.
func (logCheckData) Head(c *evidence.Checkpoint) string { return evidence.FormatLink(c.Head) }
