// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

func (s *server) createComparison(c *call) (*reply, error) {
	in, err := decode[client.NewLogComparison](c)
	if err != nil {
		return nil, err
	}
	r, err := s.act.CompareLogs(c.ctx(), c.actor, reconcile.Request{Peer: in.PeerID, Grant: string(in.GrantHash), From: in.From, Until: in.Until})
	if err != nil {
		return nil, err
	}
	return done(comparisonOf(r))
}

func comparisonOf(r *controller.LogComparison) client.LogComparison {
	return client.LogComparison{
		Peer: peerOf(r.Other), At: utc(r.At), From: utc(r.From), Until: utc(r.Until), Next: utc(r.Next), Agrees: r.Agrees(), ByRoots: r.ByRoots,
		Requests: r.Requests, LogTally: tallyOf(r.Tally), Ours: each(r.Ours, differenceOf), Theirs: each(r.Theirs, differenceOf), Problem: r.Problem,
		Grants: each(r.Grants, func(g reconcile.GrantTally) client.GrantTally {
			return client.GrantTally{GrantHash: fsc.GrantHash(g.Grant), Direction: wayOf(g.Outgoing), LogTally: tallyOf(g.Tally)}
		}),
	}
}

func tallyOf(t reconcile.Tally) client.LogTally {
	return client.LogTally{
		Equal: t.Equal, OnlyOurs: t.OnlyOurs, OnlyTheirs: t.OnlyTheirs, OpenOurs: t.OpenOurs, OpenTheirs: t.OpenTheirs,
		ExpiredHere: t.ExpiredHere, ExpiredThere: t.ExpiredThere,
	}
}

func differenceOf(d reconcile.Difference) client.LogDifference {
	return client.LogDifference{
		TransactionID: d.TransactionID, GrantHash: fsc.GrantHash(d.Grant), Direction: wayOf(d.Outgoing), Service: d.Service, At: utc(d.At),
		OtherGrantHash: fsc.GrantHash(d.OtherGrant),
	}
}

// wayOf names the direction of calls by our side of them.
func wayOf(outgoing bool) string {
	if outgoing {
		return directionOf(txlog.DirectionOutgoing)
	}
	return directionOf(txlog.DirectionIncoming)
}
