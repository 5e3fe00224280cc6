// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// fieldProblem is what is wrong with a field of a form, as a text that people read.
type fieldProblem struct{ Field, Text string }

// problems are those of one form, in the order of its fields.
type problems []fieldProblem

// Of gives what is wrong with a field, or "".
func (p problems) Of(field string) string {
	for _, one := range p {
		if one.Field == field {
			return one.Text
		}
	}
	return ""
}

// retry tells whether err is about what somebody typed. If so the texts are
// kept for the page, and the handler renders its form again:
//
//	if err := act(); q.retry(err) {
//		return q.formPage()
//	} else if err != nil {
//		return err
//	}
//
// A form's own text for a field is looked up as problem.<field>.
func (q *request) retry(err error) bool {
	if all := controller.FieldErrors(err); len(all) > 0 {
		for _, o := range all {
			if o.Kind != operator.KindInvalid && o.Kind != operator.KindConflict {
				return false
			}
		}
		for _, o := range all {
			q.problems = append(q.problems, fieldProblem{Field: o.Field, Text: q.problemText(o)})
		}
		return true
	}
	if f, ok := errors.AsType[*fsc.Error](err); ok && f.Code.HTTPStatus() < http.StatusInternalServerError {
		text := q.t("error.refused", "detail", f.Detail)
		if key := "error." + string(f.Code); q.s.words[q.Lang].has(key) {
			text = q.t(key) + " " + f.Detail
		}
		q.problems = append(q.problems, fieldProblem{Text: text})
		return true
	}
	return false
}

// wrong adds a problem with a field by the key of its text.
func (q *request) wrong(field, key string, args ...any) {
	q.problems = append(q.problems, fieldProblem{Field: field, Text: q.t(key, args...)})
}

func (q *request) problemText(o *operator.Error) string {
	for _, key := range []string{"problem." + o.Field + "." + string(o.Kind), "problem." + o.Field} {
		if o.Field != "" && q.s.words[q.Lang].has(key) {
			return q.t(key)
		}
	}
	if text := q.refusalText(o.Text); text != "" {
		return text
	}
	return q.t("error.invalid", "detail", o.Text)
}

// agreementText tells why no agreement covers a contract, in words of the page
// and then in those of the Manager.
func (q *request) agreementText(text string) string {
	told := visible(text)
	if r := controller.AgreementReason(text); r != "" {
		told = q.t("explain.reason."+string(r)) + " " + told
	}
	return told
}

// failure is an error page: its status and the last part of its texts' keys
// (failure.<key>.title, failure.<key>.text).
type failure struct {
	status int
	key    string
}

var failureOfKind = map[operator.Kind]failure{
	operator.KindForbidden: {http.StatusForbidden, "forbidden"},
	operator.KindInvalid:   {http.StatusBadRequest, "invalid"},
	operator.KindConflict:  {http.StatusConflict, "conflict"},
	operator.KindNotFound:  {http.StatusNotFound, "not_found"},
	operator.KindTooMany:   {http.StatusTooManyRequests, "too_many"},
	operator.KindLogin:     {http.StatusUnauthorized, "login"},
}

// fail shows an error as a page. What waits for a second person is none: the
// browser goes to the list of what waits.
func (q *request) fail(err error) {
	if o, ok := errors.AsType[*operator.Error](err); ok {
		if o.Kind == operator.KindSecondPerson {
			_ = q.redirect("/requests", "requests.flash.waiting")
			return
		}
		if q.failFactor(o) {
			return
		}
		if f, ok := failureOfKind[o.Kind]; ok {
			q.failWith(f, q.lack(o))
			return
		}
	}
	if errors.Is(err, operator.ErrNotFound) {
		q.failPage(failureOfKind[operator.KindNotFound], "")
		return
	}
	if f, ok := errors.AsType[*fsc.Error](err); ok && f.Code != fsc.CodeInternal {
		q.failPage(failure{f.Code.HTTPStatus(), "refused"}, string(f.Code)+" "+f.Detail)
		return
	}
	q.s.cfg.Logger.ErrorContext(q.Ctx, "page failed", "path", q.r.URL.Path, "error", err)
	q.failPage(failure{http.StatusInternalServerError, "internal"}, "")
}

func (q *request) failText(o *operator.Error) string {
	return cmp.Or(q.refusalText(o.Text), o.Text)
}

// refusalText tells why the Manager doesn't sign, in words of the page and then in
// its own; it is empty for texts without a code of the Manager.
func (q *request) refusalText(text string) string {
	if problem, ok := controller.PropertyProblem(text); ok {
		return q.t("contracts.reason.property", "detail", visible(problem))
	}
	if controller.AgreementReason(text) != "" {
		return q.agreementText(text)
	}
	return ""
}

// problem shows an error page by its key.
func (q *request) problem(status int, key string) { q.failPage(failure{status, key}, "") }

// failureData is what templates/failure.html shows.
type failureData struct {
	Text, Detail string
	Needs        string // the permission that somebody lacks
	Again        bool   // leads to the login page
	Factor       bool   // leads to where one sets up a second factor
}

// lack tells what somebody may not do in words of the page; of anything else it
// gives the text of the error.
func (q *request) lack(o *operator.Error) failureData {
	if key := "permission." + string(o.Needs); o.Needs != "" && q.s.words[q.Lang].has(key) {
		return failureData{Needs: q.t(key)}
	}
	if o.Kind == operator.KindNotFound {
		return failureData{} // the page says as much
	}
	return failureData{Detail: q.failText(o)}
}

func (q *request) failPage(f failure, detail string) { q.failWith(f, failureData{Detail: detail}) }

func (q *request) failWith(f failure, data failureData) {
	data.Text, data.Factor = q.t("failure."+f.key+".text"), f.key == "no_factor"
	if err := q.renderStatus(f.status, "failure", q.t("failure."+f.key+".title"), data); err != nil {
		q.s.cfg.Logger.ErrorContext(q.Ctx, "error page failed", "error", err)
		http.Error(q.w, http.StatusText(f.status), f.status)
	}
}
