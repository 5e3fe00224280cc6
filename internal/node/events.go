// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/event"
)

// openEvents makes what tells endpoints of this organisation about deeds.
func (n *Node) openEvents(context.Context) error {
	if n.desk == nil {
		return nil
	}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return fmt.Errorf("collective.events: %w", err)
	}
	fieldlab := n.cfg.Group.Type == "fieldlab"
	reach, err := reachOf(n.cfg.Collective.Events, fieldlab)
	if err != nil {
		return fmt.Errorf("collective.events.networks: %w", err)
	}
	var roots *x509.CertPool
	if files := n.cfg.Collective.Events.TrustAnchors; len(files) > 0 {
		anchors, err := readAnchors(files)
		if err != nil {
			return fmt.Errorf("collective.events.trust_anchors: %w", err)
		}
		roots = anchors.Pool()
	}
	for _, outcome := range []event.DeliveryState{event.Delivered, event.GivenUp} {
		n.metrics.events.WithLabelValues(string(outcome)) // there from the start, so that a rise can be seen
	}
	n.events, err = event.New(event.Config{
		Self: n.self.ID, Store: n.store.Events(), Source: n.desk.Happenings(), Client: event.NewClient(reach, roots), Zone: zone,
		DataRef: func(h deed.Hash) string { return "/" + collective.ServiceName + "/deeds/" + string(h) },
		Reach:   reach, Plain: fieldlab,
		Settled: func(d event.Delivery) { n.metrics.events.WithLabelValues(string(d.State)).Inc() },
		Now:     n.now, Logger: n.logger.With("component", "events"),
	})
	return err
}

// reachOf gives the networks in which endpoints may be. Those of a fieldlab are
// on its own machine.
func reachOf(c EventsConfig, fieldlab bool) (event.Reach, error) {
	networks := c.Networks
	if fieldlab {
		networks = append([]string{"127.0.0.0/8", "::1/128"}, networks...)
	}
	var reach event.Reach
	for _, text := range networks {
		p, err := insideNetwork(text)
		if err != nil {
			return reach, err
		}
		reach.Private = append(reach.Private, p)
	}
	return reach, nil
}

// insideNetwork reads a network; one that holds every address would guard
// nothing.
func insideNetwork(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err == nil && (p.Bits() == 0 || p.Addr().Is4In6()) {
		err = errors.New("not a network inside an organisation")
	}
	return p.Masked(), err
}

// runEvents records and delivers until ctx ends.
func (n *Node) runEvents(ctx context.Context, g *errgroup.Group) {
	g.Go(func() error { return n.events.Run(ctx) })
	g.Go(func() error {
		for {
			changed := n.desk.Changed()
			n.events.Notify()
			select {
			case <-ctx.Done():
				return nil
			case <-changed:
			}
		}
	})
}
