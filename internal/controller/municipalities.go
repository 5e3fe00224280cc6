// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/operator"
)

// Municipality is a municipality of today.
type Municipality struct {
	register.Municipality
	Size register.SizeClass
	Self bool
	// Joined is how many frameworks it joined; 0 where that isn't for us.
	Joined int
}

// MunicipalityFilter selects municipalities; zero fields don't filter.
type MunicipalityFilter struct {
	Text     string // in the name, ignoring case, or the beginning of a code or OIN
	Province string
	Size     register.SizeClass
	Place
}

// FrameworkUse is that an organisation joined a framework, and whether it has a
// call-off under which data may flow.
type FrameworkUse struct {
	Framework deed.Hash
	Name      string
	Live      bool
}

// MunicipalityDetail is everything about one municipality.
type MunicipalityDetail struct {
	Municipality
	// Predecessors are those it came after.
	Predecessors []Predecessor
	Arrangements []ArrangementLine
	Groups       []Group // in which it is a member
	// Uses and Neighbours are for buyers: Hidden tells that they aren't for us.
	Uses       []FrameworkUse
	Neighbours []Neighbour
	Hidden     bool
}

// Predecessor is a municipality that ended.
type Predecessor struct {
	Code register.Code
	Name string
	On   register.Date // the first day without it
}

// Neighbour is a municipality that shares arrangements with another one, with
// what it joined.
type Neighbour struct {
	register.Neighbour
	Uses []FrameworkUse
}

// ProvinceAdoption is how many municipalities of a province joined.
type ProvinceAdoption struct {
	Province               string // empty: the register doesn't tell
	Municipalities, Joined int
}

// RegisterSource tells where an attribute of the register comes from.
type RegisterSource struct {
	Attribute string
	register.Source
}

// Municipalities lists the municipalities of today by name.
func (c *Controller) Municipalities(ctx context.Context, a operator.Actor, f MunicipalityFilter) (Window[Municipality], error) {
	var none Window[Municipality]
	if _, err := c.desk(a, operator.PermissionRead); err != nil {
		return none, err
	}
	uses, err := c.usesForUs(ctx)
	if err != nil {
		return none, err
	}
	words := strings.Fields(strings.ToLower(f.Text))
	var list []Municipality
	for _, m := range c.cfg.Register.Municipalities() {
		one := c.municipality(m, uses)
		if contains(words, m.Name, string(m.Code), m.OIN) && (f.Province == "" || f.Province == m.Province) && (f.Size == "" || f.Size == one.Size) {
			list = append(list, one)
		}
	}
	byName(list, func(m *Municipality) string { return m.Name })
	return cut(list, func(m Municipality) string { return string(m.Code) }, f.Place), nil
}

func (c *Controller) municipality(m register.Municipality, uses map[fsc.PeerID][]FrameworkUse) Municipality {
	return Municipality{
		Municipality: m, Size: register.SizeOf(m.Inhabitants), Self: m.OIN == string(c.Self().ID), Joined: len(uses[fsc.PeerID(m.OIN)]),
	}
}

// uses tells what each organisation joined, in the order of the frameworks.
func (c *Controller) uses(ctx context.Context) (map[fsc.PeerID][]FrameworkUse, error) {
	out := map[fsc.PeerID][]FrameworkUse{}
	states, err := c.cfg.Collective.States(ctx, collective.StateFilter{Types: []deed.Type{dossier.TypeFramework}})
	if err != nil {
		return nil, err
	}
	for _, s := range states {
		v, status, err := c.folded(ctx, s)
		if err != nil {
			return nil, err
		}
		live := map[fsc.PeerID]bool{}
		for _, o := range children(v, s.Deed, dossier.TypeCallOff) {
			if wordOf(dossier.TypeCallOff, o) == collective.WordLive {
				live[dossier.Buyer(o.Deed)] = true
			}
		}
		joined := map[fsc.PeerID]bool{}
		for _, o := range children(v, s.Deed, dossier.TypeAccession) {
			buyer := dossier.Buyer(o.Deed)
			if wordOf(dossier.TypeAccession, o) == collective.WordEffective && !joined[buyer] {
				joined[buyer] = true
				out[buyer] = append(out[buyer], FrameworkUse{Framework: s.Deed, Name: titleOf(v, status), Live: live[buyer]})
			}
		}
	}
	return out, nil
}

// usesForUs gives what organisations joined if this Peer is on their side; else
// nothing.
func (c *Controller) usesForUs(ctx context.Context) (map[fsc.PeerID][]FrameworkUse, error) {
	buyer, err := c.buyerSide(ctx)
	if err != nil || !buyer {
		return nil, err
	}
	return c.uses(ctx)
}

