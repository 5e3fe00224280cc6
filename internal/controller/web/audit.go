// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// registerAudit registers the pages of the audit trail.
func (s *server) registerAudit() {
	s.handle("GET /audit", operator.PermissionReadAudit, s.auditPage)
	s.handle("GET /audit/verify", operator.PermissionReadAudit, func(q *request) error { return q.redirect("/audit", "") })
	s.handle("POST /audit/verify", operator.PermissionReadAudit, s.verifyAudit)
}

// auditData is what templates/audit.html shows.
type auditData struct {
	*controller.AuditPage
	Objects  []option
	Cursors  cursors
	First    bool
	Filtered bool
	CLI      string
}

// Clock is a time of day with seconds, on the clock of the pages.
func (auditData) Clock(at time.Time) string { return at.In(location()).Format("15:04:05") }

func (s *server) auditPage(q *request) error {
	f := operator.EventFilter{
		Actor: operator.AccountID(q.query("actor")), Act: q.query("act"), Object: q.query("object"),
		Text: strings.TrimSpace(q.query("text")), From: q.timeParameter("from"), Until: q.timeParameter("until"),
	}
	if len(q.problems) == 0 && (q.wants("csv") || q.wants("ndjson")) {
		return s.exportAudit(q, f)
	}
	after, before, err := q.cursor()
	if err != nil {
		return err
	}
	if f.Before, err = sequenceOf(after); err != nil {
		return err
	}
	if f.After, err = sequenceOf(before); err != nil {
		return err
	}
	d := auditData{Objects: q.auditObjects(), AuditPage: &controller.AuditPage{}, First: f.Before == 0 && f.After == 0, Filtered: hasFilter(q), CLI: auditCLI(f)}
	if len(q.problems) == 0 {
		page, err := s.cfg.Controller.Audit(q.Ctx, q.Actor, f)
		if err != nil {
			return err
		}
		d.AuditPage, d.Cursors = page, cursorsOf(sequenceKey(page.Previous), sequenceKey(page.Next))
	}
	return q.render("audit", q.t("nav.audit"), d)
}

// sequenceOf reads a place in the audit trail; 0 for none.
func sequenceOf(key string) (int64, error) {
	if key == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(key, 10, 64)
	if err != nil || n < 1 {
		return 0, &operator.Error{Kind: operator.KindInvalid, Field: "cursor", Text: "this place in the audit trail can't be read"}
	}
	return n, nil
}

func sequenceKey(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// auditObjects are what acts are done to: the part of an act before its dot.
func (q *request) auditObjects() []option {
	out := []option{{"", q.t("audit.objects.all")}}
	for _, o := range []string{"contract", "service", "route", "rule", "peer", "account", "session", "token", "request", "log", "audit"} {
		out = append(out, option{o, q.t("audit.objects." + o)})
	}
	return out
}

func (s *server) exportAudit(q *request, f operator.EventFilter) error {
	events, err := s.cfg.Controller.ExportAudit(q.Ctx, q.Actor, f)
	if err != nil {
		return err
	}
	name := "audit-" + s.cfg.Now().UTC().Format("20060102T150405Z")
	if q.wants("ndjson") {
		return ndjson(q, name, events, func(e *operator.Event) any { return exportEvent(e) })
	}
	header := []string{"sequence", "at", "actor", "name", "token", "from", "act", "object", "outcome", "changes", "previous", "hash"}
	return q.csv(name, header, rowsOf(events, func(e *operator.Event) []string {
		x := exportEvent(e)
		var changes []string
		for _, c := range e.Changes {
			changes = append(changes, c.Field+": "+c.Before+" -> "+c.After)
		}
		return []string{
			strconv.FormatInt(x.Sequence, 10), x.At, x.Actor, x.Name, x.Token, x.From, x.Act, x.Object, x.Outcome,
			strings.Join(changes, "; "), x.Previous, x.Hash,
		}
	}))
}

// exportedEvent is an event as a line of JSON.
type exportedEvent struct {
	Sequence int64             `json:"sequence"`
	At       string            `json:"at"`
	Actor    string            `json:"actor,omitempty"`
	Name     string            `json:"name,omitempty"`
	Token    string            `json:"token,omitempty"`
	From     string            `json:"from,omitempty"`
	Act      string            `json:"act"`
	Object   string            `json:"object,omitempty"`
	Outcome  string            `json:"outcome"`
	Changes  []operator.Change `json:"changes,omitempty"`
	Previous string            `json:"previous"`
	Hash     string            `json:"hash"`
}

func exportEvent(e *operator.Event) exportedEvent {
	return exportedEvent{
		Sequence: e.Sequence, At: e.At.UTC().Format(time.RFC3339Nano), Actor: string(e.Actor), Name: e.ActorName, Token: string(e.Token),
		From: e.From, Act: e.Act, Object: e.Object, Outcome: e.Outcome, Changes: e.Changes,
		Previous: hex.EncodeToString(e.Previous[:]), Hash: hex.EncodeToString(e.Hash[:]),
	}
}

// trailData is what templates/audit_verify.html shows.
type trailData struct {
	operator.Trail
	Head string
	At   time.Time
}

func (s *server) verifyAudit(q *request) error {
	t, err := s.cfg.Controller.VerifyAudit(q.Ctx, q.Actor)
	if err != nil {
		return err
	}
	return q.render("audit_verify", q.t("audit.verify.title"), trailData{Trail: t, Head: hex.EncodeToString(t.Head[:]), At: s.cfg.Now()})
}

// auditCLI is the command that lists the same.
func auditCLI(f operator.EventFilter) string {
	var line strings.Builder
	line.WriteString("samenspel audit list")
	for _, v := range []struct{ flag, value string }{
		{"account", string(f.Actor)},
		{"act", f.Act},
		{"object", f.Object},
		{"text", f.Text},
		{"from", momentWord(f.From)},
		{"until", momentWord(f.Until)},
	} {
		if v.value != "" {
			line.WriteString(" --" + v.flag + " " + shellWord(v.value))
		}
	}
	return line.String()
}
