// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// year is how long contracts run here.
const year = 365 * 24 * time.Hour

// member is a running node with the client its people use.
type member struct {
	organisation
	dir    string
	client *internalapi.Client
	// outwayKey is the thumbprint by which contracts name its Outway.
	outwayKey string
	cfg       *node.Config
	self      fsc.Peer
	addresses map[string]string // of its doors; the same after each start
	phone     *phone            // of the signer, where another organisation hosts the node

	// stop and done belong to the run of the node that is going on; stop is nil
	// when there is none. Only who holds federation.acting touches them.
	stop context.CancelFunc
	done chan error

	// node is the newest run's, for those who only look; nil before the first.
	node atomic.Pointer[node.Node]
}

// startMember makes the node of an organisation and runs it until ctx ends.
func (f *federation) startMember(ctx context.Context, ca *localca.CA, o organisation) (*member, error) {
	m := &member{organisation: o, dir: filepath.Join(f.dir, o.key)}
	if o.host != "" {
		m.dir = filepath.Join(f.dir, o.host, "hosted", o.key)
	}
	keys, err := writeKeys(ca, o, filepath.Join(m.dir, "keys"), f.now())
	if err != nil {
		return nil, err
	}
	outway, err := readPair(keys.Outway)
	if err != nil {
		return nil, err
	}
	m.outwayKey = outway.PublicKeyThumbprint()
	m.cfg = f.config(ctx, m, keys)
	if err := f.run(ctx, m); err != nil {
		return nil, err
	}
	if m.client, err = openDoor(m.dir, f.now); err == nil && m.host != "" {
		m.phone, err = openPhone(ctx, m, f.now)
	}
	return m, err
}

// run starts a member's node. A later start uses the addresses of the first one,
// which others know by then.
func (f *federation) run(ctx context.Context, m *member) error {
	o := node.Options{Logger: f.logger.With(slog.String("node", m.key)), Fieldlab: f.entrance(m.organisation)}
	if m.host != "" {
		o.Logger = o.Logger.With(slog.String("host", m.host))
	}
	var elsewhere func()
	if m.addresses == nil {
		elsewhere = func() { m.listen(ctx, nil) }
	}
	var n *node.Node
	if err := untilFree(ctx, func() (err error) {
		n, err = node.New(ctx, m.cfg, o)
		return err
	}, elsewhere); err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	if m.addresses == nil {
		if err := saveAddresses(m.dir, n.Addresses); err != nil {
			return errors.Join(err, n.Close())
		}
		m.addresses, m.self = n.Addresses, n.Self()
		m.listen(ctx, m.addresses)
	}
	m.node.Store(n)
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	m.stop, m.done = stop, done
	go func() { done <- n.Run(running) }()
	return nil
}

// listen sets the addresses of the doors by name: free ports for those that are
// missing.
func (m *member) listen(ctx context.Context, addresses map[string]string) {
	for door, listen := range map[string]*string{
		"manager": &m.cfg.Manager.Listen, "inway": &m.cfg.Inway.Listen, "outway": &m.cfg.Outway.Listen,
		"internal": &m.cfg.Internal.Listen, "controller": &m.cfg.Controller.Listen, "monitoring": &m.cfg.Monitoring.Listen,
	} {
		if *listen = addresses[door]; *listen == "" {
			*listen = freePort(ctx)
		}
	}
}

