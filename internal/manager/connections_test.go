// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

func TestAnUnchangedSnapshotIsNotMadeAgain(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, bart).knows(t, anna)
	first := n.accepted(t, content(t, draft(1, w.connection())))
	s, version, err := n.OutwaySnapshotAfter(t.Context(), "")
	must(t, err)
	equal(t, "grants", len(s.Grants), 1)
	again, same, err := n.OutwaySnapshotAfter(t.Context(), version)
	must(t, err)
	if again != nil || same != version {
		t.Errorf("made again, version %s after %s", same, version)
	}

	second := n.accepted(t, content(t, draft(2, w.connection())))
	s, added, err := n.OutwaySnapshotAfter(t.Context(), version)
	must(t, err)
	hashes := map[fsc.GrantHash]string{}
	for _, g := range s.Grants {
		hashes[g.Hash] = g.Problem
	}
	if _, ok := hashes[second.Grants[0].Hash]; !ok || len(hashes) != 2 || added == version {
		t.Fatalf("after a second contract: %v", hashes)
	}

	_, err = n.Sign(t.Context(), first.Hash(), fsc.SignatureTypeRevoke)
	must(t, err)
	s, revoked, err := n.OutwaySnapshotAfter(t.Context(), added)
	must(t, err)
	for _, g := range s.Grants {
		if (g.Problem != "") != (g.Hash == first.Grants[0].Hash) {
			t.Errorf("grant %s has problem %q", g.Hash, g.Problem)
		}
	}

	caller := w.orgs[anna].caller()
	caller.ManagerAddress = "https://elsewhere.test:8443"
	must(t, n.Announce(t.Context(), caller))
	s, moved, err := n.OutwaySnapshotAfter(t.Context(), revoked)
	must(t, err)
	if moved == revoked || s.Grants[0].ServicePeer.ManagerAddress != "https://elsewhere.test:8443" {
		t.Errorf("a provider that moved: %+v", s.Grants[0].ServicePeer)
	}
}

func TestAnOutwayIsToldWhatChangedAlone(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, bart).knows(t, anna)
	first := n.accepted(t, content(t, draft(1, w.connection())))
	n.accepted(t, content(t, draft(2, w.connection())))
	changes := func(after string) (*manager.OutwaySnapshot, string) {
		t.Helper()
		s, version, err := n.OutwayChanges(t.Context(), after)
		must(t, err)
		return s, version
	}
	whole, v1 := changes("")
	if whole.After != "" || len(whole.Grants) != 2 {
		t.Fatalf("first %+v", whole)
	}
	if none, same := changes(v1); none != nil || same != v1 {
		t.Errorf("nothing changed, got %+v", none)
	}

	third := n.accepted(t, content(t, draft(3, w.connection())))
	added, v2 := changes(v1)
	if added.After != v1 || len(added.Grants) != 1 || added.Grants[0].Hash != third.Grants[0].Hash || added.Grants[0].Problem != "" {
		t.Errorf("added %+v", added)
	}
	_, err := n.Sign(t.Context(), first.Hash(), fsc.SignatureTypeRevoke)
	must(t, err)
	revoked, v3 := changes(v2)
	if len(revoked.Grants) != 1 || revoked.Grants[0].Hash != first.Grants[0].Hash || revoked.Grants[0].Problem == "" {
		t.Errorf("revoked %+v", revoked)
	}
	if both, v := changes(v1); v != v3 || both.After != v1 || len(both.Grants) != 2 || len(both.Gone) != 0 {
		t.Errorf("after the first version %+v", both)
	}
	if all, _ := changes("a version of another Manager"); all.After != "" || len(all.Grants) != 3 {
		t.Errorf("after an unknown version %+v", all)
	}

	// The Peer moves: its grants are told again.
	caller := w.orgs[anna].caller()
	caller.ManagerAddress = "https://elsewhere.test:8443"
	must(t, n.Announce(t.Context(), caller))
	moved, v4 := changes(v3)
	if moved.After != v3 || len(moved.Grants) != 3 || moved.Grants[0].ServicePeer.ManagerAddress != "https://elsewhere.test:8443" {
		t.Errorf("moved %+v", moved)
	}

	// Time alone ends contracts.
	w.clock.advance(10 * 365 * 24 * time.Hour)
	ended, _ := changes(v4)
	if ended.After != v4 || len(ended.Gone) != 3 || len(ended.Grants) != 0 {
		t.Errorf("ended %+v", ended)
	}
}

func FuzzDamagedConnectionsAreRefused(f *testing.F) {
	w := newWorld(f)
	c := content(f, draft(1, w.connection(), w.delegated()))
	whole := string(manager.PackConnections(c))
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		grants, err := manager.UnpackConnections(text, c.Grants[0].Outway.PeerID)
		if err == nil && len(text) > 0 && len(grants) > len(text) {
			t.Errorf("%d grants in %d bytes", len(grants), len(text))
		}
		if text == whole && (err != nil || len(grants) == 0) {
			t.Errorf("%d grants, %v", len(grants), err)
		}
	})
}
