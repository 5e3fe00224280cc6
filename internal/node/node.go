// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/access"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/annex"
	"github.com/samenspel/samenspel/internal/collective/event"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/inway"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

// Options are what a program gives a node besides its configuration.
type Options struct {
	Logger *slog.Logger
	// Now is the clock; nil means the system's.
	Now func() time.Time
	// ReloadEvery is how often the files of keys and trust anchors are looked at; 0
	// means [pki.ReloadInterval].
	ReloadEvery time.Duration
	// Fieldlab is given by the fieldlab only, see [Fieldlab]; else nil.
	Fieldlab *Fieldlab
}

// Node is a running or ready-to-run node. Make one with [New].
type Node struct {
	cfg    *Config
	logger *slog.Logger
	now    func() time.Time
	reload time.Duration // between two looks at the files of keys and anchors

	self  fsc.Peer
	group fsc.GroupID
	keys  *keyring
	trust *trust

	store      *store.Store     // with the role manager
	manager    *manager.Manager // with the role manager
	log        *txlog.Log       // with the role inway or outway
	indexer    *txlog.Indexer
	evidence   *evidence.Keeper    // with the role manager
	remote     *internalapi.Client // without the role manager
	people     *operator.Operators
	listed     listings
	watch      *watch    // with the role manager
	fieldlab   *Fieldlab // nil outside the fieldlab
	controller *controller.Controller
	desk       *collective.Desk   // nil for a Peer that doesn't act with others
	annexes    *annex.Store       // with the desk
	register   *register.Register // with the desk
	events     *event.Hub         // with the desk
	inway      *inway.Inway
	outway     *outway.Outway
	tokens     tokens // the Outway's

	decisions                 *access.Log
	inwayAccess, outwayAccess *access.Policy // the second nil when nothing decides

	inwayAddress        string   // where Outways reach our services
	presence            presence // of the Inway, at its Manager
	inwayFed, outwayFed *fed

	metrics *metrics
	health  *health
	clients []*peerClients
	doors   []*door // monitoring is the last
	// Addresses where the doors listen, by name: manager, inway, outway,
	// controller, internal, monitoring. A test or fieldlab listens on port 0.
	Addresses map[string]string
}

