// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/http1"
	"github.com/samenspel/samenspel/internal/inway"
	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/txlog"
)

// quietCommand is the subcommand by which the rig runs itself as an Outway or
// Inway without a log.
const quietCommand = "quiet-hop"

// forgetful is a Recorder that keeps nothing, which breaks the first law of a
// node. It lives in the benchmark so that no configuration of a node can have it.
type forgetful struct{}

// Record implements [txlog.Recorder].
func (forgetful) Record(context.Context, *txlog.Record) error { return nil }

// startQuiet runs our own Outway and Inway as they are in a node, but without the
// log, to tell what the log costs.
func (r *rig) startQuiet(ctx context.Context, backend string) (*chain, error) {
	ports, err := freePorts(ctx, 2)
	if err != nil {
		return nil, err
	}
	token, err := r.group.token("https://" + local(ports[1]))
	if err != nil {
		return nil, err
	}
	c := &chain{entry: "http://" + local(ports[0]), host: serviceHost, hopPort: ports[1]}
	in, out := r.hopConfigs(ports, backend)
	out.Token = token
	if c.inway, err = r.startHop(ctx, quietCommand, "quiet", in); err != nil {
		return nil, err
	}
	if c.outway, err = r.startHop(ctx, quietCommand, "quiet", out); err != nil {
		return nil, err
	}
	return c, c.ready(ctx, r.bodies[0])
}

// quietHop is one side of that chain.
type quietHop struct {
	config hopConfig
	mine   *pki.KeyPair
	tls    *pki.TLS
}

// Current implements [pki.Source].
func (h *quietHop) Current() *pki.KeyPair { return h.mine }

// runQuiet is the program of one side; it ends with its context.
func runQuiet(ctx context.Context, file string) error {
	h := &quietHop{}
	var err error
	if h.config, err = readHop(file); err != nil {
		return err
	}
	if h.mine, err = (pair{certificate: h.config.Certificate, key: h.config.Key}).load(); err != nil {
		return err
	}
	pem, err := os.ReadFile(h.config.Anchor) //nolint:gosec // the rig wrote the configuration that names it
	if err != nil {
		return err
	}
	anchors, err := pki.LoadAnchors(pem)
	if err != nil {
		return err
	}
	h.tls = &pki.TLS{Anchors: func() *pki.Anchors { return anchors }, Transport: h, Now: time.Now}
	if h.config.Side == sideInway {
		return h.serveInway(ctx)
	}
	return h.serveOutway(ctx)
}

func (h *quietHop) serveInway(ctx context.Context) error {
	upstream, err := url.Parse("http://" + h.config.Upstream)
	if err != nil {
		return err
	}
	in := inway.New(inway.Config{GroupID: groupID, PeerID: providerID, Recorder: forgetful{}})
	defer in.Close()
	leaf := h.mine.Leaf()
	in.Update(inway.SnapshotInput{
		Services: []inway.Service{{Name: serviceName, Upstream: upstream, AllowUpgrade: true}},
		Keys:     map[string]crypto.PublicKey{fsc.CertificateThumbprint(leaf.Raw): leaf.PublicKey},
	})
	server := h.server(in)
	server.ConnContext = in.ConnContext
	return h.serve(ctx, server, h.tls.Server("http/1.1")) //nolint:contextcheck // the TLS callback has a time limit of its own
}

func (h *quietHop) serveOutway(ctx context.Context) error {
	token, err := fsc.ParseToken(h.config.Token)
	if err != nil {
		return err
	}
	out := outway.New(outway.Config{
		GroupID: groupID, PeerID: consumerID, Recorder: forgetful{}, AllowUpgrade: true,
		Certificate: h.mine.CertificateThumbprint, Tokens: oneToken{JWT: h.config.Token, Claims: token.Claims},
		TLS: func(id fsc.PeerID) *tls.Config { return h.tls.Client(id) }, //nolint:contextcheck // the TLS callback has a time limit of its own
	})
	defer out.Close()
	now := time.Now()
	out.Update(outway.SnapshotInput{
		Routes: []outway.Route{{Host: serviceHost, ServicePeerID: providerID, Service: serviceName}},
		Grants: []outway.Grant{{
			Hash: sampleGrantHash, ServicePeer: fsc.Peer{ID: providerID}, Service: serviceName,
			NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		}},
	})
	return h.serve(ctx, h.server(out), nil)
}

// oneToken implements [outway.Tokens] without a Manager.
type oneToken outway.Token

// Token implements [outway.Tokens].
func (t oneToken) Token(context.Context, outway.Grant) (outway.Token, error) {
	return outway.Token(t), nil
}

// server has the limits that a node's has.
func (h *quietHop) server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, WriteTimeout: time.Minute,
		MaxHeaderBytes: 64 << 10, DisableGeneralOptionsHandler: true,
	}
}

func (h *quietHop) serve(ctx context.Context, std *http.Server, config *tls.Config) error {
	l, err := listen(ctx, h.config.Listen)
	if err != nil {
		return err
	}
	if config != nil {
		l = tls.NewListener(http1.Gather(l), config) // as a node does
	}
	s := http1.New(std)
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) { //nolint:contextcheck // each request has its own
		return err
	}
	return nil
}
