// SPDX-License-Identifier: EUPL-1.2

package outway

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/proxy"
	"github.com/samenspel/samenspel/internal/txlog"
)

// Where a TransactionID comes from (FSC Logging, TransactionID).
const (
	// ModeGenerate makes a new one for each call and ignores the client's.
	ModeGenerate = "generate"
	// ModeAcceptClient demands one from the client.
	ModeAcceptClient = "accept-client"
)

// Config is what an Outway needs for its whole life. GroupID, PeerID,
// Certificate, Tokens, TLS and Recorder are required.
type Config struct {
	// GroupID is the one Group this Outway calls in.
	GroupID fsc.GroupID
	// PeerID is this Peer.
	PeerID fsc.PeerID
	// Certificate gives the x5t#S256 of the certificate this Outway connects with
	// now. When it changes, tokens and connections are made anew.
	Certificate func() string
	// Tokens fetches access tokens.
	Tokens Tokens
	// TLS gives the settings for a connection to an Inway of the Peer. They must
	// refuse a server that is another Peer.
	TLS func(fsc.PeerID) *tls.Config
	// Recorder makes the record of each call durable before it is sent.
	Recorder txlog.Recorder
	// Authorizer may refuse a call for which there is a grant; nil allows all.
	Authorizer Authorizer
	// Observer counts calls; nil counts nothing.
	Observer Observer
	// AllowUpgrade passes requests to switch protocols, such as WebSocket.
	AllowUpgrade bool
	// TransactionIDMode is [ModeGenerate], also when empty, or [ModeAcceptClient].
	TransactionIDMode string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Logger hears of refused calls; nil is silence.
	Logger *slog.Logger
}

// Tokens fetches access tokens from the Managers of other Peers.
type Tokens interface {
	// Token asks the Manager of g.ServicePeer for a token, with the Outway's own
	// certificate, and verifies its signature with that Peer's keys. An
	// [fsc.Error] means that the Peer refused; any other error that it could not
	// be asked.
	Token(ctx context.Context, g Grant) (Token, error)
}

// Token is an access token whose signature was verified.
type Token struct {
	JWT    string
	Claims fsc.Claims
}

// Authorizer decides about a call after its grant was found.
type Authorizer interface {
	// Authorize returns nil to allow the call. The code and detail of an
	// [fsc.Error] are sent to the application; any other error answers 500. It
	// must not read the body or keep r. A call that is tried again is a new
	// transaction and is asked about again.
	Authorize(ctx context.Context, r *http.Request, transactionID string, g Grant) error
}

// Observer is told of each call, for metrics. Its methods are called
// concurrently and must be fast.
type Observer interface {
	// CallBegan is followed by one CallEnded, whatever happens.
	CallBegan()
	// CallEnded tells how it went: "forwarded", "aborted" when client or Inway
	// broke off halfway, or the error code that was sent.
	CallEnded(outcome string, took time.Duration)
}

// Outway is the handler of the listener for this Peer's own applications. It is
// safe for concurrent use.
type Outway struct {
	cfg      Config
	snapshot atomic.Pointer[snapshot]
	flight   singleflight.Group
	drop     []string        // request fields that go no further
	life     context.Context //nolint:containedctx // bounds fetches that outlive the call they began in
	end      context.CancelFunc

	mu     sync.Mutex // for what is done per snapshot or token, not per call
	inways map[inwayKey]*inway
}

// inwayKey tells which connections may be shared: those to one address of one
// Peer, made with one certificate of ours, because tokens are bound to it.
type inwayKey struct {
	address    string
	peer       fsc.PeerID
	thumbprint string
}

// New makes an Outway that knows no grants until the first [Outway.Update].
func New(cfg Config) *Outway {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Observer == nil {
		cfg.Observer = silence{}
	}
	o := &Outway{cfg: cfg, inways: map[inwayKey]*inway{}, drop: []string{proxy.HeaderGrantHash}}
	o.life, o.end = context.WithCancel(context.Background())
	o.snapshot.Store(&snapshot{})
	return o
}

type silence struct{}

func (silence) CallBegan()                      {}
func (silence) CallEnded(string, time.Duration) {}

// Update replaces the snapshot. Tokens of grants that stay usable are kept, and
// so are connections those tokens lead to.
func (o *Outway) Update(in SnapshotInput) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now, left := newSnapshot(&in, o.snapshot.Load())
	o.snapshot.Store(now)
	for _, g := range left {
		if next := now.grants.Get(g.Hash); next == nil || next.state != g.state {
			g.gone = true
			o.keep(g.state, nil)
		}
	}
}

// Reconnect drops all tokens and connections, so that the next call makes them
// anew. It is for a change of the Group's anchors.
func (o *Outway) Reconnect() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for g := range o.snapshot.Load().grants.Values() {
		o.keep(g.state, nil)
	}
}

// keep replaces the tokens of a grant, and closes connections to which no token
// leads any more. It needs o.mu.
func (o *Outway) keep(s *state, list []*token) {
	for _, t := range list {
		t.inway.tokens++
	}
	old := s.known()
	s.tokens.Store(&list)
	for _, t := range old {
		if t.inway.tokens--; t.inway.tokens == 0 {
			t.inway.Close()
			delete(o.inways, t.inway.key)
		}
	}
}

// Close forgets all grants, ends fetches of tokens and closes idle connections.
// Calls under way go on to their end.
func (o *Outway) Close() {
	o.end()
	o.Update(SnapshotInput{})
}
