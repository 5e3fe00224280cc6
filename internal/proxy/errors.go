// SPDX-License-Identifier: EUPL-1.2

package proxy

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/samenspel/samenspel/fsc"
)

// Errors of [Upstream.Forward], to be tested with errors.Is. Together with
// [DialError] they tell how far the request came.
var (
	// ErrBeforeResponse: the request, or a part of it, was sent, and no response
	// came. The target may have acted on it. Nothing was written to the client.
	ErrBeforeResponse = errors.New("no response from upstream")
	// ErrAfterResponse: the response broke off after it had begun. The caller
	// must panic with http.ErrAbortHandler, so that the client sees a broken
	// connection and not a short response.
	ErrAfterResponse = errors.New("response broke off")
	// ErrClient: the client went away or its body couldn't be read. There is
	// nobody left to answer, and the caller must panic with http.ErrAbortHandler
	// as well; only an http.MaxBytesError in the chain can still be answered. It
	// can go together with the other two.
	ErrClient = errors.New("client broke off")
)

// DialError says that no connection could be made: connection refused, TLS or
// identity failure. Nothing was sent.
type DialError struct{ Err error }

// Error gives the cause, for logs.
func (e *DialError) Error() string { return "dial upstream: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *DialError) Unwrap() error { return e.Err }

// allowed are the methods an Outway takes: all but CONNECT.
const allowed = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE"

// WriteError answers with the error object of the standard (Core, schema
// error), the header Fsc-Error-Code and the status that goes with the code. An
// error without an [fsc.Error] in its chain becomes an internal error. The
// cause of an error is never sent.
func WriteError(w http.ResponseWriter, domain fsc.ErrorDomain, err error) {
	code, detail := fsc.CodeInternal, ""
	if e, ok := errors.AsType[*fsc.Error](err); ok {
		code, detail = e.Code, e.Detail
	}
	status := code.HTTPStatus()
	h := w.Header()
	switch code {
	case fsc.CodeAccessTokenMissing, fsc.CodeAccessTokenInvalid, fsc.CodeAccessTokenExpired:
		h.Set("WWW-Authenticate", "Bearer")
	case fsc.CodeMethodUnsupported:
		h.Set("Allow", allowed)
	case fsc.CodeWrongGroupIDInToken:
		if domain == fsc.DomainOutway {
			// The Outway found a token of its peer to be wrong; its client did nothing wrong.
			status = http.StatusBadGateway
		}
	}
	if detail == "" {
		detail = http.StatusText(status)
	}
	body, merr := json.Marshal(struct {
		Message string          `json:"message"`
		Domain  fsc.ErrorDomain `json:"domain"`
		Code    fsc.ErrorCode   `json:"code"`
	}{detail, domain, code})
	if merr != nil { // can't happen: three strings
		status, body = http.StatusInternalServerError, nil
	}
	h.Set(HeaderErrorCode, string(code))
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left can't be told
}
