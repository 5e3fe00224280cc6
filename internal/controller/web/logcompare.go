// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

// logCompareData is what templates/log_compare.html shows.
type logCompareData struct {
	Peers  []string
	Result *controller.LogComparison
	CLI    string
}

// differences are the calls of one side in a table.
type differences struct {
	Title string
	Calls []reconcile.Difference
	// Here tells that our own log has the calls, and so a page for each.
	Here bool
}

// Differences gives the tables that have rows.
func (d logCompareData) Differences() []differences {
	var out []differences
	for _, t := range []differences{{"log.compare.ours", d.Result.Ours, true}, {"log.compare.theirs", d.Result.Theirs, false}} {
		if len(t.Calls) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// Unnamed is how many calls are on one side only and not in the tables.
func (d logCompareData) Unnamed() int64 {
	r := d.Result
	return r.OnlyOurs + r.OnlyTheirs + r.OpenOurs + r.OpenTheirs - int64(len(r.Ours)+len(r.Theirs))
}

// Next is where to go on, as the form sends it.
func (d logCompareData) Next() string { return d.Result.Next.UTC().Format(time.RFC3339) }

func (s *server) comparePage(q *request) error {
	peers, err := s.peerSuggestions(q)
	if err != nil {
		return err
	}
	return q.render("log_compare", q.t("log.compare.title"), logCompareData{Peers: peers, CLI: compareCLI(&reconcile.Request{})})
}

func (s *server) compareLogs(q *request) error {
	var d logCompareData
	var err error
	if d.Peers, err = s.peerSuggestions(q); err != nil {
		return err
	}
	r := reconcile.Request{Grant: strings.TrimSpace(q.value("grant_hash")), From: q.timeIn("from", q.value("from")), Until: q.timeIn("until", q.value("until"))}
	if r.Peer, err = s.findPeer(q, "peer", q.value("peer")); err != nil {
		return err
	}
	s.checkComparison(q, &r)
	if len(q.problems) == 0 {
		if d.Result, err = s.cfg.Controller.CompareLogs(q.Ctx, q.Actor, r); err != nil && !q.retry(err) {
			return err
		}
	}
	d.CLI = compareCLI(&r)
	return q.render("log_compare", q.t("log.compare.title"), d)
}

// checkComparison finds what is wrong with the form, in words of the page.
func (s *server) checkComparison(q *request, r *reconcile.Request) {
	switch {
	case len(q.problems) > 0:
	case r.Peer == "":
		q.wrong("peer", "log.problem.peer")
	case r.Peer == s.self.ID:
		q.wrong("peer", "log.compare.problem.self")
	case r.Grant != "" && fsc.GrantHash(r.Grant).Validate() != nil:
		q.wrong("grant_hash", "log.compare.problem.grant")
	case !r.From.IsZero() && !r.Until.IsZero() && !r.From.Before(r.Until):
		q.wrong("until", "log.compare.problem.until")
	}
}

// compareCLI is the command that compares the same.
func compareCLI(r *reconcile.Request) string {
	line := "samenspel log compare --peer "
	if r.Peer == "" {
		return line + "PEER"
	}
	line += shellWord(string(r.Peer))
	for _, f := range [][2]string{{"grant", r.Grant}, {"from", momentFlag(r.From)}, {"until", momentFlag(r.Until)}} {
		if f[1] != "" {
			line += " --" + f[0] + " " + shellWord(f[1])
		}
	}
	return line
}

// momentFlag writes a moment as the command line reads it.
func momentFlag(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
