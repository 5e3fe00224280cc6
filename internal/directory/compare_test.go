// SPDX-License-Identifier: EUPL-1.2

package directory_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/directory"
)

var firstRead = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func after(hours int) time.Time { return firstRead.Add(time.Duration(hours) * time.Hour) }

func persons() directory.Listing {
	return directory.Listing{
		Peer: fsc.Peer{ID: anna, Name: "Gemeente Anna", ManagerAddress: "https://anna.test:443"}, Name: "persons", Protocol: fsc.ProtocolHTTP11,
	}
}

// memory applies news as a store does.
type memory []directory.Observation

func (m *memory) read(at time.Time, listed ...directory.Listing) directory.News {
	n := directory.Compare(dirk, *m, listed, at)
	bySubject := map[directory.Subject]directory.Observation{}
	for _, o := range *m {
		bySubject[o.Subject] = o
	}
	for _, s := range n.Forgotten {
		delete(bySubject, s)
	}
	for _, o := range n.Changed {
		bySubject[o.Subject] = o
	}
	*m = nil
	for _, o := range bySubject {
		if o.GoneSince.IsZero() && !n.Seen.IsZero() {
			o.LastSeen = n.Seen
		}
		*m = append(*m, o)
	}
	return n
}

func TestWhatHappensToAServiceIsSeen(t *testing.T) {
	var m memory
	l := persons()
	m.read(after(0), l)
	if n := m.read(after(1), l); len(n.Changed) != 0 || !n.Seen.Equal(after(1)) {
		t.Errorf("a list without news gives %+v", n)
	}
	m.read(after(2))
	m.read(after(3))
	l.Protocol, l.Peer.ManagerAddress = fsc.ProtocolHTTP2, "https://new.test:443"
	m.read(after(4), l)
	l.Peer.ManagerAddress = ""
	m.read(after(5), l)
	want := memory{{
		Subject:  directory.Subject{Directory: dirk, Provider: anna, Name: "persons"},
		Protocol: fsc.ProtocolHTTP2, ManagerAddress: "https://new.test:443", FirstSeen: after(0), LastSeen: after(5),
		Events: []directory.Event{
			{At: after(2), Kind: directory.EventGone},
			{At: after(4), Kind: directory.EventBack},
			{At: after(4), Kind: directory.EventProtocol, From: string(fsc.ProtocolHTTP11), To: string(fsc.ProtocolHTTP2)},
			{At: after(4), Kind: directory.EventAddress, From: "https://anna.test:443", To: "https://new.test:443"},
		},
	}}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got  %+v\nwant %+v", m, want)
	}
}

func TestAGoneServiceTellsSinceWhen(t *testing.T) {
	var m memory
	m.read(after(0), persons())
	m.read(after(2))
	if n := m.read(after(3)); len(n.Changed) != 0 {
		t.Errorf("it goes again: %+v", n)
	}
	if o := m[0]; !o.GoneSince.Equal(after(2)) || !o.LastSeen.Equal(after(0)) {
		t.Errorf("%+v", o)
	}
}

func TestAReadThatComesTooLateChangesNothing(t *testing.T) {
	var m memory
	m.read(after(0), persons())
	m.read(after(2), persons())
	if n := m.read(after(1)); len(n.Changed) != 0 || !n.Seen.IsZero() {
		t.Errorf("%+v", n)
	}
}

func TestOneServiceForTwoDelegatorsIsTwoSubjects(t *testing.T) {
	delegated := persons()
	delegated.Delegator.ID = bart
	var m memory
	m.read(after(0), persons(), delegated, persons())
	if m.read(after(1), delegated); len(m) != 2 {
		t.Fatalf("%+v", m)
	}
	for _, o := range m {
		if gone := !o.GoneSince.IsZero(); gone != (o.Delegator == "") {
			t.Errorf("%+v", o)
		}
	}
}

func TestTheOldestEventsGo(t *testing.T) {
	var m memory
	for i := range directory.MaxEvents {
		m.read(after(2*i), persons())
		m.read(after(2*i + 1))
	}
	o := m[0]
	if len(o.Events) != directory.MaxEvents || !o.FirstSeen.Equal(after(0)) || !o.Events[directory.MaxEvents-1].At.Equal(after(2*directory.MaxEvents-1)) {
		t.Errorf("%d events, first seen %s", len(o.Events), o.FirstSeen)
	}
}

func many(prefix string, n int) []directory.Listing {
	out := make([]directory.Listing, 0, n)
	for i := range n {
		l := persons()
		l.Name = fmt.Sprintf("%s-%d", prefix, i)
		out = append(out, l)
	}
	return out
}

func TestWhatIsGoneLongestMakesPlace(t *testing.T) {
	var m memory
	m.read(after(0), many("old", 2)...)
	m.read(after(1), many("new", directory.MaxObservations-2)...)
	if n := m.read(after(2), append(many("new", directory.MaxObservations-2), many("newest", 1)...)...); len(n.Forgotten) != 1 || len(m) != directory.MaxObservations {
		t.Errorf("forgotten %v, known %d", n.Forgotten, len(m))
	}
	n := m.read(after(3), append(many("newest", 3), many("new", directory.MaxObservations)...)...)
	if len(n.Forgotten) != 1 || len(n.Changed) != 1 || len(m) != directory.MaxObservations {
		t.Errorf("a list that is too long forgets %v and changes %d, known %d", n.Forgotten, len(n.Changed), len(m))
	}
	if n := m.read(after(4), append(many("newest", 3), many("new", directory.MaxObservations)...)...); len(n.Forgotten) != 0 || len(n.Changed) != 0 {
		t.Errorf("the same again forgets %v and changes %d", n.Forgotten, len(n.Changed))
	}
}

func TestLongTextsOfADirectoryAreCut(t *testing.T) {
	long := strings.Repeat("é", 5000)
	nameless, wordy := persons(), persons()
	nameless.Name, wordy.Protocol, wordy.Peer.ManagerAddress = long, fsc.Protocol(long), long
	var m memory
	m.read(after(0), nameless, wordy)
	if len(m) != 1 || len(m[0].Protocol) != 1000 || len(m[0].ManagerAddress) != 1000 {
		t.Fatalf("%d remembered", len(m))
	}
	if n := m.read(after(1), nameless, wordy); len(n.Changed) != 0 {
		t.Errorf("a cut text counts as changed: %+v", n.Changed)
	}
}
