// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// maxChoices bounds the contracts that are looked at for one service.
const maxChoices = 100

// GrantProblem is why a grant can't be used now; empty if it can.
type GrantProblem string

// The problems of a grant.
const (
	GrantState       GrantProblem = "state"        // its contract isn't valid; see State and Awaiting
	GrantOtherOutway GrantProblem = "other_outway" // it names another Outway's key
)

// GrantUse is a connection grant of this Peer and whether it can be used.
type GrantUse struct {
	ContentHash fsc.ContentHash
	GrantHash   fsc.GrantHash
	State       fsc.ContractState
	Awaiting    []fsc.Peer // whose turn it is to accept
	// Delegator is for whom this Peer calls; ServiceDelegator for whom the service
	// is offered; IDs empty if nobody.
	Delegator, ServiceDelegator fsc.Peer
	// PublicKeyThumbprint or DomainName names the Outway; Outway is its name if it
	// is known here.
	PublicKeyThumbprint, DomainName, Outway string
	NotBefore, NotAfter, CreatedAt          time.Time
	Problem                                 GrantProblem
}

// ChoiceReason says how a route stands.
type ChoiceReason string

// The reasons.
const (
	ChoiceServed    ChoiceReason = "served"    // Grant serves it
	ChoiceAmbiguous ChoiceReason = "ambiguous" // several grants fit that serve different ends
	ChoiceUnusable  ChoiceReason = "unusable"  // there are contracts, but none can be used
	ChoiceNone      ChoiceReason = "none"      // there is no contract
)

// RouteChoice is which contract serves a route now, and why not otherwise.
type RouteChoice struct {
	Reason ChoiceReason
	Grant  *GrantUse // set when it is served
	// Candidates are the grants that fit the route, newest first.
	Candidates []GrantUse
}

// choose picks for a route as the Outway does: the newest usable grant, unless
// usable ones differ in for whom they are.
func (c *Controller) choose(ctx context.Context, r manager.Route) (RouteChoice, error) {
	all, err := c.grantsOn(ctx, r.ServicePeerID, r.Service)
	if err != nil {
		return RouteChoice{}, err
	}
	choice := RouteChoice{Reason: ChoiceNone}
	for _, g := range all {
		if (r.Delegator == "" || r.Delegator == g.Delegator.ID) && (r.ServiceDelegator == "" || r.ServiceDelegator == g.ServiceDelegator.ID) {
			choice.Candidates = append(choice.Candidates, g)
		}
	}
	for i := range choice.Candidates {
		g := &choice.Candidates[i]
		switch {
		case g.Problem != "":
			if choice.Reason == ChoiceNone {
				choice.Reason = ChoiceUnusable
			}
		case choice.Grant == nil:
			choice.Reason, choice.Grant = ChoiceServed, g
		case choice.Grant.Delegator.ID != g.Delegator.ID || choice.Grant.ServiceDelegator.ID != g.ServiceDelegator.ID:
			return RouteChoice{Reason: ChoiceAmbiguous, Candidates: choice.Candidates}, nil
		}
	}
	return choice, nil
}

// grantsOn lists this Peer's grants on a service, newest first.
func (c *Controller) grantsOn(ctx context.Context, provider fsc.PeerID, service string) ([]GrantUse, error) {
	page, err := c.cfg.Manager.SearchContracts(ctx, manager.ContractSearch{
		Role: manager.RoleConsumer, Peer: provider, Service: service, Limit: maxChoices,
	})
	if err != nil {
		return nil, ofField(err)
	}
	known, err := c.lookUp(ctx, partiesOf(page.Contracts)...)
	if err != nil {
		return nil, err
	}
	var out []GrantUse
	for _, contract := range page.Contracts {
		for i := range contract.Content.Grants {
			g := &contract.Content.Grants[i]
			if g.Type.IsConnection() && g.Outway.PeerID == c.Self().ID && g.Service.PeerID == provider && g.Service.Name == service {
				out = append(out, c.useOf(contract, g, known))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b GrantUse) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), b.NotAfter.Compare(a.NotAfter), cmp.Compare(a.GrantHash, b.GrantHash))
	})
	return out, nil
}

func (c *Controller) useOf(contract *manager.Contract, g *fsc.Grant, known names) GrantUse {
	now := c.cfg.Now()
	u := GrantUse{
		ContentHash: contract.Content.Hash(), GrantHash: g.Hash, State: contract.State(now),
		Delegator: known.peer(g.Delegator), ServiceDelegator: known.peer(g.Service.Delegator),
		PublicKeyThumbprint: g.Outway.PublicKeyThumbprint, DomainName: g.Outway.DomainName,
		NotBefore: time.Unix(contract.Content.Validity.NotBefore, 0).UTC(), NotAfter: time.Unix(contract.Content.Validity.NotAfter, 0).UTC(),
		CreatedAt: time.Unix(contract.Content.CreatedAt, 0).UTC(),
	}
	if u.State == fsc.StateProposed {
		for _, id := range contract.Awaiting(now) {
			u.Awaiting = append(u.Awaiting, known.peer(id))
		}
	}
	outways := c.cfg.Outways()
	for _, o := range outways {
		if fsc.EqualThumbprints(o.PublicKeyThumbprint, u.PublicKeyThumbprint) {
			u.Outway = o.Name
		}
	}
	switch {
	case u.State != fsc.StateValid:
		u.Problem = GrantState
	case u.DomainName == "" && u.Outway == "" && len(outways) > 0:
		u.Problem = GrantOtherOutway
	}
	return u
}

// specCall makes the address and header for a call to a service through the own
// Outway.
func (c *Controller) specCall(ctx context.Context, q SpecRequest) (string, http.Header, error) {
	if !strings.HasPrefix(q.Path, "/") || strings.ContainsAny(q.Path, "\r\n\t \\?#") {
		return "", nil, invalid("path", "the path begins with a slash and has no spaces, query or fragment")
	}
	grants, err := c.grantsOn(ctx, q.Peer, q.Service)
	if err != nil {
		return "", nil, err
	}
	i := slices.IndexFunc(grants, func(g GrantUse) bool { return g.Problem == "" })
	if i < 0 {
		return "", nil, invalid("contract", "there is no contract with which the service can be called now")
	}
	outways := c.cfg.Outways()
	o := slices.IndexFunc(outways, func(o Outway) bool { return grants[i].Outway == o.Name || grants[i].Outway == "" })
	if o < 0 {
		return "", nil, invalid("outway", "no Outway of this process can use the contract")
	}
	base, err := url.Parse(outways[o].Address)
	if err != nil {
		return "", nil, err
	}
	return base.JoinPath(q.Path).String(), http.Header{"Fsc-Grant-Hash": {string(grants[i].GrantHash)}}, nil
}
