// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// arrival is one message of a Peer.
type arrival struct {
	from fsc.PeerID
	typ  fsc.SignatureType
	sub  manager.Submission
}

// receive takes in an arrival as the door does.
func (n *node) receive(t testing.TB, c *fsc.Content, a arrival) error {
	t.Helper()
	return n.PutSignature(t.Context(), n.org.world.orgs[a.from].caller(), a.typ, c.Hash(), a.sub)
}

// facts are the signatures of others and the state.
func (n *node) facts(t testing.TB, c *fsc.Content) (jws []string, state fsc.ContractState) {
	t.Helper()
	stored := n.find(t, c.Hash())
	for _, s := range stored.Signatures {
		if s.PeerID != n.org.peer.ID {
			jws = append(jws, s.JWS)
		}
	}
	return jws, stored.State(n.org.world.clock.Now())
}

// Whatever way messages take, all Managers end up with the same contract.
func TestTheOrderOfMessagesDoesNotMatter(t *testing.T) {
	w := newWorld(t)
	nodes := []*node{w.node(t, anna, automatic).offers(t).knows(t, bart, carla), w.node(t, anna, automatic).offers(t).knows(t, bart, carla)}
	number := 0
	rapid.Check(t, func(rt *rapid.T) {
		number++
		c := content(t, draft(number, w.delegatedTo(carla)))
		messages := drawMessages(t, rt, w, c)
		for _, n := range nodes {
			order := rapid.Permutation(messages).Draw(rt, "order")
			if rapid.Bool().Draw(rt, "at once") {
				n.receiveAtOnce(t, c, order)
				continue
			}
			for _, a := range order {
				must(t, n.receive(t, c, a))
			}
		}
		first, state := nodes[0].facts(t, c)
		second, other := nodes[1].facts(t, c)
		if !slices.Equal(first, second) || state != other {
			rt.Fatalf("one has %s with %v, the other %s with %v", state, first, other, second)
		}
		if want := expected(messages); state != want {
			rt.Fatalf("state %s, want %s", state, want)
		}
	})
}

func (n *node) receiveAtOnce(t testing.TB, c *fsc.Content, arrivals []arrival) {
	t.Helper()
	var all sync.WaitGroup
	for _, a := range arrivals {
		all.Go(func() {
			if err := n.receive(t, c, a); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// drawMessages draws what bart and carla send about a contract, each of their
// signatures at its own time, some of them more than once.
func drawMessages(t testing.TB, rt *rapid.T, w *world, c *fsc.Content) []arrival {
	t.Helper()
	type kind struct {
		from fsc.PeerID
		typ  fsc.SignatureType
	}
	kinds := []kind{
		{bart, fsc.SignatureTypeAccept},
		{carla, fsc.SignatureTypeAccept},
		{bart, fsc.SignatureTypeAccept},
		{carla, fsc.SignatureTypeReject},
		{bart, fsc.SignatureTypeRevoke},
	}
	count := rapid.SampledFrom([]int{1, 2, 3, 3, 4, 5}).Draw(rt, "kinds")
	var out []arrival
	for i, k := range kinds[:count] {
		at := start.Add(time.Duration(i-len(kinds)) * time.Second)
		sub := manager.Submission{Content: c.Raw(), Signature: w.orgs[k.from].jws(t, c.Hash(), k.typ, at)}
		for range rapid.IntRange(1, 2).Draw(rt, "times") {
			out = append(out, arrival{k.from, k.typ, sub})
		}
	}
	return out
}

// expected is the state once everything has arrived; anna accepts if she is
// asked before a reject or revoke, which both end the contract anyway.
func expected(messages []arrival) fsc.ContractState {
	has := func(p fsc.PeerID, typ fsc.SignatureType) bool {
		return slices.ContainsFunc(messages, func(a arrival) bool { return a.from == p && a.typ == typ })
	}
	switch {
	case has(carla, fsc.SignatureTypeReject):
		return fsc.StateRejected
	case has(bart, fsc.SignatureTypeRevoke):
		return fsc.StateRevoked
	case has(carla, fsc.SignatureTypeAccept):
		return fsc.StateValid
	}
	return fsc.StateProposed
}

// delegatedTo is a connection that anna's rule for providers accepts although
// it has a third party.
func (w *world) delegatedTo(p fsc.PeerID) fsc.Grant {
	g := w.connection()
	g.Service.Type, g.Service.Delegator = fsc.ServiceTypeDelegatedService, p
	return g
}