// New opens everything a node needs and binds its ports; nothing is served
// before [Node.Run]. On failure everything is closed again.
func New(ctx context.Context, cfg *Config, o Options) (_ *Node, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.ReloadEvery == 0 {
		o.ReloadEvery = pki.ReloadInterval
	}
	complete := *cfg
	complete.setDefaults()
	if err := complete.Validate(); err != nil {
		return nil, err
	}
	if err := o.Fieldlab.allowed(complete.Group); err != nil {
		return nil, err
	}
	n := &Node{
		fieldlab: o.Fieldlab, cfg: &complete, logger: o.Logger, now: o.Now, reload: o.ReloadEvery, group: cfg.Group.ID, Addresses: map[string]string{},
		metrics: newMetrics(), health: newHealth(), inwayFed: newFed(), outwayFed: newFed(),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	for _, step := range []func(context.Context) error{
		n.openIdentity, n.openStore, n.openEvidence, n.openLog, n.openAccess, n.openInway, n.openDesk, n.openEvents, n.openManager, n.openExchange, n.openOutway, n.openController, n.openMonitoring,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *Node) openIdentity(context.Context) (err error) {
	if n.keys, err = openKeyring(n.cfg.Keys, n.logger, n.now); err != nil {
		return err
	}
	if n.trust, err = openTrust(n.cfg.Group, n.logger, n.now); err != nil {
		return err
	}
	if n.self, err = n.trust.identity.Peer(n.keys.transport.Current().Leaf()); err != nil {
		return fmt.Errorf("keys.transport: %w", err)
	}
	for files, r := range n.keys.byFiles {
		p, err := n.trust.identity.Peer(r.Current().Leaf())
		if err != nil || p.ID != n.self.ID {
			return fmt.Errorf("%s is not a certificate of Peer %s (%w)", files.Certificate, n.self.ID, err)
		}
		if _, err := n.trust.anchors.Load().Verify(r.Current().Chain, n.now(), x509.ExtKeyUsageAny); err != nil {
			n.logger.Error("own certificate is not accepted by the trust anchors", "file", files.Certificate, "error", err)
		}
	}
	n.health.add("keys", n.keys.health)
	n.health.add("revocation", n.trust.health)
	return nil
}

func (n *Node) openStore(ctx context.Context) (err error) {
	if !n.cfg.Has(RoleManager) {
		return nil
	}
	if n.store, err = store.OpenSQLite(ctx, n.cfg.DataDir, n.logger); err != nil {
		return err
	}
	n.health.add("store", func() error { //nolint:contextcheck // asked as long as the node runs
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		return n.store.Ping(ctx)
	})
	return nil
}

func (n *Node) openLog(context.Context) (err error) {
	if !n.cfg.Has(RoleInway) && !n.cfg.Has(RoleOutway) {
		return nil
	}
	if !n.cfg.Has(RoleManager) {
		if n.remote, err = n.internalClient(); err != nil {
			return err
		}
	}
	n.log, err = txlog.Open(txlog.Config{
		Dir: filepath.Join(n.cfg.DataDir, "log"), SegmentSize: int64(n.cfg.Log.SegmentMiB) << 20, Logger: n.logger, Now: n.now,
	})
	if err != nil {
		return fmt.Errorf("transaction log: %w", err)
	}
	var index txlog.Index = internalapi.Index{Client: n.remote, Source: n.cfg.Log.Name}
	if n.store != nil {
		index = n.store.Log().Source(n.cfg.Log.Name)
	}
	n.indexer = txlog.NewIndexer(n.log, index, n.logger)
	n.health.add("transaction_log", func() error { return errors.Join(n.log.Health(), n.log.Stalled()) })
	n.health.addNote("slow_log", n.log.Slow)
	n.health.addNote("log_segments", n.logDamage)
	n.health.addNote("log_index", n.indexer.Late)
	n.metrics.watchLog(n.log, n.indexer)
	return nil
}

// Run serves until ctx ends, then drains: the doors for others first, and the
// log last.
func (n *Node) Run(ctx context.Context) error {
	n.logger.Info("node runs", "peer_id", n.self.ID, "peer_name", n.self.Name, "group_id", n.group, "addresses", n.Addresses)
	g, gctx := errgroup.WithContext(ctx)
	for _, d := range n.doors {
		g.Go(d.serve)
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var b errgroup.Group
	n.startBackground(background, &b)
	if n.desk != nil { // its polls of others go through our own Outway, which waits for them when it drains
		b.Go(func() error { return n.desk.Run(gctx) })
	}
	g.Go(func() error {
		<-gctx.Done()
		return n.drain() //nolint:contextcheck // ctx has ended by then
	})
	err := g.Wait()
	stop()
	err = errors.Join(err, b.Wait())
	n.sealLog(context.WithoutCancel(ctx))
	return errors.Join(err, n.Close())
}

// drain lets everybody finish; monitoring tells about it until the end.
func (n *Node) drain() error {
	n.health.drain()
	n.leave()
	last := len(n.doors) - 1
	var g errgroup.Group
	for _, d := range n.doors[:last] {
		g.Go(d.drain)
	}
	return errors.Join(g.Wait(), n.doors[last].drain())
}

func (n *Node) startBackground(ctx context.Context, g *errgroup.Group) {
	g.Go(func() error { n.trust.run(ctx, n.reload, n.logger, n.reconnect); return nil })
	for _, r := range n.keys.byFiles {
		g.Go(func() error { r.Run(ctx, n.reload); return nil })
	}
	if n.manager != nil {
		g.Go(func() error { return n.manager.Run(ctx, n.cfg.Manager.ReconcileEvery) })
		g.Go(func() error { n.housekeep(ctx); return nil })
		g.Go(func() error { n.watch.run(ctx); return nil })
	}
	if n.desk != nil {
		n.runDesk(ctx, g)
		n.runEvents(ctx, g)
	}
	if n.evidence != nil {
		g.Go(func() error { n.evidence.Run(ctx); return nil })
	}
	if n.indexer != nil {
		g.Go(func() error { return n.index(ctx) })
	}
	n.runAccess(ctx, g)
	if n.inway != nil {
		g.Go(func() error { n.feedInway(ctx); return nil })
		g.Go(func() error { n.reportInway(ctx); return nil })
	}
	if n.outway != nil {
		g.Go(func() error { n.feedOutway(ctx); return nil })
	}
}

// reconnect makes all connections to others anew, under the new anchors.
func (n *Node) reconnect() {
	for _, c := range n.clients {
		c.close()
	}
	if n.outway != nil {
		n.outway.Reconnect()
	}
}

// index copies the log until ctx ends. Records that can't be handed in at the
// end stay in the log and are handed in after the next start: no failure.
func (n *Node) index(ctx context.Context) error {
	err := n.indexer.Run(ctx)
	if err != nil && ctx.Err() != nil {
		n.logger.Warn("records of the transaction log wait for the next start", "error", err)
		return nil //nolint:nilerr // said above
	}
	return err
}

// housekeep tells the Directories where this Manager is and renews signatures
// after a change of certificate: at the start, daily, and soon after a change. Only
// then can the Group give up the anchor of the old certificates.
func (n *Node) housekeep(ctx context.Context) {
	daily, look := time.NewTicker(24*time.Hour), time.NewTicker(n.reload)
	defer daily.Stop()
	defer look.Stop()
	for {
		certificate := n.keys.contract.Current()
		if err := n.manager.AnnounceSelf(ctx); err != nil && ctx.Err() == nil {
			n.logger.Error("announce", "error", err)
		}
		renewed, err := n.manager.Renew(ctx)
		if err != nil && ctx.Err() == nil {
			n.logger.Error("renew signatures", "error", err)
		}
		if renewed > 0 {
			n.logger.Info("contracts are signed again with the new certificate", "contracts", renewed)
		}
		for due := false; !due; {
			select {
			case <-ctx.Done():
				return
			case <-daily.C:
				due = true
			case <-look.C:
				due = err != nil || n.keys.contract.Current() != certificate
			}
		}
	}
}

// Close frees what [New] opened. [Node.Run] does it by itself.
func (n *Node) Close() error {
	var errs []error
	for _, d := range n.doors {
		if err := d.server.Close(); err != nil && !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
		_ = d.listener.Close() // closed already when the door has served
	}
	for _, c := range n.clients {
		c.close()
	}
	if n.outway != nil {
		n.outway.Close()
	}
	if n.inway != nil {
		n.inway.Close()
	}
	if n.decisions != nil {
		errs = append(errs, n.decisions.Close())
	}
	if n.log != nil {
		errs = append(errs, n.log.Close())
	}
	if n.annexes != nil {
		errs = append(errs, n.annexes.Close())
	}
	if n.store != nil {
		errs = append(errs, n.store.Close())
	}
	return errors.Join(errs...)
}

// Self gives the Peer this node is of, with its Manager's address.
func (n *Node) Self() fsc.Peer { return n.self }

// Manager of this Peer; nil without that role. What signs in it needs a context of
// operator.Operators.Release where the node is hosted.
func (n *Node) Manager() *manager.Manager { return n.manager }

// People of this Peer; nil without the role manager.
func (n *Node) People() *operator.Operators { return n.people }
