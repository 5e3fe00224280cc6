// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// The Peers of the tests: anna provides, bart consumes, carla delegates, dirk
// keeps the Directory, erik has no part in anything.
const (
	anna  fsc.PeerID = "00000099000000001000"
	bart  fsc.PeerID = "00000099000000002000"
	carla fsc.PeerID = "00000099000000003000"
	dirk  fsc.PeerID = "00000099000000004000"
	erik  fsc.PeerID = "00000099000000005000"
)

const group fsc.GroupID = "test-group"

// start is when every world begins.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// clock is a clock that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is what organisations share: a certificate authority, time, and where to
// look a certificate up. It is a manager.Certificates that trusts the authority.
type world struct {
	ca    *localca.CA
	clock *clock
	rules fsc.Rules

	mu     sync.Mutex
	chains map[string][]*x509.Certificate // by thumbprint
	orgs   map[fsc.PeerID]*org
}

func newWorld(t testing.TB) *world {
	t.Helper()
	ca, err := localca.New(start)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		ca: ca, clock: &clock{now: start}, rules: fsc.Rules{GroupID: group},
		chains: map[string][]*x509.Certificate{}, orgs: map[fsc.PeerID]*org{},
	}
	for _, id := range []fsc.PeerID{anna, bart, carla, dirk, erik} {
		w.orgs[id] = &org{world: w, peer: fsc.Peer{ID: id, Name: "Gemeente " + string(id[16:]), ManagerAddress: "https://manager-" + string(id[16:]) + ".test:8443"}}
		w.orgs[id].renew(t, localca.Request{Hosts: []string{"outway-" + string(id[16:]) + ".test"}})
	}
	return w
}

// SigningCertificate implements manager.Certificates.
func (w *world) SigningCertificate(_ context.Context, p fsc.PeerID, _, thumbprint string) (manager.SigningCertificate, error) {
	w.mu.Lock()
	chain := w.chains[thumbprint]
	w.mu.Unlock()
	if chain == nil {
		return manager.SigningCertificate{}, fsc.Errorf(fsc.CodeSignatureVerificationFailed, "certificate isn't known")
	}
	if w.clock.Now().After(chain[0].NotAfter) {
		return manager.SigningCertificate{}, fsc.Errorf(fsc.CodeSignatureVerificationFailed, "certificate has expired")
	}
	if owner := fsc.PeerID(chain[0].Subject.SerialNumber); owner != p {
		return manager.SigningCertificate{}, fsc.Errorf(fsc.CodePeerIDSignatureMismatch, "certificate is of %s", owner)
	}
	return certificateOf(chain), nil
}

func certificateOf(chain []*x509.Certificate) manager.SigningCertificate {
	c := manager.SigningCertificate{PublicKey: chain[0].PublicKey, NotAfter: chain[0].NotAfter}
	for _, cert := range chain {
		c.Chain = append(c.Chain, cert.Raw)
	}
	return c
}

// org is an organisation with its key. It is a manager.Keys.
type org struct {
	world *world
	peer  fsc.Peer

	mu     sync.Mutex
	pair   *pki.KeyPair
	signer *fsc.Signer
}

// renew gives the organisation another certificate.
func (o *org) renew(t testing.TB, r localca.Request) {
	t.Helper()
	r.PeerID, r.Name = o.peer.ID, o.peer.Name
	issued, err := o.world.ca.Issue(r)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := issued.KeyPair()
	if err != nil {
		t.Fatal(err)
	}
	signer, err := fsc.NewSigner(pair.Key, pair.Leaf().Raw)
	if err != nil {
		t.Fatal(err)
	}
	o.world.mu.Lock()
	o.world.chains[pair.CertificateThumbprint()] = pair.Chain
	o.world.mu.Unlock()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pair, o.signer = pair, signer
}

func (o *org) current() (*pki.KeyPair, *fsc.Signer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pair, o.signer
}

// ContractSigner implements manager.Keys.
func (o *org) ContractSigner() (*fsc.Signer, manager.SigningCertificate, error) {
	pair, signer := o.current()
	return signer, certificateOf(pair.Chain), nil
}

// TokenSigner implements manager.Keys.
func (o *org) TokenSigner() (*fsc.Signer, error) {
	_, signer := o.current()
	return signer, nil
}

