// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/limit"
)

const (
	mediaJSON    = "application/json"
	mediaProblem = "application/problem+json"
	codeNotFound = "not_found"
)

// wireProblem is a refusal (RFC 9457) with the members of the Dutch API Design
// Rules.
type wireProblem struct {
	Type   string      `json:"type"`
	Title  string      `json:"title"`
	Status int         `json:"status"`
	Code   string      `json:"code"`
	Detail string      `json:"detail"`
	Errors []wireFault `json:"errors,omitzero"`
}

// wireFault is one thing that is wrong with what was sent.
type wireFault struct {
	In      string `json:"in"` // body, query or path
	Pointer string `json:"pointer"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

// failure is a refusal on its way out.
type failure struct {
	status int
	code   string
	detail string
	faults []wireFault
	retry  int   // seconds; 0: not told
	cause  error // for our own log
}

// Error gives detail and cause, for our own log.
func (f *failure) Error() string {
	if f.cause != nil {
		return f.detail + ": " + f.cause.Error()
	}
	return f.detail
}

func invalid(in, pointer, code, detail string) *failure {
	return &failure{
		status: http.StatusBadRequest, code: code, detail: detail,
		faults: []wireFault{{In: in, Pointer: pointer, Code: code, Detail: detail}},
	}
}

func unauthorized(err error) *failure {
	f := &failure{status: http.StatusUnauthorized, code: "unauthorized", cause: err, detail: "an access token for this service is needed; the Outway adds it"}
	if e, ok := errors.AsType[*fsc.Error](err); ok && e.Detail != "" {
		f.detail, f.cause = e.Detail, e.Cause
	}
	return f
}

// tooMany refuses what goes beyond a limit of one Peer, or of all together.
func tooMany(r *limit.RefusedError) *failure {
	f := &failure{status: http.StatusTooManyRequests, code: "too_many_requests", retry: 1, cause: r}
	switch r.Limit {
	case limit.CallsPerSecondPerPeer:
		f.detail = fmt.Sprintf("at most %d requests a second of one Peer are taken; try again later", r.Most)
	case limit.ConcurrentCallsPerPeer:
		f.detail = fmt.Sprintf("at most %d such requests of one Peer are served at once; wait until one has ended", r.Most)
	default:
		f.status, f.code = http.StatusServiceUnavailable, "busy"
		f.detail = "too many Peers are being served; try again later"
	}
	return f
}

func stopping() *failure {
	return &failure{status: http.StatusServiceUnavailable, code: "stopping", retry: 1, detail: "this node is stopping; try again later"}
}

// outcome is what may be told of an error.
func outcome(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if e, ok := errors.AsType[*deed.Error](err); ok {
		f := invalid("body", pointer(e.Field), string(e.Code), e.Detail)
		f.cause = e.Cause
		return f
	}
	if r, ok := errors.AsType[*collective.Refusal](err); ok {
		return refused(r)
	}
	if f, ok := usageRefused(err); ok {
		return f
	}
	switch {
	case errors.Is(err, collective.ErrNotFound):
		return &failure{status: http.StatusNotFound, code: codeNotFound, detail: "this isn't known here"}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &failure{status: http.StatusServiceUnavailable, code: "broken_off", retry: 1, detail: "the request was broken off; try again", cause: err}
	}
	return &failure{status: http.StatusInternalServerError, code: "internal_error", detail: "something went wrong inside this node; its log tells what", cause: err}
}

// refused tells what the desk refused.
func refused(r *collective.Refusal) *failure {
	f := invalid("body", pointer(r.Field), string(r.Code), r.Detail)
	switch r.Code {
	case collective.CodeFounder, collective.CodeSide, collective.CodeTotals:
		f.status = http.StatusForbidden
	case collective.CodeGroup, rule.ReasonForm, rule.ReasonUnknownType:
	default: // depends on what is here already
		f.status = http.StatusConflict
	}
	if len(r.Reasons) > 0 {
		f.faults = nil
	}
	for _, why := range r.Reasons[:min(len(r.Reasons), 20)] {
		detail := why.Detail
		if why.Source != "" {
			detail = strings.TrimSpace(detail + " (" + why.Source + ")")
		}
		f.faults = append(f.faults, wireFault{In: "body", Pointer: pointer(""), Code: string(why.Code), Detail: detail})
	}
	return f
}

// pointer writes a field like parties[2].role as a JSON pointer.
func pointer(field string) string {
	if field == "" {
		return "#"
	}
	return "#/" + strings.NewReplacer("[", "/", "]", "", ".", "/").Replace(field)
}

// tell logs a refusal. What came in isn't logged; a cause could hold parts of it.
func (s *server) tell(c *call, f *failure) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("peer_id", string(c.peer)), slog.String("method", c.r.Method),
		slog.Int("status", f.status), slog.String("code", f.code),
	}
	if f.status == http.StatusInternalServerError {
		level = slog.LevelError
		attrs = append(attrs, slog.Any("error", f.cause))
	}
	s.cfg.Logger.LogAttrs(c.r.Context(), level, "collective request refused", attrs...)
}

// refusal logs a refusal and writes it down.
func (s *server) refusal(c *call, err error) reply {
	f := outcome(err)
	s.tell(c, f)
	h := c.w.Header()
	if f.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(f.retry))
	}
	if f.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	body, err := json.Marshal(wireProblem{
		Type:  "urn:samenspel:problem:" + strings.ReplaceAll(f.code, "_", "-"),
		Title: http.StatusText(f.status), Status: f.status, Code: f.code, Detail: f.detail, Errors: f.faults,
	}, json.Deterministic(true))
	if err != nil { // text that isn't UTF-8
		body = []byte(`{}`)
	}
	return reply{f.status, mediaProblem, body}
}
