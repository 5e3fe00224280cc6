// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"fmt"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// registerTogether registers the pages of deciding together and of what follows
// from it. On a node that doesn't act with others they answer that there is
// nothing.
func (s *server) registerTogether() {
	s.handle("GET /obligations", operator.PermissionRead, s.obligationsList)
	s.handle("GET /alarms/{dossier}/proof", operator.PermissionRead, s.alarmProof)
	s.handle("GET /board", operator.PermissionRead, s.boardPage)
	s.handle("GET /board/{code}", operator.PermissionRead, s.processPage)
	s.handle("POST /board/{code}", operator.PermissionSign, s.processTakeUp)
	s.handle("GET /groups", operator.PermissionRead, s.groupsList)
	s.handle("GET /groups/new", operator.PermissionRead, s.groupNew)
	s.handle("POST /groups", operator.PermissionSign, s.groupFound)
	s.handle("GET /groups/{hash}", operator.PermissionRead, s.groupDetail)
	s.handle("POST /groups/{hash}/join", operator.PermissionSign, s.groupJoin)
	s.handle("GET /groups/{hash}/decision", operator.PermissionRead, s.decisionNew)
	s.handle("POST /groups/{hash}/decision", operator.PermissionSign, s.decisionOpen)
	s.handle("GET /decisions", operator.PermissionRead, s.decisionsList)
	s.handle("GET /decisions/{hash}", operator.PermissionRead, s.decisionDetail)
	s.handle("POST /decisions/{hash}", operator.PermissionSign, s.stanceState)
	s.handle("GET /register", operator.PermissionRead, s.registerList)
	s.handle("GET /register/ended", operator.PermissionRead, s.registerEnded)
	s.handle("GET /register/arrangements", operator.PermissionRead, s.arrangementsList)
	s.handle("GET /register/arrangements/{roo}", operator.PermissionRead, s.arrangementDetail)
	s.handle("GET /register/{code}", operator.PermissionRead, s.municipalityDetail)
	s.handle("GET /mandates", operator.PermissionRead, s.mandatesList)
	s.handle("GET /mandates/new", operator.PermissionRead, s.mandateNew)
	s.handle("POST /mandates", operator.PermissionSign, s.mandateGive)
	s.handle("GET /mandates/{hash}", operator.PermissionRead, s.mandateDetail)
}

// togetherNavigation are the pages of deciding together.
func togetherNavigation() []navItem {
	return []navItem{
		{"nav.obligations", "/obligations", "clock", operator.PermissionRead, false},
		{"nav.calendar", "/calendar", "calendar", operator.PermissionRead, false},
		{"nav.board", "/board", "apps", operator.PermissionRead, false},
		{"nav.groups", "/groups", "users", operator.PermissionRead, false},
		{"nav.decisions", "/decisions", "gavel", operator.PermissionRead, false},
		{"nav.register", "/register", "world", operator.PermissionRead, false},
		{"nav.mandates", "/mandates", "key", operator.PermissionRead, false},
	}
}

// tasksView is what acting together asks of people now, on the overview.
type tasksView struct {
	Turn    []taskRow
	Votes   []taskRow
	Months  []monthTaskRow
	Refused []controller.RefusedDelivery
	Alarms  []alarmRow
}

// taskRow is a deed that waits for us.
type taskRow struct {
	URL, Title, Kind string
	Word             wordView
	controller.OpenVote
}

// monthTaskRow is a month of a call-off that waits for us.
type monthTaskRow struct {
	controller.UsageTask
	URL, Name, Text string
}

type alarmRow struct {
	controller.KeeperAlarm
	Text  string
	Proof string // address of the file; empty if there is none
}

// tasks gives what there is to do together; nil when there is nothing.
func (q *request) tasks() (*tasksView, error) {
	c := q.s.cfg.Controller
	if !c.Joint() {
		return nil, nil //nolint:nilnil // nothing to show is no error
	}
	t, err := c.Tasks(q.Ctx, q.Actor)
	if err != nil || t.Count() == 0 {
		return nil, err
	}
	return q.tasksView(t), nil
}

func (q *request) tasksView(t *controller.Tasks) *tasksView {
	v := &tasksView{Refused: t.Refused}
	for _, d := range t.Turn {
		v.Turn = append(v.Turn, q.taskRow(controller.OpenVote{TitledDeed: d}))
	}
	for _, d := range t.Votes {
		v.Votes = append(v.Votes, q.taskRow(d))
	}
	for _, m := range t.Months {
		v.Months = append(v.Months, monthTaskRow{
			UsageTask: m, URL: usageURL(m.CallOff) + "/" + m.Month.String(), Name: q.monthText(m.Month), Text: q.t("tasks.month." + string(m.Word)),
		})
	}
	v.Alarms = q.alarmRows(t.Alarms)
	return v
}

func (q *request) alarmRows(alarms []controller.KeeperAlarm) []alarmRow {
	var out []alarmRow
	for _, a := range alarms {
		row := alarmRow{KeeperAlarm: a, Text: q.t("tasks.alarm.other")}
		if key := "tasks.alarm." + a.Code; q.s.words[q.Lang].has(key) {
			row.Text = q.t(key)
		}
		if a.Proof {
			row.Proof = "/alarms/" + pathWord(a.Dossier) + "/proof"
		}
		out = append(out, row)
	}
	return out
}

func (q *request) taskRow(d controller.OpenVote) taskRow {
	return taskRow{URL: deedURL(d.Hash), Title: q.deedTitle(d.TitledDeed), Kind: q.deedKind(d.Type), Word: q.wordOf(d.Word), OpenVote: d}
}

// deedTitle is what a deed is about, or else what it is.
func (q *request) deedTitle(d controller.TitledDeed) string {
	if d.Title == "" {
		return q.deedKind(d.Type)
	}
	return brief(d.Title)
}

// wordOf is the word of any deed, also one that the catalogue doesn't have.
func (q *request) wordOf(w collective.Word) wordView {
	v := wordOf(w)
	if !q.s.words[q.Lang].has(v.Key) {
		v.Key = "collective.word.other"
	}
	return v
}

// alarmProof gives the file that proves what a keeper did wrong.
func (s *server) alarmProof(q *request) error {
	proof, err := s.cfg.Controller.AlarmProof(q.Ctx, q.Actor, deed.Hash(q.path("dossier")))
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="proof.json"`)
	h.Set("Cache-Control", "no-store")
	if _, err := q.w.Write(proof); err != nil { //nolint:gosec // JSON by its type
		return fmt.Errorf("write proof: %w", err)
	}
	return nil
}
