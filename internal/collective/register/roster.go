// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"fmt"
	"slices"
	"strings"
)

// Statement is what a member itself says about its membership. It comes from a
// deed that the member signed; nobody can state for another.
type Statement struct {
	Member string // the key of the organisation: a [Code], or an OIN for others
	Kind   Kind
	Class  MemberClass // empty when it leaves
	// On is the day from which it holds; Seq orders statements of one day, as
	// the feed of the group received them.
	On  Date
	Seq int
}

// Seat is a membership on a day.
type Seat struct {
	Member string
	Kind   Kind
	Class  MemberClass
	Since  Date
	// Via are the members that ended and whose seat this is; empty when the
	// member stated it itself.
	Via []Code
}

// Check tells whether a statement can be made in a group of this kind.
func (s Statement) Check(g GroupKind) error {
	switch {
	case s.Member == "" || !s.On.Valid():
		return fmt.Errorf("%w: a statement names its member and its day", ErrGroup)
	case Code(s.Member).valid() && KindOf(Code(s.Member)) != s.Kind:
		return fmt.Errorf("%w: %s is not a %s", ErrGroup, s.Member, s.Kind)
	case s.Class != "" && !g.allowed(s.Class, s.Kind):
		return fmt.Errorf("%w: a %s can't be a %s member of a group of kind %s", ErrGroup, s.Kind, s.Class, g)
	}
	return nil
}

// Roster gives who sits in a group on a day: for each member its last
// statement, and for a member that ended its heir, unless the heir said
// something itself. The order in which statements arrive has no influence.
// Statements that [Statement.Check] refuses are an error. Seats behind a split
// that nobody decided stay empty and come second.
func (s Successions) Roster(g GroupKind, statements []Statement, at Date) ([]Seat, []Succession, error) {
	last := map[string]Statement{}
	for _, one := range statements {
		if err := one.Check(g); err != nil {
			return nil, nil, err
		}
		if known, ok := last[one.Member]; one.On <= at && (!ok || later(one, known)) {
			last[one.Member] = one
		}
	}
	seats := map[string]Seat{}
	var undecided []Succession
	for _, one := range last {
		if _, ended := s.Ended(Code(one.Member), at); ended || one.Class == "" {
			continue
		}
		seats[one.Member] = Seat{Member: one.Member, Kind: one.Kind, Class: one.Class, Since: one.On}
	}
	for _, one := range last {
		if split := s.inherit(seats, last, one, at); split != nil {
			undecided = append(undecided, *split)
		}
	}
	slices.SortFunc(undecided, func(a, b Succession) int { return strings.Compare(string(a.From), string(b.From)) })
	return sortSeats(seats), undecided, nil
}

// later orders the statements of one member. Two that can't be told apart
// count as the one with fewer rights, so the outcome is the same everywhere.
func later(a, b Statement) bool {
	if a.On != b.On {
		return a.On > b.On
	}
	if a.Seq != b.Seq {
		return a.Seq > b.Seq
	}
	return rank(a.Class) < rank(b.Class)
}

func rank(c MemberClass) int {
	return slices.Index([]MemberClass{"", ClassObserver, ClassSupplier, ClassGuest, ClassVoting}, c)
}

// inherit gives the seat of a member that ended to its heir. Where the heir
// takes over several seats it has the highest class of them.
func (s Successions) inherit(seats map[string]Seat, last map[string]Statement, one Statement, at Date) *Succession {
	if _, ended := s.Ended(Code(one.Member), at); !ended || one.Class == "" {
		return nil
	}
	heir, steps, err := s.Heir(Code(one.Member), at)
	if err != nil {
		// The only error of Heir is a split, and it is the step after the last.
		at := Code(one.Member)
		if len(steps) > 0 {
			at = steps[len(steps)-1].To[0]
		}
		split := s.by[at]
		return &split
	}
	if _, spoke := last[string(heir)]; spoke {
		return nil
	}
	seat, taken := seats[string(heir)]
	if !taken {
		seat = Seat{Member: string(heir), Kind: one.Kind, Class: one.Class, Since: one.On}
	}
	if rank(one.Class) > rank(seat.Class) {
		seat.Class = one.Class
	}
	seat.Since = min(seat.Since, one.On)
	seat.Via = append(seat.Via, Code(one.Member))
	slices.Sort(seat.Via)
	seats[string(heir)] = seat
	return nil
}

func sortSeats(seats map[string]Seat) []Seat {
	out := make([]Seat, 0, len(seats))
	for _, seat := range seats {
		out = append(out, seat)
	}
	slices.SortFunc(out, func(a, b Seat) int { return strings.Compare(a.Member, b.Member) })
	return out
}

// Electorate gives the members that vote, in order. A body has no vote beside
// its own participants: it is left out when one of them votes. Participants
// gives those of a body, and may be nil.
func Electorate(seats []Seat, participants func(member string) []string) []string {
	voting := map[string]bool{}
	for _, seat := range seats {
		if seat.Class.Rights().Vote && seat.Kind != KindSupplier {
			voting[seat.Member] = true
		}
	}
	var out []string
	for _, seat := range sortSeats(bySeat(seats)) {
		if !voting[seat.Member] {
			continue
		}
		if participants != nil && slices.ContainsFunc(participants(seat.Member), func(p string) bool { return voting[p] && p != seat.Member }) {
			continue
		}
		out = append(out, seat.Member)
	}
	return out
}

func bySeat(seats []Seat) map[string]Seat {
	m := make(map[string]Seat, len(seats))
	for _, seat := range seats {
		m[seat.Member] = seat
	}
	return m
}