// Municipality gives one municipality of today by its code, like GM0262.
func (c *Controller) Municipality(ctx context.Context, a operator.Actor, code register.Code) (*MunicipalityDetail, error) {
	if _, err := c.desk(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	reg, today := c.cfg.Register, c.today()
	m, ok := reg.Municipality(code)
	if !ok {
		return nil, notFound("there is no such municipality today")
	}
	uses, err := c.usesForUs(ctx)
	if err != nil {
		return nil, err
	}
	d := &MunicipalityDetail{Municipality: c.municipality(m, uses), Hidden: uses == nil, Uses: uses[fsc.PeerID(m.OIN)]}
	successions := reg.Successions()
	for _, p := range successions.Predecessors(code, today) {
		end, _ := successions.Ended(p, today)
		d.Predecessors = append(d.Predecessors, Predecessor{Code: p, Name: reg.Name(p), On: end.On})
	}
	for _, one := range reg.Arrangements() {
		members, _ := reg.Members(one, today)
		if slices.ContainsFunc(members, func(m register.Member) bool { return m.Code == code }) {
			d.Arrangements = append(d.Arrangements, ArrangementLine{Arrangement: one, Participants: len(members)})
		}
	}
	if !d.Hidden {
		for _, n := range reg.Neighbours(code, today) {
			other, _ := reg.Municipality(n.Code)
			d.Neighbours = append(d.Neighbours, Neighbour{Neighbour: n, Uses: uses[fsc.PeerID(other.OIN)]})
		}
	}
	d.Groups, err = c.groupsOf(ctx, fsc.PeerID(m.OIN))
	return d, err
}

// groupsOf lists the groups in which an organisation is a member.
func (c *Controller) groupsOf(ctx context.Context, member fsc.PeerID) ([]Group, error) {
	states, err := c.cfg.Collective.States(ctx, collective.StateFilter{Types: []deed.Type{dossier.TypeMembership}, Party: member})
	if err != nil {
		return nil, err
	}
	var out []Group
	for _, s := range states {
		v, status, err := c.folded(ctx, s)
		if err != nil {
			return nil, err
		}
		if status.Final || status.CompleteAt == 0 {
			continue
		}
		for _, p := range status.Deed.Parents {
			group, ok := v.Status(p)
			if !ok || group.Deed.Type != dossier.TypeGroup {
				continue
			}
			g, err := c.group(ctx, v, group)
			if err != nil {
				return nil, err
			}
			out = append(out, *g)
		}
	}
	return out, nil
}

// Adoption counts for each province how many of its municipalities joined a
// framework, or any when that is empty; by name, the unknown province last. The
// sums are public, so suppliers get them too.
func (c *Controller) Adoption(ctx context.Context, a operator.Actor, framework deed.Hash) ([]ProvinceAdoption, error) {
	if _, err := c.desk(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	uses, err := c.uses(ctx)
	if err != nil {
		return nil, err
	}
	at := map[string]*ProvinceAdoption{}
	for _, m := range c.cfg.Register.Municipalities() {
		p := at[m.Province]
		if p == nil {
			p = &ProvinceAdoption{Province: m.Province}
			at[m.Province] = p
		}
		p.Municipalities++
		if slices.ContainsFunc(uses[fsc.PeerID(m.OIN)], func(u FrameworkUse) bool { return framework == "" || u.Framework == framework }) {
			p.Joined++
		}
	}
	var out []ProvinceAdoption
	for _, p := range at {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(x, y ProvinceAdoption) int {
		if (x.Province == "") != (y.Province == "") {
			return cmp.Compare(y.Province, x.Province)
		}
		return cmp.Compare(x.Province, y.Province)
	})
	return out, nil
}

// RegisterSources tells where the register comes from, and of what day.
func (c *Controller) RegisterSources(a operator.Actor) ([]RegisterSource, error) {
	if _, err := c.desk(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	var out []RegisterSource
	for _, attribute := range []string{
		register.AttrCode, register.AttrOIN, register.AttrInhabitants, register.AttrProvince, register.AttrEnded, register.AttrMerger,
		register.AttrArrangement, register.AttrProcess,
	} {
		if s, ok := c.cfg.Register.Provenance(attribute); ok {
			out = append(out, RegisterSource{Attribute: attribute, Source: s})
		}
	}
	return out, nil
}

// Figures counts the municipalities of today.
func (c *Controller) Figures(a operator.Actor) (register.Figures, error) {
	if _, err := c.desk(a, operator.PermissionRead); err != nil {
		return register.Figures{}, err
	}
	return c.cfg.Register.Figures(), nil
}
