// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

const (
	defaultSearchLimit = 50
	maxSearchLimit     = 200
	maxSearchText      = 200 // bytes
)

// ContractSort is the order of a search.
type ContractSort string

// The orders; the zero value is SortCreated.
const (
	SortCreated ContractSort = "created_at"
	SortEnds    ContractSort = "not_after"
)

// ContractSearch selects contracts as people look for them. Zero fields don't
// filter.
type ContractSearch struct {
	// Text occurs in a service name, or in the ID or name of a party, in any case;
	// or a content hash or grant hash begins with it.
	Text  string
	State fsc.ContractState
	// AwaitingUs selects proposals that lack this Peer's accept.
	AwaitingUs bool
	// Role is the part of this Peer: one of the Role constants.
	Role Role
	// GrantType selects contracts with at least one grant of this type.
	GrantType fsc.GrantType
	// Peer is a party.
	Peer fsc.PeerID
	// Service is the exact name; with [RoleProvider] that of our own service.
	Service string
	// EndsBefore selects contracts whose not_after is earlier than this time.
	EndsBefore time.Time
	Sort       ContractSort
	Ascending  bool // default: newest, or latest end, first
	// After asks for the page behind a place, Before for the one in front of it;
	// at most one of them.
	After, Before *ContractPlace
	Limit         int // 0: 50; at most 200

	// Self and At, this Peer and the time of the states, are filled in by
	// [Manager.SearchContracts].
	Self fsc.PeerID
	At   time.Time
}

// ContractPlace is a place in the order of a search. Its text form fits in a
// query parameter.
type ContractPlace struct {
	At     int64 // created_at or not_after, in Unix seconds
	Number int64 // tells contracts of the same second apart
}

// String gives the text that [ParseContractPlace] reads.
func (p ContractPlace) String() string { return fmt.Sprintf("%d,%d", p.At, p.Number) }

// ParseContractPlace reads a place; of an empty text it is nil. Errors are
// *FieldError.
func ParseContractPlace(text string) (*ContractPlace, error) {
	if text == "" {
		return nil, nil
	}
	at, number, _ := strings.Cut(text, ",")
	p := &ContractPlace{}
	var errAt, errNumber error
	p.At, errAt = strconv.ParseInt(at, 10, 64)
	p.Number, errNumber = strconv.ParseInt(number, 10, 64)
	if errAt != nil || errNumber != nil {
		return nil, &FieldError{Field: "cursor", Text: "is not one that a search gave"}
	}
	return p, nil
}

// ContractPage is a page of a search.
type ContractPage struct {
	Contracts []*Contract
	// Next is the value of After for the following page, Previous that of Before
	// for the one in front; nil if there is none.
	Next, Previous *ContractPlace
}

// ContractCounts are numbers of contracts.
type ContractCounts struct {
	ByState    map[fsc.ContractState]int
	AwaitingUs int // proposals that lack this Peer's accept
}

// SearchContracts finds contracts for people, a page at a time. Errors about
// the search itself are *FieldError.
func (m *Manager) SearchContracts(ctx context.Context, s ContractSearch) (page *ContractPage, err error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if s.Limit == 0 {
		s.Limit = defaultSearchLimit
	}
	s.Text = strings.TrimSpace(s.Text)
	s.Self, s.At = m.cfg.Self.ID, m.cfg.Now()
	err = m.cfg.Store.View(ctx, func(tx Tx) error {
		page, err = tx.SearchContracts(ctx, s)
		return err
	})
	return page, err
}

func (s *ContractSearch) check() error {
	switch s.State {
	case "", fsc.StateProposed, fsc.StateValid, fsc.StateRejected, fsc.StateRevoked, fsc.StateExpired, fsc.StateNotYetValid:
	default:
		return &FieldError{Field: "state", Text: "is not a state of contracts"}
	}
	switch s.Role {
	case "", RoleProvider, RoleConsumer, RoleDelegator, RolePublicationDelegator, RolePublisher, RoleDirectory:
	default:
		return &FieldError{Field: "role", Text: "is not a part a Peer can have"}
	}
	switch s.GrantType {
	case "", fsc.GrantTypeServicePublication, fsc.GrantTypeServiceConnection,
		fsc.GrantTypeDelegatedServicePublication, fsc.GrantTypeDelegatedServiceConnection:
	default:
		return &FieldError{Field: "grant_type", Text: "is not a type of grants"}
	}
	switch {
	case s.Sort != "" && s.Sort != SortCreated && s.Sort != SortEnds:
		return &FieldError{Field: "sort", Text: "must be created_at or not_after"}
	case s.Limit < 0 || s.Limit > maxSearchLimit:
		return &FieldError{Field: "limit", Text: fmt.Sprintf("must be from 1 to %d", maxSearchLimit)}
	case len(s.Text) > maxSearchText:
		return &FieldError{Field: "text", Text: fmt.Sprintf("is longer than %d bytes", maxSearchText)}
	case s.After != nil && s.Before != nil:
		return &FieldError{Field: "cursor", Text: "can be of one page only"}
	}
	return nil
}

// CountContracts counts the contracts in each state and those that wait for
// this Peer.
func (m *Manager) CountContracts(ctx context.Context) (n *ContractCounts, err error) {
	err = m.cfg.Store.View(ctx, func(tx Tx) error {
		n, err = tx.CountContracts(ctx, m.cfg.Self.ID, m.cfg.Now())
		return err
	})
	return n, err
}