// entrance lets the people of an organisation come in from the start page.
func (f *federation) entrance(o organisation) *node.Fieldlab {
	e := &node.Fieldlab{Label: o.key, Handover: func(ticket string) (string, bool) { return f.tickets.take(o.key, ticket) }}
	for _, p := range o.people() {
		e.People = append(e.People, operator.NewAccount{Name: p.name, Email: o.email(p), Roles: []operator.Role{p.role}})
	}
	if f.startURL != "" {
		e.Switch = f.switches(o)
	}
	return e
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
	kept := keptAddresses(m.dir)
	listen := func(door string, nth int) string {
		return prefer(ctx, cmp.Or(kept[door], net.JoinHostPort("127.0.0.1", strconv.Itoa(m.port+nth))))
	}
	c := &node.Config{
		DataDir: m.dir, Keys: keys,
		Group: node.GroupConfig{
			ID: groupID, Type: "fieldlab", TrustAnchors: []string{filepath.Join(f.dir, "ca", "anchor.pem")},
			Revocation: node.RevocationConfig{Mode: "off"}, Directories: f.directories,
		},
		Manager:    node.ManagerConfig{Listen: listen("manager", 0), ReconcileEvery: 30 * time.Second},
		Inway:      node.InwayConfig{Listen: listen("inway", 1)},
		Outway:     node.OutwayConfig{Listen: listen("outway", 2), Routes: routes(m.organisation)},
		Internal:   node.InternalConfig{Listen: listen("internal", 3)},
		Controller: node.ControllerConfig{Listen: listen("controller", 5)},
		Monitoring: node.MonitoringConfig{Listen: listen("monitoring", 4)},
		Log:        node.LogConfig{SegmentMiB: 1},
	}
	if m.takesPart() {
		c.Collective = node.CollectiveConfig{
			TakePart: true, Secretariats: []fsc.PeerID{stelselbeheer().id}, Founders: []fsc.PeerID{stelselbeheer().id},
		}
	}
	if m.host != "" {
		c.Hosted.Host = organisationOf(m.host).name
	}
	switch m.id {
	case stelselbeheer().id:
		c.Directory.AutoSign = true
		// The example prefix of the standard: nothing of the fieldlab is a real process.
		c.Controller.PublicRecord, c.Controller.OCDSPrefix = true, "ocds-213czf"
		c.Manager.AutoAccept = []node.RuleConfig{{Role: manager.RoleProvider, Services: []string{collective.ServiceName}, MaxValidity: year}}
	case formulierenhuis().id:
		// Who may call its services, the deeds tell: the rule opens them to all, and
		// the node signs only what a live call-off covers.
		c.Manager.AutoAccept = []node.RuleConfig{{Role: manager.RoleProvider, Services: webServices(), AllowOtherProperties: true}}
	case duinwijk().id, veenhoven().id, zilverbroek().id:
		c.Manager.AutoAccept = []node.RuleConfig{{
			Role: manager.RoleProvider, Services: []string{deskService}, MaxValidity: year, Consumers: []fsc.PeerID{formulierenhuis().id},
		}}
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

// routes let applications call services by their path, without a grant hash.
func routes(o organisation) []node.RouteConfig {
	all := []node.RouteConfig{{PathPrefix: servicePath, PeerID: personenbron().id, Service: serviceName}}
	switch o.role {
	case formulierenhuis().role:
		all[0].Delegator = veenhoven().id
		for _, m := range municipalities() {
			all = append(all, node.RouteConfig{PathPrefix: deskPath(m), StripPrefix: true, PeerID: m.id, Service: deskService})
		}
	case duinwijk().role:
		for _, service := range webServices() {
			all = append(all, node.RouteConfig{PathPrefix: "/" + service, StripPrefix: true, PeerID: formulierenhuis().id, Service: service})
		}
	}
	return all
}

// refused counts calls that the member's Outway refused since its node started,
// whoever made them: a button, curl or an application.
func (m *member) refused() int {
	if n := m.node.Load(); n != nil {
		return n.RefusedByOutway()
	}
	return 0
}

// outway gives the URL where the member's applications call its Outway.
func (m *member) outway() string { return "http://" + m.addresses["outway"] }

// pages gives the URL of the member's controller.
func (m *member) pages() string { return "http://" + m.addresses["controller"] }

// wait gives the reason why the node stopped.
func (m *member) wait() error {
	m.stop()
	m.stop = nil
	if err := <-m.done; err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	return nil
}
