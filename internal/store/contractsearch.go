// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// SearchContracts implements manager.SearchTx. It walks the rows of whichever
// condition selects the fewest and checks the others on each.
func (t *tx) SearchContracts(ctx context.Context, s manager.ContractSearch) (*manager.ContractPage, error) {
	page, err := t.searchContracts(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("search contracts: %w", err)
	}
	return page, nil
}

func (t *tx) searchContracts(ctx context.Context, s manager.ContractSearch) (*manager.ContractPage, error) {
	plan, err := t.planSearch(ctx, s)
	if err != nil {
		return nil, err
	}
	query := plan.query(s)
	found, err := collect(ctx, t.q, &query, scanFound)
	if err != nil {
		return nil, err
	}
	page, found := pageOf(s, found)
	if page.Contracts, err = t.contractsInOrder(ctx, found); err != nil {
		return nil, err
	}
	return page, nil
}

// found is a contract in the order of a search.
type found struct {
	place manager.ContractPlace
	hash  string
}

func scanFound(rows *sql.Rows) (f found, err error) {
	err = rows.Scan(&f.place.At, &f.place.Number, &f.hash)
	return f, err
}

// pageOf takes off the contract that was asked for only to see whether there
// are more, and tells which pages are beside this one.
func pageOf(s manager.ContractSearch, all []found) (*manager.ContractPage, []found) {
	more := len(all) > s.Limit
	all = all[:min(len(all), s.Limit)]
	if s.Before != nil {
		slices.Reverse(all)
	}
	page := &manager.ContractPage{}
	if len(all) == 0 {
		return page, nil
	}
	if more && s.Before == nil || s.Before != nil {
		page.Next = &all[len(all)-1].place
	}
	if more && s.Before != nil || s.After != nil {
		page.Previous = &all[0].place
	}
	return page, all
}

// contractsInOrder reads contracts with their signatures.
func (t *tx) contractsInOrder(ctx context.Context, all []found) ([]*manager.Contract, error) {
	if len(all) == 0 {
		return nil, nil
	}
	hashes := make([]string, len(all))
	for i, f := range all {
		hashes[i] = f.hash
	}
	var f filter
	list := params(&f, hashes)
	cs, err := collect(ctx, t.q, &statement{"SELECT " + contractColumns + " FROM contracts c WHERE c.content_hash IN (" + list + ")", f.args}, scanContract)
	if err != nil {
		return nil, err
	}
	place := make(map[fsc.ContentHash]int, len(all))
	for i, h := range hashes {
		place[fsc.ContentHash(h)] = i
	}
	slices.SortFunc(cs, func(a, b *manager.Contract) int { return place[a.Content.Hash()] - place[b.Content.Hash()] })
	return cs, t.addSignatures(ctx, cs, list, f.args)
}

// CountContracts implements manager.SearchTx. Each number is that of a range of
// an index.
func (t *tx) CountContracts(ctx context.Context, self fsc.PeerID, at time.Time) (*manager.ContractCounts, error) {
	counts := &manager.ContractCounts{ByState: map[fsc.ContractState]int{}}
	for _, part := range countParts(at) {
		n, err := t.count(ctx, part.query)
		if err != nil {
			return nil, fmt.Errorf("count contracts: %w", err)
		}
		counts.ByState[part.state] += part.sign * n
	}
	waiting := searchCount([2]string{searchAwaiting, string(self)}, fsc.StateProposed, at)
	var err error
	if counts.AwaitingUs, err = t.count(ctx, waiting); err != nil {
		return nil, fmt.Errorf("count contracts: %w", err)
	}
	return counts, nil
}

// countPart is a number to be added to that of a state, or taken off it.
type countPart struct {
	state fsc.ContractState
	sign  int
	query statement
}

