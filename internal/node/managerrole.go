// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/access"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/manager/externalapi"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/txlog"
)

// openManager makes the Manager with its two doors.
func (n *Node) openManager(ctx context.Context) error {
	if n.store == nil {
		return nil
	}
	listener, err := open(ctx, "manager", n.cfg.Manager.Listen, n.trust.tls(n.keys.transport).Server("h2", "http/1.1")) //nolint:contextcheck // the TLS callback has a time limit of its own
	if err != nil {
		return err
	}
	d := &door{name: "manager", listener: listener, server: &http.Server{}} //nolint:gosec // replaced below, once there is a handler
	n.doors = append(n.doors, d)
	n.Addresses["manager"] = listener.Addr().String()
	if n.self.ManagerAddress, err = publicURL(n.cfg.Manager.Address, listener, n.keys.transport.Current()); err != nil {
		return fmt.Errorf("manager.address: %w", err)
	}
	clients := n.newClients(n.keys.transport) //nolint:contextcheck // the TLS callback has a time limit of its own
	client := fscapi.NewClient(fscapi.ClientConfig{HTTP: clients.client, Address: n.self.ManagerAddress})
	signing := &signingKeys{contract: n.keys.contract, token: n.keys.token, signers: map[*pki.KeyPair]*fsc.Signer{}}
	p, err := newPolicy(n.cfg)
	if err != nil {
		return err
	}
	n.manager, err = manager.New(manager.Config{
		Self: n.self, Rules: n.cfg.rules(), Store: n.store, Peers: remotePeers{client}, Policy: p, Keys: signing,
		Certificates: n.newCertificates(client, signing.Published), Directories: n.cfg.directories(), Routes: n.cfg.routes(),
		InwayAddress: n.inwayAddress, TokenLifetime: n.cfg.Manager.TokenLifetime,
		RefuseDomainNames: n.cfg.Manager.RefuseDomainNames, Agreements: n.gate(), Properties: access.Properties{}, Released: n.released, Now: n.now, Logger: n.logger,
	})
	if err != nil {
		return fmt.Errorf("manager: %w", err)
	}
	api := externalapi.New(n.manager, n.store, n.store.Log(), n.now)
	limits := newPeerLimits(n.now)
	standard := fscapi.NewServer(fscapi.ServerConfig{ //nolint:contextcheck // each request has its own
		Handler: api, Identify: n.identify, AnyPort: n.cfg.Group.Type == "fieldlab", Logger: n.logger, Limit: limits.wait,
	})
	d.server = newServer(n.metrics.count("manager", n.beside(standard, limits)), false, n.logger)
	if err := n.openActs(ctx); err != nil {
		return err
	}
	return n.openInternal(ctx)
}

func (c *Config) rules() fsc.Rules {
	return fsc.Rules{GroupID: c.Group.ID, Profiles: c.Group.Profiles, Versions: c.Group.FSCVersions}
}

func (c *Config) directories() []fsc.Peer {
	var ds []fsc.Peer
	for _, d := range c.Group.Directories {
		ds = append(ds, fsc.Peer{ID: d.PeerID, ManagerAddress: d.ManagerAddress})
	}
	return ds
}

func (n *Node) newClients(own pki.Source) *peerClients {
	t := n.trust.tls(own)
	c := newPeerClients(own, func(id fsc.PeerID) *tls.Config { return t.Client(id) })
	n.clients = append(n.clients, c)
	return c
}

// newCertificates makes the finder of signing certificates; own lists the
// chains of this Peer.
func (n *Node) newCertificates(client *fscapi.Client, own func() [][][]byte) *certificates {
	return &certificates{
		client: client, anchors: n.trust.anchors.Load, identity: n.trust.identity, revoked: n.trust.revoked,
		address: n.addressOf, self: n.self.ID, own: own, now: n.now,
		chains: map[string][]*x509.Certificate{}, fetches: map[fsc.PeerID]*rate.Limiter{},
	}
}

// addressOf finds the Manager of a Peer.
func (n *Node) addressOf(ctx context.Context, id fsc.PeerID) (string, error) {
	if n.manager == nil {
		return "", errors.New("address of the Manager of " + string(id) + " is not known here")
	}
	p, err := n.manager.Locate(ctx, id)
	if err == nil && p.ManagerAddress == "" {
		err = fsc.Errorf(fsc.CodeSignatureVerificationFailed, "no Manager address is known for Peer %s", id)
	}
	return p.ManagerAddress, err
}

