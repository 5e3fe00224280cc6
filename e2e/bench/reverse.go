// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
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

// hopConfig is what one hop of the comparison chain has to know.
type hopConfig struct {
	Side        string // sideOutway or sideInway
	Listen      string
	Upstream    string // host:port of the next hop
	Certificate string
	Key         string
	Anchor      string
	Database    string // connection string
	Token       string // sent by the Outway
}

// startReverse runs the design that is usual for this kind of gateway in Go: a
// well tuned httputil.ReverseProxy on both sides, a token that is verified once and
// cached, and one INSERT per request per side.
func (r *rig) startReverse(ctx context.Context, backend string) (*chain, error) {
	server, dsn, err := r.startPostgres(ctx)
	if err != nil {
		return nil, err
	}
	token, err := r.group.token()
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(ctx, 2)
	if err != nil {
		return nil, err
	}
	c := &chain{
		entry: "http://" + local(ports[0]), hopPort: ports[1], extra: server,
		finish: func(ctx context.Context) error { return checkpoint(ctx, dsn) },
	}
	c.inway, err = r.startHop(ctx, hopConfig{
		Side: sideInway, Listen: local(ports[1]), Upstream: backend, Database: dsn,
		Certificate: r.group.provider.certificate, Key: r.group.provider.key, Anchor: r.group.anchor,
	})
	if err != nil {
		return nil, err
	}
	c.outway, err = r.startHop(ctx, hopConfig{
		Side: sideOutway, Listen: local(ports[0]), Upstream: local(ports[1]), Database: dsn, Token: token,
		Certificate: r.group.consumer.certificate, Key: r.group.consumer.key, Anchor: r.group.anchor,
	})
	if err != nil {
		return nil, err
	}
	return c, c.ready(ctx, r.bodies[0])
}

func (r *rig) startHop(ctx context.Context, c hopConfig) (*process, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	name := "reverse-" + c.Side
	file, err := r.write(name+".json", string(b))
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return r.start(ctx, spec{name: name, program: self, args: []string{hopCommand, file}, dir: filepath.Dir(file)})
}

// token is an access token like a Manager would give for these two Peers.
func (g *group) token() (string, error) {
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
		Subject: consumerID, Issuer: providerID, Service: "service", Audience: "https://localhost:443",
		NotBefore: now.Add(-time.Minute).Unix(), ExpiresAt: now.Add(time.Hour).Unix(),
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
