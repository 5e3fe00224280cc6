// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// fewRows is up to where rows are counted to choose between conditions. So many
// can be read and sorted within milliseconds; of conditions with more rows, a
// walk in the order of the page soon finds enough.
const fewRows = 5000

// fewEnough is where counting the rows of other conditions takes longer than
// reading these.
const fewEnough = 100

// searchPlan tells which condition leads.
type searchPlan struct {
	facets [][2]string // all have to be met; the first leads unless the text does
	text   string
	byText bool
}

// planSearch counts the rows of each condition, as far as it matters.
func (t *tx) planSearch(ctx context.Context, s manager.ContractSearch) (*searchPlan, error) {
	p := &searchPlan{facets: askedFacets(s), text: s.Text}
	least := fewRows + 1
	if isHash(s.Text) {
		p.byText = true
		return p, nil
	}
	if len(p.facets) > 0 && p.facets[0][0] == searchAwaiting {
		least = 0 // those that wait are few
	}
	for i := range p.facets {
		if least <= fewEnough || len(p.facets) == 1 && s.Text == "" {
			break
		}
		n, err := t.count(ctx, statement{
			"SELECT COUNT(*) FROM (SELECT 1 FROM searchable WHERE facet = $1 AND value = $2 LIMIT $3) few",
			[]any{p.facets[i][0], p.facets[i][1], fewRows + 1},
		})
		if err != nil {
			return nil, err
		}
		if n < least {
			least = n
			p.facets[0], p.facets[i] = p.facets[i], p.facets[0]
		}
	}
	if s.Text != "" && least > fewEnough {
		var f filter
		text := "SELECT COUNT(*) FROM (SELECT 1 FROM (" + wordsWith(&f, s.Text) + ") w CROSS JOIN searchable x" +
			" WHERE x.facet = w.facet AND x.value = w.value" + f.limit(fewRows+1) + ") few"
		n, err := t.count(ctx, statement{text, f.args})
		if err != nil {
			return nil, err
		}
		p.byText = n < least
	}
	if len(p.facets) == 0 && !p.byText {
		p.facets = [][2]string{{searchAll, ""}}
	}
	return p, nil
}

// askedFacets lists what is asked for; what usually selects the fewest comes
// first.
func askedFacets(s manager.ContractSearch) (facets [][2]string) {
	if s.AwaitingUs {
		facets = append(facets, [2]string{searchAwaiting, string(s.Self)})
	}
	switch {
	case s.Service != "" && s.Role == manager.RoleProvider:
		facets = append(facets, [2]string{searchOffer, offerOf(s.Self, s.Service)})
		s.Role = ""
	case s.Service != "":
		facets = append(facets, [2]string{searchService, s.Service})
	}
	if s.Peer != "" {
		facets = append(facets, [2]string{searchParty, string(s.Peer)})
	}
	if s.Role != "" {
		facets = append(facets, [2]string{string(s.Role), string(s.Self)})
	}
	if s.GrantType != "" {
		facets = append(facets, [2]string{searchType, string(s.GrantType)})
	}
	return facets
}

// query gives the page, with one contract more. The rows of one contract that
// meet a text more than once become one.
func (p *searchPlan) query(s manager.ContractSearch) statement {
	var f filter
	place, descending := "s.created_at", s.Ascending == (s.Before != nil)
	if s.Sort == manager.SortEnds {
		place = "s.not_after"
	}
	from, others := "SELECT ", p.facets
	switch {
	case p.byText && isHash(p.text):
		from += place + " AS place, s.number FROM (" + numbersWithHash(&f, p.text) + ") w CROSS JOIN searchable s"
		f.and("s.number = w.number AND s.facet = '" + searchAll + "' AND s.value = ''")
	case p.byText:
		from += "DISTINCT " + place + " AS place, s.number FROM (" + wordsWith(&f, p.text) + ") w CROSS JOIN searchable s"
		f.and("s.facet = w.facet AND s.value = w.value")
	default:
		from += place + " AS place, s.number FROM searchable s"
		f.and("s.facet = " + f.param(p.facets[0][0]) + " AND s.value = " + f.param(p.facets[0][1]))
		if p.facets[0][0] == searchAwaiting {
			f.and("s.accepted_until < " + f.param(momentOf(s.At)))
		}
		others = others[1:]
		if p.text != "" {
			f.and("EXISTS (SELECT 1 FROM searchable x WHERE x.number = s.number AND (x.facet, x.value) IN (" + wordsWith(&f, p.text) + "))")
		}
	}
	for _, facet := range others {
		f.and(hasFacet(&f, facet, s.At))
	}
	if s.AwaitingUs {
		s.State = stateBoth(s.State)
	}
	// Few of all contracts that nobody signed can still be signed: they are found
	// by their end and sorted.
	awaiting := !p.byText && p.facets[0][0] == searchAwaiting
	if s.State != "" {
		f.and(inState(&f, s.State, s.At, awaiting || s.Sort == manager.SortEnds))
	}
	if !s.EndsBefore.IsZero() {
		f.and("s.not_after < " + f.param(s.EndsBefore.Unix()))
	}
	if k := s.After; k != nil {
		f.and("(" + place + ", s.number)" + behind(descending) + "(" + f.param(k.At) + ", " + f.param(k.Number) + ")")
	}
	if k := s.Before; k != nil {
		f.and("(" + place + ", s.number)" + behind(descending) + "(" + f.param(k.At) + ", " + f.param(k.Number) + ")")
	}
	if awaiting {
		place = "+" + place // keeps the order from choosing the index
	}
	text := from + f.where() + orderBy(descending, place, "s.number")
	text += f.limit(s.Limit + 1)
	return statement{
		"SELECT p.place, p.number, n.content_hash FROM (" + text + ") p JOIN standings n ON n.number = p.number" +
			orderBy(descending, "p.place", "p.number"), f.args,
	}
}

// impossible is no state: it selects nothing.
const impossible fsc.ContractState = "none"

// stateBoth is the state of a contract that awaits somebody and has the state asked for.
func stateBoth(asked fsc.ContractState) fsc.ContractState {
	if asked == "" || asked == fsc.StateProposed {
		return fsc.StateProposed
	}
	return impossible
}

// hasFacet is the condition that the contract of row s has another facet, too.
func hasFacet(f *filter, facet [2]string, at time.Time) string {
	text := "EXISTS (SELECT 1 FROM searchable x WHERE x.number = s.number AND x.facet = " + f.param(facet[0]) + " AND x.value = " + f.param(facet[1])
	if facet[0] == searchAwaiting {
		text += " AND x.accepted_until < " + f.param(momentOf(at))
	}
	return text + ")"
}

// wordsWith gives the parties and services that have a text in their names.
func wordsWith(f *filter, text string) string {
	return "SELECT facet, value FROM words WHERE " + contains(f, "folded", text) +
		" UNION SELECT '" + searchParty + "', peer_id FROM peers WHERE " + contains(f, "name_folded", text)
}

// numbersWithHash gives the contracts whose hash, or that of a grant, begins so.
// A tilde comes behind all letters of hashes.
func numbersWithHash(f *filter, text string) string {
	from, to := f.param(text), f.param(text+"~")
	return "SELECT number FROM standings WHERE content_hash >= " + from + " AND content_hash < " + to +
		" UNION SELECT b.number FROM grants g JOIN standings b ON b.content_hash = g.content_hash" +
		" WHERE g.grant_hash >= " + from + " AND g.grant_hash < " + to
}
