// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// Why a choice isn't there.
const (
	WhyPermission     = "permission"      // this person may not
	WhyNotParty       = "not_party"       // this Peer has no part in the contract
	WhyEnded          = "ended"           // it was rejected, revoked or has expired
	WhyAccepted       = "accepted"        // this Peer has accepted
	WhyAllAccepted    = "all_accepted"    // too late to reject; revoke instead
	WhyProposed       = "proposed"        // not accepted by all yet; reject instead
	WhyNotValid       = "not_valid"       // there is nothing to renew
	WhyServiceMissing = "service_missing" // Detail is a service that isn't offered here
	WhyAgreement      = "agreement"       // no agreement covers it; Detail is a code and words
	WhyProperty       = "property"        // nobody could call what it opens; Detail is a code and words
	WhySecondPerson   = "second_person"   // the same act waits for a second person
	WhyDelivered      = "delivered"       // everything has arrived
)

// situation is what choices depend on.
type situation struct {
	contract    *manager.Contract
	state       fsc.ContractState
	self        fsc.PeerID
	may         bool // the person may sign
	mayRetry    bool
	missing     string
	uncovered   string // why no agreement covers it
	misread     string // which property couldn't be acted upon
	undelivered bool
	requests    []operator.Request
	now         time.Time
}

// choices tells per act whether it can be done; the Manager decides again when
// it is done.
func (s *situation) choices() []Choice {
	out := make([]Choice, 0, len(ContractActs()))
	for _, act := range ContractActs() {
		why := s.why(act)
		ch := Choice{Act: act, OK: why == "", Why: why}
		switch why {
		case WhyServiceMissing:
			ch.Detail = s.missing
		case WhyAgreement:
			ch.Detail = s.uncovered
		case WhyProperty:
			ch.Detail = s.misread
		}
		out = append(out, ch)
	}
	return out
}

// refuse takes over what the Manager has against an accept.
func (s *situation) refuse(d *manager.Decision) {
	if d == nil {
		return
	}
	switch d.Reason {
	case manager.ReasonAgreement:
		s.uncovered = d.Detail
	case manager.ReasonProperty:
		s.misread = d.Detail
	case manager.ReasonNoRules, manager.ReasonDirectory, manager.ReasonNotOffered: // a person may sign
	}
}

func (s *situation) why(act string) string {
	switch {
	case act == "retry" && !s.mayRetry, act != "retry" && !s.may:
		return WhyPermission
	case act == "copy":
		return ""
	case !s.contract.Content.HasParty(s.self):
		return WhyNotParty
	}
	switch act {
	case "renew":
		if s.state != fsc.StateValid && s.state != fsc.StateNotYetValid {
			return WhyNotValid
		}
		return ""
	case "retry":
		if !s.undelivered {
			return WhyDelivered
		}
		return ""
	}
	if ended(s.state) {
		return WhyEnded
	}
	if s.waits(eventOf(fsc.SignatureType(act))) {
		return WhySecondPerson
	}
	return s.whyNotSign(act)
}

func (s *situation) whyNotSign(act string) string {
	switch act {
	case "accept":
		if !slices.Contains(s.contract.Awaiting(s.now), s.self) {
			return WhyAccepted
		}
		if s.missing != "" {
			return WhyServiceMissing
		}
		if s.uncovered != "" {
			return WhyAgreement
		}
		if s.misread != "" {
			return WhyProperty
		}
	case "reject":
		if s.state != fsc.StateProposed {
			return WhyAllAccepted
		}
	case "revoke":
		if s.state == fsc.StateProposed {
			return WhyProposed
		}
	}
	return ""
}

func (s *situation) waits(act string) bool {
	return slices.ContainsFunc(s.requests, func(r operator.Request) bool { return r.Act == act })
}