func countParts(at time.Time) []countPart {
	part := func(state fsc.ContractState, sign int, standing, condition string, args ...any) countPart {
		return countPart{state, sign, statement{
			"SELECT COUNT(*) FROM standings s WHERE s.standing = '" + standing + "'" + condition, args,
		}}
	}
	const (
		over    = " AND s.not_after <= $1"
		running = " AND s.not_after > $1"
		later   = " AND s.not_before > $1"
		lapsed  = running + " AND s.accepted_until < $2"
		lasting = running + " AND s.accepted_until >= $2"
		begun   = lasting + " AND s.not_before <= $1"
		ahead   = lasting + " AND s.not_before > $1"
	)
	second, moment := at.Unix(), momentOf(at)
	return []countPart{
		part(fsc.StateRejected, 1, standingRejected, ""),
		part(fsc.StateRejected, 1, standingOpen, over, second),
		part(fsc.StateRejected, 1, standingLapsing, over, second),
		part(fsc.StateRevoked, 1, standingRevoked, ""),
		part(fsc.StateExpired, 1, standingAccepted, over, second),
		part(fsc.StateProposed, 1, standingOpen, running, second),
		part(fsc.StateProposed, 1, standingLapsing, lapsed, second, moment),
		part(fsc.StateValid, 1, standingAccepted, running, second),
		part(fsc.StateValid, -1, standingAccepted, later, second), // those end later, too
		part(fsc.StateNotYetValid, 1, standingAccepted, later, second),
		part(fsc.StateValid, 1, standingLapsing, begun, second, moment),
		part(fsc.StateNotYetValid, 1, standingLapsing, ahead, second, moment),
	}
}

// CountConnections implements manager.SearchTx.
func (t *tx) CountConnections(ctx context.Context, provider fsc.PeerID, service string, at time.Time) (int, error) {
	n, err := t.count(ctx, searchCount([2]string{searchOffer, offerOf(provider, service)}, fsc.StateValid, at))
	if err != nil {
		return 0, fmt.Errorf("count connections: %w", err)
	}
	return n, nil
}

// searchCount counts the contracts of a facet that are in a state.
func searchCount(facet [2]string, state fsc.ContractState, at time.Time) statement {
	var f filter
	f.and("s.facet = " + f.param(facet[0]) + " AND s.value = " + f.param(facet[1]))
	f.and(inState(&f, state, at, true))
	if facet[0] == searchAwaiting {
		f.and("s.accepted_until < " + f.param(momentOf(at)))
	}
	return statement{"SELECT COUNT(*) FROM searchable s" + f.where(), f.args}
}

func (t *tx) count(ctx context.Context, query statement) (int, error) {
	n, err := collect(ctx, t.q, &query, scanNumber)
	if err != nil {
		return 0, err
	}
	return int(n[0]), nil
}

// momentOf rounds up to what is stored: certificates end at a whole microsecond.
func momentOf(at time.Time) int64 { return micros(at.Add(time.Microsecond - 1)) }

// inState is the condition that the contract of row s is in a state; the same
// as fsc.State. byEnd lets it choose the index by the end of contracts, so that
// those that ended aren't read.
func inState(f *filter, state fsc.ContractState, at time.Time, byEnd bool) string {
	second, moment := f.param(at.Unix()), f.param(momentOf(at))
	accepted := "(s.standing = 'accepted' OR s.standing = 'lapsing' AND s.accepted_until >= " + moment + ")"
	end := "+s.not_after" // the plus keeps it from choosing the index, and with it the order
	if byEnd {
		end = "s.not_after"
	}
	over, running := end+" <= "+second, end+" > "+second
	switch state {
	case fsc.StateProposed:
		return running + " AND (s.standing = 'open' OR s.standing = 'lapsing' AND s.accepted_until < " + moment + ")"
	case fsc.StateValid:
		return running + " AND s.not_before <= " + second + " AND " + accepted
	case fsc.StateNotYetValid:
		return running + " AND s.not_before > " + second + " AND " + accepted
	case fsc.StateExpired:
		return over + " AND s.standing = 'accepted'"
	case fsc.StateRejected:
		return "(s.standing = 'rejected' OR " + over + " AND s.standing IN ('open', 'lapsing'))"
	case fsc.StateRevoked:
		return "s.standing = 'revoked'"
	}
	return "1 = 1"
}

// isHash tells a content or grant hash, or the beginning of one, from words.
func isHash(text string) bool { return strings.HasPrefix(text, "$1$") }
