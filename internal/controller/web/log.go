// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// registerLog registers the pages of the transaction log.
func (s *server) registerLog() {
	s.handle("GET /log", operator.PermissionReadLog, s.logPage)
	s.handle("GET /log/verify", operator.PermissionReadLog, s.verifyPage)
	s.handle("POST /log/verify", operator.PermissionReadLog, s.verifyLog)
	s.handle("GET /log/compare", operator.PermissionReadLog, s.comparePage)
	s.handle("POST /log/compare", operator.PermissionReadLog, s.compareLogs)
	s.handle("GET /log/check", operator.PermissionReadLog, s.checkPage)
	s.handle("POST /log/check", operator.PermissionReadLog, s.checkLog)
	s.handle("GET /log/{transactionID}", operator.PermissionReadLog, s.transactionPage)
}

// logData is what templates/log.html shows.
type logData struct {
	Page       *controller.LogPage
	Chart      Chart
	Directions []option
	Periods    []option
	Peers      []string
	Cursors    cursors
	First      bool // the newest page
	Live       bool
	Filtered   bool
	CLI        string
}

// LateSeconds is how long the newest calls have been waiting until they are here.
func (d logData) LateSeconds() int { return int(d.Page.Late.Seconds()) }

// Clock is a time of day with seconds, on the clock of the pages.
func (logData) Clock(at time.Time) string { return at.In(location()).Format("15:04:05") }

func (s *server) logPage(q *request) error {
	search, err := s.logSearch(q)
	if err != nil {
		return err
	}
	if len(q.problems) == 0 && (q.wants("csv") || q.wants("ndjson")) {
		return s.exportLog(q, search)
	}
	if len(q.problems) == 0 && q.wants("calls") {
		return s.exportTraffic(q, search)
	}
	d := logData{Directions: q.directions(), Page: &controller.LogPage{}, First: search.Before == nil && search.After == nil, Filtered: hasFilter(q), CLI: logCLI(search)}
	d.Live = d.First && q.query("live") == "1"
	if d.Peers, err = s.peerSuggestions(q); err != nil {
		return err
	}
	if len(q.problems) == 0 {
		page, err := s.cfg.Controller.Log(q.Ctx, q.Actor, search)
		if err != nil && !q.retry(err) {
			return err
		}
		if page != nil {
			d.Page, d.Cursors = page, cursorsOf(controller.FormatLogCursor(page.Previous), controller.FormatLogCursor(page.Next))
		}
	}
	if d.First && search.TransactionID == "" {
		d.Periods = q.periods()
		if d.Chart, err = s.trafficChart(q, search); err != nil {
			return err
		}
	}
	return q.render("log", q.t("nav.log"), d)
}

// logSearch reads the filter. What can't be read is a problem of its field.
func (s *server) logSearch(q *request) (txlog.Search, error) {
	search := txlog.Search{
		ServiceName: strings.TrimSpace(q.query("service")), GrantHash: strings.TrimSpace(q.query("grant")),
		TransactionID: strings.TrimSpace(q.query("transaction_id")),
		From:          q.timeParameter("from"), Until: q.timeParameter("until"),
	}
	switch q.query("direction") {
	case "in":
		search.Direction = txlog.DirectionIncoming
	case "out":
		search.Direction = txlog.DirectionOutgoing
	}
	var err error
	if search.Peer, err = s.peerParameter(q, "peer"); err != nil {
		return search, err
	}
	after, before, err := q.cursor()
	if err != nil {
		return search, err
	}
	if search.Before, err = controller.ParseLogCursor(after); err != nil {
		return search, err
	}
	search.After, err = controller.ParseLogCursor(before)
	return search, err
}

func hasFilter(q *request) bool {
	for _, name := range []string{"service", "grant", "transaction_id", "from", "until", "direction", "peer", "text", "act", "object"} {
		if q.query(name) != "" {
			return true
		}
	}
	return false
}

// timeParameter reads a date, or a date and time, on the clock of the pages.
func (q *request) timeParameter(name string) time.Time { return q.timeIn(name, q.query(name)) }

// timeIn reads it from a text.
func (q *request) timeIn(name, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	for _, form := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.ParseInLocation(form, text, location()); err == nil {
			return at
		}
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at
	}
	q.wrong(name, "log.problem.time")
	return time.Time{}
}

func (q *request) directions() []option {
	return []option{{"", q.t("log.direction.both")}, {"out", q.t("log.direction.out")}, {"in", q.t("log.direction.in")}}
}

// logCLI is the command that lists the same.
func logCLI(search txlog.Search) string {
	line := "samenspel log search"
	add := func(flag, value string) {
		if value != "" {
			line += " --" + flag + " " + shellWord(value)
		}
	}
	add("transaction-id", search.TransactionID)
	add("peer", string(search.Peer))
	add("service", search.ServiceName)
	add("grant", search.GrantHash)
	switch search.Direction {
	case txlog.DirectionIncoming:
		add("direction", "incoming")
	case txlog.DirectionOutgoing:
		add("direction", "outgoing")
	}
	add("from", momentWord(search.From))
	add("until", momentWord(search.Until))
	return line + " --limit 50"
}

// momentWord is a moment as the command line reads it; empty for none.
func momentWord(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// transactionData is what templates/log_transaction.html shows.
type transactionData struct {
	*controller.Transaction
	Pairs    []controller.RecordPair
	Compared bool
	Self     fsc.PeerID
	CLI      string

	kept func(*txlog.Record) time.Time
}

// KeptUntil gives up to when a record is kept; nil: for ever.
func (d transactionData) KeptUntil(r txlog.Record) *time.Time {
	if t := d.kept(&r); !t.IsZero() {
		return &t
	}
	return nil
}

func (s *server) transactionPage(q *request) error {
	id := q.path("transactionID")
	t, err := s.cfg.Controller.Transaction(q.Ctx, q.Actor, id)
	if err != nil {
		return err
	}
	d := transactionData{Transaction: t, Self: s.self.ID, Compared: q.query("compare") == "1", CLI: "samenspel log show " + shellWord(t.ID), kept: s.cfg.Controller.KeptUntil}
	if d.Compared {
		if d.Pairs, err = s.cfg.Controller.Counterparts(q.Ctx, q.Actor, id); err != nil {
			return err
		}
	}
	return q.render("log_transaction", q.t("log.transaction.title"), d)
}

// Badge is the state of the contract as the part "badge" wants it.
func (d transactionData) Badge() string { return strings.ToLower(string(d.State)) }

// Retry tells the address that asks the other side again.
func (d transactionData) Retry() string { return "/log/" + d.ID + "?compare=1" }
