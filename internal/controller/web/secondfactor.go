// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"github.com/samenspel/samenspel/internal/operator"
)

// codeField is the field with a code of a second factor. Each form takes it, for
// [request.askCode] puts it beside what was sent before.
const codeField = "release_code"

func (s *server) registerSecondFactor() {
	s.handle("GET /account/second-factor", anybody, s.factorPage)
	s.handle("POST /account/second-factor", anybody, s.enrolFactor)
	s.handle("POST /account/second-factor/confirm", anybody, s.confirmFactor)
	s.handle("POST /account/second-factor/remove", anybody, func(q *request) error { return s.removeFactor(q, q.Actor.Account, "/account/second-factor") })
	s.handle("POST /people/{id}/second-factor/remove", operator.PermissionPeople, func(q *request) error {
		return s.removeFactor(q, operator.AccountID(q.path("id")), "/people/"+q.path("id"))
	})
}

// factorData is what templates/secondfactor.html shows.
type factorData struct {
	State operator.FactorState
	Host  string // who runs this node; empty: the organisation itself
	// Secret and URI are there once, right after the beginning.
	Secret, URI string
	Confirm     bool // a first code is asked for
}

func (s *server) factorPage(q *request) error { return s.showFactor(q, factorData{}) }

func (s *server) showFactor(q *request, d factorData) (err error) {
	if d.State, err = s.people.FactorState(q.Ctx, q.Actor, q.Actor.Account); err != nil {
		return err
	}
	d.Host = s.people.Host()
	return q.render("secondfactor", q.t("factor.title"), d)
}

func (s *server) enrolFactor(q *request) error {
	secret, err := s.people.EnrolFactor(q.Ctx, q.Actor)
	if q.retry(err) {
		return s.factorPage(q)
	}
	if err != nil {
		return err
	}
	return s.showFactor(q, factorData{Secret: secret.Text(), URI: secret.URI(s.self.Name, q.Actor.Name), Confirm: true})
}

// recoveryData is what templates/recovery.html shows: the only time that recovery
// codes are seen.
type recoveryData struct{ Codes []string }

func (s *server) confirmFactor(q *request) error {
	codes, err := s.people.ConfirmFactor(q.Ctx, q.Actor, q.Actor.Code)
	if e, ok := errors.AsType[*operator.Error](err); ok && e.Kind == operator.KindSecondFactor {
		q.wrong(codeField, "problem."+codeField)
		return s.showFactor(q, factorData{Confirm: true})
	}
	if q.retry(err) {
		return s.factorPage(q)
	}
	if err != nil {
		return err
	}
	return q.render("recovery", q.t("factor.recovery"), recoveryData{codes})
}

func (s *server) removeFactor(q *request, of operator.AccountID, back string) error {
	if err := s.people.RemoveFactor(q.Ctx, q.Actor, of, q.Actor.Code); err != nil {
		return err
	}
	return q.redirect(back, "factor.flash.removed")
}

// releaseData is what templates/release.html shows: what was sent once more, with
// a field for the code.
type releaseData struct {
	Action string // a path of this site
	Fields []sentField
	Host   string
}

// sentField is one of a form that is sent again.
type sentField struct{ Name, Value string }

// takeCode keeps a code of a second factor apart from the form it came in.
func (q *request) takeCode() {
	q.Actor.Code = q.form.Get(codeField)
	q.form.Del(codeField)
}

// askCode shows what was asked for again, with a field for the code of a second
// factor. Nothing was done yet.
func (q *request) askCode(o *operator.Error) {
	d := releaseData{Action: q.r.URL.RequestURI(), Host: q.s.people.Host()}
	for name, values := range q.form {
		for _, v := range values {
			d.Fields = append(d.Fields, sentField{name, v})
		}
	}
	slices.SortStableFunc(d.Fields, func(a, b sentField) int { return cmp.Compare(a.Name, b.Name) }) // values of one name keep their order
	q.problems = nil
	if o.Field != "" {
		q.wrong(codeField, "problem."+codeField)
	}
	if err := q.renderStatus(http.StatusForbidden, "release", q.t("release.title"), d); err != nil {
		q.s.cfg.Logger.ErrorContext(q.Ctx, "page for a code failed", "error", err)
		http.Error(q.w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// failFactor shows why no code helps now; false for other errors.
func (q *request) failFactor(o *operator.Error) bool {
	switch {
	case o.Kind == operator.KindSecondFactor:
		q.askCode(o)
	case o.Kind == operator.KindTooMany && o.Field == "code":
		q.failPage(failure{http.StatusTooManyRequests, "factor_locked"}, "")
	case o.Kind == operator.KindForbidden && o.Field == "code":
		q.failPage(failure{http.StatusForbidden, "no_factor"}, "")
	default:
		return false
	}
	return true
}
