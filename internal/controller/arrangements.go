// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/operator"
)

// EndedMunicipality is a municipality of before, with who came after it.
type EndedMunicipality struct {
	register.Ended
	// Successors are the municipalities of today; more than one after a split that
	// nobody decided, none where the source doesn't tell.
	Successors []register.Municipality
}

// ArrangementLine is an inter-municipal arrangement in a list.
type ArrangementLine struct {
	register.Arrangement
	Participants int
}

// ArrangementDetail is one arrangement with who takes part in it today.
type ArrangementDetail struct {
	register.Arrangement
	Members []ArrangementMember
	// Undecided are municipalities that ended and whose successor nobody chose.
	Undecided []string
}

// ArrangementMember takes part in an arrangement.
type ArrangementMember struct {
	register.Member
	Municipal bool
}

// EndedMunicipalities lists the municipalities that ended, the last first. Text is
// in the name, ignoring case.
func (c *Controller) EndedMunicipalities(a operator.Actor, text string, p Place) (Window[EndedMunicipality], error) {
	var none Window[EndedMunicipality]
	if _, err := c.desk(a, operator.PermissionRead); err != nil {
		return none, err
	}
	reg, today := c.cfg.Register, c.today()
	words := strings.Fields(strings.ToLower(text))
	var list []EndedMunicipality
	for _, e := range reg.Ended() {
		if !contains(words, e.Name, string(e.Code)) {
			continue
		}
		one := EndedMunicipality{Ended: e}
		for _, code := range heirs(reg.Successions(), e.Code, today) {
			if m, ok := reg.Municipality(code); ok {
				one.Successors = append(one.Successors, m)
			}
		}
		list = append(list, one)
	}
	slices.SortStableFunc(list, func(x, y EndedMunicipality) int {
		return cmp.Or(cmp.Compare(y.On, x.On), cmp.Compare(x.Name, y.Name))
	})
	return cut(list, func(e EndedMunicipality) string { return e.ROO + string(e.Code) + e.Name }, p), nil
}

// heirs gives who came after a municipality; those who got a part of it where
// nobody decided.
func heirs(s register.Successions, code register.Code, at register.Date) []register.Code {
	if code == "" {
		return nil
	}
	heir, steps, err := s.Heir(code, at)
	if err == nil {
		return []register.Code{heir}
	}
	if len(steps) > 0 {
		code = steps[len(steps)-1].To[0]
	}
	split, _ := s.Ended(code, at)
	return split.To
}

// Arrangements lists the inter-municipal arrangements by name. Text is in the name
// or in that of a participant, ignoring case.
func (c *Controller) Arrangements(a operator.Actor, text string, p Place) (Window[ArrangementLine], error) {
	var none Window[ArrangementLine]
	if _, err := c.desk(a, operator.PermissionRead); err != nil {
		return none, err
	}
	words := strings.Fields(strings.ToLower(text))
	var list []ArrangementLine
	for _, one := range c.cfg.Register.Arrangements() {
		members, _ := c.cfg.Register.Members(one, c.today())
		names := []string{one.Name, one.Body, one.ROO}
		for _, m := range members {
			names = append(names, m.Name)
		}
		if contains(words, names...) {
			list = append(list, ArrangementLine{Arrangement: one, Participants: len(members)})
		}
	}
	byName(list, func(l *ArrangementLine) string { return l.Name })
	return cut(list, func(l ArrangementLine) string { return l.ROO }, p), nil
}

// Arrangement gives one arrangement by its number in the national register.
func (c *Controller) Arrangement(a operator.Actor, roo string) (*ArrangementDetail, error) {
	if _, err := c.desk(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	one, ok := c.cfg.Register.Arrangement(roo)
	if !ok {
		return nil, notFound("there is no such arrangement in the register")
	}
	members, undecided := c.cfg.Register.Members(one, c.today())
	d := &ArrangementDetail{Arrangement: one}
	for _, m := range members {
		_, municipal := c.cfg.Register.Municipality(m.Code)
		d.Members = append(d.Members, ArrangementMember{Member: m, Municipal: municipal})
	}
	byName(d.Members, func(m *ArrangementMember) string { return m.Name })
	for _, s := range undecided {
		d.Undecided = append(d.Undecided, c.cfg.Register.Name(s.From))
	}
	return d, nil
}
