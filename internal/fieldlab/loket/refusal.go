// SPDX-License-Identifier: EUPL-1.2

package loket

import (
	"net/http"
	"slices"

	"github.com/samenspel/samenspel/internal/controller/web"
)

// Why a notice did not arrive, as the pages tell it: for each there is a text of
// what happened, whose turn it is and what to do.
const (
	reasonNoAgreement  = "no_agreement"
	reasonNoAccess     = "no_access"
	reasonUnreachable  = "unreachable"
	reasonBusy         = "busy"
	reasonOwnSystem    = "own_system"
	reasonNotDelivered = "not_delivered"
	reasonChanged      = "changed"
	reasonUnclear      = "unclear"
)

// reasonOfRefusal tells what an error code of FSC means for who filled in a form.
// The codes are those of the standard and of an Outway of this project.
func reasonOfRefusal(code string) string {
	switch code {
	case "UNKNOWN_GRANT_HASH_IN_HEADER":
		return reasonNoAgreement
	case "ERROR_CODE_ACCESS_TOKEN_UNAVAILABLE", "ERROR_CODE_ACCESS_TOKEN_MISSING", "ERROR_CODE_ACCESS_TOKEN_INVALID",
		"ERROR_CODE_ACCESS_TOKEN_EXPIRED", "ERROR_CODE_WRONG_GROUP_ID_IN_TOKEN", "ERROR_CODE_SERVICE_NOT_FOUND":
		return reasonNoAccess
	case "ERROR_CODE_INWAY_UNREACHABLE", "ERROR_CODE_SERVICE_UNREACHABLE", "ERROR_CODE_SERVICE_TIMEOUT":
		return reasonUnreachable
	case "ERROR_CODE_TOO_MANY_REQUESTS":
		return reasonBusy
	}
	return reasonOwnSystem
}

// refusedBy makes an outcome of an answer without a receipt.
func refusedBy(a reply, rows []int) web.LoketOutcome {
	refusal := web.LoketRefusal{Code: a.refusal, Transaction: a.transaction, Reason: reasonUnclear}
	if a.refusal != "" {
		refusal.Reason, refusal.Detail = reasonOfRefusal(a.refusal), a.said()
		return refuse(refusal)
	}
	p, ok := a.problem()
	switch {
	case !ok:
	case p.Code == problemInvalid && a.status == http.StatusUnprocessableEntity && len(p.Faults) > 0 && knownFaults(p.Faults):
		return refuseFields(p.Faults, rows)
	case p.Code == problemChanged:
		refusal.Reason = reasonChanged
	case p.Code == problemUndelivered:
		if to, known := municipalityNamed(p.Municipality); known {
			refusal.Reason, refusal.To, refusal.Code = reasonNotDelivered, to.Name, p.Refusal
		}
	}
	return refuse(refusal)
}

// knownFaults tells whether there is a text for all faults that somebody else
// found, and how many those can be.
func knownFaults(all []Fault) bool {
	const most = 100
	return len(all) <= most && !slices.ContainsFunc(all, func(f Fault) bool { return reasonOf(f.Code) == reasonOf("") })
}
