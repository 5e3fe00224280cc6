// SPDX-License-Identifier: EUPL-1.2

package rule

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// TypeStance is the type of a deed in which one organisation states its stance
// on a decision. Its only parent is the decision, its only party has the role
// [RoleVoter], and its body is read by [ParseStance].
const TypeStance deed.Type = 100

// RoleVoter is the role of the party of a stance.
const RoleVoter deed.Role = "voter"

// maxReason is the number of characters of a reason or proposal.
const maxReason = 4000

// StanceKind is what an organisation says about a proposal.
type StanceKind string

// The stances (design, section 3.2).
const (
	Agree   StanceKind = "agree"
	Abstain StanceKind = "abstain"
	Object  StanceKind = "object"   // with a reason and a counter-proposal, to count under consent
	NotNow  StanceKind = "not_now"  // neither for nor against; with a code
	ByProxy StanceKind = "by_proxy" // as another voter says, who speaks for itself
)

// NotNowCode says why an organisation doesn't take part now.
type NotNowCode string

// The codes; those of the practice that municipalities know (design, row 70).
const (
	NotNowTiming          NotNowCode = "timing"
	NotNowAlreadyArranged NotNowCode = "already_arranged"
	NotNowRunningContract NotNowCode = "running_contract"
	NotNowHours           NotNowCode = "hours"
	NotNowMoney           NotNowCode = "money"
	NotNowReorganisation  NotNowCode = "reorganisation"
	NotNowOther           NotNowCode = "other" // needs a reason
)

// NotNowCodes lists them in the order to show.
func NotNowCodes() []NotNowCode {
	return []NotNowCode{
		NotNowTiming, NotNowAlreadyArranged, NotNowRunningContract, NotNowHours, NotNowMoney, NotNowReorganisation, NotNowOther,
	}
}

// Stance is what one organisation states.
type Stance struct {
	Kind     StanceKind
	Reason   string     // with object and not_now
	Proposal string     // with object: what it would agree with
	Code     NotNowCode // with not_now
	Proxy    fsc.PeerID // with by_proxy
}

type wireStance struct {
	Stance   StanceKind  `json:"stance"`
	Reason   *string     `json:"reason,omitzero"`
	Proposal *string     `json:"proposal,omitzero"`
	Code     *NotNowCode `json:"code,omitzero"`
	Proxy    *fsc.PeerID `json:"proxy,omitzero"`
}

// ParseStance reads the body of a stance strictly: a member that doesn't go with
// the stance is refused, and so is an empty one.
func ParseStance(body []byte) (Stance, error) {
	var w wireStance
	if err := deed.Unmarshal(body, &w); err != nil {
		return Stance{}, err
	}
	s := Stance{Kind: w.Stance}
	for _, m := range []struct {
		name  string
		value *string
		into  *string
		goes  bool
	}{
		{"reason", w.Reason, &s.Reason, s.Kind == Object || s.Kind == NotNow},
		{"proposal", w.Proposal, &s.Proposal, s.Kind == Object},
	} {
		if m.value == nil {
			continue
		}
		if n := utf8.RuneCountInString(*m.value); !m.goes || n == 0 || n > maxReason {
			return Stance{}, bad(m.name, "belongs to another stance, or isn't 1 to %d characters", maxReason)
		}
		*m.into = *m.value
	}
	if w.Code != nil {
		s.Code = cmp.Or(*w.Code, "?")
	}
	if w.Proxy != nil {
		s.Proxy = cmp.Or(*w.Proxy, "?")
	}
	return s, s.check()
}

func (s *Stance) check() error {
	switch s.Kind {
	case Agree, Abstain, Object, NotNow, ByProxy:
	default:
		return bad("stance", "must be agree, abstain, object, not_now or by_proxy")
	}
	switch {
	case (s.Kind == NotNow) != (s.Code != ""):
		return bad("code", "goes with not_now, and not_now with a code")
	case s.Kind == NotNow && !slices.Contains(NotNowCodes(), s.Code):
		return bad("code", "isn't one of the codes")
	case s.Code == NotNowOther && s.Reason == "":
		return bad("reason", "is needed with the code other")
	case (s.Kind == ByProxy) != (s.Proxy != ""):
		return bad("proxy", "goes with by_proxy, and by_proxy with a proxy")
	case s.Kind == ByProxy && !deed.ValidPeer(s.Proxy):
		return bad("proxy", "must be the PeerID of an organisation")
	}
	return nil
}

// counts tells whether an objection stands in the way of consent.
func (s *Stance) counts() bool { return s.Kind == Object && s.Reason != "" && s.Proposal != "" }
