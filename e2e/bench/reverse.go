// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki"
)

const (
	hopCommand = "reverse-hop" // subcommand by which the rig runs itself as a hop
	sideOutway = "outway"
	sideInway  = "inway"
)

// The two comparison chains with a database, by the names of their tables.
const (
	styleReverse     = "reverse"
	stylePredecessor = "predecessor"
)

// hopConfig is what one hop of a comparison chain has to know.
type hopConfig struct {
	Side        string // sideOutway or sideInway
	Style       string // styleReverse or stylePredecessor
	Listen      string
	Upstream    string // host:port of the next hop
	Certificate string
	Key         string
	Anchor      string
	Database    string // connection string
	Token       string // sent by the Outway
}

// readHop reads what [rig.startHop] wrote.
func readHop(file string) (hopConfig, error) {
	var c hopConfig
	b, err := os.ReadFile(file) //nolint:gosec // written by the rig that started us
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(b, &c)
}

// hopConfigs are those of the two sides, without what differs between chains.
func (r *rig) hopConfigs(ports []int, backend string) (in, out hopConfig) {
	in = hopConfig{
		Side: sideInway, Listen: local(ports[1]), Upstream: backend,
		Certificate: r.group.provider.certificate, Key: r.group.provider.key, Anchor: r.group.anchor,
	}
	out = hopConfig{
		Side: sideOutway, Listen: local(ports[0]), Upstream: local(ports[1]),
		Certificate: r.group.consumer.certificate, Key: r.group.consumer.key, Anchor: r.group.anchor,
	}
	return in, out
}

// startReverse runs the design that is usual for this kind of gateway in Go: a
// well tuned httputil.ReverseProxy on both sides, a token that is verified once and
// cached, and one INSERT per request per side.
func (r *rig) startReverse(ctx context.Context, backend string) (*chain, error) {
	return r.startStyle(ctx, backend, styleReverse)
}

// startPredecessor runs the design of the gateways that were there before: as
// above, but with the settings a transport has by itself at the Outway and a new
// one for each request at the Inway, so that few connections are used again.
func (r *rig) startPredecessor(ctx context.Context, backend string) (*chain, error) {
	return r.startStyle(ctx, backend, stylePredecessor)
}

func (r *rig) startStyle(ctx context.Context, backend, style string) (*chain, error) {
	server, dsn, err := r.database(ctx)
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(ctx, 2)
	if err != nil {
		return nil, err
	}
	token, err := r.group.token("https://" + local(ports[1]))
	if err != nil {
		return nil, err
	}
	c := &chain{
		entry: "http://" + local(ports[0]), hopPort: ports[1], extra: server,
		finish: func(ctx context.Context) error { return checkpoint(ctx, dsn) },
	}
	in, out := r.hopConfigs(ports, backend)
	in.Style, in.Database = style, dsn
	out.Style, out.Database, out.Token = style, dsn, token
	if c.inway, err = r.startHop(ctx, hopCommand, style, in); err != nil {
		return nil, err
	}
	if c.outway, err = r.startHop(ctx, hopCommand, style, out); err != nil {
		return nil, err
	}
	return c, c.ready(ctx, r.bodies[0])
}

// startHop runs this program as one side of a chain.
func (r *rig) startHop(ctx context.Context, command, prefix string, c hopConfig) (*process, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	name := prefix + "-" + c.Side
	file, err := r.write(name+".json", string(b))
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return r.start(ctx, spec{name: name, program: self, args: []string{command, file}, dir: filepath.Dir(file)})
}

// token is an access token like a Manager would give for these two Peers and the
// Inway at that address.
func (g *group) token(audience string) (string, error) {
	provider, err := g.provider.load()
	if err != nil {
		return "", err
	}
	consumer, err := g.consumer.load()
	if err != nil {
		return "", err
	}
	signer, err := fsc.NewSigner(provider.Key, provider.Leaf().Raw)
	if err != nil {
		return "", err
	}
	now := time.Now()
	return fsc.IssueToken(signer, fsc.Claims{
		GrantHash: sampleGrantHash, GroupID: groupID,
		Subject: consumerID, Issuer: providerID, Service: serviceName, Audience: audience,
		NotBefore: now.Add(-time.Minute).Unix(), ExpiresAt: now.Add(2 * time.Hour).Unix(),
		CertificateThumbprint: consumer.CertificateThumbprint(),
	})
}

func (p pair) load() (*pki.KeyPair, error) {
	cert, err := os.ReadFile(p.certificate)
	if err != nil {
		return nil, err
	}
	key, err := os.ReadFile(p.key)
	if err != nil {
		return nil, err
	}
	return pki.ParseKeyPair(cert, key)
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", address)
}
