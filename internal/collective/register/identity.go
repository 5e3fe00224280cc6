// SPDX-License-Identifier: EUPL-1.2

package register

import "fmt"

// Reason is why an organisation was refused or taken, as a code. The texts for
// people are made where they are shown.
type Reason string

// The reasons about identities.
const (
	// ReasonUnknown: no organisation of the register has this identity.
	ReasonUnknown Reason = "unknown_organisation"
	// ReasonDerived: the OIN was computed from an RSIN and is not the real one.
	ReasonDerived Reason = "derived_oin"
	// ReasonEnded: the organisation no longer exists; its successor may act.
	ReasonEnded Reason = "ended"
)

// IdentityError says why an OIN names no municipality of today.
type IdentityError struct {
	Reason Reason
	OIN    string
	// Code is the municipality that was meant (derived) or ended. It may be
	// empty: the source has no code for some of the ended ones.
	Code Code
	// Ended is the first day without it, when it ended.
	Ended Date
}

// Error explains the refusal and what to do.
func (e *IdentityError) Error() string {
	switch e.Reason {
	case ReasonDerived:
		return fmt.Sprintf("register: OIN %s was computed from an RSIN and belongs to nobody: use the OIN in the certificate of %s", e.OIN, e.Code)
	case ReasonEnded:
		return fmt.Sprintf("register: OIN %s was of municipality %s, which ended on %s: its successor acts with its own OIN", e.OIN, e.Code, e.Ended)
	default:
		return fmt.Sprintf("register: OIN %s is of no municipality in the register: look it up in the certificate", e.OIN)
	}
}

// Identify finds the municipality of today with this OIN (20 digits). The
// error is an *[IdentityError].
func (r *Register) Identify(oin string) (Municipality, error) {
	if m := r.byOIN[oin]; m != nil {
		return *m, nil
	}
	if e := r.endedOIN[oin]; e != nil {
		return Municipality{}, &IdentityError{Reason: ReasonEnded, OIN: oin, Code: e.Code, Ended: e.On}
	}
	if m := r.derived[oin]; m != nil {
		return Municipality{}, &IdentityError{Reason: ReasonDerived, OIN: oin, Code: m.Code}
	}
	return Municipality{}, &IdentityError{Reason: ReasonUnknown, OIN: oin}
}
