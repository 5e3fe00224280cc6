// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"net/http"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (s *server) peerHandlers() map[string]handler {
	return map[string]handler{
		"listPeers": s.listPeers, "getPeer": s.getPeer, "createReconciliation": s.createReconciliation,
		"createProbe": s.createProbe, "createPeerDeliveries": s.createPeerDeliveries,
	}
}

func knownPeerOf(p controller.KnownPeer) client.KnownPeer {
	return client.KnownPeer{Peer: peerOf(p.Peer), Self: p.Self, Directory: p.Directory, Undelivered: p.Undelivered, Failed: p.Failed}
}

func (s *server) listPeers(c *call) (*reply, error) {
	place, err := c.window()
	if err != nil {
		return nil, err
	}
	found, err := s.act.Peers(c.ctx(), c.actor, controller.PeerFilter{Text: c.text("text"), Place: place})
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, knownPeerOf)
}

func (s *server) getPeer(c *call) (*reply, error) {
	d, err := s.act.Peer(c.ctx(), c.actor, c.peerID())
	if err != nil {
		return nil, err
	}
	return done(client.PeerDetail{
		KnownPeer: knownPeerOf(d.KnownPeer), Contracts: each(d.Contracts, contractOf), More: d.More, Deliveries: each(d.Deliveries, deliveryOf),
		ReceivedPerDay: d.ReceivedPerDay, SentPerDay: d.SentPerDay,
	})
}

func (s *server) createReconciliation(c *call) (*reply, error) {
	r, err := s.act.ReconcilePeer(c.ctx(), c.actor, c.peerID())
	if err != nil {
		return nil, ofOther(err)
	}
	return done(client.Reconciliation(r))
}

func (s *server) createProbe(c *call) (*reply, error) {
	p, err := s.act.ProbePeer(c.ctx(), c.actor, c.peerID())
	if err != nil {
		return nil, err
	}
	out := client.Probe{At: utc(p.At), Problem: string(p.Problem), Version: p.Version, Extensions: p.Extensions, TookMilliseconds: p.Took.Milliseconds()}
	if p.Certificate.Thumbprint != "" {
		v := s.certificateNow(p.Certificate)
		out.Certificate = &v
	}
	return done(out)
}

func (s *server) createPeerDeliveries(c *call) (*reply, error) {
	n, err := s.act.RetryPeer(c.ctx(), c.actor, c.peerID())
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusAccepted, body: client.Resent{Messages: n}}, nil
}
