// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/samenspel/samenspel/internal/operator"
)

func (f *fieldlab) register() {
	f.public("GET /{$}", f.page)
	f.public("POST /act", f.act)
	f.public("POST /switch", f.enter)
	f.public("/", func(q *request) error {
		q.problem(http.StatusNotFound, "not_found")
		return nil
	})
}

// fieldlabData is what templates/fieldlab.html shows.
type fieldlabData struct {
	FieldlabState
	Flash string
	Live  bool // the page shows by itself what changes
	// Drawings are the same picture for wide and narrow screens.
	Drawings []drawing
	Rows     []fieldlabRow
}

// fieldlabRow is an edge as the table tells it.
type fieldlabRow struct {
	FieldlabEdge
	FromPeer, ToPeer, BehalfPeer FieldlabOrganisation
}

func (f *fieldlab) page(q *request) error {
	state, err := f.lab.State(q.Ctx)
	if err != nil {
		return err
	}
	// Its forms may also lead to the organisations' own pages.
	policy := strings.Join(append([]string{"form-action 'self'"}, f.lab.Pages()...), " ")
	q.w.Header().Set("Content-Security-Policy", strings.Replace(contentPolicy, "form-action 'self'", policy, 1))
	return q.render("fieldlab", q.t("fieldlab.title"), newFieldlabData(state, q.takeFlash(), q.query("live") != "off"))
}

func newFieldlabData(state FieldlabState, flash string, live bool) fieldlabData {
	data := fieldlabData{FieldlabState: state, Flash: flash, Live: live}
	data.Drawings = []drawing{drawFederation(&state, live, widePlan()), drawFederation(&state, live, narrowPlan())}
	for _, e := range state.Edges {
		row := fieldlabRow{FieldlabEdge: e, FromPeer: state.organisation(e.From), ToPeer: state.organisation(e.To)}
		if e.OnBehalf != "" {
			row.BehalfPeer = state.organisation(e.OnBehalf)
		}
		data.Rows = append(data.Rows, row)
	}
	return data
}

// act presses a button and goes back to the page, which tells what came of it.
func (f *fieldlab) act(q *request) error {
	var act FieldlabAct
	act.Verb, act.On, _ = strings.Cut(q.value("act"), ":")
	outcome, err := f.lab.Do(q.Ctx, act)
	if o, ok := errors.AsType[*operator.Error](err); ok {
		return o
	}
	switch {
	case errors.Is(err, operator.ErrNotFound):
		return err
	case err != nil:
		f.cfg.Logger.WarnContext(q.Ctx, "button of the fieldlab", "verb", act.Verb, "on", act.On, "error", err)
		return q.redirect("/", "fieldlab.flash.not_now")
	}
	c := outcome.Call
	switch {
	case c == nil:
		return q.redirect("/", "fieldlab.flash."+act.Verb)
	case c.Code != "":
		name := "explain.name." + c.Code
		if !f.words[q.Lang].has(name) {
			return q.redirect("/", "fieldlab.flash.call.refused", "from", c.From.Name, "reason", c.Code)
		}
		return q.redirect("/", "fieldlab.flash.call.refused", "from", c.From.Name, "reason", q.t(name))
	}
	return q.redirect("/", "fieldlab.flash.call.answered", "from", c.From.Name, "to", c.To.Name, "answer", c.Answer, "ms", c.Took.Milliseconds())
}

// enter sends the browser to an organisation's pages, where it is logged in.
// The address it goes to works once.
func (f *fieldlab) enter(q *request) error {
	organisation, person, _ := strings.Cut(q.value("as"), "/")
	to, err := f.lab.Enter(organisation, person)
	if err != nil {
		return err
	}
	q.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(q.w, q.r, to, http.StatusSeeOther)
	return nil
}

// registerHandover registers where the start page of a fieldlab sends people:
// a ticket that is good for one person and once logs that person in.
func (s *server) registerHandover() {
	if s.cfg.Handover == nil {
		return
	}
	s.public("GET /handover", func(q *request) error {
		q.w.Header().Set("Cache-Control", "no-store")
		email, ok := s.cfg.Handover(q.query("ticket"))
		if !ok {
			q.problem(http.StatusForbidden, "handover")
			return nil
		}
		secret, _, err := s.people.LogInWithoutPasswordInFieldlab(q.Ctx, email, from(q.r), q.r.UserAgent())
		if err != nil {
			return err
		}
		s.enter(q, secret)
		return q.redirect("/", "")
	})
}
