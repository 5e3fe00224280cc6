// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"errors"
	"fmt"
	"slices"
)

// GroupKind is what a group of organisations is.
type GroupKind string

// The kinds of groups.
const (
	GroupArrangement GroupKind = "arrangement"
	GroupAssociation GroupKind = "association"
	GroupRegion      GroupKind = "region"
	GroupSizeClass   GroupKind = "size_class"
	GroupProgramme   GroupKind = "programme"
)

// Proposal is a group that follows from the data. Nobody is a member by it:
// each candidate decides with a [Statement] of its own.
type Proposal struct {
	Kind GroupKind
	Name string
	// Basis is what the proposal rests on: the number of an arrangement, the
	// name of a province, or a rule.
	Basis      string
	Candidates []Code
	// Undecided are those whose split keeps a candidate unknown.
	Undecided []Succession
}

// ErrGroup is wrapped by errors about groups that can't be proposed and
// statements that can't be made.
var ErrGroup = errors.New("register: not possible for this group")

// ProposeArrangement proposes a group of those who take part in an arrangement
// on a day, as far as they have a code.
func (r *Register) ProposeArrangement(roo string, at Date) (Proposal, error) {
	a, known := r.Arrangement(roo)
	if !known {
		return Proposal{}, fmt.Errorf("%w: arrangement %q isn't in the register", ErrGroup, roo)
	}
	members, undecided := r.Members(a, at)
	p := Proposal{Kind: GroupArrangement, Name: a.Name, Basis: a.ROO, Undecided: undecided}
	for _, m := range members {
		if m.Code != "" {
			p.Candidates = append(p.Candidates, m.Code)
		}
	}
	return p, nil
}

// ProposeSize proposes a group of the municipalities with at least this number
// of inhabitants.
func (r *Register) ProposeSize(atLeast int) (Proposal, error) {
	if atLeast <= 0 {
		return Proposal{}, fmt.Errorf("%w: the least number of inhabitants must be above zero", ErrGroup)
	}
	p := Proposal{Kind: GroupSizeClass, Basis: fmt.Sprintf("inhabitants>=%d", atLeast)}
	for _, m := range r.Municipalities() {
		if m.Inhabitants >= atLeast {
			p.Candidates = append(p.Candidates, m.Code)
		}
	}
	return p, nil
}

// ProposeRegion proposes a group of the municipalities in a province. It
// refuses a province that the source gives for too few of its municipalities:
// half a region is worse than none.
func (r *Register) ProposeRegion(province string) (Proposal, error) {
	p := Proposal{Kind: GroupRegion, Name: province, Basis: AttrProvince + "=" + province}
	for _, m := range r.Municipalities() {
		if m.Province == province && province != "" {
			p.Candidates = append(p.Candidates, m.Code)
		}
	}
	if len(p.Candidates) < 2 {
		return Proposal{}, fmt.Errorf("%w: the register doesn't know which municipalities are in province %q", ErrGroup, province)
	}
	return p, nil
}

// MemberClass is what a member of a group may do.
type MemberClass string

// The classes of members.
const (
	ClassVoting   MemberClass = "voting"
	ClassGuest    MemberClass = "guest"
	ClassObserver MemberClass = "observer"
	ClassSupplier MemberClass = "supplier"
)

// Rights are what a class may do in a group.
type Rights struct {
	// Attend: come to meetings and read what is for all members.
	Attend bool
	// Speak: propose, ask and comment.
	Speak bool
	// Vote: take a stance that counts.
	Vote bool
	// BuyerData: read needs, end dates, landscapes and prices of buyers.
	BuyerData bool
}

// Rights gives the rights of a class; an unknown class has none. Suppliers,
// and guests and observers who may be their competitors or staff, never see
// data of buyers.
func (c MemberClass) Rights() Rights {
	switch c {
	case ClassVoting:
		return Rights{Attend: true, Speak: true, Vote: true, BuyerData: true}
	case ClassGuest, ClassSupplier:
		return Rights{Attend: true, Speak: true}
	case ClassObserver:
		return Rights{Attend: true}
	default:
		return Rights{}
	}
}

// allowed tells whether a kind of organisation may have a class in a group.
func (g GroupKind) allowed(class MemberClass, kind Kind) bool {
	classes := []MemberClass{ClassVoting, ClassGuest, ClassObserver}
	switch g {
	case GroupArrangement, GroupRegion, GroupSizeClass:
		return slices.Contains(classes, class) && kind != KindSupplier
	case GroupAssociation, GroupProgramme:
		if kind == KindSupplier {
			return class == ClassSupplier || class == ClassGuest
		}
		return slices.Contains(classes, class)
	default:
		return false
	}
}
