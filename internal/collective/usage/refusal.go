// SPDX-License-Identifier: EUPL-1.2

package usage

import "fmt"

// Reason says why a deed or message about usage is refused.
type Reason string

// The reasons.
const (
	ReasonMalformed   Reason = "malformed"   // not of its form
	ReasonSignatories Reason = "signatories" // other organisations have to sign
	ReasonParent      Reason = "parent"      // it doesn't follow the deed it has to follow
	ReasonMonth       Reason = "month"       // the month isn't over, or outside the call-off
	ReasonAnswer      Reason = "answer"      // an answer that contradicts the root that was signed
	ReasonAmount      Reason = "amount"      // an amount too large to be counted exactly
	ReasonDouble      Reason = "double"      // the same call-off counted twice
	ReasonTooMany     Reason = "too_many"    // more calls than fit in one statement
)

// Refusal is why something about usage isn't accepted. Detail may be told to
// both parties.
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
	return &Refusal{Reason: ReasonMalformed, Field: field, Detail: fmt.Sprintf(format, args...)}
}

func refuse(reason Reason, field, format string, args ...any) error {
	return &Refusal{Reason: reason, Field: field, Detail: fmt.Sprintf(format, args...)}
}
