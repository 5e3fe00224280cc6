// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/annex"
	"github.com/samenspel/samenspel/internal/collective/binding"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/exchange"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/pki"
)

// pollTimeout is longer than a follower waits for news of a keeper.
const pollTimeout = 90 * time.Second

// openDesk makes the desk at which this Peer acts with others.
func (n *Node) openDesk(context.Context) error {
	if n.store == nil || !n.cfg.Collective.TakePart {
		return nil
	}
	var err error
	if n.register, err = register.Load(); err != nil {
		return fmt.Errorf("collective: %w", err)
	}
	table, err := collective.NewTable(n.register)
	if err != nil {
		return fmt.Errorf("collective: %w", err)
	}
	if n.annexes, err = annex.Open(filepath.Join(n.cfg.DataDir, "annexes"), int64(n.cfg.Collective.AnnexesMiB)<<20); err != nil {
		return fmt.Errorf("collective: %w", err)
	}
	remote := exchange.NewClient(exchange.ClientConfig{
		HTTP:   &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: idleTimeout, ResponseHeaderTimeout: pollTimeout}},
		Outway: n.wayToDesk, Now: n.now,
	})
	n.desk, err = collective.New(collective.Config{
		Self: n.self.ID, Group: n.group, Store: n.store.Collective(), Keys: &deedKeys{contract: n.keys.contract}, Table: table,
		Authority: collective.Anchors{Group: n.group, Trusted: n.trust.anchors.Load, Identity: n.trust.identity},
		Remote:    remote, Follow: slices.DeleteFunc(slices.Clone(n.cfg.Collective.Secretariats), func(p fsc.PeerID) bool { return p == n.self.ID }),
		Founder: n.mayFound, Neighbours: n.neighbours, Calls: calls{n.store.Log(), n}, Partner: remote, Annexes: n.annexes, Librarian: remote,
		DrawAloneAfter: collective.DrawAloneAfter, Now: n.now, Logger: n.logger.With("component", "collective"),
	})
	return err
}

// mayFound tells whether a Peer may found dossiers that are kept here.
func (n *Node) mayFound(p fsc.PeerID) bool {
	allowed := n.cfg.Collective.Founders
	return len(allowed) == 0 || slices.Contains(allowed, p)
}

// openExchange makes the door behind the service collective-v1: it is on this
// machine only, for the Inway lets others in.
func (n *Node) openExchange(ctx context.Context) error {
	if n.desk == nil {
		return nil
	}
	l, err := open(ctx, "collective", n.cfg.Collective.Listen, nil)
	if err != nil {
		return err
	}
	n.Addresses["collective"] = l.Addr().String()
	stopping := make(chan struct{})
	server := newServer(exchange.NewServer(exchange.ServerConfig{
		Desk: n.desk, Now: n.now, Logger: n.logger.With("component", "collective"), Stopping: stopping,
		Authenticate: exchange.TokenAuth(exchange.TokenConfig{Self: n.self.ID, Group: n.group, Keys: n.tokenKeys, Now: n.now}),
	}), false, n.logger)
	server.WriteTimeout = pollTimeout
	server.RegisterOnShutdown(sync.OnceFunc(func() { close(stopping) }))
	n.doors = append(n.doors, &door{name: "collective", listener: l, server: server})
	return n.manager.PutService(ctx, manager.Service{Name: collective.ServiceName, Upstream: "http://" + l.Addr().String()})
}

// tokenKeys are the keys with which our Manager signs access tokens.
func (n *Node) tokenKeys() map[string]crypto.PublicKey {
	keys := map[string]crypto.PublicKey{}
	for _, kp := range append([]*pki.KeyPair{n.keys.token.Current()}, n.keys.token.Previous()...) {
		keys[kp.CertificateThumbprint()] = kp.Key.Public()
	}
	return keys
}

// wayToDesk finds the contract under which the desk of another Peer may be
// called, the newest first, and the own Outway.
func (n *Node) wayToDesk(ctx context.Context, p fsc.PeerID) (string, fsc.GrantHash, error) {
	address := n.cfg.Collective.Outway
	if address == "" && n.Addresses["outway"] != "" {
		address = "http://" + n.Addresses["outway"]
	}
	if address == "" {
		return "", "", fmt.Errorf("collective.outway: there is no Outway in this process; give the address of one")
	}
	ways, err := n.waysToDesks(ctx)
	if err != nil {
		return "", "", err
	}
	for _, g := range ways {
		if g.Service.PeerID == p {
			return address, g.Hash, nil
		}
	}
	return "", "", fmt.Errorf("there is no contract under which the service %s of Peer %s may be called; propose one", collective.ServiceName, p)
}

