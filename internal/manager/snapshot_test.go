// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/manager"
)

func TestTheInwaySnapshotHasServicesKeysAndEndedGrants(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	running := n.accepted(t, content(t, draft(1, w.connection())))
	revoked := n.accepted(t, content(t, draft(2, w.connection())))
	rejected := content(t, draft(3, w.connection()))
	must(t, n.PutSignature(t.Context(), w.orgs[bart].caller(), fsc.SignatureTypeReject, rejected.Hash(), w.orgs[bart].message(t, rejected, fsc.SignatureTypeReject)))
	_, err := n.Sign(t.Context(), revoked.Hash(), fsc.SignatureTypeRevoke)
	must(t, err)
	s, err := n.InwaySnapshot(t.Context())
	must(t, err)
	equalAll(t, "services", s.Services, []manager.Service{{Name: "persons", Upstream: "http://persons.test"}})
	equalAll(t, "keys", s.TokenKeys, n.org.Published())
	ended := map[fsc.GrantHash]bool{}
	for _, h := range s.Ended {
		ended[h] = true
	}
	for c, want := range map[*fsc.Content]bool{running: false, revoked: true, rejected: true} {
		equal(t, "ended", ended[c.Grants[0].Hash], want)
	}
	w.clock.advance(25 * time.Hour) // no token can be alive any more
	s, err = n.InwaySnapshot(t.Context())
	must(t, err)
	equal(t, "ended, long ago", len(s.Ended), 0)
}

// changesFor asks for what changed as an Inway does.
func (n *node) changesFor(t *testing.T, after string) (*manager.InwaySnapshot, string) {
	t.Helper()
	s, version, err := n.InwayChanges(t.Context(), after)
	must(t, err)
	return s, version
}

func TestAnInwayIsToldWhichServicesChangedAlone(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	c := n.accepted(t, content(t, draft(1, w.connection())))
	first, v1 := n.changesFor(t, "")
	if first.After != "" || len(first.Services) != 1 || len(first.Ended) != 0 {
		t.Errorf("first %+v", first)
	}
	if none, same := n.changesFor(t, v1); none != nil || same != v1 {
		t.Errorf("nothing changed, got %+v", none)
	}
	_, err := n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeRevoke)
	must(t, err)
	revoked, v2 := n.changesFor(t, v1)
	if revoked.After != v1 || len(revoked.Services)+len(revoked.Gone) != 0 || len(revoked.Ended) != 1 || len(revoked.TokenKeys) != 1 {
		t.Errorf("revoked %+v", revoked)
	}
	letters := manager.Service{Name: "letters", Upstream: "http://letters.test"}
	must(t, n.PutService(t.Context(), letters))
	added, v3 := n.changesFor(t, v2)
	if added.After != v2 || len(added.Gone) != 0 || len(added.Ended) != 1 {
		t.Errorf("added %+v", added)
	}
	equalAll(t, "added", added.Services, []manager.Service{letters})
	must(t, n.DeleteService(t.Context(), "persons"))
	gone, v4 := n.changesFor(t, v3)
	if gone.After != v3 || len(gone.Services) != 0 || v4 == v3 {
		t.Errorf("without the service %+v", gone)
	}
	equalAll(t, "gone", gone.Gone, []string{"persons"})
	both, same := n.changesFor(t, v1)
	equal(t, "version", same, v4)
	equalAll(t, "changed since the first", both.Services, []manager.Service{letters})
	equalAll(t, "gone since the first", both.Gone, []string{"persons"})
	whole, same, err := n.InwaySnapshotAfter(t.Context(), v1)
	must(t, err)
	if whole.After != "" || len(whole.Services) != 1 || whole.Gone != nil || same != v4 {
		t.Errorf("the whole %+v", whole)
	}
}

