// SPDX-License-Identifier: EUPL-1.2

package directory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// Compare tells what the whole list of a Directory, read at a time, changes in what
// is known of it. A part of a list must not come here: what isn't in it counts as
// gone.
//
// When there is no place for all, what has been gone longest goes. What is listed
// stays, so that a list that is too long doesn't push out its own services in turn.
func Compare(of fsc.PeerID, known []Observation, listed []Listing, at time.Time) News {
	bySubject := make(map[Subject]*Observation, len(known))
	for i := range known {
		o := &known[i]
		if o.LastSeen.After(at) || o.GoneSince.After(at) {
			return News{} // a later read has been here before
		}
		bySubject[o.Subject] = o
	}
	n := News{Seen: at}
	var fresh []Observation
	seen := make(map[Subject]bool, len(listed))
	for i := range listed {
		now := observe(of, &listed[i], at)
		if seen[now.Subject] || now.tooLong() {
			continue
		}
		seen[now.Subject] = true
		before, ok := bySubject[now.Subject]
		if !ok {
			fresh = append(fresh, now)
			continue
		}
		if o, changed := before.listedAs(&now); changed {
			n.Changed = append(n.Changed, o)
		}
	}
	var gone []Observation
	for i := range known {
		o := &known[i]
		if seen[o.Subject] {
			continue
		}
		if o.GoneSince.IsZero() {
			n.Changed = append(n.Changed, o.gone(at))
		}
		gone = append(gone, *o)
	}
	n.makePlace(len(known), fresh, gone)
	return n
}

// makePlace adds the new ones as far as there is place, and forgets gone ones for
// them.
func (n *News) makePlace(known int, fresh, gone []Observation) {
	if excess := known + len(fresh) - MaxObservations; excess > 0 {
		slices.SortStableFunc(gone, func(a, b Observation) int { return a.LastSeen.Compare(b.LastSeen) })
		gone = gone[:min(excess, len(gone))]
		forgotten := make(map[Subject]bool, len(gone))
		for i := range gone {
			forgotten[gone[i].Subject] = true
			n.Forgotten = append(n.Forgotten, gone[i].Subject)
		}
		n.Changed = slices.DeleteFunc(n.Changed, func(o Observation) bool { return forgotten[o.Subject] })
		fresh = fresh[:max(0, min(len(fresh), MaxObservations-known+len(gone)))]
	}
	n.Changed = append(n.Changed, fresh...)
}

// observe is a listing as it is seen for the first time.
func observe(of fsc.PeerID, l *Listing, at time.Time) Observation {
	return Observation{
		Subject:  Subject{Directory: of, Provider: l.Peer.ID, Delegator: l.Delegator.ID, Name: l.Name},
		Protocol: fsc.Protocol(short(string(l.Protocol))), ManagerAddress: short(l.Peer.ManagerAddress), FirstSeen: at, LastSeen: at,
	}
}

// tooLong tells whether what names a service is longer than anybody needs.
func (s *Subject) tooLong() bool {
	return len(s.Name)+len(s.Provider)+len(s.Delegator) > maxObservedBytes
}

func short(s string) string {
	if len(s) > maxObservedBytes {
		s = s[:maxObservedBytes]
	}
	return strings.ToValidUTF8(s, "")
}

// listedAs gives the observation with what is different now, and whether anything is.
// A Directory that leaves the address out tells nothing of it.
func (o *Observation) listedAs(now *Observation) (Observation, bool) {
	var events []Event
	if !o.GoneSince.IsZero() {
		events = append(events, Event{At: now.LastSeen, Kind: EventBack})
	}
	if o.Protocol != now.Protocol {
		events = append(events, Event{At: now.LastSeen, Kind: EventProtocol, From: string(o.Protocol), To: string(now.Protocol)})
	}
	address := cmp.Or(now.ManagerAddress, o.ManagerAddress)
	if o.ManagerAddress != "" && o.ManagerAddress != address {
		events = append(events, Event{At: now.LastSeen, Kind: EventAddress, From: o.ManagerAddress, To: address})
	}
	changed := len(events) > 0 || o.ManagerAddress != address
	out := o.with(events...)
	out.Protocol, out.ManagerAddress, out.LastSeen, out.GoneSince = now.Protocol, address, now.LastSeen, time.Time{}
	return out, changed
}

// gone gives the observation as of a service that was found missing.
func (o *Observation) gone(at time.Time) Observation {
	out := o.with(Event{At: at, Kind: EventGone})
	out.GoneSince = at
	return out
}

// with gives the observation with more events, of which the newest are kept.
func (o *Observation) with(events ...Event) Observation {
	out := *o
	out.Events = slices.Concat(o.Events, events)
	out.Events = out.Events[max(0, len(out.Events)-MaxEvents):]
	return out
}