// waysToDesks lists the grants under which desks of others may be called, those
// of the newest contracts first.
func (n *Node) waysToDesks(ctx context.Context) (ways []*fsc.Grant, err error) {
	contracts, err := n.manager.ListContracts(ctx, manager.ContractFilter{ConnectionsOf: n.self.ID, ValidAt: n.now()})
	if err != nil {
		return nil, err
	}
	for _, c := range contracts {
		for i := range c.Content.Grants {
			g := &c.Content.Grants[i]
			if g.Type.IsConnection() && g.Outway.PeerID == n.self.ID && g.Delegator == "" && g.Service.Name == collective.ServiceName {
				ways = append(ways, g)
			}
		}
	}
	return ways, nil
}

// neighbours lists the Peers whose desks may be called.
func (n *Node) neighbours(ctx context.Context) []fsc.PeerID {
	ways, err := n.waysToDesks(ctx)
	if err != nil {
		n.logger.Warn("contracts can't be read", "error", err)
	}
	var peers []fsc.PeerID
	for _, g := range ways {
		if !slices.Contains(peers, g.Service.PeerID) {
			peers = append(peers, g.Service.PeerID)
		}
	}
	return peers
}

// gate lets data flow only under live call-offs; nil for a Peer that doesn't act
// with others.
func (n *Node) gate() manager.Agreements {
	if n.desk == nil {
		return nil
	}
	return binding.NewGate(n.desk, n.now)
}

// runDesk does what follows from the desk's deeds until ctx ends.
func (n *Node) runDesk(ctx context.Context, g *errgroup.Group) {
	g.Go(func() error { n.desk.Consume(ctx, "agreements", n.follow); return nil })
	g.Go(func() error { n.tryWays(ctx); return nil })
	g.Go(func() error { n.confirmBindings(ctx); return nil })
	g.Go(func() error { n.sweepAnnexes(ctx); return nil })
}

// annexGrace is how long an annex stays that no deed names: a day, and as long as
// an act that names it can wait for a second person.
const annexGrace = 24*time.Hour + operator.RequestLifetime

// sweepAnnexes removes annexes that no deed came to name, now and then.
func (n *Node) sweepAnnexes(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		removed, err := n.desk.SweepAnnexes(ctx, n.now().Add(-annexGrace))
		if err != nil && ctx.Err() == nil {
			n.logger.Error("annexes that nothing names can't be removed; trying again", "error", err)
		}
		if removed > 0 {
			n.logger.Info("annexes that nothing names are removed", "annexes", removed)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// tryWays has the desk follow a secretariat as soon as there is a contract under
// which its desk may be called.
func (n *Node) tryWays(ctx context.Context) {
	open := map[fsc.PeerID]bool{}
	for ctx.Err() == nil {
		changed := n.manager.Changed()
		for _, p := range n.cfg.Collective.Secretariats {
			_, _, err := n.wayToDesk(ctx, p)
			if err == nil && !open[p] {
				n.desk.Retry()
			}
			open[p] = err == nil
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
	}
}

// follow has contracts follow their call-off: they are ended when no data may
// flow under it any more, and looked at again when data may: a contract can be
// here before the deeds that cover it.
func (n *Node) follow(ctx context.Context, t collective.Transition) error {
	if collective.Live(t) {
		_, err := n.manager.ReconsiderAgreement(ctx, string(t.Deed))
		return err
	}
	if !collective.Ended(t) {
		return nil
	}
	ended, err := n.manager.EndAgreement(ctx, string(t.Deed))
	if ended > 0 {
		n.logger.Info("contracts of a call-off that ended are ended", "call_off", t.Deed, "contracts", ended)
	}
	return err
}

// deedKeys sign deeds with the key for contracts: it stands for the organisation.
type deedKeys struct {
	contract *pki.Reloader

	mu     sync.Mutex
	of     *pki.KeyPair
	signer *deed.Signer
}

// DeedSigner implements [collective.Keys].
func (k *deedKeys) DeedSigner() (*deed.Signer, [][]byte, error) {
	kp := k.contract.Current()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of != kp {
		s, err := deed.NewSigner(kp.Key, kp.Leaf().Raw)
		if err != nil {
			return nil, nil, err
		}
		k.of, k.signer = kp, s
	}
	return k.signer, chainOf(kp), nil
}

// Desk gives where this Peer acts with others; nil when it doesn't take part.
func (n *Node) Desk() *collective.Desk { return n.desk }
