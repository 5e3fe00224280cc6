// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

const (
	// maxPeerContracts bounds the contracts on the page of a Peer; the list of
	// contracts has them all.
	maxPeerContracts = 20
	// maxDeliveries bounds the messages that are listed.
	maxDeliveries = 100
)

// PeerFilter selects Peers; zero fields don't filter.
type PeerFilter struct {
	// Text is in the name, ignoring case, or it is the beginning of an OIN.
	Text string
	Place
}

// KnownPeer is a Peer that this Manager knows.
type KnownPeer struct {
	fsc.Peer
	Self bool
	// Directory tells whether it keeps a Directory of the Group.
	Directory bool
	// Undelivered are messages that haven't reached it; Failed of them were
	// refused and wait for a person.
	Undelivered, Failed int
}

// Peers lists the organisations that this Manager knows: those that announced
// themselves, those it has contracts with, and itself. They come in order of
// their OIN.
func (c *Controller) Peers(ctx context.Context, a operator.Actor, f PeerFilter) (Window[KnownPeer], error) {
	var none Window[KnownPeer]
	if err := c.view(a, operator.PermissionRead); err != nil {
		return none, err
	}
	peers, err := c.cfg.Manager.ListPeers(ctx, manager.PeerFilter{})
	if err != nil {
		return none, err
	}
	undelivered, err := c.cfg.Manager.ListDeliveries(ctx, manager.DeliveryFilter{Undelivered: true})
	if err != nil {
		return none, err
	}
	words := strings.Fields(strings.ToLower(f.Text))
	var list []KnownPeer
	for _, p := range peers {
		if contains(words, p.Name, string(p.ID)) {
			list = append(list, c.known(p, undelivered))
		}
	}
	return cut(list, func(p KnownPeer) string { return string(p.ID) }, f.Place), nil
}

func (c *Controller) known(p fsc.Peer, undelivered []manager.Delivery) KnownPeer {
	k := KnownPeer{Peer: p, Self: p.ID == c.Self().ID, Directory: slices.Contains(c.directoryIDs(), p.ID)}
	for _, d := range undelivered {
		if d.Target == p.ID {
			k.Undelivered++
			if d.Status == manager.DeliveryFailed {
				k.Failed++
			}
		}
	}
	return k
}

// PeerDetail is everything about one organisation.
type PeerDetail struct {
	KnownPeer
	// Contracts with it, newest first; More tells that there are more.
	Contracts []Contract
	More      bool
	// Deliveries are messages to it that haven't arrived, oldest first.
	Deliveries []manager.Delivery
	// Received and Sent are calls of the last seven days: by it to our services,
	// and by us to its services.
	Received, Sent []txlog.Traffic
	// ReceivedPerDay and SentPerDay are their averages, rounded up.
	ReceivedPerDay, SentPerDay int64
}

// Undelivered lists all messages to an organisation that haven't arrived, oldest
// first.
func (c *Controller) Undelivered(ctx context.Context, a operator.Actor, id fsc.PeerID) ([]manager.Delivery, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	if _, err := c.findPeer(ctx, id); err != nil {
		return nil, err
	}
	return c.cfg.Manager.ListDeliveries(ctx, manager.DeliveryFilter{Target: id, Undelivered: true})
}

// Peer tells everything about one organisation that this Manager knows.
func (c *Controller) Peer(ctx context.Context, a operator.Actor, id fsc.PeerID) (*PeerDetail, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	p, err := c.findPeer(ctx, id)
	if err != nil {
		return nil, err
	}
	d := &PeerDetail{}
	if d.Deliveries, err = c.cfg.Manager.ListDeliveries(ctx, manager.DeliveryFilter{Target: id, Undelivered: true, Limit: maxDeliveries}); err != nil {
		return nil, err
	}
	d.KnownPeer = c.known(p, d.Deliveries)
	if err := c.fillContracts(ctx, d); err != nil {
		return nil, err
	}
	if d.Received, d.ReceivedPerDay, err = c.trafficWith(ctx, id, txlog.DirectionIncoming); err != nil {
		return nil, err
	}
	d.Sent, d.SentPerDay, err = c.trafficWith(ctx, id, txlog.DirectionOutgoing)
	return d, err
}

