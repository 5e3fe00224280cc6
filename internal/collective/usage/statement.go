// SPDX-License-Identifier: EUPL-1.2

package usage

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// The types of deeds whose bodies are here.
const (
	TypeStatement  deed.Type = 115 // gebruiksopgave
	TypeSettlement deed.Type = 116 // vaststelling na verschil
	TypeSaving     deed.Type = 117 // opgave van besparing
)

// The roles in these deeds, and the type of the deed they follow. They are those
// of package dossier, which is beside this one.
const (
	RoleBuyer    deed.Role = "buyer"
	RoleSupplier deed.Role = "framework_supplier"
	typeCallOff  deed.Type = 112
)

const (
	maxNumber = 1<<53 - 1 // the largest whole number that every JSON reader has exactly
	maxReason = 2000      // characters
)

// Statement is the body of a usage statement: what one side of a call-off counted
// in a month. Its only party, buyer or supplier, signs it; its only parent is the
// call-off.
type Statement struct {
	Month Month `json:"month"`
	Count int64 `json:"count"`
	Root  Root  `json:"root"`
}

// Summary gives number and root.
func (s *Statement) Summary() Summary { return Summary{Count: s.Count, Root: s.Root} }

// ReadStatement reads the body of a statement's deed.
func ReadStatement(c *deed.Content) (*Statement, error) {
	var s Statement
	if err := body(c, TypeStatement, &s, "month", "count", "root"); err != nil {
		return nil, err
	}
	if _, role := issuer(c); role != RoleBuyer && role != RoleSupplier {
		return nil, refuse(ReasonSignatories, "parties", "a usage statement is issued by the buyer or the supplier of the call-off alone")
	}
	if len(c.Parents) != 1 || !isType(c.Parents[0], typeCallOff) {
		return nil, refuse(ReasonParent, "parents", "a usage statement follows one call-off")
	}
	if s.Count < 0 || s.Count > maxNumber {
		return nil, malformed("count", "must be 0 or more")
	}
	if (s.Count == 0) != (s.Root == idset.EmptyRoot()) {
		return nil, malformed("root", "that of no calls belongs to the count 0, and to no other")
	}
	return &s, nil
}

// Settlement is the body of a settlement: after a difference both say by which
// number the month is settled, and why. Both sign; its parents are the call-off
// and the statements of both.
type Settlement struct {
	Month  Month  `json:"month"`
	Count  int64  `json:"count"`
	Reason string `json:"reason"`
}

// ReadSettlement reads the body of a settlement's deed.
func ReadSettlement(c *deed.Content) (*Settlement, error) {
	var s Settlement
	if err := body(c, TypeSettlement, &s, "month", "count", "reason"); err != nil {
		return nil, err
	}
	if buyer, supplier := only(c, RoleBuyer), only(c, RoleSupplier); c.Rule.Kind != deed.RuleAll || len(c.Parties) != 2 ||
		buyer == "" || supplier == "" || buyer == supplier {
		return nil, refuse(ReasonSignatories, "parties", "a settlement is signed by the buyer and the supplier of the call-off, and by nobody else")
	}
	if len(c.Parents) != 3 || !isType(c.Parents[0], typeCallOff) || !isType(c.Parents[1], TypeStatement) || !isType(c.Parents[2], TypeStatement) {
		return nil, refuse(ReasonParent, "parents", "a settlement follows the call-off and then the statements of both sides")
	}
	if s.Count < 0 || s.Count > maxNumber {
		return nil, malformed("count", "must be 0 or more")
	}
	if !text(s.Reason) {
		return nil, malformed("reason", "must say in 1 to %d characters how the difference was settled", maxReason)
	}
	return &s, nil
}

