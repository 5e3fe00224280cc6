// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// RemoteError is the answer of another Manager that isn't the one hoped for, or
// the lack of an answer.
type RemoteError struct {
	// Status is the HTTP status; 0 if no complete answer came.
	Status int
	// Code is the code the other Manager sent; empty if none. It needn't be one
	// this library knows.
	Code fsc.ErrorCode
	// Message is the other Manager's text, shortened and without control
	// characters, or ours if the answer was unusable.
	Message string
	// RetryAfter is how long the other Manager asks to wait; 0 if it doesn't.
	RetryAfter time.Duration

	cause error
}

// Error gives status, code and message.
func (e *RemoteError) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("no answer from the other Manager: %v", e.cause)
	}
	s := fmt.Sprintf("the other Manager answered %d", e.Status)
	if e.Code != "" {
		s += " " + string(e.Code)
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

// Unwrap gives the network's error, if any.
func (e *RemoteError) Unwrap() error { return e.cause }

// Temporary tells whether the same request can succeed later: no complete
// answer, 408, 425, 429 and 5xx.
func (e *RemoteError) Temporary() bool {
	switch e.Status {
	case 0, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return e.Status >= 500
}

// statusError is a refusal whose status isn't the usual one of its code.
type statusError struct {
	status int
	told   *fsc.Error
}

func (e *statusError) Error() string { return e.told.Error() }
func (e *statusError) Unwrap() error { return e.told }

func unsupportedMediaType(want string) error {
	return &statusError{http.StatusUnsupportedMediaType, fsc.Errorf(fsc.CodeInvalidRequest, "Content-Type must be %s, without Content-Encoding", want)}
}

// outcome is what the caller gets to know of an error.
func outcome(err error) (status int, body wireError) {
	fe, ok := errors.AsType[*fsc.Error](err)
	if !ok {
		fe = fsc.Errorf(fsc.CodeInternal, "the Manager failed; its log says why")
	}
	status = fe.Code.HTTPStatus()
	if se, ok := errors.AsType[*statusError](err); ok {
		status = se.status
	}
	body = wireError{Message: fe.Detail, Domain: fsc.DomainManager, Code: fe.Code}
	if body.Message == "" {
		body.Message = string(fe.Code)
	}
	return status, body
}

// asTokenError gives the refusal of a token in the words of RFC 6749, if err
// has one.
func asTokenError(err error) (*fsc.TokenError, bool) {
	if te, ok := errors.AsType[*fsc.TokenError](err); ok {
		return te, true
	}
	if fe, ok := errors.AsType[*fsc.Error](err); ok {
		switch fe.Code {
		case fsc.CodePeerCertificateVerificationFailed:
			return fsc.NewTokenError(fsc.TokenInvalidClient, fe.Detail), true
		case fsc.CodeInvalidRequest, fsc.CodeRequestTooLarge:
			return fsc.NewTokenError(fsc.TokenInvalidRequest, fe.Detail), true
		}
	}
	return nil, false
}

// describable keeps the characters RFC 6749 allows in error_description.
func describable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '\''
		}
		return r
	}, s)
}