func TestAnInwayWithAVersionThatIsForgottenGetsAllServices(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	_, old := n.changesFor(t, "")
	limits := limit.Limits{ConcurrentCalls: 1}
	for range manager.MaxVersions {
		limits.ConcurrentCalls++
		must(t, n.LimitService(t.Context(), "persons", limits))
		if s, _ := n.changesFor(t, old); s.After != old {
			t.Fatalf("forgotten after %d changes", limits.ConcurrentCalls-1)
		}
	}
	limits.ConcurrentCalls++
	must(t, n.LimitService(t.Context(), "persons", limits))
	_, recent := n.changesFor(t, "")
	for what, after := range map[string]string{"forgotten": old, "of another Manager": "0123456789abcdef"} {
		if s, _ := n.changesFor(t, after); s.After != "" || len(s.Services) != 1 {
			t.Errorf("after a version that is %s: %+v", what, s)
		}
	}
	must(t, n.DeleteService(t.Context(), "persons"))
	if s, _ := n.changesFor(t, recent); s.After != recent || len(s.Gone) != 1 {
		t.Errorf("after the last but one: %+v", s)
	}
}

func TestTheOutwaySnapshotSaysWhatIsWrongWithAGrant(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, bart).knows(t, anna)
	states := map[fsc.GrantHash]string{}
	add := func(number int, want string, change func(*fsc.Draft), do func(*fsc.Content)) {
		d := draft(number, w.connection())
		if change != nil {
			change(&d)
		}
		c := content(t, d)
		do(c)
		states[c.Grants[0].Hash] = want
	}
	accept := func(c *fsc.Content) { n.accepted(t, c) }
	add(1, "", nil, accept)
	add(2, "proposed; waiting for Peer "+string(bart), nil, func(c *fsc.Content) {
		must(t, n.Submit(t.Context(), w.orgs[anna].caller(), w.orgs[anna].message(t, c, fsc.SignatureTypeAccept)))
	})
	add(3, "proposed; waiting for Peer "+string(anna), nil, func(c *fsc.Content) {
		_, err := n.Create(t.Context(), proposal(draft(3, w.connection())))
		must(t, err)
	})
	add(4, "revoked by Peer "+string(bart), nil, func(c *fsc.Content) {
		accept(c)
		_, err := n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeRevoke)
		must(t, err)
	})
	add(5, "", func(d *fsc.Draft) { d.NotBefore = start.Add(time.Hour) }, accept)
	n.accepted(t, content(t, draft(6, publicationOf(bart)))) // has no Outway
	s, err := n.OutwaySnapshot(t.Context())
	must(t, err)
	equal(t, "grants", len(s.Grants), len(states))
	for _, g := range s.Grants {
		want, ok := states[g.Hash]
		if !ok || !strings.HasPrefix(g.Problem, want) || (want == "") != (g.Problem == "") {
			t.Errorf("grant %s has problem %q, want %q", g.Hash, g.Problem, want)
		}
		equal(t, "provider", g.ServicePeer, w.orgs[anna].peer)
		equal(t, "service", g.Service, "persons")
		equal(t, "key", g.PublicKeyThumbprint, w.orgs[bart].thumbprint())
		equal(t, "end", g.NotAfter.Unix(), start.Add(24*time.Hour).Unix())
	}
	w.clock.advance(25 * time.Hour)
	s, err = n.OutwaySnapshot(t.Context())
	must(t, err)
	equal(t, "grants after the end", len(s.Grants), 0)
}

func publicationOf(provider fsc.PeerID) fsc.Grant {
	g := publication()
	g.Service.PeerID = provider
	return g
}

func TestTheOutwaySnapshotHasOnlyOurOwnGrants(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, carla)
	mine := w.delegated()
	mine.Outway.PeerID, mine.Delegator = carla, bart
	mine.Service.Type, mine.Service.Delegator = fsc.ServiceTypeDelegatedService, dirk
	c := n.accepted(t, content(t, draft(1, w.delegated(), mine))) // in the first, carla is the delegator
	s, err := n.OutwaySnapshot(t.Context())
	must(t, err)
	if len(s.Grants) != 1 {
		t.Fatalf("%d grants", len(s.Grants))
	}
	g := s.Grants[0]
	equal(t, "hash", g.Hash, c.Grants[1].Hash)
	equal(t, "delegator", g.Delegator, bart)
	equal(t, "delegator of the service", g.ServiceDelegator, dirk)
	equal(t, "provider that nobody knows", g.ServicePeer.ID, anna)
}
