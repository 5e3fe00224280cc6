// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/samenspel/samenspel/internal/operator"
)

// anybody is the permission of pages that only need a login.
const anybody operator.Permission = ""

// bodyLimit is the most a form without a file may send, in bytes.
const bodyLimit = 1 << 20

// request is one question of a browser. Handlers get it ready: the person is
// known, the language is chosen and a form is read.
//
//nolint:containedctx // a request lives as long as its context
type request struct {
	// Ctx is the context of the question.
	Ctx context.Context
	// Actor is who asks; without an account on public pages.
	Actor operator.Actor
	// Lang is nl or en.
	Lang language

	s *server
	r *http.Request
	w http.ResponseWriter
	// form is what a POST sent; empty at GET.
	form url.Values
	// problems are shown above the form when the page is rendered again.
	problems problems
	// went is where the browser was sent; nil: nowhere.
	went *outcome
	// cache is for how long the page may be kept; empty: not at all.
	cache string
}

// handle registers a page for people with the permission. The pattern is that
// of http.ServeMux, with its method: "GET /contracts/{hash}". An error of h
// becomes a page that explains it, see fail.
func (s *server) handle(pattern string, need operator.Permission, h func(*request) error) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		q, ok := s.open(w, r)
		if !ok {
			return
		}
		if q.Actor.Account == "" {
			q.toLogin()
			return
		}
		if need != anybody {
			if err := s.people.Require(q.Actor, need); err != nil {
				q.fail(err)
				return
			}
		}
		q.runOnce(h)
	})
}

// public registers a page that needs no login.
func (s *server) public(pattern string, h func(*request) error) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if q, ok := s.open(w, r); ok {
			q.run(h)
		}
	})
}

// open reads form, language and person; false when it has answered already.
func (s *server) open(w http.ResponseWriter, r *http.Request) (*request, bool) {
	q := &request{Ctx: r.Context(), s: s, r: r, w: w, Lang: chooseLanguage(r), form: url.Values{}}
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, limitOfBody(r))
		if err := r.ParseForm(); err != nil {
			q.problem(http.StatusBadRequest, "form")
			return nil, false
		}
		q.form = r.PostForm
	}
	var err error
	if q.Actor, err = s.actor(r); err != nil {
		q.fail(err)
		return nil, false
	}
	q.takeCode()
	return q, true
}

// run calls the handler and shows its error.
func (q *request) run(h func(*request) error) {
	if err := h(q); err != nil {
		q.fail(err)
	}
}

// path gives a wildcard of the pattern.
func (q *request) path(name string) string { return q.r.PathValue(name) }

// query gives a query parameter.
func (q *request) query(name string) string { return q.r.URL.Query().Get(name) }

// value gives a field of the form that was posted.
func (q *request) value(name string) string { return q.form.Get(name) }

// can tells whether the person has a permission: for what to show, not for
// what to allow. The controller checks every act itself.
func (q *request) can(p operator.Permission) bool { return q.s.people.Require(q.Actor, p) == nil }

// t gives a text of the catalogue in the language of the question.
func (q *request) t(key string, args ...any) string { return q.s.words[q.Lang].text(key, args...) }

// wants tells whether the page is asked for in another form: ?format=csv.
func (q *request) wants(format string) bool { return q.query("format") == format }

// redirect answers a POST: the browser goes to a local path with GET and shows
// the text of key there once. An empty key shows nothing.
func (q *request) redirect(to, key string, args ...any) error {
	q.went = &outcome{to, key, args}
	if key != "" {
		q.setFlash(key, args...)
	}
	http.Redirect(q.w, q.r, operator.LocalPath(to), http.StatusSeeOther) //nolint:gosec // a path of this node, whatever was asked
	return nil
}
