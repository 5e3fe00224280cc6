// SPDX-License-Identifier: EUPL-1.2

package deed

import (
	"errors"
	"fmt"

	"github.com/samenspel/samenspel/fsc"
)

// Code says what kind of fault was found; programs choose texts by it.
type Code string

// The codes of this package.
const (
	CodeMalformed   Code = "malformed"   // not the form of docs/collective.md
	CodeLimit       Code = "limit"       // a limit of the format is passed
	CodeHash        Code = "hash"        // a hash is not that of what it names
	CodeSignature   Code = "signature"   // a signature doesn't match or is of another kind
	CodeCertificate Code = "certificate" // no certificate, or no trust in it
	CodeFeed        Code = "feed"        // a feed or checkpoint doesn't fit
	CodeUnknown     Code = "unknown"     // something is named that isn't there
	CodeDuplicate   Code = "duplicate"   // the same thing stands there twice
)

// Error is a fault that may be told to another organisation: Code, Field and
// Detail are safe to send, Cause is for our own log.
type Error struct {
	Code Code
	// Field is the member in question, like "parties[2].role"; empty when the
	// fault concerns the whole.
	Field  string
	Detail string
	Cause  error
}

// Error gives field, detail and cause; for logs, not for the wire.
func (e *Error) Error() string {
	s := e.Detail
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// CodeOf gives the code of the first [Error] in err's chain; [CodeMalformed] if
// there is none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeMalformed
}

func fault(code Code, field, format string, args ...any) *Error {
	return &Error{Code: code, Field: field, Detail: fmt.Sprintf(format, args...)}
}

// jsonFault keeps the detail of the strict reader, which names the member.
func jsonFault(err error) *Error {
	if e, ok := errors.AsType[*fsc.Error](err); ok {
		return &Error{Code: CodeMalformed, Detail: e.Detail, Cause: e.Cause}
	}
	return &Error{Code: CodeMalformed, Detail: "JSON is malformed", Cause: err}
}

func fieldOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Field
	}
	return ""
}

func detailOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Detail
	}
	return "is malformed"
}
