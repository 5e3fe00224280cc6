// SPDX-License-Identifier: EUPL-1.2

package usage

import (
	"fmt"

	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// Reason says why a deed or message about usage is refused.
type Reason = idset.Reason

// Refusal is why something about usage isn't accepted. Detail may be told to
// both parties.
type Refusal = idset.Refusal //nolint:errname // reads well behind the package name

// The reasons.
const (
	ReasonMalformed          = idset.ReasonMalformed // not of its form
	ReasonSignatories Reason = "signatories"         // other organisations have to sign
	ReasonParent      Reason = "parent"              // it doesn't follow the deed it has to follow
	ReasonMonth       Reason = "month"               // the month isn't over, or outside the call-off
	ReasonAnswer             = idset.ReasonAnswer    // an answer that contradicts the root that was signed
	ReasonAmount      Reason = "amount"              // an amount too large to be counted exactly
	ReasonDouble      Reason = "double"              // the same call-off counted twice
	ReasonTooMany     Reason = "too_many"            // more calls than fit in one statement
)

func malformed(field, format string, args ...any) error {
	return &Refusal{Reason: ReasonMalformed, Field: field, Detail: fmt.Sprintf(format, args...)}
}

func refuse(reason Reason, field, format string, args ...any) error {
	return &Refusal{Reason: reason, Field: field, Detail: fmt.Sprintf(format, args...)}
}
