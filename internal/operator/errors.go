// SPDX-License-Identifier: EUPL-1.2

package operator

import "time"

// Kind says what sort of problem an [Error] is.
type Kind string

// The kinds of problems.
const (
	KindForbidden    Kind = "forbidden"     // the person may not do it
	KindInvalid      Kind = "invalid"       // Field is wrong
	KindConflict     Kind = "conflict"      // it was changed meanwhile, or exists
	KindNotFound     Kind = "not_found"     // there is no such account, session, token or request
	KindSecondPerson Kind = "second_person" // it waits for a second person; nothing is wrong
	KindSecondFactor Kind = "second_factor" // it needs a code of a second factor; with Field code the one that was given is wrong
	KindTooMany      Kind = "too_many"      // try again later
	KindLogin        Kind = "login"         // wrong name or password; doesn't say which
)

// Error is a problem that may be told to the person who acted.
type Error struct {
	Kind Kind
	// Field is the name of the form field or JSON member; empty if it is about none.
	Field string
	// Text is one English sentence for logs and programs; pages translate by Kind
	// and Field.
	Text string
	// RetryAfter is how long to wait, with [KindTooMany].
	RetryAfter time.Duration
	// Needs is the permission that somebody lacks, with [KindForbidden]; empty if it
	// is refused for another reason.
	Needs Permission
}

// Error gives the text.
func (e *Error) Error() string { return e.Text }

func invalid(field, text string) *Error { return &Error{Kind: KindInvalid, Field: field, Text: text} }

func forbidden(text string) *Error { return &Error{Kind: KindForbidden, Text: text} }

func notFound(what string) *Error {
	return &Error{Kind: KindNotFound, Text: "there is no such " + what}
}

// wrongLogin is the same for an unknown e-mail address, a wrong password and an
// account that may not log in: the answer tells nobody which accounts exist.
func wrongLogin() *Error {
	return &Error{Kind: KindLogin, Text: "the e-mail address or the password is wrong"}
}
