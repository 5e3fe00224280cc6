// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// registerEvents registers the pages of endpoints that are told what happens to
// deeds.
func (s *server) registerEvents() {
	s.handle("GET /settings/events", operator.PermissionEvents, s.eventsPage)
	s.handle("POST /settings/events", operator.PermissionEvents, s.subscribeEvents)
	s.handle("GET /settings/events/{id}/remove", operator.PermissionEvents, s.confirmUnsubscribe)
	s.handle("POST /settings/events/{id}/remove", operator.PermissionEvents, s.unsubscribeEvents)
	s.handle("POST /settings/events/{id}/send-again", operator.PermissionEvents, s.sendEventAgain)
}

// eventTypes are the beginnings of types that can be chosen, without
// nl.collective; others can be subscribed through the API.
func eventTypes() []string {
	return []string{"framework", "window", "accession", "calloff", "binding", "usage", "decision", "membership"}
}

// eventPrefix begins every type of event.
const eventPrefix = "nl.collective."

// eventRows is how many deliveries a page shows.
const eventRows = 50

// eventsData is what templates/events.html shows.
type eventsData struct {
	Running, Ended []controller.EventSubscription
	Choices        []string // of types, without their prefix
	Deliveries     []controller.EventDelivery
	GivenUp        int // of the deliveries shown first; more may be further back
	States         []option
	Next           string
}

func (s *server) eventsPage(q *request) error {
	all, err := s.cfg.Controller.EventSubscriptions(q.Ctx, q.Actor)
	if err != nil {
		return err
	}
	d := eventsData{Choices: eventTypes(), States: []option{{"", q.t("events.state.all")}}}
	for _, one := range all {
		if one.EndedAt.IsZero() {
			d.Running = append(d.Running, one)
		} else {
			d.Ended = append(d.Ended, one)
		}
	}
	for _, state := range []string{"waiting", "delivered", "given_up"} {
		d.States = append(d.States, option{state, q.t("events.state." + state)})
	}
	f := controller.EventFilter{Limit: eventRows}
	if state := q.query("state"); slices.ContainsFunc(d.States, func(o option) bool { return o.Value == state }) {
		f.State = state
	}
	if before, err := strconv.ParseInt(q.query("cursor"), 10, 64); err == nil && before > 0 {
		f.Before = before
	}
	p, err := s.cfg.Controller.EventDeliveries(q.Ctx, q.Actor, f)
	if err != nil {
		return err
	}
	if d.Deliveries = p.Deliveries; p.Next > 0 {
		d.Next = strconv.FormatInt(p.Next, 10)
	}
	failed, err := s.cfg.Controller.EventDeliveries(q.Ctx, q.Actor, controller.EventFilter{State: "given_up"})
	if err != nil {
		return err
	}
	d.GivenUp = len(failed.Deliveries)
	return q.render("events", q.t("events.title"), d)
}

// eventSecretData is what templates/event_secret.html shows: the only time that
// the secret of an endpoint is seen.
type eventSecretData struct {
	Subscription *controller.EventSubscription
	Secret       string
}

func (s *server) subscribeEvents(q *request) error {
	var types []string
	for _, name := range q.form["types"] {
		types = append(types, eventPrefix+name)
	}
	made, secret, err := s.cfg.Controller.SubscribeEvents(q.Ctx, q.Actor, q.value("url"), types)
	if q.retry(err) {
		for i := range q.problems { // types[0] is a choice of the field types
			if strings.HasPrefix(q.problems[i].Field, "types[") {
				q.problems[i] = fieldProblem{Field: "types", Text: q.t("events.types.unknown")}
			}
		}
		return s.eventsPage(q)
	}
	if err != nil {
		return err
	}
	return q.render("event_secret", q.t("events.secret.title"), eventSecretData{made, secret})
}

func (s *server) confirmUnsubscribe(q *request) error {
	one, err := s.eventSubscription(q)
	if err != nil {
		return err
	}
	return q.confirm(confirmation{
		Question:     q.t("events.remove.question"),
		Consequences: []string{one.URL, q.t("events.remove.stops"), q.t("events.remove.waiting")},
		Action:       "/settings/events/" + one.ID + "/remove", Button: q.t("events.remove"), Cancel: "/settings/events",
		CLI: "samenspel events unsubscribe " + one.ID,
	})
}

func (s *server) eventSubscription(q *request) (*controller.EventSubscription, error) {
	all, err := s.cfg.Controller.EventSubscriptions(q.Ctx, q.Actor)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(one controller.EventSubscription) bool { return one.ID == q.path("id") })
	if i < 0 {
		return nil, operator.ErrNotFound
	}
	return &all[i], nil
}

func (s *server) unsubscribeEvents(q *request) error {
	if err := s.cfg.Controller.UnsubscribeEvents(q.Ctx, q.Actor, q.path("id")); err != nil {
		return err
	}
	return q.redirect("/settings/events", "events.flash.removed")
}

func (s *server) sendEventAgain(q *request) error {
	number, err := strconv.ParseInt(q.value("number"), 10, 64)
	if err != nil {
		return operator.ErrNotFound
	}
	if err := s.cfg.Controller.SendEventAgain(q.Ctx, q.Actor, q.path("id"), number); err != nil {
		return err
	}
	return q.redirect("/settings/events#sent", "events.flash.again")
}
