// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

const (
	actFoundGroup = "group.found"
	actJoinGroup  = "group.join"
)

// Group is a group of organisations.
type Group struct {
	DeedState
	Name  string
	Kind  register.GroupKind
	Basis string // a number of an arrangement or a rule; may be empty
	// Initiator founded it.
	Initiator fsc.Peer
	// Invited is how many may become voting members; 0: whoever fits.
	Invited int
	// Members count those whose membership holds, Voting the voters among them.
	Members, Voting int
	// Ours is our membership that holds; empty if we are no member.
	Ours  deed.Hash
	Class register.MemberClass // our class; empty if we are no member
}

// GroupDetail is everything about one group.
type GroupDetail struct {
	Group
	Memberships []Membership // newest last
	// Silent are those that were invited and have no membership that holds.
	Silent    []fsc.Peer
	Decisions []DecisionLine
	// MayJoin, MayLeave and MayPropose tell what this person can do now for us.
	MayJoin, MayLeave, MayPropose bool
	// Classes are those in which we can join.
	Classes []register.MemberClass
}

// Membership is the statement of a member that it takes part.
type Membership struct {
	DeedState
	Member      fsc.Peer
	Class       register.MemberClass
	Inhabitants int // 0 where the register doesn't tell
}

// Groups lists the groups that this node knows, newest first. Text is in the
// name, ignoring case.
func (c *Controller) Groups(ctx context.Context, a operator.Actor, text string, p Place) (Window[Group], error) {
	var none Window[Group]
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return none, err
	}
	states, err := desk.States(ctx, collective.StateFilter{Types: []deed.Type{dossier.TypeGroup}})
	if err != nil {
		return none, err
	}
	words := strings.Fields(strings.ToLower(text))
	var list []Group
	for _, s := range states {
		v, status, err := c.folded(ctx, s)
		if err != nil {
			return none, err
		}
		g, err := c.group(ctx, v, status)
		if err != nil {
			return none, err
		}
		if contains(words, g.Name) {
			list = append(list, *g)
		}
	}
	return cut(list, func(g Group) string { return string(g.Hash) }, p), nil
}

func (c *Controller) group(ctx context.Context, v *rule.View, s rule.Status) (*Group, error) {
	k, err := c.clerkFor(ctx, nil, s)
	if err != nil {
		return nil, err
	}
	g := &Group{DeedState: k.state(s)}
	body, err := dossier.ReadGroup(s.Deed)
	if err != nil {
		return g, nil //nolint:nilerr // void: the reasons say so
	}
	g.Name, g.Kind, g.Basis, g.Invited = body.Name, register.GroupKind(body.Kind), body.Basis, len(body.Invited)
	for _, p := range s.Deed.PeersInRole(dossier.RoleInitiator) {
		g.Initiator = k.peer(p)
	}
	for _, m := range children(v, s.Deed.Hash(), dossier.TypeMembership) {
		if m.Final || m.CompleteAt == 0 {
			continue
		}
		class := classOf(m.Deed)
		g.Members++
		if class == register.ClassVoting {
			g.Voting++
		}
		if dossier.Member(m.Deed) == c.Self().ID {
			g.Ours, g.Class = m.Deed.Hash(), class
		}
	}
	return g, nil
}

func classOf(content *deed.Content) register.MemberClass {
	m, err := dossier.ReadMembership(content)
	if err != nil {
		return ""
	}
	return register.MemberClass(m.Class)
}

// Group gives one group.
func (c *Controller) Group(ctx context.Context, a operator.Actor, h deed.Hash) (*GroupDetail, error) {
	v, s, err := c.within(ctx, a, h, dossier.TypeGroup)
	if err != nil {
		return nil, err
	}
	g, err := c.group(ctx, v, s)
	if err != nil {
		return nil, err
	}
	d := &GroupDetail{Group: *g}
	members := children(v, h, dossier.TypeMembership)
	body, err := dossier.ReadGroup(s.Deed)
	if err != nil {
		return d, nil //nolint:nilerr // void: the reasons say so
	}
	k, err := c.clerkFor(ctx, body.Invited, members...)
	if err != nil {
		return nil, err
	}
	in := map[fsc.PeerID]bool{}
	for _, m := range members {
		one := Membership{DeedState: k.state(m), Member: k.peer(dossier.Member(m.Deed)), Class: classOf(m.Deed)}
		one.Inhabitants = c.inhabitants(one.Member.ID)
		in[one.Member.ID] = in[one.Member.ID] || !one.Final
		d.Memberships = append(d.Memberships, one)
	}
	for _, p := range body.Invited {
		if !in[p] {
			d.Silent = append(d.Silent, k.peer(p))
		}
	}
	for _, one := range children(v, h, dossier.TypeDecision) {
		line, err := c.decisionLine(ctx, v, one)
		if err != nil {
			return nil, err
		}
		d.Decisions = append(d.Decisions, *line)
	}
	if c.sees(a, operator.PermissionSign) && !d.Final && s.CompleteAt != 0 {
		d.MayJoin, d.MayLeave, d.MayPropose = d.Ours == "", d.Ours != "", d.Class == register.ClassVoting
		d.Classes, err = c.classes(ctx, body)
	}
	return d, err
}

// classes lists the classes in which we can join a group.
func (c *Controller) classes(ctx context.Context, g *dossier.Group) ([]register.MemberClass, error) {
	self := c.Self().ID
	buyer, err := c.buyerSide(ctx)
	if err != nil {
		return nil, err
	}
	kind := register.KindOther
	if _, err := c.cfg.Register.Identify(string(self)); err == nil {
		kind = register.KindMunicipality
	} else if !buyer {
		kind = register.KindSupplier
	}
	var out []register.MemberClass
	for _, class := range []register.MemberClass{register.ClassVoting, register.ClassGuest, register.ClassObserver, register.ClassSupplier} {
		said := register.Statement{Member: string(self), Kind: kind, Class: class, On: "2000-01-01"}
		if said.Check(register.GroupKind(g.Kind)) != nil {
			continue
		}
		if class == register.ClassVoting && len(g.Invited) > 0 && !slices.Contains(g.Invited, self) {
			continue
		}
		out = append(out, class)
	}
	return out, nil
}

// inhabitants gives those of a municipality; 0 for another organisation.
func (c *Controller) inhabitants(id fsc.PeerID) int {
	if c.cfg.Register == nil {
		return 0
	}
	m, err := c.cfg.Register.Identify(string(id))
	if err != nil {
		return 0
	}
	return m.Inhabitants
}
