// SPDX-License-Identifier: EUPL-1.2

package outway

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/frozen"
)

// SnapshotInput is all that changes during an Outway's life, as a whole.
type SnapshotInput struct {
	// Changes tells that Grants are only those that were added or changed, and Gone
	// those that are no more; the others stay. What it costs depends on these alone.
	Changes bool
	Grants  []Grant
	Gone    []fsc.GrantHash
	Routes  []Route // always all
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

	name string // of the service, as in nameOf
}

// grant is a Grant with its state. The state moves to the next snapshot.
type grant struct {
	Grant
	*state
}

type state struct {
	gone    bool                     // no snapshot has it any more; under Outway.mu
	tokens  atomic.Pointer[[]*token] // one for each Inway that is known, replaced as a whole
	turn    atomic.Uint32            // of the choice between them
	refused atomic.Pointer[refusal]
	sought  atomic.Int64 // Unix nanoseconds: when the Manager was asked for another Inway
}

// snapshot is never changed after it was stored, but for the grants' state.
type snapshot struct {
	grants *frozen.Index[fsc.GrantHash, string, *grant] // lists are by nameOf, the newest first
	routes map[string][]Route                           // by host in lower case; the longest prefix first
}

// nameOf is how a host names a service, in lower case. Two services can have one.
func nameOf(service string, peer fsc.PeerID) string {
	return strings.ToLower(service + "." + string(peer))
}

// newSnapshot gives, too, the grants of the old one that may be in it no more.
func newSnapshot(in *SnapshotInput, old *snapshot) (s *snapshot, left []*grant) {
	edit := old.grants.Edit(len(in.Grants), frozen.Terms[fsc.GrantHash, string, *grant]{Key: (*grant).hash, Name: (*grant).name, Order: newest})
	if !in.Changes {
		edit.Clear(len(in.Grants))
	}
	for _, hash := range in.Gone {
		edit.Remove(hash)
	}
	for i := range in.Grants {
		edit.Put(old.renewed(&in.Grants[i]))
	}
	s = &snapshot{grants: edit.Freeze(), routes: map[string][]Route{}}
	for _, r := range in.Routes {
		host := hostName(r.Host)
		r.PathPrefix, r.name = strings.TrimRight(r.PathPrefix, "/"), nameOf(r.Service, r.ServicePeerID)
		s.routes[host] = append(s.routes[host], r)
	}
	for _, list := range s.routes {
		slices.SortStableFunc(list, func(a, b Route) int { return cmp.Compare(len(b.PathPrefix), len(a.PathPrefix)) })
	}
	return s, edit.Removed
}

func (g *grant) hash() fsc.GrantHash { return g.Hash }
func (g *grant) name() string        { return nameOf(g.Service, g.ServicePeer.ID) }

func newest(a, b *grant) int {
	return cmp.Or(cmp.Compare(b.CreatedAt, a.CreatedAt), b.NotAfter.Compare(a.NotAfter), cmp.Compare(a.Hash, b.Hash))
}

// renewed gives the grant that comes in place of the one with its hash. It keeps the
// tokens of that if it can be used.
func (s *snapshot) renewed(in *Grant) *grant {
	g := &grant{Grant: *in, state: &state{}}
	if have := s.grants.Get(in.Hash); have != nil && in.Problem == "" {
		g.state = have.state
	}
	return g
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