// identify tells who is at the other end of a connection of the Manager's door.
func (n *Node) identify(r *http.Request) (fsc.Peer, *x509.Certificate, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return fsc.Peer{}, nil, errors.New("no client certificate")
	}
	p, err := pki.PeerOf(*r.TLS, n.trust.identity)
	return p, r.TLS.PeerCertificates[0], err
}

// openInternal makes the door for own components and writes the certificate
// with which the command line of this machine comes in.
func (n *Node) openInternal(ctx context.Context) error {
	dir := filepath.Join(n.cfg.DataDir, "internal")
	ca, err := pki.LoadOrCreateInternalCA(dir, n.now())
	if err != nil {
		return fmt.Errorf("internal CA: %w", err)
	}
	certPEM, keyPEM, err := ca.Issue("manager", n.cfg.Internal.Hosts, n.now())
	if err != nil {
		return fmt.Errorf("internal CA: %w", err)
	}
	own, err := pki.ParseKeyPair(certPEM, keyPEM)
	if err != nil {
		return err
	}
	management, err := n.machineAPI()
	if err != nil {
		return err
	}
	listener, err := open(ctx, "internal", n.cfg.Internal.Listen, pki.InternalTLS{Anchors: ca.Anchors(), Component: own, Now: n.now}.Server("http/1.1"))
	if err != nil {
		return err
	}
	n.Addresses["internal"] = listener.Addr().String()
	draining := make(chan struct{})
	components := internalapi.NewServer(internalapi.Config{
		Manager: n.manager, GroupID: n.group, Log: n.store.Log(),
		Index:     func(source string) txlog.Index { return n.store.Log().Source(source) },
		Directory: n.listings, Act: n.actByMachine, RoleOf: roleOf, Draining: draining, Now: n.now, Logger: n.logger,
	})
	server := newServer(apiBeside(management, ManagementPath+"/", components), false, n.logger)
	server.RegisterOnShutdown(sync.OnceFunc(func() { close(draining) }))
	n.doors = append(n.doors, &door{name: "internal", listener: listener, server: server})
	return writeAccess(dir, ca, listener.Addr().String(), n.now())
}

func roleOf(r *http.Request) (internalapi.Role, error) {
	if r.TLS == nil {
		return "", errors.New("no TLS")
	}
	role, err := pki.RoleOf(*r.TLS)
	return internalapi.Role(role), err
}

// WriteAccess issues a certificate of the internal CA in dir for a component on
// another machine and writes it, its key and the CA to out.
func WriteAccess(dir string, role internalapi.Role, out string, now time.Time) error {
	ca, err := pki.LoadOrCreateInternalCA(filepath.Join(dir, "internal"), now)
	if err != nil {
		return fmt.Errorf("internal CA: %w", err)
	}
	return writePair(ca, role, out, now)
}

func writeAccess(dir string, ca *pki.InternalCA, address string, now time.Time) error {
	if err := writePair(ca, internalapi.RoleCLI, dir, now); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "address"), []byte("https://"+address+"\n"))
}

func writePair(ca *pki.InternalCA, role internalapi.Role, out string, now time.Time) error {
	certPEM, keyPEM, err := ca.Issue(string(role), nil, now)
	if err != nil {
		return fmt.Errorf("internal CA: %w", err)
	}
	if err := os.MkdirAll(out, 0o700); err != nil {
		return err
	}
	return errors.Join(
		writeFile(filepath.Join(out, "ca.pem"), ca.AnchorPEM()),
		writeFile(filepath.Join(out, string(role)+".pem"), certPEM),
		writeFile(filepath.Join(out, string(role)+"-key.pem"), keyPEM),
	)
}

// writeFile replaces a file as a whole, readable by its owner only.
func writeFile(path string, b []byte) error {
	tmp := path + "." + rand.Text()
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// listings asks the Group's Directories which services there are.
func (n *Node) listings(ctx context.Context) ([]internalapi.Listing, error) {
	listed, err := n.watch.read(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]internalapi.Listing, 0, len(listed))
	for _, l := range listed {
		out = append(out, internalapi.Listing{
			PeerID: l.Peer.ID, PeerName: l.Peer.Name, Name: l.Name, Protocol: l.Protocol,
			Delegator: l.Delegator.ID, Properties: l.Properties,
		})
	}
	return out, nil
}
