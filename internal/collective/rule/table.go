// SPDX-License-Identifier: EUPL-1.2

package rule

import (
	"errors"
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Spec is what a type of deed adds to the generic life: one row of the table.
// The zero value of a field asks for nothing, unless its comment says otherwise.
type Spec struct {
	Type deed.Type
	Name string // one English word, for logs and the command line

	// Roles are the only roles a party may have, with how many parties.
	Roles []RoleCount
	// Rules are the only rules the deed may have. At least one is needed: without
	// this a stranger would write "one" beside his own name.
	Rules []Shape
	// Parents are the only types of parents, with what is asked of them.
	Parents []Parent
	// MustEnd asks for a not_after.
	MustEnd bool
	// Check holds content to the rules of the type that need nothing but content.
	// The error's text becomes a reason and may be sent to others; a [Fault] has
	// a code and a source of its own.
	Check func(*deed.Content) error

	// Admit is asked once, at the moment the deed becomes complete, and gives what
	// stands in the way, or nil. What it gives depends on its argument alone, with
	// the accounts that were kept before in the same fold; see [Moment.Account].
	Admit func(Moment) *Reason

	// Mandates says who may sign for a party, and Amount the deed's amount in
	// euro cents, which a mandate's ceiling is held against. Nil: 0.
	Mandates MandateScope
	Amount   func(*deed.Content) (int64, error)

	// Irrevocable deeds can't be revoked. RevokedBy are the roles whose parties
	// can; empty: the signatories.
	Irrevocable bool
	RevokedBy   []deed.Role

	// Clock says which time of a signature counts.
	Clock Clock

	// Words calls states of the generic life otherwise: in_force becomes "live".
	Words map[State]State
	// Begins gives the word in which this deed comes in force, when that depends
	// on its content; empty, or nil: the one in Words.
	Begins func(*deed.Content) State
	// Extended names the overlay under which the deed goes on after its not_after,
	// up to the moment in Unix seconds that ExtendedEnd gives; 0: no option. Both
	// or neither are given.
	Extended    string
	ExtendedEnd func(*deed.Content) int64
	// Moments gives moments in Unix seconds at which something follows from the deed
	// by the clock alone, though its state stays; a view holds up to the next. nil: none.
	Moments func(*deed.Content) []int64
	// Final are states beside the generic ones that nothing changes any more.
	Final []State
	// Moves are the changes that other deeds bring about.
	Moves []Move
}

// RoleCount is how many parties a role has. Max 0: any number.
type RoleCount struct {
	Role     deed.Role
	Min, Max int
}

// Shape is a rule without the content of a decision.
type Shape struct {
	Kind deed.RuleKind
	Role deed.Role
}

// Parent is what is asked of the parents of one type.
type Parent struct {
	Type     deed.Type // [AnyType] for whatever type
	Min, Max int       // Max 0: any number
	// States are those in which the parent has to be when the child becomes
	// complete: its own words, or states of the generic life, whatever the type
	// calls them. Empty: in force or adopted, and not in a final state.
	States []State
	// Unless are overlays of the parent that stand in the way.
	Unless []string
	// Ties say that each party of the child in one role is a party of the parent
	// in another.
	Ties []Tie
}

// AnyType stands for every type in a [Parent].
const AnyType deed.Type = 0

// Tie joins a role in a child with one in its parent.
type Tie struct{ Child, Parent deed.Role }

// MandateScope says whether somebody may sign for a party.
type MandateScope int

// The scopes.
const (
	// MandateNever: only the party with its own signature.
	MandateNever MandateScope = iota
	// MandateOwn: a key of the party's own that it has given a mandate.
	MandateOwn
	// MandateOthers: another organisation as well.
	MandateOthers
)

// Clock says which time of a signature counts.
type Clock int

// The clocks.
const (
	// ReceiptClock: the time of the secretariat's receipt. A signature without one
	// waits, but a reject or revoke stops a deed at once.
	ReceiptClock Clock = iota
	// SignerClock: signed_at when there is no receipt. Only for deeds that nobody
	// gains by dating back.
	SignerClock
)

// Relation says where the other deed of a [Move] stands.
type Relation int

// The relations.
const (
	OfChild  Relation = iota // the other deed names this one as parent
	OfParent                 // the other deed is a parent of this one
	// OfSibling: both name one and the same parent, and neither the other.
	OfSibling
)

// Move is a change of state, or of an overlay, that follows when another deed
// enters a state. Moves take place in the same instant.
type Move struct {
	Of   Relation
	Type deed.Type // of the other deed
	On   State     // that it enters
	From []State   // of this deed; empty: every state but final ones
	To   State     // empty: stays
	// Set and Clear name an overlay, such as "suspended", that lies on the state.
	Set, Clear string
	// When limits the move; nil: always.
	When func(self, other Snapshot) bool
	// Why gives the reason for it; nil: that another deed changed the state.
	Why func(other Snapshot) Reason
}

// Table holds the specs by type. It is immutable.
type Table struct {
	specs map[deed.Type]*Spec
	// siblings are the types of deeds that move their siblings.
	siblings map[deed.Type]bool
}

// NewTable checks the specs and adds those of stances and mandates. A mistake in
// a table is found here, not when a deed comes along.
func NewTable(specs ...Spec) (*Table, error) {
	t := &Table{specs: map[deed.Type]*Spec{}, siblings: map[deed.Type]bool{}}
	for _, s := range append([]Spec{stanceSpec(), mandateSpec()}, specs...) {
		if t.specs[s.Type] != nil {
			return nil, fmt.Errorf("table: type %d stands there twice", s.Type)
		}
		t.specs[s.Type] = &s
	}
	for _, s := range t.specs {
		if err := s.check(t); err != nil {
			return nil, fmt.Errorf("table: %s (%d): %w", s.Name, s.Type, err)
		}
		for _, m := range s.Moves {
			if m.Of == OfSibling {
				t.siblings[m.Type] = true
			}
		}
	}
	return t, nil
}

// Name gives the name of a type, or "" for one the table doesn't have.
func (t *Table) Name(typ deed.Type) string {
	if s := t.specs[typ]; s != nil {
		return s.Name
	}
	return ""
}

func (s *Spec) check(t *Table) error {
	switch {
	case !s.Type.Valid() || s.Name == "":
		return errors.New("needs a type and a name")
	case len(s.Rules) == 0 || len(s.Roles) == 0:
		return errors.New("needs rules and roles")
	case (s.Extended == "") != (s.ExtendedEnd == nil):
		return errors.New("has an extension without an overlay or an end")
	}
	for _, r := range s.Rules {
		if r.Role != "" && !s.hasRole(r.Role) {
			return fmt.Errorf("rule names role %q, which it doesn't have", r.Role)
		}
	}
	for _, r := range s.RevokedBy {
		if !s.hasRole(r) {
			return fmt.Errorf("is revoked by role %q, which it doesn't have", r)
		}
	}
	for _, p := range s.Parents {
		if p.Type != AnyType && t.specs[p.Type] == nil {
			return fmt.Errorf("parent type %d isn't in the table", p.Type)
		}
	}
	for from := range s.Words {
		if !from.generic() {
			return fmt.Errorf("word for %q, which isn't of the generic life", from)
		}
	}
	for _, m := range s.Moves {
		if t.specs[m.Type] == nil {
			return fmt.Errorf("moves on type %d, which isn't in the table", m.Type)
		}
		if m.On == "" || m.To == "" && m.Set == "" && m.Clear == "" {
			return errors.New("has a move without a cause or an effect")
		}
	}
	return nil
}

func (s *Spec) hasRole(r deed.Role) bool {
	return slices.ContainsFunc(s.Roles, func(c RoleCount) bool { return c.Role == r })
}

// word gives the type's own word for a state of the generic life.
func (s *Spec) word(g State) State {
	if w, ok := s.Words[g]; ok {
		return w
	}
	return g
}

// final tells whether nothing leaves the state any more.
func (s *Spec) final(st State) bool {
	if slices.Contains(s.Final, st) {
		return true
	}
	for _, g := range []State{Void, Refused, Rejected, Lapsed, Revoked, Expired} {
		if s.word(g) == st {
			return true
		}
	}
	return false
}

// stanceSpec is the row of stances.
func stanceSpec() Spec {
	return Spec{
		Type: TypeStance, Name: "stance",
		Roles:    []RoleCount{{Role: RoleVoter, Min: 1, Max: 1}},
		Rules:    []Shape{{Kind: deed.RuleOne}, {Kind: deed.RuleOne, Role: RoleVoter}},
		Parents:  []Parent{{Type: AnyType, Min: 1, Max: 1, States: []State{Open}}},
		Mandates: MandateOwn,
		Check: func(c *deed.Content) error {
			_, err := ParseStance(c.Body)
			return err
		},
		Admit: admitStance,
	}
}

// admitStance asks whether the voter may speak, now.
func admitStance(m Moment) *Reason {
	decision := m.Parents[0]
	switch {
	case decision.Decision == nil:
		return &Reason{Code: ReasonNotOpen, Deed: decision.Deed.Hash(), Source: sourceDecision}
	case !decision.Decision.Votes(m.Deed.Parties[0].PeerID):
		return &Reason{Code: ReasonNotAVoter, Peer: m.Deed.Parties[0].PeerID, Source: sourceDecision}
	}
	return nil
}

// mandateSpec is the row of mandates.
func mandateSpec() Spec {
	return Spec{
		Type: TypeMandate, Name: "mandate", MustEnd: true,
		Roles:   []RoleCount{{Role: RoleMandator, Min: 1, Max: 1}, {Role: deed.Secretariat, Max: 1}},
		Rules:   []Shape{{Kind: deed.RuleOne, Role: RoleMandator}},
		Parents: []Parent{{Type: AnyType}},
		Check: func(c *deed.Content) error {
			_, err := ParseMandate(c.Body)
			return err
		},
	}
}
