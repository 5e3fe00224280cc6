// SPDX-License-Identifier: EUPL-1.2

package idset

import "fmt"

// Reason says why a message is refused. Packages that build on this one have reasons
// of their own beside these.
type Reason string

// The reasons of this package.
const (
	ReasonMalformed Reason = "malformed" // not of its form
	ReasonAnswer    Reason = "answer"    // an answer that contradicts the root that was given
)

// Refusal is why something isn't accepted. Detail may be told to both parties.
type Refusal struct { //nolint:errname // reads well behind the package name
	Reason Reason
	// Field is the member in question, like "baseline.price_cents"; may be empty.
	Field  string
	Detail string
}

// Error gives field and detail.
func (r *Refusal) Error() string {
	if r.Field == "" {
		return r.Detail
	}
	return r.Field + ": " + r.Detail
}

func malformed(field, format string, args ...any) error {
	return refuse(ReasonMalformed, field, format, args...)
}

func refuse(reason Reason, field, format string, args ...any) error {
	return &Refusal{Reason: reason, Field: field, Detail: fmt.Sprintf(format, args...)}
}
