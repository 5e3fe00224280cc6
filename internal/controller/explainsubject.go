// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// maxCandidates is how many contracts are looked at to find the one that calls
// go under; knownCandidates where the other side is known, besides those that
// are valid.
const maxCandidates, knownCandidates = 200, 40

// resolve finds out what the question is about: direction, service, other side,
// and the contract that serves it best.
func (i *inquiry) resolve(ctx context.Context) error {
	q := &i.out.Question
	if q.GrantHash != "" {
		if err := i.resolveGrant(ctx); err != nil {
			return err
		}
	}
	if q.Direction != txlog.DirectionIncoming {
		q.Direction = txlog.DirectionOutgoing
	}
	if q.Service == "" {
		return &operator.Error{Kind: operator.KindInvalid, Field: "service", Text: "name a service or a grant"}
	}
	if i.grant == nil {
		if err := i.findContract(ctx); err != nil {
			return err
		}
	}
	if q.Peer == "" {
		return &operator.Error{Kind: operator.KindInvalid, Field: "peer", Text: "name the other Peer: several offer the service, or none is known"}
	}
	i.out.Other = fsc.Peer{ID: q.Peer}
	known, err := i.c.cfg.Manager.ListPeers(ctx, manager.PeerFilter{IDs: []fsc.PeerID{q.Peer}})
	if err == nil && len(known) == 1 {
		i.out.Other = known[0]
	}
	return err
}

// resolveGrant takes service, Peer and direction from the grant that was named.
func (i *inquiry) resolveGrant(ctx context.Context) error {
	q := &i.out.Question
	if err := q.GrantHash.Validate(); err != nil {
		return &operator.Error{Kind: operator.KindInvalid, Field: "grant_hash", Text: "this is not the hash of a grant"}
	}
	contracts, err := i.c.cfg.Manager.ListContracts(ctx, manager.ContractFilter{GrantHashes: []fsc.GrantHash{q.GrantHash}, Limit: 1})
	if err != nil {
		return err
	}
	if len(contracts) == 0 {
		return &operator.Error{Kind: operator.KindNotFound, Field: "grant_hash", Text: "no contract here has this grant"}
	}
	g, ok := contracts[0].Content.Grant(q.GrantHash)
	if !ok || !g.Type.IsConnection() {
		return &operator.Error{Kind: operator.KindInvalid, Field: "grant_hash", Text: "this grant is no connection; nobody can call with it"}
	}
	self := i.out.Self.ID
	q.Service = g.Service.Name
	if q.Direction == "" && g.Service.PeerID == self && g.Outway.PeerID != self {
		q.Direction = txlog.DirectionIncoming
	}
	q.Peer = g.Service.PeerID
	if q.Direction == txlog.DirectionIncoming {
		q.Peer = g.Outway.PeerID
	}
	i.choose(contracts[0], g)
	return nil
}

func (i *inquiry) choose(c *manager.Contract, g *fsc.Grant) {
	i.contract, i.grant = c, g
	i.out.Contract, i.out.GrantHash = c.Content.Hash(), g.Hash
}

// findContract takes the contract that is most use: valid before proposed before
// ended, then the newest. It fills in the Peer when there is no doubt about it.
func (i *inquiry) findContract(ctx context.Context) error {
	q := &i.out.Question
	search := manager.ContractSearch{Peer: q.Peer, Service: q.Service, Role: manager.RoleConsumer, Limit: maxCandidates}
	if i.incoming() {
		search.Role = manager.RoleProvider
	}
	contracts, err := i.candidates(ctx, search)
	if err != nil {
		return err
	}
	var best *manager.Contract
	var bestGrant *fsc.Grant
	var others []fsc.PeerID
	for _, c := range contracts {
		for n := range c.Content.Grants {
			g := &c.Content.Grants[n]
			other, ok := i.otherSide(g)
			if !ok || g.Service.Name != q.Service || (q.Peer != "" && q.Peer != other) {
				continue
			}
			if !slices.Contains(others, other) {
				others = append(others, other)
			}
			if best == nil || rank(c.State(i.now)) < rank(best.State(i.now)) {
				best, bestGrant = c, g
			}
		}
	}
	if q.Peer == "" && len(others) == 1 {
		q.Peer = others[0]
	}
	if q.Peer == "" {
		q.Peer = i.onlyProvider(ctx)
	}
	if best != nil && len(others) == 1 {
		i.choose(best, bestGrant)
	}
	return nil
}

