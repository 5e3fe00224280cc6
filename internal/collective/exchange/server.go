// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/limit"
)

// Desk is where what comes in goes and what goes out comes from; a
// [collective.Desk] is one. What isn't there is [collective.ErrNotFound].
type Desk interface {
	// Receive takes a deed or signature that a Peer hands in. Refusals are a
	// [*collective.Refusal] or a [*deed.Error].
	Receive(ctx context.Context, from fsc.PeerID, it collective.Item) error
	// Feed gives what came into the dossiers kept here after a sequence, in order.
	// It gives at most so
	// many, and the first ones are the same however many are asked for.
	Feed(ctx context.Context, reader fsc.PeerID, after int64, most int) (collective.Batch, error)
	// Changed gives a channel that is closed at the next change.
	Changed() <-chan struct{}
	// Deed gives the canonical bytes of a deed.
	Deed(ctx context.Context, h deed.Hash) ([]byte, error)
	// Signatures gives those on a deed.
	Signatures(ctx context.Context, h deed.Hash) ([]collective.Item, error)
	// State gives the state of a deed.
	State(ctx context.Context, h deed.Hash) (*collective.State, error)
	// MayRead tells whether a Peer may have a deed and what belongs to it.
	MayRead(ctx context.Context, reader fsc.PeerID, h deed.Hash) (bool, error)
	// Witness takes checkpoints that a Peer has seen and gives ours of the same
	// dossiers.
	Witness(ctx context.Context, reader fsc.PeerID, seen []collective.SignedCheckpoint) ([]collective.SignedCheckpoint, error)
	Files
	Usage
}

// Files are what is given whole, and to who may have it; [collective.Desk] has them.
type Files interface {
	// DossierFor gives a dossier as a file ([deed.Dossier]), without what the reader
	// may not have.
	DossierFor(ctx context.Context, reader fsc.PeerID, h deed.Hash) ([]byte, error)
	// AnnexFor gives the bytes of an annex that a deed names which the reader may
	// have, and how many.
	AnnexFor(ctx context.Context, reader fsc.PeerID, h deed.Hash) (io.ReadCloser, int64, error)
}

// ServerConfig is what a server needs. All fields are required unless noted.
type ServerConfig struct {
	Desk Desk
	// Authenticate tells which Peer asks, as [TokenAuth] does. Of its errors an
	// [fsc.Error] is told to the caller.
	Authenticate func(*http.Request) (fsc.PeerID, error)
	Now          func() time.Time
	Logger       *slog.Logger
	// Stopping is closed when the node begins to stop: nobody waits for news any
	// more. Nil: never.
	Stopping <-chan struct{}
	Limits   Limits // optional
}

type server struct {
	cfg   ServerConfig
	gates gates
	reads chan struct{} // one place for each request that reads from the desk
}

// NewServer makes the handler of the service collective-v1, for a listener that
// only the own Inway reaches. The server around it needs a timeout for headers
// and none for answers: a poll waits up to [MaxWait]. It panics when a required
// field is missing.
func NewServer(cfg ServerConfig) http.Handler {
	if cfg.Desk == nil || cfg.Authenticate == nil || cfg.Now == nil || cfg.Logger == nil {
		panic("exchange: a server needs Desk, Authenticate, Now and Logger")
	}
	cfg.Limits = cfg.Limits.orDefault()
	return &server{cfg: cfg, gates: newGates(cfg.Limits), reads: make(chan struct{}, atOnce)}
}

// call is one request.
type call struct {
	w    http.ResponseWriter
	r    *http.Request
	peer fsc.PeerID
	deed deed.Hash // in the path, unchecked
	// signature is its hash in the path, unchecked.
	signature deed.Hash
	month     string // in the path, unchecked
	// file is sent instead of a body, and closed.
	file *file
	// passes are the gates it came through.
	passes []limit.Pass
}

// reply is an answer that isn't a refusal.
type reply struct {
	status int
	media  string
	body   []byte
}

// file is what is read while it is sent.
type file struct {
	io.ReadCloser

	size int64
}

// ServeHTTP answers one request.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setHeaders(w.Header())
	c := &call{w: w, r: r}
	defer c.leave() // an answer counts until it has gone out
	if r.ContentLength != 0 {
		// A body is small and has to be here by then, also one that nobody reads: a
		// server waits for its end before it answers. Not every connection has deadlines.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.cfg.Limits.Stall))
	}
	rep, err := s.answer(c)
	if err != nil {
		rep = s.refusal(c, err) //nolint:contextcheck // the request brings its context
	}
	s.write(c, rep)
}

func setHeaders(h http.Header) {
	h.Set("API-Version", apiVersion)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
}

// answer finds out who asks, whether it asks too much, and does what it asks.
func (s *server) answer(c *call) (reply, error) {
	peer, err := s.cfg.Authenticate(c.r)
	if err != nil {
		return reply{}, unauthorized(err)
	}
	c.peer = peer
	if err := s.enter(c, &s.gates.calls); err != nil {
		return reply{}, err
	}
	do, err := s.route(c)
	if err != nil {
		return reply{}, err
	}
	return do(c)
}

// enter counts the request at a gate, or refuses it.
func (s *server) enter(c *call, g *gate) error {
	pass, refused := g.Enter(&g.limits, string(c.peer), s.cfg.Now())
	if refused != nil {
		return tooMany(refused)
	}
	c.passes = append(c.passes, pass)
	return nil
}

func (c *call) leave() {
	for i := range c.passes {
		c.passes[i].Leave()
	}
}

// reading runs a read from the desk when there is a place for it.
func reading[T any](s *server, c *call, read func(context.Context) (T, error)) (out T, err error) {
	ctx := c.r.Context()
	select {
	case s.reads <- struct{}{}:
		defer func() { <-s.reads }()
		return read(ctx)
	case <-ctx.Done():
		return out, ctx.Err()
	}
}