// findPeer finds a Peer among those this Manager knows.
func (c *Controller) findPeer(ctx context.Context, id fsc.PeerID) (fsc.Peer, error) {
	peers, err := c.cfg.Manager.ListPeers(ctx, manager.PeerFilter{IDs: []fsc.PeerID{id}})
	switch {
	case err != nil:
		return fsc.Peer{}, err
	case len(peers) == 1:
		return peers[0], nil
	case id == c.Self().ID:
		return c.Self(), nil
	case slices.Contains(c.directoryIDs(), id):
		return fsc.Peer{ID: id}, nil
	}
	return fsc.Peer{}, notFound("this organisation isn't known here")
}

func (c *Controller) fillContracts(ctx context.Context, d *PeerDetail) error {
	s := manager.ContractSearch{Peer: d.ID, Limit: maxPeerContracts}
	if d.Self {
		s.Peer = ""
	}
	page, err := c.cfg.Manager.SearchContracts(ctx, s)
	if err != nil {
		return ofField(err)
	}
	contents := make([]*fsc.Content, 0, len(page.Contracts))
	for _, contract := range page.Contracts {
		contents = append(contents, contract.Content)
	}
	b, err := c.bookOf(ctx, contents...)
	if err != nil {
		return err
	}
	now := c.cfg.Now()
	for _, contract := range page.Contracts {
		d.Contracts = append(d.Contracts, b.contract(contract, now))
	}
	d.More = page.Next != nil
	return nil
}

func (c *Controller) trafficWith(ctx context.Context, id fsc.PeerID, direction txlog.Direction) ([]txlog.Traffic, int64, error) {
	until := c.cfg.Now().UTC().Truncate(time.Hour).Add(time.Hour)
	hours, err := c.cfg.Log.Traffic(ctx, txlog.TrafficQuery{
		From: until.AddDate(0, 0, -callDays), Until: until, Direction: direction, Peer: id, PerHour: true,
	})
	var sum int64
	for _, h := range hours {
		sum += h.Calls
	}
	slices.SortFunc(hours, func(a, b txlog.Traffic) int { return a.Hour.Compare(b.Hour) })
	return hours, perDay(sum), err
}

// ProbePeer connects to the Manager of an organisation and tells what it says of
// itself. A Peer that doesn't answer gives a [Probe] with a problem and no error.
func (c *Controller) ProbePeer(ctx context.Context, a operator.Actor, id fsc.PeerID) (*Probe, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	if _, err := c.findPeer(ctx, id); err != nil {
		return nil, err
	}
	p := &Probe{At: c.cfg.Now()}
	reached, err := c.cfg.Remote.Probe(ctx, id)
	if err != nil {
		c.cfg.Logger.Info("probe", "peer_id", id, "error", err)
		p.Problem = problemOf(err)
		return p, nil
	}
	p.Reached = reached
	return p, nil
}

// Probe is how a Manager answered.
type Probe struct {
	Reached
	At      time.Time
	Problem CheckProblem // empty: it answered
}

// ReconcilePeer compares contracts with another Manager now, and mends what is
// missing on either side.
func (c *Controller) ReconcilePeer(ctx context.Context, a operator.Actor, id fsc.PeerID) (manager.Reconciled, error) {
	var r manager.Reconciled
	err := c.act(ctx, a, operator.PermissionManage, operator.Event{Act: "peer.reconcile", Object: string(id)}, func() (err error) {
		if _, err := c.findPeer(ctx, id); err != nil {
			return err
		}
		r, err = c.cfg.Manager.Reconcile(ctx, id)
		if err != nil && fsc.CodeOf(err) == fsc.CodeInternal {
			return fsc.WrapError(fsc.CodeInternal, err, "the Manager of this organisation didn't answer")
		}
		return err
	})
	return r, err
}

// RetryPeer sends what waits for an organisation now, also what it refused
// before. It tells how many messages that are.
func (c *Controller) RetryPeer(ctx context.Context, a operator.Actor, id fsc.PeerID) (int, error) {
	n := 0
	err := c.act(ctx, a, operator.PermissionManage, operator.Event{Act: "peer.retry", Object: string(id)}, func() (err error) {
		if _, err := c.findPeer(ctx, id); err != nil {
			return err
		}
		n, err = c.cfg.Manager.Retry(ctx, id)
		return err
	})
	return n, err
}