// JudgeStatement tells whether a statement fits its call-off: it names it, comes
// from its buyer or supplier in that role, and is about a month that was over when it was
// issued and in which the call-off was in force for some time. ended is when the
// call-off ended, in Unix seconds, and 0 while it hasn't: see [Over].
func JudgeStatement(callOff, c *deed.Content, s *Statement, months Calendar, ended int64) error {
	if callOff.Type != typeCallOff || !slices.Equal(c.Parents, []deed.Hash{callOff.Hash()}) {
		return refuse(ReasonParent, "parents", "the statement doesn't name this call-off as its parent")
	}
	peer, role := issuer(c)
	if !callOff.HasParty(peer, role) {
		return refuse(ReasonSignatories, "parties", "Peer %s isn't the %s of this call-off", peer, role)
	}
	from, until, err := months(s.Month.Year, s.Month.Month)
	if err != nil {
		return malformed("month", "%s", err.Error())
	}
	switch {
	case c.IssuedAt < Over(until, ended):
		return refuse(ReasonMonth, "month", "%s isn't over when the statement is issued; wait until it is, or until the call-off has ended", s.Month)
	case until <= callOff.NotBefore || callOff.NotAfter != 0 && from >= callOff.NotAfter:
		return refuse(ReasonMonth, "month", "the call-off isn't in force in %s", s.Month)
	}
	return nil
}

// Over gives the moment from which a month can be stated: its own end at until or,
// when the call-off ended before that, the end of the call-off. No calls are made
// under it any more then, so nobody has to wait for the month. All in Unix seconds; ended is 0
// while the call-off hasn't.
func Over(until, ended int64) int64 {
	if ended == 0 {
		return until
	}
	return min(until, ended)
}

// Signed is a statement with its deed.
type Signed struct {
	Deed *deed.Content
	Body *Statement
}

// JudgeSettlement tells whether a settlement fits the statements it names: they are of its
// month and its call-off, one of each side, by the Peers that sign the settlement.
func JudgeSettlement(c *deed.Content, s *Settlement, one, other Signed) error {
	named := []deed.Hash{one.Deed.Hash(), other.Deed.Hash()}
	if !slices.Equal(c.Parents[1:], named) || one.Deed.Parents[0] != c.Parents[0] || other.Deed.Parents[0] != c.Parents[0] {
		return refuse(ReasonParent, "parents", "the settlement doesn't name these statements, or they are about another call-off")
	}
	if one.Body.Month != s.Month || other.Body.Month != s.Month {
		return refuse(ReasonMonth, "month", "the statements are not about %s", s.Month)
	}
	p, role := issuer(one.Deed)
	q, next := issuer(other.Deed)
	if role == next || !c.HasParty(p, role) || !c.HasParty(q, next) {
		return refuse(ReasonSignatories, "parties", "the statements are not one of each side that signs")
	}
	return nil
}

// Outcome is what two statements come to.
type Outcome string

// The outcomes.
const (
	// Equal: the same calls. The month is agreed, and nobody has shown a log.
	Equal Outcome = "equal"
	// Differ: not the same calls, though maybe as many. [Diff] tells which.
	Differ Outcome = "differ"
)

// Compare compares the statements of both sides about one month of one call-off;
// two months are an error of [ReasonMonth].
func Compare(own, other *Statement) (Outcome, error) {
	switch {
	case own.Month != other.Month:
		return "", refuse(ReasonMonth, "month", "%s can't be compared with %s", own.Month, other.Month)
	case own.Summary() == other.Summary():
		return Equal, nil
	}
	return Differ, nil
}

// issuer gives the party that issues a deed alone, nothing when it isn't so.
func issuer(c *deed.Content) (fsc.PeerID, deed.Role) {
	if c.Rule.Kind != deed.RuleOne || len(c.Parties) != 1 {
		return "", ""
	}
	return c.Parties[0].PeerID, c.Parties[0].Role
}

func only(c *deed.Content, r deed.Role) fsc.PeerID {
	if peers := c.PeersInRole(r); len(peers) == 1 {
		return peers[0]
	}
	return ""
}

func isType(h deed.Hash, want deed.Type) bool {
	got, err := h.Type()
	return err == nil && got == want
}

// text takes what people write: nothing that can't be seen but new lines.
func text(s string) bool {
	n := utf8.RuneCountInString(s)
	hidden := func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }
	return n > 0 && n <= maxReason && !slices.ContainsFunc([]rune(s), hidden)
}
