// SPDX-License-Identifier: EUPL-1.2

package personen

import (
	"strings"

	"github.com/samenspel/samenspel/internal/fieldlab/personen/internal/facts"
)

// answer finds the persons and gives the fields asked for.
func (s *Source) answer(asked query) (answer, *problem) {
	found := s.find(asked)
	if asked.kind != byBSN && len(found) > maxResults {
		return answer{}, tooManyResults()
	}
	result := answer{Type: asked.kind, Persons: make([]object, len(found))}
	view := view{tables: s.tables, today: s.now()}
	for i, p := range found {
		whole := view.person(p)
		if asked.kind != byBSN {
			whole = view.limited(p)
		}
		picked := asked.fields.pick(whole)
		view.addAutomatic(picked, p)
		result.Persons[i] = picked
	}
	return result, nil
}

func (s *Source) find(asked query) []*facts.Person {
	var candidates, found []*facts.Person
	switch asked.kind {
	case byBSN:
		seen := map[string]bool{}
		for _, bsn := range asked.bsns {
			if !seen[bsn] {
				candidates = append(candidates, s.byBSN[bsn]...)
			}
			seen[bsn] = true
		}
	case byName:
		candidates = s.byBirth[asked.born]
	case byPostcode:
		candidates = s.byPostcode[asked.postcode]
	}
	for _, p := range candidates {
		if asked.matches(p) {
			found = append(found, p)
		}
	}
	return found
}

// matches holds a person against every filter that was given.
func (q query) matches(p *facts.Person) bool {
	if q.kind == byBSN {
		return q.matchesMunicipality(p)
	}
	if dead(p) && !q.includeDead {
		return false
	}
	return q.matchesMunicipality(p) && q.matchesAddress(p) &&
		(q.born == "" || q.born == p.Birth.Date) &&
		(q.surname == "" || matchesText(q.surname, p.Name.Surname, p.Name.SurnameDiacritic)) &&
		(q.given == "" || matchesText(q.given, p.Name.Given, p.Name.GivenDiacritic)) &&
		(q.prefix == "" || strings.EqualFold(q.prefix, p.Name.Prefix)) &&
		(q.sex == "" || strings.EqualFold(q.sex, p.Sex))
}

func (q query) matchesMunicipality(p *facts.Person) bool {
	return q.municipality == "" || p.Residence != nil && p.Residence.Municipality == q.municipality
}

func (q query) matchesAddress(p *facts.Person) bool {
	if q.kind != byPostcode {
		return true
	}
	address := p.Residence.Address
	return address.Number == q.number &&
		(q.letter == "" || strings.EqualFold(q.letter, address.Letter)) &&
		(q.addition == "" || strings.EqualFold(q.addition, address.Addition))
}

// matchesText compares without regard to case, with the plain form and with
// the one with diacritics. A star at the end stands for any rest.
func matchesText(wanted string, forms ...string) bool {
	prefix, wildcard := strings.CutSuffix(strings.ToLower(wanted), "*")
	for _, form := range forms {
		lower := strings.ToLower(form)
		if lower == prefix || wildcard && strings.HasPrefix(lower, prefix) {
			return form != ""
		}
	}
	return false
}

func dead(p *facts.Person) bool {
	return p.Death != nil || p.Suspended != nil && p.Suspended.Code == "O"
}
