// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/fsc"
)

const (
	firstBackoff     = 5 * time.Second
	lastBackoff      = time.Hour
	deliveryLease    = time.Minute
	deliveryTimeout  = 15 * time.Second
	deliveriesAtOnce = 8
	outboxPoll       = 2 * time.Second
	// outboxWorkers take deliveries beside each other, so that Peers that don't
	// answer don't keep the others waiting.
	outboxWorkers = 4
	// relocateEvery is after how many failures in a row the Directories are
	// asked whether the Peer's Manager has moved.
	relocateEvery = 3
)

// errNoAddress keeps a delivery waiting until the Peer's Manager is known.
var errNoAddress = errors.New("no Manager address is known for this Peer; it has to announce itself, or appear in a Directory")

// Run keeps the outbox moving and reconciles with other Managers until ctx ends;
// an interval of 0 is [ReconcileInterval].
func (m *Manager) Run(ctx context.Context, reconcileEvery time.Duration) error {
	if reconcileEvery <= 0 {
		reconcileEvery = ReconcileInterval
	}
	g, ctx := errgroup.WithContext(ctx)
	for range outboxWorkers {
		g.Go(func() error { m.runOutbox(ctx); return nil })
	}
	g.Go(func() error { m.runReconcile(ctx, reconcileEvery); return nil })
	return g.Wait()
}

