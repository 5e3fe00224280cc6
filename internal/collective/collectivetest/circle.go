// SPDX-License-Identifier: EUPL-1.2

package collectivetest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/annex"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

// maxAnnexes is how much room a member has for annexes, in bytes.
const maxAnnexes = 64 << 20

// Circle is a Group of desks that reach each other. The first member keeps all
// dossiers.
type Circle struct {
	// Register is what the rules go by.
	Register *register.Register

	t       testing.TB
	group   fsc.GroupID
	ca      *localca.CA
	anchors *pki.Anchors
	clock   atomic.Int64
	order   []fsc.PeerID
	table   *rule.Table
	desks   map[fsc.PeerID]*collective.Desk
	stores  map[fsc.PeerID]*store.Store
	asked   map[fsc.PeerID]*counted
	signers map[fsc.PeerID]key
	dirs    map[fsc.PeerID]string
	annexes map[fsc.PeerID]*annex.Store
	cut     map[fsc.PeerID]bool
}

// facts is the built-in register, read once in a test program.
var facts = sync.OnceValues(register.Load)

// New makes a Group with a desk for each member. Its clock stands at now until
// [Circle.Pass].
func New(t testing.TB, group fsc.GroupID, now time.Time, members ...fsc.PeerID) *Circle {
	t.Helper()
	reg, err := facts()
	if err != nil {
		t.Fatal(err)
	}
	return NewIn(t, reg, group, now, members...)
}

// NewIn is New with another register than the built-in one.
func NewIn(t testing.TB, reg *register.Register, group fsc.GroupID, now time.Time, members ...fsc.PeerID) *Circle {
	t.Helper()
	c := &Circle{
		Register: reg, t: t, group: group, order: members, desks: map[fsc.PeerID]*collective.Desk{}, stores: map[fsc.PeerID]*store.Store{},
		asked: map[fsc.PeerID]*counted{}, signers: map[fsc.PeerID]key{}, dirs: map[fsc.PeerID]string{},
		annexes: map[fsc.PeerID]*annex.Store{}, cut: map[fsc.PeerID]bool{},
	}
	var err error
	c.ca, err = localca.New(now)
	c.must(err)
	c.anchors, err = pki.LoadAnchors(c.ca.AnchorPEM())
	c.must(err)
	c.table, err = collective.NewTable(c.Register)
	c.must(err)
	c.clock.Store(now.Unix())
	for _, id := range members {
		c.join(id)
	}
	return c
}

func (c *Circle) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// Now gives the time of all desks.
func (c *Circle) Now() time.Time { return time.Unix(c.clock.Load(), 0).UTC() }

// Pass lets time pass, in whole seconds.
func (c *Circle) Pass(d time.Duration) { c.clock.Add(int64(d / time.Second)) }

// Desk gives the desk of a member.
func (c *Circle) Desk(id fsc.PeerID) *collective.Desk { return c.desks[id] }

// AnchorPEM gives the trust anchors of the Group.
func (c *Circle) AnchorPEM() []byte { return c.ca.AnchorPEM() }

// Authority judges certificates by them.
func (c *Circle) Authority() deed.Authority {
	return collective.Anchors{Group: c.group, Trusted: func() *pki.Anchors { return c.anchors }}
}

// Store gives what a member keeps.
func (c *Circle) Store(id fsc.PeerID) *store.Store { return c.stores[id] }

// Cut has a member not answer any more when its annexes are asked for.
func (c *Circle) Cut(id fsc.PeerID) { c.cut[id] = true }

func (c *Circle) join(id fsc.PeerID) {
	c.t.Helper()
	c.signers[id], c.dirs[id] = c.key(id), empty.Dir(c.t)
	db, err := store.OpenSQLite(c.t.Context(), c.dirs[id], slog.New(slog.DiscardHandler))
	c.must(err)
	c.t.Cleanup(func() { _ = db.Close() })
	c.stores[id] = db
	c.asked[id] = &counted{Store: db.Collective()}
	c.annexes[id], err = annex.Open(c.t.TempDir(), maxAnnexes)
	c.must(err)
	c.t.Cleanup(func() { _ = c.annexes[id].Close() })
	c.desks[id] = c.NewDesk(id)
}

