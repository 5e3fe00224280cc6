// SPDX-License-Identifier: EUPL-1.2

package outway

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// SnapshotInput is all that changes during an Outway's life, as a whole.
type SnapshotInput struct {
	Grants []Grant
	Routes []Route
}

// Grant is a connection grant of this Peer that this Outway may use.
type Grant struct {
	Hash fsc.GrantHash
	// ServicePeer offers the service; ManagerAddress is where tokens come from.
	ServicePeer fsc.Peer
	Service     string
	// Delegator is the Peer this one acts for; empty if none.
	Delegator fsc.PeerID
	// ServiceDelegator is the Peer the service is offered for; empty if none.
	ServiceDelegator fsc.PeerID
	// NotBefore and NotAfter bound the contract; the second is not in it.
	NotBefore, NotAfter time.Time
	// CreatedAt of the contract in Unix seconds; of grants that serve the same end
	// the newest is used.
	CreatedAt int64
	// Problem says in words why the grant can't be used and whose turn it is;
	// empty if it can.
	Problem string
}

// Route leads requests of applications to a service.
type Route struct {
	// Host is the request's host without port, in any case; empty is any.
	Host string
	// PathPrefix ends at a segment; of those that fit the longest counts.
	PathPrefix string
	// StripPrefix takes PathPrefix off the path. Otherwise the path goes on
	// unaltered, as the standard demands of what leaves the Outway.
	StripPrefix   bool
	ServicePeerID fsc.PeerID
	Service       string
	// Delegator and ServiceDelegator choose between grants; empty doesn't choose.
	Delegator, ServiceDelegator fsc.PeerID
}

// grant is a Grant with its state. The state moves to the next snapshot.
type grant struct {
	Grant
	*state
}

type state struct {
	tokens  atomic.Pointer[[]*token] // one for each Inway that is known, replaced as a whole
	turn    atomic.Uint32            // of the choice between them
	refused atomic.Pointer[refusal]
	sought  atomic.Int64 // Unix nanoseconds: when the Manager was asked for another Inway
}

type serviceKey struct {
	peer fsc.PeerID
	name string
}

// snapshot is never changed after it was stored, but for the grants' state.
type snapshot struct {
	byHash    map[fsc.GrantHash]*grant
	byService map[serviceKey][]*grant // the newest first
	byName    map[string][]*grant     // like byService, by "<service>.<peer_id>" in lower case
	routes    map[string][]Route      // by host in lower case; the longest prefix first
}

func newSnapshot(in SnapshotInput, old *snapshot) *snapshot {
	s := &snapshot{
		byHash: map[fsc.GrantHash]*grant{}, byService: map[serviceKey][]*grant{},
		byName: map[string][]*grant{}, routes: map[string][]Route{},
	}
	for _, in := range in.Grants {
		if s.byHash[in.Hash] != nil {
			continue
		}
		g := &grant{Grant: in, state: &state{}}
		if have := old.byHash[in.Hash]; have != nil && in.Problem == "" {
			g.state = have.state
		}
		s.byHash[g.Hash] = g
		key := serviceKey{g.ServicePeer.ID, g.Service}
		s.byService[key] = append(s.byService[key], g)
		name := strings.ToLower(g.Service + "." + string(g.ServicePeer.ID))
		s.byName[name] = append(s.byName[name], g)
	}
	for _, r := range in.Routes {
		host := hostName(r.Host)
		r.PathPrefix = strings.TrimRight(r.PathPrefix, "/")
		s.routes[host] = append(s.routes[host], r)
	}
	s.sort()
	return s
}

func (s *snapshot) sort() {
	newest := func(a, b *grant) int {
		return cmp.Or(cmp.Compare(b.CreatedAt, a.CreatedAt), b.NotAfter.Compare(a.NotAfter), cmp.Compare(a.Hash, b.Hash))
	}
	for _, list := range s.byService {
		slices.SortFunc(list, newest)
	}
	for _, list := range s.byName {
		slices.SortFunc(list, newest)
	}
	for _, list := range s.routes {
		slices.SortStableFunc(list, func(a, b Route) int { return cmp.Compare(len(b.PathPrefix), len(a.PathPrefix)) })
	}
}

// problem says why the grant can't be used now; empty if it can.
func (g *grant) problem(now time.Time) string {
	switch {
	case g.Problem != "":
		return g.Problem
	case now.Before(g.NotBefore):
		return "its contract starts at " + g.NotBefore.UTC().Format(time.RFC3339)
	case !now.Before(g.NotAfter):
		return "its contract ended at " + g.NotAfter.UTC().Format(time.RFC3339)
	}
	return ""
}
