// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

const (
	defaultContracts = 25
	maxContracts     = 200
	maxSearchText    = 200 // bytes
)

// ContractQuery selects a page of the list of contracts; zero fields don't filter.
type ContractQuery struct {
	// Text occurs in a service's name or in the ID or name of a party, or is the
	// beginning of the content hash; ignoring case.
	Text       string
	State      fsc.ContractState
	AwaitingUs bool          // our accept is missing
	Part       manager.Role  // of this Peer
	Type       fsc.GrantType // of one of the grants, at least
	Peer       fsc.PeerID    // a party
	Service    string
	EndsBefore time.Time
	Sort       manager.ContractSort // empty: created_at
	Ascending  bool
	// After and Before are cursors of a page that was given earlier; at most one.
	After, Before string
	Limit         int // 0: 25; at most 200
}

// ContractPage is one page of the list of contracts.
type ContractPage struct {
	Contracts []Contract
	// Next and Previous are cursors for After and Before; empty: no such page.
	Next, Previous string
	// Counts are over all contracts, whatever the query.
	Counts manager.ContractCounts
}

// Contracts lists contracts.
func (c *Controller) Contracts(ctx context.Context, a operator.Actor, q ContractQuery) (*ContractPage, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	search, err := q.search()
	if err != nil {
		return nil, err
	}
	found, err := c.cfg.Manager.SearchContracts(ctx, search)
	if err != nil {
		return nil, ofField(err)
	}
	counts, err := c.cfg.Manager.CountContracts(ctx)
	if err != nil {
		return nil, err
	}
	page := &ContractPage{Counts: *counts, Next: cursorText(found.Next), Previous: cursorText(found.Previous)}
	contents := make([]*fsc.Content, 0, len(found.Contracts))
	for _, one := range found.Contracts {
		contents = append(contents, one.Content)
	}
	b, err := c.bookOf(ctx, contents...)
	if err != nil {
		return nil, err
	}
	now := c.cfg.Now()
	for _, one := range found.Contracts {
		page.Contracts = append(page.Contracts, b.contract(one, now))
	}
	return page, nil
}

func cursorText(p *manager.ContractPlace) string {
	if p == nil {
		return ""
	}
	return p.String()
}

// ContractStates are the states by which contracts can be selected.
func ContractStates() []fsc.ContractState {
	return []fsc.ContractState{
		fsc.StateProposed, fsc.StateValid, fsc.StateNotYetValid, fsc.StateRejected, fsc.StateRevoked, fsc.StateExpired,
	}
}

// ContractParts are the parts of this Peer by which contracts can be selected.
func ContractParts() []manager.Role {
	return []manager.Role{
		manager.RoleProvider, manager.RoleConsumer, manager.RoleDelegator, manager.RolePublicationDelegator, manager.RolePublisher, manager.RoleDirectory,
	}
}

// GrantTypes are the four types of grants.
func GrantTypes() []fsc.GrantType {
	return []fsc.GrantType{
		fsc.GrantTypeServiceConnection, fsc.GrantTypeDelegatedServiceConnection,
		fsc.GrantTypeServicePublication, fsc.GrantTypeDelegatedServicePublication,
	}
}

