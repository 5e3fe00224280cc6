// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"errors"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/controller/restapi/oas"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// failure is a problem with what only this node may know of it.
type failure struct {
	client.Problem

	allowed    []string // methods, with 405
	retryAfter time.Duration
	cause      error // for our own log
}

// Error gives detail and cause.
func (f *failure) Error() string {
	if f.cause != nil {
		return f.Detail + ": " + f.cause.Error()
	}
	return f.Detail
}

// Unwrap gives the cause.
func (f *failure) Unwrap() error { return f.cause }

func fail(status int, code, detail string) *failure {
	return &failure{Problem: client.Problem{Status: status, Code: code, Detail: detail}}
}

func notAllowed(methods []string) *failure {
	f := fail(http.StatusMethodNotAllowed, "method_not_allowed", "this path doesn't have this method")
	f.allowed = methods
	return f
}

// invalidInput tells everything that is wrong at once, always with 400.
func invalidInput(found []client.InputError) *failure {
	f := fail(http.StatusBadRequest, "invalid_input", "what was sent is wrong; errors tells what")
	f.Errors = found
	return f
}

// problemOf makes the problem that may be told of an error.
func (s *server) problemOf(r *http.Request, op *oas.Operation, err error) *failure {
	f := s.translate(op, err)
	f.Type = "urn:samenspel:problem:" + strings.ReplaceAll(f.Code, "_", "-")
	if strings.HasPrefix(f.Code, "ERROR_") || f.Code != strings.ToLower(f.Code) {
		f.Type = "urn:fsc:error:" + f.Code
	}
	f.Title, f.Instance = http.StatusText(f.Status), r.URL.EscapedPath()
	if f.Status >= http.StatusInternalServerError {
		s.cfg.Logger.Error("api request failed", "method", r.Method, "operation", operationID(op), "error", err)
	}
	return f
}

func operationID(op *oas.Operation) string {
	if op == nil {
		return ""
	}
	return op.ID
}

func (s *server) translate(op *oas.Operation, err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if told := controller.FieldErrors(err); len(told) > 0 {
		return ofOperator(op, told)
	}
	if e, ok := errors.AsType[*controller.AnnexError](err); ok {
		return fail(http.StatusBadGateway, e.Code, e.Text)
	}
	if e, ok := errors.AsType[*fsc.Error](err); ok {
		return ofStandard(e)
	}
	if errors.Is(err, manager.ErrNotFound) || errors.Is(err, operator.ErrNotFound) {
		return fail(http.StatusNotFound, "not_found", "there is no such thing here")
	}
	return fail(http.StatusInternalServerError, "internal_error", "something went wrong inside this node; its log tells what")
}

// ofOperator translates problems that may be told to the person who acted.
func ofOperator(op *oas.Operation, told []*operator.Error) *failure {
	var found []client.InputError
	for _, e := range told {
		if e.Kind == operator.KindInvalid {
			found = append(found, inputError(op, e))
		}
	}
	if len(found) > 0 {
		return invalidInput(found)
	}
	e := told[0]
	statuses := map[operator.Kind]int{
		operator.KindForbidden: http.StatusForbidden, operator.KindConflict: http.StatusConflict, operator.KindNotFound: http.StatusNotFound,
		operator.KindTooMany: http.StatusTooManyRequests, operator.KindLogin: http.StatusUnauthorized,
		operator.KindSecondFactor: http.StatusForbidden,
	}
	status := statuses[e.Kind]
	if status == 0 {
		return fail(http.StatusInternalServerError, "internal_error", "something went wrong inside this node; its log tells what")
	}
	f := fail(status, string(e.Kind), e.Text)
	f.retryAfter = e.RetryAfter
	if e.Kind == operator.KindConflict && e.Field != "" {
		f.Errors = []client.InputError{inputError(op, e)}
	}
	return f
}

var indexPattern = regexp.MustCompile(`\[(\d+)\]`)

// inputError says where in the request a field of the Controller is.
func inputError(op *oas.Operation, e *operator.Error) client.InputError {
	out := client.InputError{In: "body", Pointer: "#", Code: string(e.Kind), Detail: e.Text}
	if op == nil || e.Field == "" {
		return out
	}
	parts := strings.Split(strings.Trim(indexPattern.ReplaceAllString(e.Field, ".$1"), "."), ".")
	name := nameOf(op, camel(parts[0]))
	for _, in := range []string{"query", "path"} {
		if op.Parameter(in, name) != nil {
			out.In, out.Pointer = in, name
			return out
		}
	}
	if op.Body != nil && op.Body.Has(name) {
		out.Pointer = "#/" + strings.Join(append([]string{name}, parts[1:]...), "/")
	}
	return out
}

// nameOf gives the name here of what the Controller calls otherwise.
func nameOf(op *oas.Operation, field string) string {
	also := map[string]string{
		"peer": "peerId", "hashes": "contentHashes", "grant": "grantHash", "after": "cursor", "before": "cursor", "oldPassword": "currentPassword",
	}[field]
	if also != "" && (op.Body != nil && op.Body.Has(also) || op.Parameter("query", also) != nil) {
		return also
	}
	return field
}

// camel writes snake_case as camelCase.
func camel(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words[1:] {
		if w != "" {
			words[i+1] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}

// ofStandard translates an error of the standard. What is wrong with the input
// is 400 here, whatever a Manager would answer.
func ofStandard(e *fsc.Error) *failure {
	status := e.Code.HTTPStatus()
	switch status {
	case http.StatusUnprocessableEntity:
		status = http.StatusBadRequest
	case http.StatusUnauthorized, http.StatusForbidden:
		status = http.StatusBadGateway // another organisation refused us
	}
	code, detail := string(e.Code), e.Detail
	if detail == "" {
		detail = "the standard names this " + code
	}
	switch e.Code {
	case fsc.CodeNotFound:
		code = "not_found"
	case fsc.CodeInternal:
		code = "internal_error"
	}
	f := fail(status, code, detail)
	f.cause = e.Cause
	return f
}

// seconds gives a Retry-After, rounded up.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// ofOther makes a failure of another organisation's node 502, since nothing is
// wrong with ours.
func ofOther(err error) error {
	e, ok := errors.AsType[*fsc.Error](err)
	if !ok || e.Code != fsc.CodeInternal || e.Detail == "" {
		return err
	}
	f := fail(http.StatusBadGateway, "bad_gateway", e.Detail)
	f.cause = e.Cause
	return f
}
