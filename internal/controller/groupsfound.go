// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

// GroupForm is what somebody founds a group with.
type GroupForm struct {
	Name  string
	Kind  register.GroupKind
	Basis string
	// Invited are who may become voting members; empty: whoever fits.
	Invited []fsc.PeerID
	// Keeper keeps the dossier; empty: the first of [Controller.Keepers].
	Keeper fsc.PeerID
}

// GroupProposal is a group that follows from the register, before anybody joined.
type GroupProposal struct {
	Kind        register.GroupKind
	Name, Basis string
	Candidates  []register.Municipality
	// Others are candidates that are no municipality: provinces, water boards.
	Others []string
	// Undecided are names of ended municipalities whose successor nobody chose.
	Undecided []string
}

// Invited lists the identities of the candidates.
func (p *GroupProposal) Invited() []fsc.PeerID {
	var out []fsc.PeerID
	for _, m := range p.Candidates {
		out = append(out, fsc.PeerID(m.OIN))
	}
	return out
}

// GroupSource says what a group is proposed from: one of the three.
type GroupSource struct {
	Arrangement string // its number
	Inhabitants int    // at least so many
	Province    string
}

// ProposeGroup tells which group follows from the register. Nobody is a member by
// it.
func (c *Controller) ProposeGroup(a operator.Actor, f GroupSource) (*GroupProposal, error) {
	if _, err := c.desk(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	reg := c.cfg.Register
	var p register.Proposal
	var err error
	switch {
	case f.Arrangement != "":
		if p, err = reg.ProposeArrangement(f.Arrangement, c.today()); err != nil {
			return nil, invalid("arrangement", "choose an arrangement of the register by its number")
		}
	case f.Province != "":
		if p, err = reg.ProposeRegion(f.Province); err != nil {
			return nil, invalid("province", "choose a province of which the register knows the municipalities")
		}
	default:
		if p, err = reg.ProposeSize(f.Inhabitants); err != nil {
			return nil, invalid("inhabitants", "say from how many inhabitants on, or choose a province or an arrangement")
		}
	}
	out := &GroupProposal{Kind: p.Kind, Name: p.Name, Basis: p.Basis}
	for _, code := range p.Candidates {
		if m, ok := reg.Municipality(code); ok {
			out.Candidates = append(out.Candidates, m)
		} else {
			out.Others = append(out.Others, reg.Name(code))
		}
	}
	byName(out.Candidates, func(m *register.Municipality) string { return m.Name })
	byName(out.Others, func(name *string) string { return *name })
	for _, s := range p.Undecided {
		out.Undecided = append(out.Undecided, reg.Name(s.From))
	}
	return out, nil
}

// today is the day in the Netherlands.
func (c *Controller) today() register.Date {
	now := c.cfg.Now()
	if calendar, err := rule.NewCalendar(); err == nil {
		d := calendar.DateOf(now.Unix())
		now = time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	}
	return register.Date(now.Format(time.DateOnly))
}

// Keepers lists who can keep a dossier that is founded here.
func (c *Controller) Keepers(ctx context.Context, a operator.Actor) ([]fsc.Peer, error) {
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return nil, err
	}
	k, err := c.clerkFor(ctx, desk.Keepers())
	if err != nil {
		return nil, err
	}
	return k.peers(desk.Keepers()), nil
}

// keeper completes the choice of who keeps a new dossier.
func keeper(desk *collective.Desk, chosen fsc.PeerID) (deed.Party, error) {
	all := desk.Keepers()
	if chosen == "" {
		chosen = all[0]
	}
	if !slices.Contains(all, chosen) {
		return deed.Party{}, invalid("keeper", "choose a secretariat that this node follows")
	}
	return deed.Party{PeerID: chosen, Role: deed.Secretariat}, nil
}

// FoundGroup founds a group. Who was invited is a member only by its own deed.
func (c *Controller) FoundGroup(ctx context.Context, a operator.Actor, f GroupForm) (deed.Hash, error) {
	return c.seal(ctx, a, operator.Event{Act: actFoundGroup, Object: f.Name}, func(desk *collective.Desk) (deed.Draft, deed.Role, error) {
		home, err := keeper(desk, f.Keeper)
		if err != nil {
			return deed.Draft{}, "", err
		}
		body, err := json.Marshal(dossier.Group{Name: f.Name, Kind: string(f.Kind), Basis: f.Basis, Invited: f.Invited})
		return deed.Draft{
			Type: dossier.TypeGroup, Rule: deed.Rule{Kind: deed.RuleOne, Role: dossier.RoleInitiator}, Body: body,
			Parties: []deed.Party{home, {PeerID: desk.Self(), Role: dossier.RoleInitiator}},
		}, dossier.RoleInitiator, err
	})
}

// JoinGroup states that this Peer takes part in a group.
func (c *Controller) JoinGroup(ctx context.Context, a operator.Actor, group deed.Hash, class register.MemberClass) (deed.Hash, error) {
	if _, _, err := c.within(ctx, a, group, dossier.TypeGroup); err != nil {
		return "", err
	}
	return c.seal(ctx, a, operator.Event{Act: actJoinGroup, Object: string(group)}, func(desk *collective.Desk) (deed.Draft, deed.Role, error) {
		body, err := json.Marshal(dossier.Membership{Class: string(class)})
		return deed.Draft{
			Type: dossier.TypeMembership, Parents: []deed.Hash{group}, Rule: deed.Rule{Kind: deed.RuleOne}, Body: body,
			Parties: []deed.Party{{PeerID: desk.Self(), Role: dossier.RoleMember}},
		}, dossier.RoleMember, err
	})
}

// seal puts a deed of this Peer into the world, signed by it alone in one role,
// and writes the event.
func (c *Controller) seal(
	ctx context.Context, a operator.Actor, e operator.Event, draft func(*collective.Desk) (deed.Draft, deed.Role, error),
) (h deed.Hash, err error) {
	about := e.Object
	err = c.actWith(ctx, a, operator.PermissionSign, e, func(ctx context.Context, e *operator.Event) error {
		desk, err := c.desk(a, operator.PermissionSign)
		if err != nil {
			return err
		}
		d, role, err := draft(desk)
		if err != nil {
			return told(err)
		}
		if h, err = desk.Propose(ctx, d, collective.Act{Act: deed.Accept, Role: role}); err != nil {
			return told(err)
		}
		e.Object = string(h)
		e.Changes = append(e.Changes, operator.Change{Field: "about", After: about})
		return nil
	})
	return h, err
}