// Published implements manager.Keys.
func (o *org) Published() [][][]byte {
	pair, _ := o.current()
	return [][][]byte{certificateOf(pair.Chain).Chain}
}

func (o *org) caller() manager.Caller {
	pair, _ := o.current()
	return manager.Caller{
		Peer: fsc.Peer{ID: o.peer.ID, Name: o.peer.Name}, ManagerAddress: o.peer.ManagerAddress, Certificate: pair.Leaf(),
	}
}

func (o *org) thumbprint() string {
	pair, _ := o.current()
	return pair.PublicKeyThumbprint()
}

func (o *org) key() crypto.PublicKey {
	pair, _ := o.current()
	return pair.Leaf().PublicKey
}

// jws signs a contract at a moment.
func (o *org) jws(t testing.TB, h fsc.ContentHash, typ fsc.SignatureType, at time.Time) string {
	t.Helper()
	_, signer := o.current()
	jws, err := fsc.Sign(signer, h, typ, at)
	if err != nil {
		t.Fatal(err)
	}
	return jws
}

// message is a contract with the organisation's signature of now.
func (o *org) message(t testing.TB, c *fsc.Content, typ fsc.SignatureType) manager.Submission {
	t.Helper()
	return manager.Submission{Content: c.Raw(), Signature: o.jws(t, c.Hash(), typ, o.world.clock.Now())}
}

// peers stand for the Managers of others. It is a manager.Peers.
type peers struct {
	mu        sync.Mutex
	sent      []message
	announced []fsc.Peer
	confirmed []fsc.Peer
	asked     int // how often a Directory was asked

	fail      func(ctx context.Context, to fsc.Peer, k manager.DeliveryKind) error // nil: all goes well
	confirm   func(fsc.Peer) error                                                 // nil: all goes well
	located   map[fsc.PeerID]fsc.Peer                                              // what the Directories know
	contracts func(ctx context.Context) iter.Seq2[manager.RemoteContract, error]
}

type message struct {
	to   fsc.Peer
	kind manager.DeliveryKind
	hash fsc.ContentHash
	jws  string
	raw  []byte
}

// Send implements manager.Peers.
func (p *peers) Send(ctx context.Context, to fsc.Peer, k manager.DeliveryKind, content []byte, h fsc.ContentHash, jws string) error {
	p.mu.Lock()
	p.sent = append(p.sent, message{to, k, h, jws, content})
	fail := p.fail
	p.mu.Unlock()
	if fail != nil {
		return fail(ctx, to, k)
	}
	return nil
}

// Announce implements manager.Peers.
func (p *peers) Announce(ctx context.Context, to fsc.Peer) error {
	p.mu.Lock()
	p.announced = append(p.announced, to)
	fail := p.fail
	p.mu.Unlock()
	if fail != nil {
		return fail(ctx, to, manager.DeliveryAnnounce)
	}
	return nil
}

// Contracts implements manager.Peers.
func (p *peers) Contracts(ctx context.Context, _ fsc.Peer) iter.Seq2[manager.RemoteContract, error] {
	return p.contracts(ctx)
}

// Confirm implements manager.Peers.
func (p *peers) Confirm(_ context.Context, peer fsc.Peer) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.confirmed = append(p.confirmed, peer)
	if p.confirm != nil {
		return p.confirm(peer)
	}
	return nil
}

// Locate implements manager.Peers.
func (p *peers) Locate(_ context.Context, _ fsc.Peer, id fsc.PeerID) (fsc.Peer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if peer, ok := p.located[id]; ok {
		return peer, nil
	}
	return fsc.Peer{}, manager.ErrNotFound
}

func (p *peers) set(change func(*peers)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// messages gives what was sent since the last time, as "kind to", sorted.
func (p *peers) messages() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := []string{}
	for _, s := range p.sent {
		out = append(out, string(s.kind)+" "+string(s.to.ID))
	}
	p.sent = nil
	slices.Sort(out)
	return out
}

// has serves a list of contracts.
func (p *peers) has(list ...manager.RemoteContract) {
	p.contracts = func(context.Context) iter.Seq2[manager.RemoteContract, error] {
		return func(yield func(manager.RemoteContract, error) bool) {
			for _, c := range list {
				if !yield(c, nil) {
					return
				}
			}
		}
	}
}