// NewDesk gives another desk of a member, which knows nothing yet: the one after
// a restart. What both read from the store counts together.
func (c *Circle) NewDesk(id fsc.PeerID) *collective.Desk {
	c.t.Helper()
	d, err := collective.New(collective.Config{
		Self: id, Group: c.group, Store: c.asked[id], Keys: c.signers[id], Table: c.table,
		Authority: c.Authority(), Remote: post{c, id}, Annexes: c.annexes[id], Librarian: post{c, id}, Follow: c.order[:1], Now: c.Now, Logger: slog.New(slog.DiscardHandler),
	})
	c.must(err)
	return d
}

// Asked tells what a member's desks have asked of their store up to now.
func (c *Circle) Asked(id fsc.PeerID) Asked { return c.asked[id].total() }

// Bytes gives the size of all that a member keeps on disk.
func (c *Circle) Bytes(id fsc.PeerID) int64 {
	c.t.Helper()
	files, err := os.ReadDir(c.dirs[id])
	c.must(err)
	total := int64(0)
	for _, f := range files {
		info, err := f.Info()
		c.must(err)
		total += info.Size()
	}
	return total
}

// key is what a member signs with. It is a collective.Keys.
type key struct {
	signer *deed.Signer
	chain  [][]byte
}

func (k key) DeedSigner() (*deed.Signer, [][]byte, error) { return k.signer, k.chain, nil }

func (c *Circle) key(id fsc.PeerID) key {
	c.t.Helper()
	issued, err := c.ca.Issue(localca.Request{PeerID: id, Name: "Organisatie " + string(id)})
	c.must(err)
	pair, err := issued.KeyPair()
	c.must(err)
	var k key
	for _, cert := range pair.Chain {
		k.chain = append(k.chain, cert.Raw)
	}
	k.signer, err = deed.NewSigner(pair.Key, k.chain[0])
	c.must(err)
	return k
}

// post brings deeds from one desk to another, as the layer does in a node.
type post struct {
	circle *Circle
	self   fsc.PeerID
}

func (p post) Put(ctx context.Context, to fsc.PeerID, it collective.Item) error {
	err := p.circle.desks[to].Receive(ctx, p.self, it)
	if r, ok := errors.AsType[*collective.Refusal](err); ok {
		return &collective.Refused{Code: string(r.Code), Detail: r.Detail}
	}
	return err
}

func (p post) Annex(ctx context.Context, from fsc.PeerID, h deed.Hash) (io.ReadCloser, error) {
	if p.circle.cut[from] {
		return nil, errors.New("no connection")
	}
	body, _, err := p.circle.desks[from].AnnexFor(ctx, p.self, h)
	if errors.Is(err, collective.ErrNotFound) {
		return nil, &collective.Refused{Code: "not_found", Detail: "this isn't known here"}
	}
	return body, err
}

func (p post) Feed(ctx context.Context, keeper fsc.PeerID, after int64, _ time.Duration) (collective.Batch, error) {
	return p.circle.desks[keeper].Feed(ctx, p.self, after, 1000)
}

func (p post) Witness(ctx context.Context, with fsc.PeerID, seen []collective.SignedCheckpoint) ([]collective.SignedCheckpoint, error) {
	return p.circle.desks[with].Witness(ctx, p.self, seen)
}

// Settle lets everything travel and be folded until nothing changes any more.
func (c *Circle) Settle() {
	c.t.Helper()
	ctx := c.t.Context()
	for range 4 {
		for _, id := range c.order {
			c.must(c.desks[id].Deliver(ctx))
			c.must(c.desks[id].Fold(ctx))
		}
		for _, id := range c.order[1:] {
			c.must(c.desks[id].Catch(ctx, c.order[0]))
			c.must(c.desks[id].Fold(ctx))
		}
	}
}