func (m *Manager) runOutbox(ctx context.Context) {
	tick := time.NewTicker(outboxPoll)
	defer tick.Stop()
	for ctx.Err() == nil {
		n, err := m.deliverDue(ctx)
		if err != nil && ctx.Err() == nil {
			m.cfg.Logger.Error("outbox", "error", err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-m.wake:
		case <-tick.C:
		}
	}
}

// deliverDue sends what is due and tells how much it took up.
func (m *Manager) deliverDue(ctx context.Context) (int, error) {
	var due []Delivery
	err := m.cfg.Store.Update(ctx, func(tx Tx) (err error) {
		due, err = tx.LeaseDeliveries(ctx, m.cfg.Now(), deliveryLease, deliveriesAtOnce)
		return err
	})
	if err != nil {
		return 0, err
	}
	var g errgroup.Group
	for _, d := range due {
		g.Go(func() error { return m.deliver(ctx, d) })
	}
	return len(due), g.Wait()
}

// deliver tries one delivery and writes down what came of it. An announcement is
// never refused for good: whether it is believed depends on who can be reached.
func (m *Manager) deliver(ctx context.Context, leased Delivery) error {
	d := leased
	if until, rests := m.resting.until(d.Target, m.cfg.Now()); rests {
		d.NextAttempt = until
		return m.cfg.Store.Update(ctx, func(tx Tx) error { return settle(ctx, tx, leased, d) })
	}
	sendCtx, cancel := context.WithTimeout(ctx, deliveryTimeout)
	defer cancel()
	giveUp, err := m.send(sendCtx, d)
	if ctx.Err() != nil {
		return nil // shutting down: the lease runs out and it is tried again
	}
	now := m.cfg.Now()
	d.Attempts++
	refused, isRefused := errors.AsType[*Refused](err)
	switch {
	case err == nil:
		d.Status, d.DeliveredAt, d.LastError = DeliveryDelivered, now, ""
	case isRefused && d.Kind != DeliveryAnnounce:
		d.Status, d.LastError = DeliveryFailed, refused.Error()
	case now.After(giveUp):
		d.Status, d.LastError = DeliveryFailed, "the contract has ended: "+err.Error()
	default:
		d.NextAttempt, d.LastError = now.Add(backoff(d.Attempts)), err.Error()
	}
	m.resting.tried(d, err)
	if err != nil {
		m.cfg.Logger.Warn("delivery", "kind", d.Kind, "content_hash", d.ContentHash, "peer_id", d.Target, "attempt", d.Attempts, "status", d.Status, "error", err)
	}
	return m.cfg.Store.Update(ctx, func(tx Tx) error { return settle(ctx, tx, leased, d) })
}

// settle writes down the outcome of a delivery, unless it was queued anew
// meanwhile: with a newer signature, by a person, or by another replica after
// the lease ran out.
func settle(ctx context.Context, tx Tx, leased, outcome Delivery) error {
	ds, err := tx.ListDeliveries(ctx, DeliveryFilter{ContentHash: leased.ContentHash, Target: leased.Target, Undelivered: true})
	if err != nil {
		return err
	}
	stillOurs := func(d Delivery) bool {
		return d.ID == leased.ID && d.CreatedAt.Equal(leased.CreatedAt) && d.NextAttempt.Equal(leased.NextAttempt)
	}
	if !slices.ContainsFunc(ds, stillOurs) {
		return nil
	}
	return tx.PutDelivery(ctx, outcome)
}

// send delivers one message and tells until when trying makes sense.
func (m *Manager) send(ctx context.Context, d Delivery) (giveUp time.Time, err error) {
	never := m.cfg.Now().Add(365 * 24 * time.Hour)
	peer, err := m.Locate(ctx, d.Target)
	if err == nil && d.Attempts > 0 && d.Attempts%relocateEvery == 0 {
		peer, err = m.askDirectories(ctx, peer)
	}
	if err != nil {
		return never, err
	}
	if d.Kind == DeliveryAnnounce {
		if peer.ManagerAddress == "" {
			return never, errNoAddress
		}
		return never, m.cfg.Peers.Announce(ctx, peer)
	}
	c, err := m.FindContract(ctx, d.ContentHash)
	if err != nil {
		return never, err
	}
	giveUp = time.Unix(c.Content.Validity.NotAfter, 0).Add(24 * time.Hour)
	if peer.ManagerAddress == "" {
		return giveUp, errNoAddress
	}
	s, ok := c.Signature(m.cfg.Self.ID, d.Kind.signature())
	if !ok {
		return giveUp, errors.New("own signature is missing")
	}
	return giveUp, m.cfg.Peers.Send(ctx, peer, d.Kind, c.Content.Raw(), c.Content.Hash(), s.JWS)
}

func (k DeliveryKind) signature() fsc.SignatureType {
	switch k {
	case DeliveryReject:
		return fsc.SignatureTypeReject
	case DeliveryRevoke:
		return fsc.SignatureTypeRevoke
	case DeliverySubmit, DeliveryAccept, DeliveryAnnounce:
	}
	return fsc.SignatureTypeAccept
}

// backoff doubles from 5 s to 1 h, with a third of jitter so that a peer that
// comes back isn't met by everybody at once.
func backoff(attempts int) time.Duration {
	d := lastBackoff
	if attempts < 12 {
		d = min(firstBackoff<<(attempts-1), lastBackoff)
	}
	return d - time.Duration(rand.Int64N(int64(d)/3)) //nolint:gosec // jitter needs no secrecy
}

// AnnounceSelf queues an announcement to every Directory (Core, announce).
func (m *Manager) AnnounceSelf(ctx context.Context) error {
	return m.update(ctx, func(tx Tx) error {
		for _, d := range m.cfg.Directories {
			if d.ID == m.cfg.Self.ID {
				continue
			}
			if err := tx.PutDelivery(ctx, m.delivery(DeliveryAnnounce, "", d.ID)); err != nil {
				return err
			}
		}
		return tx.PutPeer(ctx, m.cfg.Self)
	})
}

// Retry makes waiting and failed deliveries to a Peer due now.
func (m *Manager) Retry(ctx context.Context, to fsc.PeerID) (int, error) {
	n := 0
	err := m.update(ctx, func(tx Tx) error {
		ds, err := tx.ListDeliveries(ctx, DeliveryFilter{Target: to, Undelivered: true})
		if err != nil {
			return err
		}
		n = len(ds)
		m.resting.forget(to)
		for _, d := range ds {
			d.Status, d.NextAttempt = DeliveryWaiting, m.cfg.Now()
			if err := tx.PutDelivery(ctx, d); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
