// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"errors"
	"fmt"
	"slices"
)

// EligibleList is who may accede to a framework, frozen when the tender was
// published (CJEU C-216/17 and C-23/20: the buyers must be clear from the
// start). The order has no meaning.
type EligibleList struct {
	Frozen Date
	Buyers []Code
}

// The reasons about eligibility.
const (
	// ReasonListed: the buyer itself is on the list.
	ReasonListed Reason = "listed"
	// ReasonSuccessor: the buyer took over from one or more on the list.
	ReasonSuccessor Reason = "legal_successor"
	// ReasonNotListed: neither the buyer nor one it took over from is on the
	// list. It may join the next programme.
	ReasonNotListed Reason = "not_on_frozen_list"
	// ReasonSplit: one on the list was split, the buyer got a part, and who
	// takes over has not been decided.
	ReasonSplit Reason = "split_undecided"
	// ReasonNotYet: the day asked for lies before the list was frozen.
	ReasonNotYet Reason = "before_publication"
)

// RuleEligible is the rule behind every refusal for eligibility.
const RuleEligible = "CJEU C-216/17 (57), C-23/20; Directive 2014/24/EU art. 33(2)"

// Verdict is whether a buyer may accede, and on what it rests.
type Verdict struct {
	OK     bool
	Reason Reason
	// From are those on the list whose place the buyer has: itself, and whoever
	// it took over from. A successor that isn't on the list itself has only the
	// place, and so the quantity, of these.
	From []Code
	// Undecided are the splits that stand in the way, when the reason is that.
	Undecided []Succession
}

// ErrList is wrapped by errors about a list that can't be a frozen list.
var ErrList = errors.New("register: not a list of eligible buyers")

// Check tells whether the list can be one: a day, at least one buyer, nobody
// twice, and nobody who had ended by the day it was frozen.
func (l EligibleList) Check(s Successions) error {
	if !l.Frozen.Valid() || len(l.Buyers) == 0 {
		return fmt.Errorf("%w: it needs the day of publication and a buyer", ErrList)
	}
	sorted := slices.Sorted(slices.Values(l.Buyers))
	for i, code := range sorted {
		if !code.valid() {
			return fmt.Errorf("%w: %q is not the code of a buyer", ErrList, code)
		}
		if i > 0 && sorted[i-1] == code {
			return fmt.Errorf("%w: %s occurs twice", ErrList, code)
		}
		if end, ended := s.Ended(code, l.Frozen); ended {
			return fmt.Errorf("%w: %s had ended on %s, before the list was frozen on %s", ErrList, code, end.On, l.Frozen)
		}
	}
	return nil
}

// Eligible decides whether a buyer may accede on a day under a frozen list.
// It is a pure function, so every node gives the same answer.
func (s Successions) Eligible(l EligibleList, buyer Code, at Date) Verdict {
	if at < l.Frozen {
		return Verdict{Reason: ReasonNotYet}
	}
	if _, ended := s.Ended(buyer, at); ended {
		return Verdict{Reason: ReasonEnded}
	}
	v := Verdict{}
	for _, listed := range slices.Sorted(slices.Values(l.Buyers)) {
		heir, _, err := s.Heir(listed, at)
		var split *SplitError
		switch {
		case errors.As(err, &split):
			if s.gotPart(split.Succession, buyer, at) {
				v.Undecided = append(v.Undecided, split.Succession)
			}
		case heir == buyer:
			v.From = append(v.From, listed)
		}
	}
	return v.conclude(buyer)
}

func (v Verdict) conclude(buyer Code) Verdict {
	switch {
	case slices.Contains(v.From, buyer):
		v.OK, v.Reason = true, ReasonListed
	case len(v.From) > 0:
		v.OK, v.Reason = true, ReasonSuccessor
	case len(v.Undecided) > 0:
		v.Reason = ReasonSplit
	default:
		v.Reason = ReasonNotListed
	}
	return v
}

// gotPart tells whether a part of a split ended up with buyer.
func (s Successions) gotPart(split Succession, buyer Code, at Date) bool {
	return slices.ContainsFunc(split.To, func(to Code) bool {
		heir, _, err := s.Heir(to, at)
		if further, ok := errors.AsType[*SplitError](err); ok {
			return s.gotPart(further.Succession, buyer, at)
		}
		return heir == buyer
	})
}

// EligibleOIN decides like [Successions.Eligible] for the municipality with an
// OIN. An OIN that names no municipality of today is refused with the reason
// of [Register.Identify].
func (r *Register) EligibleOIN(l EligibleList, oin string, at Date) Verdict {
	m, err := r.Identify(oin)
	if identity, ok := errors.AsType[*IdentityError](err); ok {
		return Verdict{Reason: identity.Reason}
	}
	return r.successions.Eligible(l, m.Code, at)
}