func (q ContractQuery) search() (manager.ContractSearch, error) {
	s := manager.ContractSearch{
		Text: q.Text, State: q.State, AwaitingUs: q.AwaitingUs, Role: q.Part, GrantType: q.Type, Peer: q.Peer, Service: q.Service,
		EndsBefore: q.EndsBefore, Sort: q.Sort, Ascending: q.Ascending, Limit: q.Limit,
	}
	var found []error
	known := func(ok bool, field, text string) {
		if !ok {
			found = append(found, invalid(field, text))
		}
	}
	known(q.State == "" || slices.Contains(ContractStates(), q.State), "state", "there is no such state")
	known(q.Part == "" || slices.Contains(ContractParts(), q.Part), "part", "there is no such part")
	known(q.Type == "" || slices.Contains(GrantTypes(), q.Type), "type", "there is no such type of grants")
	known(q.Sort == "" || q.Sort == manager.SortCreated || q.Sort == manager.SortEnds, "sort", "contracts can be sorted by created_at and not_after")
	known(len(q.Text) <= maxSearchText, "text", "the text is longer than 200 bytes")
	known(q.Limit >= 0 && q.Limit <= maxContracts, "limit", "the limit is 1 to 200")
	known(q.After == "" || q.Before == "", "after", "give one cursor, not two")
	if s.Limit == 0 {
		s.Limit = defaultContracts
	}
	var err error
	if s.After, err = manager.ParseContractPlace(q.After); err != nil {
		found = append(found, invalid("after", "this isn't a cursor of this list"))
	}
	if s.Before, err = manager.ParseContractPlace(q.Before); err != nil {
		found = append(found, invalid("before", "this isn't a cursor of this list"))
	}
	return s, errors.Join(found...)
}

// findContract gives a contract or an error that tells there is none.
func (c *Controller) findContract(ctx context.Context, h fsc.ContentHash) (*manager.Contract, error) {
	stored, err := c.cfg.Manager.FindContract(ctx, h)
	if errors.Is(err, manager.ErrNotFound) {
		return nil, notFound("there is no contract with this hash here")
	}
	return stored, err
}

// Contract gives everything about one contract.
func (c *Controller) Contract(ctx context.Context, a operator.Actor, h fsc.ContentHash) (*ContractDetail, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	stored, err := c.findContract(ctx, h)
	if err != nil {
		return nil, err
	}
	return c.detail(ctx, a, stored)
}

func (c *Controller) detail(ctx context.Context, a operator.Actor, stored *manager.Contract) (*ContractDetail, error) {
	content, now := stored.Content, c.cfg.Now()
	b, err := c.bookOf(ctx, content)
	if err != nil {
		return nil, err
	}
	d := &ContractDetail{
		Contract: b.contract(stored, now), IV: content.IV, FSCVersion: content.FSCVersion, Profile: content.Profile(),
		GroupID: content.GroupID, StoredAt: stored.StoredAt, Raw: content.Raw(), Signatures: stored.Signatures,
	}
	if by := stored.ProposedBy(); by != "" {
		d.ProposedBy = b.peer(by)
	}
	if d.Deliveries, err = c.cfg.Manager.ListDeliveries(ctx, manager.DeliveryFilter{ContentHash: d.Hash}); err != nil {
		return nil, err
	}
	d.Timeline = b.timeline(stored, d.Deliveries, now)
	if d.Requests, err = c.waitingFor(ctx, a, string(d.Hash)); err != nil {
		return nil, err
	}
	if d.AwaitingUs {
		decision, err := c.cfg.Manager.Decide(ctx, d.Hash)
		if err != nil {
			return nil, err
		}
		d.Decision = &decision
	}
	missing, err := c.cfg.Manager.NotOffered(ctx, content)
	if err != nil {
		return nil, err
	}
	s := situation{
		contract: stored, state: d.State, self: c.Self().ID, may: c.view(a, operator.PermissionSign) == nil,
		mayRetry: c.view(a, retryPermission(a)) == nil, missing: missing,
		undelivered: len(undelivered(d.Deliveries)) > 0, requests: d.Requests, now: now,
	}
	s.refuse(d.Decision)
	d.Choices = s.choices()
	return d, nil
}

// waitingFor gives the acts on an object that wait for a second person.
func (c *Controller) waitingFor(ctx context.Context, a operator.Actor, object string) ([]operator.Request, error) {
	all, err := c.cfg.People.Waiting(ctx, a)
	if err != nil {
		return nil, err
	}
	var out []operator.Request
	for _, r := range all {
		if r.Object == object {
			out = append(out, *r)
		}
	}
	return out, nil
}
