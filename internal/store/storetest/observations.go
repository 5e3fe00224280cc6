// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/directory"
)

func observe(t *testing.T, s Stores, of fsc.PeerID, at time.Time, listed ...directory.Listing) {
	t.Helper()
	err := s.History.Observe(t.Context(), of, func(known []directory.Observation) directory.News {
		return directory.Compare(of, known, listed, at)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func observed(t *testing.T, s Stores, provider fsc.PeerID, name string) []directory.Observation {
	t.Helper()
	all, err := s.History.Observations(t.Context(), provider, name)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func observationsAreKept(k check) {
	t, s := k.t, k.stores
	at := start()
	hour := func(n int) time.Time { return at.Add(time.Duration(n) * time.Hour) }
	persons := directory.Listing{Peer: fsc.Peer{ID: anna, ManagerAddress: "https://anna.example:443"}, Name: "persons", Protocol: fsc.ProtocolHTTP11}
	delegated := persons
	delegated.Delegator.ID = carla
	observe(t, s, dirk, hour(0), persons, delegated)
	observe(t, s, bart, hour(0), persons)
	persons.Protocol = fsc.ProtocolHTTP2
	observe(t, s, dirk, hour(1), persons)
	observe(t, s, dirk, hour(2), persons)

	first := directory.Observation{
		Subject:  directory.Subject{Directory: bart, Provider: anna, Name: "persons"},
		Protocol: fsc.ProtocolHTTP11, ManagerAddress: "https://anna.example:443", FirstSeen: hour(0), LastSeen: hour(0),
	}
	changed := first
	changed.Directory, changed.Protocol, changed.LastSeen = dirk, fsc.ProtocolHTTP2, hour(2)
	changed.Events = []directory.Event{{At: hour(1), Kind: directory.EventProtocol, From: string(fsc.ProtocolHTTP11), To: string(fsc.ProtocolHTTP2)}}
	gone := first
	gone.Directory, gone.Delegator, gone.GoneSince = dirk, carla, hour(1)
	gone.Events = []directory.Event{{At: hour(1), Kind: directory.EventGone}}
	equal(t, "kept", observed(t, s, anna, "persons"), []directory.Observation{first, changed, gone})
	equal(t, "another service", len(observed(t, s, anna, "person")), 0)

	forget := func([]directory.Observation) directory.News {
		return directory.News{Forgotten: []directory.Subject{gone.Subject}}
	}
	if err := s.History.Observe(t.Context(), dirk, forget); err != nil {
		t.Fatal(err)
	}
	equal(t, "forgotten", observed(t, s.Reopen(), anna, "persons"), []directory.Observation{first, changed})
}
