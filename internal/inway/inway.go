// SPDX-License-Identifier: EUPL-1.2

package inway

import (
	"context"
	"crypto"
	"crypto/tls"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/frozen"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/txlog"
)

// Config is what an Inway needs for its whole life. GroupID, PeerID and
// Recorder are required.
type Config struct {
	// GroupID is the one Group whose tokens are accepted.
	GroupID fsc.GroupID
	// PeerID is this Peer: the issuer of all tokens that are accepted.
	PeerID fsc.PeerID
	// Identity is the Group's rule for reading a Peer from its certificate.
	Identity pki.IdentityRule
	// Audiences are the addresses of this Inway. When given, a token for another
	// address is refused; the standard doesn't demand that, so empty allows all.
	Audiences []string
	// Recorder makes the record of each call durable before it is forwarded.
	Recorder txlog.Recorder
	// Authorizer may refuse a call whose token is good; nil allows all.
	Authorizer Authorizer
	// Observer counts calls; nil counts nothing.
	Observer Observer
	// UpstreamTLS is for services with an https URL; nil means the roots of the
	// machine.
	UpstreamTLS *tls.Config
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Logger hears of refused calls; nil is silence.
	Logger *slog.Logger
}

// Authorizer decides about a call after its token was found good.
type Authorizer interface {
	// Authorize returns nil to allow the call. The code and detail of an
	// [fsc.Error] are sent to the caller; any other error answers 500. It must
	// not read the body or keep r or claims.
	Authorize(ctx context.Context, r *http.Request, claims *fsc.Claims) error
}

// Observer is told of each call, for metrics. Its methods are called
// concurrently and must be fast.
type Observer interface {
	// CallBegan is followed by one CallEnded, whatever happens.
	CallBegan()
	// CallEnded tells how it went: "forwarded", "aborted" when client or service
	// broke off halfway, or the error code that was sent.
	CallEnded(outcome string, took time.Duration)
	// CallLimited tells that a call of a service was refused or cut off by a limit;
	// the CallEnded with its error code comes too.
	CallLimited(service string, by limit.Name)
}

// Service is something this Peer offers.
type Service struct {
	// Name is as in the contract, compared byte by byte with the claim svc.
	Name string
	// Upstream is the service's own http or https address; its path is put before
	// that of each request.
	Upstream *url.URL
	// More are further addresses of the same service. Each call goes to one of all.
	More []*url.URL
	// AllowUpgrade passes requests to switch protocols, such as WebSocket.
	AllowUpgrade bool
	// Limits are what the service may be asked at most.
	Limits limit.Limits
}

// SnapshotInput is all that changes during an Inway's life. Keys and Ended are always
// all.
type SnapshotInput struct {
	// Changes tells that Services are only those that were added or changed, and Gone
	// the names of those that are no more; the others stay. What it costs depends on
	// these alone.
	Changes  bool
	Services []Service
	Gone     []string
	// Keys are those our own Manager signs tokens with, by the x5t#S256 of their
	// certificate.
	Keys map[string]crypto.PublicKey
	// Ended are grants whose contract was revoked, rejected or has expired. Their
	// tokens are refused at once, although the standard only demands that they
	// run out, and calls end that have switched protocols.
	Ended []fsc.GrantHash
}

// Inway is the handler of the listener for other Peers. It is safe for
// concurrent use.
type Inway struct {
	cfg       Config
	audiences map[string]struct{}
	snapshot  atomic.Pointer[snapshot]
	seen      recent[[16]byte, struct{}] // TransactionIDs
	update    sync.Mutex
	tunnels   map[*call]context.CancelFunc // needs update
}

// snapshot is never changed after it was stored.
type snapshot struct {
	services *frozen.Map[string, *service]
	tokens   *verifier
	ended    map[fsc.GrantHash]struct{}
}

type service struct {
	Service
	sources []*source // at least one
	turn    atomic.Uint32
	gate    *limit.Gate // nil when no limit counts calls
}

// New makes an Inway that refuses every call until the first [Inway.Update].
func New(cfg Config) *Inway {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Observer == nil {
		cfg.Observer = silence{}
	}
	g := &Inway{cfg: cfg, audiences: setOf(cfg.Audiences), seen: recent[[16]byte, struct{}]{size: seenPerGeneration}, tunnels: map[*call]context.CancelFunc{}}
	g.snapshot.Store(&snapshot{tokens: newVerifier(nil)})
	return g
}

type silence struct{}

func (silence) CallBegan()                      {}
func (silence) CallEnded(string, time.Duration) {}
func (silence) CallLimited(string, limit.Name)  {}

// Update replaces the snapshot. Connections to services that stay the same are
// kept, and so are verified tokens while the keys stay the same; calls under way
// count for new limits as they did for those before. Of two services with one
// name the last counts.
func (g *Inway) Update(in SnapshotInput) {
	g.update.Lock()
	defer g.update.Unlock()
	old := g.snapshot.Load()
	base, touched := old.services, slices.Clone(in.Gone)
	if !in.Changes {
		base, touched = nil, slices.Collect(old.services.Keys())
	}
	edit := base.Edit(len(in.Services))
	for _, name := range in.Gone {
		edit.Delete(name)
	}
	for i := range in.Services {
		svc := &in.Services[i]
		touched = append(touched, svc.Name)
		edit.Set(svc.Name, g.service(svc, old.services.Get(svc.Name)))
	}
	s := &snapshot{services: edit.Freeze(), tokens: old.tokens, ended: setOf(in.Ended)}
	if !maps.EqualFunc(in.Keys, old.tokens.keys, equalKeys) {
		s.tokens = newVerifier(maps.Clone(in.Keys))
	}
	g.snapshot.Store(s)
	g.endTunnels(s)
	for _, name := range touched {
		old.services.Get(name).closeUnless(s.services.Get(name))
	}
}

// service makes a service, with what can be kept of the one of that name.
func (g *Inway) service(svc *Service, have *service) *service {
	s := &service{Service: *svc, sources: g.sources(svc, have)}
	if svc.Limits.Counts() {
		if have != nil && have.gate != nil {
			s.gate = have.gate
		} else {
			s.gate = limit.NewGate()
		}
	}
	return s
}

func equalKeys(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

func setOf[K comparable](list []K) map[K]struct{} {
	set := make(map[K]struct{}, len(list))
	for _, k := range list {
		set[k] = struct{}{}
	}
	return set
}

// Close refuses all further calls and closes the idle connections to services.
// Calls under way go on to their end.
func (g *Inway) Close() { g.Update(SnapshotInput{}) }

// TokenChecks tells how many tokens were verified because no cache had them.
// It starts again at zero when the keys change.
func (g *Inway) TokenChecks() uint64 { return g.snapshot.Load().tokens.checks.Load() }
