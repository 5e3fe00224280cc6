// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// year is how long contracts run here.
const year = 365 * 24 * time.Hour

// member is a running node with the client its people use.
type member struct {
	organisation
	dir    string
	node   *node.Node
	client *internalapi.Client
	// outwayKey is the thumbprint by which contracts name its Outway.
	outwayKey string
	done      chan error
}

// startMember makes the node of an organisation and runs it until ctx ends.
func (f *federation) startMember(ctx context.Context, ca *localca.CA, o organisation) (*member, error) {
	m := &member{organisation: o, dir: filepath.Join(f.dir, o.key), done: make(chan error, 1)}
	keys, err := writeKeys(ca, o, filepath.Join(m.dir, "keys"), f.now())
	if err != nil {
		return nil, err
	}
	outway, err := readPair(keys.Outway)
	if err != nil {
		return nil, err
	}
	m.outwayKey = outway.PublicKeyThumbprint()
	if m.node, err = node.New(ctx, f.config(ctx, m, keys), node.Options{Logger: f.logger.With(slog.String("node", o.key))}); err != nil {
		return nil, fmt.Errorf("%s: %w", o.name, err)
	}
	go func() { m.done <- m.node.Run(ctx) }()
	m.client, err = openDoor(m.dir, f.now)
	return m, err
}

// openDoor makes the client of a node's internal door from what the node wrote
// into its folder.
func openDoor(dir string, now func() time.Time) (*internalapi.Client, error) {
	pair, address, err := node.ReadAccess(dir)
	if err != nil {
		return nil, err
	}
	return node.NewInternalClient(address, filepath.Join(dir, "internal", "ca.pem"), pki.Source(pair), now)
}

// config is the configuration of a member, as its operator would write it.
func (f *federation) config(ctx context.Context, m *member, keys node.KeysConfig) *node.Config {
	c := &node.Config{
		DataDir: m.dir, Keys: keys,
		Group: node.GroupConfig{
			ID: groupID, Type: "fieldlab", TrustAnchors: []string{filepath.Join(f.dir, "ca", "anchor.pem")},
			Revocation: node.RevocationConfig{Mode: "off"}, Directories: f.directories,
		},
		Manager:    node.ManagerConfig{Listen: prefer(ctx, m.port), ReconcileEvery: 30 * time.Second},
		Inway:      node.InwayConfig{Listen: prefer(ctx, m.port+1)},
		Outway:     node.OutwayConfig{Listen: prefer(ctx, m.port+2), Routes: routes(m.organisation)},
		Internal:   node.InternalConfig{Listen: prefer(ctx, m.port+3)},
		Monitoring: node.MonitoringConfig{Listen: prefer(ctx, m.port+4)},
		Log:        node.LogConfig{SegmentMiB: 1},
	}
	switch m.id {
	case stelselbeheer().id:
		c.Directory.AutoSign = true
	case personenbron().id:
		// The source signs by itself what Formulierenhuis does for Veenhoven, and
		// nothing else; a person looks at the rest.
		c.Manager.AutoAccept = []node.RuleConfig{{
			Role: manager.RoleProvider, Services: []string{serviceName}, MaxValidity: year,
			Consumers: []fsc.PeerID{formulierenhuis().id}, Delegators: []fsc.PeerID{veenhoven().id},
			Properties: map[string]any{"doelbinding": "verhuizing-doorgeven"},
		}}
	}
	return c
}

// routes let applications call the source by its path, without a grant hash.
func routes(o organisation) []node.RouteConfig {
	r := node.RouteConfig{PathPrefix: servicePath, PeerID: personenbron().id, Service: serviceName}
	if o.id == formulierenhuis().id {
		r.Delegator = veenhoven().id
	}
	return []node.RouteConfig{r}
}

// prefer gives an address with the port if it is free, so that examples stay
// the same from one start to the next, and else with any free port.
func prefer(ctx context.Context, port int) string {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = l.Close() // only tried out
	return address
}

// outway gives the URL where the member's applications call its Outway.
func (m *member) outway() string { return "http://" + m.node.Addresses["outway"] }

// wait gives the reason why the node stopped.
func (m *member) wait() error {
	if err := <-m.done; err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	return nil
}
