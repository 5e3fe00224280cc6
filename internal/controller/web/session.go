// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"
	"net"
	"net/http"
	"net/url"

	"github.com/samenspel/samenspel/internal/operator"
)

const sessionCookie = "session"

// actor gives who is logged in, or an Actor without account. Only a failing
// store is an error.
func (s *server) actor(r *http.Request) (operator.Actor, error) {
	secret := s.cookie(r, sessionCookie)
	if secret == "" || s.people == nil { // the start page of a fieldlab knows nobody
		return operator.Actor{}, nil
	}
	a, err := s.people.Authenticate(r.Context(), secret)
	if told, ok := errors.AsType[*operator.Error](err); ok && told.Kind == operator.KindLogin {
		return operator.Actor{}, nil
	}
	if err != nil {
		return operator.Actor{}, err
	}
	a.From = from(r)
	return a, nil
}

// from gives the network address a question came from, without port.
func from(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// toLogin sends the browser to the login page, and back here afterwards.
func (q *request) toLogin() {
	to := "/login"
	if q.r.Method == http.MethodGet && q.r.URL.Path != "/" {
		to += "?return-to=" + url.QueryEscape(q.r.URL.RequestURI())
	}
	if q.r.Header.Get("HX-Request") == "true" {
		// htmx would put the login page into a part of this one.
		q.w.Header().Set("HX-Redirect", to)
		q.w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(q.w, q.r, to, http.StatusSeeOther)
}
