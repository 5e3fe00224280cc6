// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// registerCalendar registers the calendar and the page that tells how a mail
// program gets it.
func (s *server) registerCalendar() {
	s.handle("GET /calendar", operator.PermissionRead, s.calendarPage)
	s.handle("POST /calendar", operator.PermissionRead, s.makeCalendarAddress)
	s.public("GET /calendar.ics", s.calendarFile)
}

const (
	// calendarDays is how long an address of a calendar works.
	calendarDays = 365
	// calendarMonths is how far ahead the page looks: past the first warning.
	calendarMonths = 24
)

// calendarData is what templates/calendar.html shows.
type calendarData struct {
	Moments []controller.UpcomingMoment
	Tokens  []tokenLine // those that read calendars and nothing else
	Days    int
}

func (s *server) calendarPage(q *request) error {
	moments, err := s.cfg.Controller.UpcomingMoments(q.Ctx, q.Actor, s.cfg.Now().AddDate(0, calendarMonths, 0))
	if err != nil {
		return err
	}
	all, err := s.tokenLines(q, q.Actor.Account)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(t tokenLine) bool { return !onlyCalendar(t.Scopes) })
	return q.render("calendar", q.t("calendar.title"), calendarData{Moments: moments, Tokens: all, Days: calendarDays})
}

// calendarAddressData is what templates/calendar_address.html shows, once.
type calendarAddressData struct{ Address string }

func (s *server) makeCalendarAddress(q *request) error {
	n := operator.NewToken{
		Name: q.t("calendar.token"), Scopes: []operator.Permission{operator.PermissionCalendar},
		ExpiresAt: s.cfg.Now().Add(calendarDays * 24 * time.Hour),
	}
	secret, _, err := s.people.CreateToken(q.Ctx, q.Actor, n)
	if q.retry(err) {
		return s.calendarPage(q)
	}
	if err != nil {
		return err
	}
	address := s.base(q) + "/calendar.ics?" + url.Values{"language": {string(q.Lang)}, "token": {secret}}.Encode()
	return q.render("calendar_address", q.t("calendar.address.title"), calendarAddressData{address})
}

// base is where these pages are, as this browser knows it.
func (s *server) base(q *request) string {
	if s.cfg.Secure {
		return "https://" + q.r.Host
	}
	return "http://" + q.r.Host
}

// calendarFile gives the calendar to a mail program or to who is logged in. A
// refusal is plain text: a page would hold its address, and so the token.
func (s *server) calendarFile(q *request) error {
	text, err := s.calendarText(q)
	if o, ok := errors.AsType[*operator.Error](err); ok {
		if f, ok := failureOfKind[o.Kind]; ok {
			http.Error(q.w, o.Text, f.status)
			return nil
		}
	}
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="samenspel.ics"`)
	h.Set("Cache-Control", "private, no-store")
	h.Set("Referrer-Policy", "no-referrer")
	_, err = q.w.Write(text) //nolint:gosec // text/calendar, with escaped texts
	return err
}

func (s *server) calendarText(q *request) ([]byte, error) {
	a, err := s.calendarReader(q)
	if err != nil {
		return nil, err
	}
	inDutch := language(cmp.Or(q.query("language"), string(q.Lang))) == dutch
	return s.cfg.Controller.Calendar(q.Ctx, a, inDutch, func(h deed.Hash) string { return s.base(q) + "/deeds/" + url.PathEscape(string(h)) })
}

// calendarReader tells who reads a calendar. What stands in an address ends up in
// histories and logs of others, so only a token that reads calendars and nothing
// else is taken from there.
func (s *server) calendarReader(q *request) (operator.Actor, error) {
	if secret, ok := strings.CutPrefix(q.r.Header.Get("Authorization"), "Bearer "); ok {
		return s.people.AuthenticateToken(q.Ctx, secret)
	}
	secret := q.query("token")
	if secret == "" {
		if q.Actor.Account == "" {
			return q.Actor, &operator.Error{Kind: operator.KindLogin, Text: "a calendar needs the token that is in its address"}
		}
		return q.Actor, nil
	}
	a, err := s.people.AuthenticateToken(q.Ctx, secret)
	if err == nil && !onlyCalendar(a.Permissions) {
		err = &operator.Error{Kind: operator.KindForbidden, Text: "a token that may do more than read the calendar isn't taken from an address; revoke it"}
	}
	return a, err
}

func onlyCalendar(scopes []operator.Permission) bool {
	return len(scopes) == 1 && scopes[0] == operator.PermissionCalendar
}
