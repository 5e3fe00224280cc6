// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"fmt"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// The types of deeds whose bodies are here.
const (
	TypeFramework deed.Type = 110 // raamovereenkomst, mantel
	TypeAccession deed.Type = 111 // toetreding, inhaken
	TypeCallOff   deed.Type = 112 // nadere overeenkomst

	TypeAllocation   deed.Type = 113 // quotaboeking
	TypeBinding      deed.Type = 114 // koppeling
	TypePriceSheet   deed.Type = 118 // prijsblad
	TypeOrganization deed.Type = 120 // organisatie
	TypeGroup        deed.Type = 121 // samenwerkingsverband
	TypeMembership   deed.Type = 122 // deelname
	TypeDecision     deed.Type = 123 // besluit
	TypeProcess      deed.Type = 124 // werkproces
	TypeConfirmation deed.Type = 125 // bevestiging
	TypeChange       deed.Type = 126 // wijziging
	TypeOwnDraw      deed.Type = 127 // eigen afname

	TypeCallOffChange deed.Type = 128 // wijziging van een nadere overeenkomst
)

// The roles in these deeds (design, section 3.3).
const (
	RolePurchasingBody deed.Role = "central_purchasing_body" // aankoopcentrale
	RoleSupplier       deed.Role = "framework_supplier"
	RoleBuyer          deed.Role = "buyer"
	RoleOrganization   deed.Role = "organization"
	RoleRegistrar      deed.Role = "registrar"
	RoleInitiator      deed.Role = "initiator" // initiatiefnemer
	RoleMember         deed.Role = "member"
	RoleSteward        deed.Role = "steward" // beheerder
)

// Reason says why a deed is refused.
type Reason string

// The reasons.
const (
	ReasonMalformed    Reason = "malformed"        // the body isn't of its type
	ReasonSignatories  Reason = "signatories"      // other organisations have to sign
	ReasonParent       Reason = "parent"           // it doesn't follow the deed it has to follow
	ReasonTerm         Reason = "term_too_long"    // a framework of more than four years without a reason
	ReasonNotEligible  Reason = "not_eligible"     // not among the buyers of the tender, nor the successor of one
	ReasonWindowClosed Reason = "window_closed"    // no entry window is open
	ReasonNotLive      Reason = "framework_closed" // the framework hasn't begun, or is over
	ReasonNotAcceded   Reason = "not_acceded"      // no effective accession at the time of signing
	ReasonLot          Reason = "lot"              // no such lot, or not in the accession
	ReasonSupplier     Reason = "supplier"         // not a supplier of the lot
	ReasonService      Reason = "service"          // the lot doesn't offer the service
	ReasonReservation  Reason = "over_reservation" // more reserved than the stated need allows
	ReasonExhausted    Reason = "maximum_reached"  // less is left than is asked for
	ReasonTail         Reason = "runs_too_long"    // a call-off ends too long after the framework
	ReasonNoReceipt    Reason = "no_allocation"    // the ledger has given no receipt
	ReasonChangeCap    Reason = "change_cap"       // more change than is possible without a new tender
	ReasonRoles        Reason = "role_conflict"    // supplier and buyer, or supplier and purchasing body, at once
)

// Refusal is why a deed can't have its effect. Detail may be told to all parties.
type Refusal struct { //nolint:errname // reads well behind the package name
	Reason Reason
	// Basis is the article or rule, with its source.
	Basis string
	// Field is the member in question, like "lots[1].maximum_quantity"; may be empty.
	Field  string
	Detail string
}

// Error gives field, detail and basis.
func (r *Refusal) Error() string {
	s := r.Detail
	if r.Field != "" {
		s = r.Field + ": " + s
	}
	if r.Basis != "" {
		s += " (" + r.Basis + ")"
	}
	return s
}

func malformed(field, format string, args ...any) error {
	return &Refusal{Reason: ReasonMalformed, Field: field, Detail: fmt.Sprintf(format, args...)}
}

func refuse(reason Reason, basis, format string, args ...any) error {
	return &Refusal{Reason: reason, Basis: basis, Detail: fmt.Sprintf(format, args...)}
}

func item(list string, i int, member string) string {
	return fmt.Sprintf("%s[%d].%s", list, i, member)
}
