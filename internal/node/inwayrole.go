// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/http1"
	"github.com/samenspel/samenspel/internal/inway"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/txlog"
)

// openInway makes the Inway and its door for Outways of others.
func (n *Node) openInway(ctx context.Context) error {
	if !n.cfg.Has(RoleInway) {
		n.inwayAddress = n.cfg.Inway.Address
		return nil
	}
	l, err := open(ctx, "inway", n.cfg.Inway.Listen, n.trust.tls(n.keys.inway).Server("http/1.1")) //nolint:contextcheck // the TLS callback has a time limit of its own
	if err != nil {
		return err
	}
	n.Addresses["inway"] = l.Addr().String()
	var recorder txlog.Recorder = n.log
	var authorizer inway.Authorizer = n.inwayAccess.Inway()
	if n.cfg.Inway.ServerTiming {
		recorder, authorizer = timedRecorder{recorder}, timedInwayAuthorizer{authorizer}
	}
	n.inway = inway.New(inway.Config{
		GroupID: n.group, PeerID: n.self.ID, Identity: n.trust.identity, Recorder: recorder, Authorizer: authorizer,
		Observer: inwayCalls{n.metrics.observe("inway"), &n.presence.calls}, Now: n.now, Logger: n.logger.With("component", "inway"),
	})
	var handler http.Handler = n.inway
	if n.cfg.Inway.ServerTiming {
		handler = timed("inway", "service", handler)
	}
	server := newServer(handler, true, n.logger)
	server.ConnContext = n.inway.ConnContext
	server.DisableGeneralOptionsHandler = true
	serving := http1.New(server)
	n.doors = append(n.doors, &door{name: "inway", listener: l, server: serving, opens: n.inwayFed.first, ending: make(chan struct{})})
	n.health.add("inway", n.inwayFed.health)
	if n.inwayAddress, err = publicURL(n.cfg.Inway.Address, l, n.keys.inway.Current()); err != nil {
		return fmt.Errorf("inway.address: %w", err)
	}
	n.presence.leave, n.presence.leaving, n.presence.others = serving.Leave, make(chan struct{}), make(chan int, 1)
	return nil
}

// feedInway keeps the Inway on the newest snapshot.
func (n *Node) feedInway(ctx context.Context) {
	next := func(ctx context.Context, after string) (internalapi.Snapshot[manager.InwaySnapshot], error) {
		if n.manager == nil {
			return n.remote.AwaitInwaySnapshot(ctx, after)
		}
		return internalapi.Await(ctx, n.manager, after, n.manager.InwayChanges)
	}
	feed(ctx, n, source[manager.InwaySnapshot]{
		component: "inway", fed: n.inwayFed, next: next, own: func() string { return "" }, apply: n.updateInway,
	})
}

func (n *Node) updateInway(s *manager.InwaySnapshot) error {
	in, err := inwayInput(s)
	if err == nil {
		n.inway.Update(in)
	}
	return err
}

// inwayInput is a snapshot as an Inway takes it.
func inwayInput(s *manager.InwaySnapshot) (inway.SnapshotInput, error) {
	in := inway.SnapshotInput{Changes: s.After != "", Gone: s.Gone, Ended: s.Ended, Keys: map[string]crypto.PublicKey{}}
	in.Services = make([]inway.Service, 0, len(s.Services))
	for i := range s.Services {
		svc := &s.Services[i]
		var all []*url.URL
		for _, address := range svc.Upstreams() {
			u, err := url.Parse(address)
			if err != nil {
				return in, fmt.Errorf("upstream of service %s: %w", svc.Name, err)
			}
			all = append(all, u)
		}
		in.Services = append(in.Services, inway.Service{Name: svc.Name, Upstream: all[0], More: all[1:], AllowUpgrade: true, Limits: svc.Limits})
	}
	for _, chain := range s.TokenKeys {
		leaf, err := x509.ParseCertificate(chain[0])
		if err != nil {
			return in, fmt.Errorf("token key: %w", err)
		}
		in.Keys[fsc.CertificateThumbprint(leaf.Raw)] = leaf.PublicKey
	}
	return in, nil
}
