// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"time"
)

const (
	schemeCookie   = "scheme"
	preferenceLife = 365 * 24 * time.Hour
)

// registerPreferences registers the choice of language and of light or dark.
// They are no secret, so they work without a login too.
func (s *server) registerPreferences() {
	s.public("POST /preferences", func(q *request) error {
		if l := q.value("language"); l == string(dutch) || l == string(english) {
			q.preference(languageCookie, l)
		}
		if c := q.value("scheme"); c == "light" || c == "dark" || c == "auto" {
			q.preference(schemeCookie, c)
		}
		return q.redirect(q.value("return-to"), "")
	})
}

// preference keeps a choice for a year.
func (q *request) preference(name, value string) {
	//nolint:gosec // G124: Secure follows the door; plain http is for this machine only
	http.SetCookie(q.w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(preferenceLife / time.Second),
		Secure: q.s.cfg.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// scheme is light or dark when somebody chose it.
func (q *request) scheme() string {
	c, err := q.r.Cookie(schemeCookie)
	if err != nil || c.Value != "light" && c.Value != "dark" {
		return ""
	}
	return c.Value
}
