// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// timeline tells what happened to a contract and what lies ahead, oldest first.
func (b *book) timeline(c *manager.Contract, deliveries []manager.Delivery, now time.Time) []Moment {
	validity := c.Content.Validity
	all := []Moment{
		{At: time.Unix(c.Content.CreatedAt, 0), Kind: MomentCreated},
		{At: c.StoredAt, Kind: MomentKnown},
		{At: time.Unix(validity.NotBefore, 0), Kind: MomentStarts},
		{At: time.Unix(validity.NotAfter, 0), Kind: MomentEnds},
	}
	kinds := map[fsc.SignatureType]MomentKind{
		fsc.SignatureTypeAccept: MomentAccepted, fsc.SignatureTypeReject: MomentRejected, fsc.SignatureTypeRevoke: MomentRevoked,
	}
	running := !ended(c.State(now))
	for _, s := range c.Signatures {
		all = append(all, Moment{At: s.SignedAt, Kind: kinds[s.Type], Peer: b.peer(s.PeerID)})
		lapses := s.Type == fsc.SignatureTypeAccept && s.CertificateNotAfter.Unix() < validity.NotAfter
		if lapses && running {
			all = append(all, Moment{At: s.CertificateNotAfter, Kind: MomentAcceptLapses, Peer: b.peer(s.PeerID)})
		}
	}
	for i := range deliveries {
		all = append(all, b.deliveryMoment(&deliveries[i]))
	}
	for i := range all {
		all[i].At = all[i].At.UTC()
		all[i].Ahead = all[i].At.After(now)
	}
	if !running {
		all = slices.DeleteFunc(all, func(m Moment) bool { return m.Ahead && m.Delivery == nil })
	}
	slices.SortStableFunc(all, func(x, y Moment) int {
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(order(x.Kind), order(y.Kind)))
	})
	return all
}

func (b *book) deliveryMoment(d *manager.Delivery) Moment {
	m := Moment{At: d.DeliveredAt, Kind: MomentDelivered, Peer: b.peer(d.Target), Delivery: d}
	switch d.Status {
	case manager.DeliveryWaiting:
		m.At, m.Kind = d.NextAttempt, MomentDeliveryWaiting
	case manager.DeliveryFailed:
		m.At, m.Kind = d.CreatedAt, MomentDeliveryFailed
	case manager.DeliveryDelivered:
	}
	return m
}

// order puts moments of the same second in the order in which they happen.
func order(k MomentKind) int {
	return slices.Index([]MomentKind{
		MomentCreated, MomentStarts, MomentKnown, MomentAccepted, MomentRejected, MomentRevoked, MomentDelivered,
		MomentDeliveryFailed, MomentDeliveryWaiting, MomentAcceptLapses, MomentEnds,
	}, k)
}

func ended(s fsc.ContractState) bool {
	return s == fsc.StateRejected || s == fsc.StateRevoked || s == fsc.StateExpired
}