// candidates gives the newest contracts, and before them the newest valid ones
// where the other side is known.
func (i *inquiry) candidates(ctx context.Context, search manager.ContractSearch) (out []*manager.Contract, err error) {
	searches := []manager.ContractSearch{search}
	if search.Peer != "" {
		valid := search
		valid.State, valid.Limit = fsc.StateValid, knownCandidates/4
		search.Limit = knownCandidates
		searches = []manager.ContractSearch{valid, search}
	}
	for _, s := range searches {
		page, err := i.c.cfg.Manager.SearchContracts(ctx, s)
		if err != nil {
			return nil, err
		}
		out = append(out, page.Contracts...)
	}
	return out, nil
}

// otherSide gives the Peer at the other end, if the grant is about calls in the
// direction of the question.
func (i *inquiry) otherSide(g *fsc.Grant) (fsc.PeerID, bool) {
	if !g.Type.IsConnection() {
		return "", false
	}
	if i.incoming() {
		return g.Outway.PeerID, g.Service.PeerID == i.out.Self.ID
	}
	return g.Service.PeerID, g.Outway.PeerID == i.out.Self.ID
}

// onlyProvider gives the one Peer that publishes the service, if it is one.
func (i *inquiry) onlyProvider(ctx context.Context) fsc.PeerID {
	if i.incoming() {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, remoteTime)
	defer cancel()
	listings, err := i.c.cfg.Directory(ctx)
	if err != nil {
		return ""
	}
	var found fsc.PeerID
	for _, l := range listings {
		if l.Name != i.out.Service || l.Peer.ID == found {
			continue
		}
		if found != "" {
			return ""
		}
		found = l.Peer.ID
	}
	return found
}

func rank(s fsc.ContractState) int {
	order := []fsc.ContractState{
		fsc.StateValid, fsc.StateNotYetValid, fsc.StateProposed, fsc.StateRevoked, fsc.StateExpired, fsc.StateRejected,
	}
	return slices.Index(order, s)
}

// agreed tells the state of the contract and whose turn it is.
func (i *inquiry) agreed() Step {
	s := Step{Name: StepContract, State: StepNotOK}
	if i.contract == nil {
		s.Reason, s.Turn = ReasonNoContract, TurnUs
		if i.incoming() {
			s.Turn, s.Peers = TurnThem, []fsc.Peer{i.out.Other}
		}
		return s
	}
	content := i.contract.Content
	s.Facts = StepFacts{Contract: content.Hash(), At: time.Unix(content.Validity.NotAfter, 0).UTC()}
	switch i.contract.State(i.now) {
	case fsc.StateValid:
		s.State = StepOK
	case fsc.StateNotYetValid:
		s.Reason, s.Turn, s.Facts.At = ReasonNotYetValid, TurnTime, time.Unix(content.Validity.NotBefore, 0).UTC()
	case fsc.StateProposed:
		i.proposed(&s)
	case fsc.StateRejected:
		s.Reason, s.Turn, s.Peers = ReasonRejected, TurnUs, i.signers(fsc.SignatureTypeReject)
	case fsc.StateRevoked:
		s.Reason, s.Turn, s.Peers = ReasonRevoked, TurnUs, i.signers(fsc.SignatureTypeRevoke)
	case fsc.StateExpired:
		s.Reason, s.Turn = ReasonExpired, TurnUs
	}
	return s
}

func (i *inquiry) proposed(s *Step) {
	awaiting := i.contract.Awaiting(i.now)
	if slices.Contains(awaiting, i.out.Self.ID) {
		s.Reason, s.Turn = ReasonProposedOurs, TurnUs
		return
	}
	s.Reason, s.Turn = ReasonProposedTheirs, TurnThem
	for _, p := range awaiting {
		s.Peers = append(s.Peers, i.peer(p))
	}
}

// signers are the Peers that placed a signature of this type.
func (i *inquiry) signers(t fsc.SignatureType) []fsc.Peer {
	var by []fsc.Peer
	for _, s := range i.contract.Signatures {
		if s.Type == t {
			by = append(by, i.peer(s.PeerID))
		}
	}
	return by
}

func (i *inquiry) peer(id fsc.PeerID) fsc.Peer {
	switch id {
	case i.out.Other.ID:
		return i.out.Other
	case i.out.Self.ID:
		return i.out.Self
	}
	return fsc.Peer{ID: id}
}
