// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/http1"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/txlog"
)

// openOutway makes the Outway and its door for applications.
func (n *Node) openOutway(ctx context.Context) error {
	if !n.cfg.Has(RoleOutway) {
		return nil
	}
	var config *tls.Config
	if n.cfg.Outway.TLS != (FilesConfig{}) {
		own, err := n.keys.follow(n.cfg.Outway.TLS)
		if err != nil {
			return fmt.Errorf("outway.tls: %w", err)
		}
		config = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			c := own.Current().TLS()
			return &c, nil
		}}
	}
	l, err := open(ctx, "outway", n.cfg.Outway.Listen, config)
	if err != nil {
		return err
	}
	n.Addresses["outway"] = l.Addr().String()
	clients := n.newClients(n.keys.outway) //nolint:contextcheck // the TLS callback has a time limit of its own
	client := fscapi.NewClient(fscapi.ClientConfig{HTTP: clients.client})
	peers := n.trust.tls(n.keys.outway)
	n.tokens = tokens{client: client, certificates: n.newCertificates(client, nil), self: n.self.ID, own: n.keys.outway}
	var authorizer outway.Authorizer // nil costs nothing
	if n.outwayAccess != nil {
		authorizer = outwayPolicy{n.outwayAccess, n.self.ID}
	}
	var recorder txlog.Recorder = n.log
	if n.cfg.Outway.ServerTiming {
		recorder = timedRecorder{recorder}
		if authorizer != nil {
			authorizer = timedOutwayAuthorizer{authorizer}
		}
	}
	n.outway = outway.New(outway.Config{
		GroupID: n.group, PeerID: n.self.ID, Recorder: recorder, AllowUpgrade: true, Authorizer: authorizer,
		Certificate: n.outwayThumbprint,
		Tokens:      n.tokens,
		TLS:         func(id fsc.PeerID) *tls.Config { return peers.Client(id) }, //nolint:contextcheck // the TLS callback has a time limit of its own
		Observer:    n.metrics.observe("outway"), TransactionIDMode: n.cfg.Outway.TransactionID,
		Now: n.now, Logger: n.logger.With("component", "outway"),
	})
	var handler http.Handler = n.outway
	if n.cfg.Outway.ServerTiming {
		handler = timed("outway", "inway", handler)
	}
	server := newServer(handler, true, n.logger)
	server.DisableGeneralOptionsHandler = true
	n.doors = append(n.doors, &door{name: "outway", listener: l, server: http1.New(server), opens: n.outwayFed.first, ending: make(chan struct{})})
	n.health.add("outway", n.outwayFed.health)
	return nil
}

func (n *Node) outwayThumbprint() string { return n.keys.outway.Current().CertificateThumbprint() }

// feedOutway keeps the Outway on the newest snapshot.
func (n *Node) feedOutway(ctx context.Context) {
	next := func(ctx context.Context, after string) (internalapi.Snapshot[manager.OutwaySnapshot], error) {
		if n.manager == nil {
			return n.remote.AwaitOutwaySnapshot(ctx, after)
		}
		return internalapi.Await(ctx, n.manager, after, n.manager.OutwayChanges)
	}
	feed(ctx, n, source[manager.OutwaySnapshot]{
		component: "outway", fed: n.outwayFed, next: next, own: n.outwayThumbprint, apply: n.updateOutway,
	})
}

func (n *Node) updateOutway(s *manager.OutwaySnapshot) error {
	own := n.keys.outway.Current()
	n.outway.Update(outwayInput(s, n.cfg.routes(), own.Leaf(), own.PublicKeyThumbprint()))
	return nil
}

// outwayInput is a snapshot as the Outway with this configuration, certificate and
// key sees it.
func outwayInput(s *manager.OutwaySnapshot, configured []manager.Route, leaf *x509.Certificate, thumbprint string) outway.SnapshotInput {
	in := outway.SnapshotInput{Changes: s.After != "", Gone: s.Gone, Grants: make([]outway.Grant, 0, len(s.Grants))}
	// Of routes for the same host and prefix the first counts.
	for _, r := range slices.Concat(configured, s.Routes) {
		in.Routes = append(in.Routes, outway.Route{
			Host: r.Host, PathPrefix: r.PathPrefix, StripPrefix: r.StripPrefix, ServicePeerID: r.ServicePeerID,
			Service: r.Service, Delegator: r.Delegator, ServiceDelegator: r.ServiceDelegator,
		})
	}
	for i := range s.Grants {
		in.Grants = append(in.Grants, outwayGrant(&s.Grants[i], leaf, thumbprint))
	}
	return in
}

// outwayGrant is a grant as the Outway with this certificate and key sees it.
func outwayGrant(g *manager.OutwayGrant, leaf *x509.Certificate, thumbprint string) outway.Grant {
	problem := g.Problem
	if problem == "" && !isOutwayOf(g, leaf, thumbprint) {
		problem = "the contract names another Outway of this Peer (key or domain)"
	}
	return outway.Grant{
		Hash: g.Hash, ServicePeer: g.ServicePeer, Service: g.Service, Delegator: g.Delegator, ServiceDelegator: g.ServiceDelegator,
		NotBefore: g.NotBefore, NotAfter: g.NotAfter, CreatedAt: g.CreatedAt, Problem: problem,
	}
}

// routes are those of the configuration, which win from those people store.
func (c *Config) routes() []manager.Route {
	if !c.Has(RoleOutway) {
		return nil
	}
	out := make([]manager.Route, 0, len(c.Outway.Routes))
	for _, r := range c.Outway.Routes {
		out = append(out, manager.Route{
			Host: r.Host, PathPrefix: r.PathPrefix, StripPrefix: r.StripPrefix, ServicePeerID: r.PeerID,
			Service: r.Service, Delegator: r.Delegator, ServiceDelegator: r.ServiceDelegator,
		})
	}
	return out
}

// isOutwayOf tells whether the grant names this Outway's certificate.
func isOutwayOf(g *manager.OutwayGrant, leaf *x509.Certificate, thumbprint string) bool {
	if g.DomainName != "" {
		return slices.ContainsFunc(leaf.DNSNames, func(name string) bool { return strings.EqualFold(name, g.DomainName) })
	}
	return g.PublicKeyThumbprint == thumbprint || fsc.EqualThumbprints(g.PublicKeyThumbprint, thumbprint)
}
