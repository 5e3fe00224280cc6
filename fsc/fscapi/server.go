// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

const (
	headerManagerAddress = "Fsc-Manager-Address"
	headerErrorCode      = "Fsc-Error-Code"
	defaultMaxBody       = 8 << 20
)

// ServerConfig is what a server needs. Handler and Identify are required.
type ServerConfig struct {
	Handler Handler
	// Identify gives the Peer behind a request, with ID and name, and its
	// verified TLS client certificate. An error refuses the request: an
	// [fsc.Error] as it is, any other as
	// [fsc.CodePeerCertificateVerificationFailed].
	Identify func(*http.Request) (fsc.Peer, *x509.Certificate, error)
	// CursorKey is a random key if empty, which suits a single server.
	CursorKey CursorKey
	// MaxBodyBytes bounds a request's body; 0 means 8 MiB.
	MaxBodyBytes int64
	// AnyPort accepts Manager addresses with ports other than 443 and 8443, for
	// laboratories.
	AnyPort bool
	// Limit, if set, is asked once a request and tells how long the caller has
	// to wait before it may try again; 0 lets it through.
	Limit func(caller fsc.PeerID) time.Duration
	// Logger gets refusals and failures with their causes; nil discards them.
	Logger *slog.Logger
}

type server struct {
	cfg    ServerConfig
	routes map[string]map[string]endpoint // by path, then method
}

// NewServer makes the interface of a Manager below /v1, with the key set also
// at the root (Core, Manager interface). It has to run behind TLS with verified
// client certificates. It panics if Handler or Identify is missing or the
// CursorKey is shorter than 16 bytes: such a server could not keep its promises.
func NewServer(cfg ServerConfig) http.Handler {
	if cfg.Handler == nil || cfg.Identify == nil {
		panic("fscapi: a server needs a Handler and a way to identify callers")
	}
	if len(cfg.CursorKey) == 0 {
		cfg.CursorKey = CursorKey(rand.Text())
	}
	if len(cfg.CursorKey) < minCursorKey {
		panic("fscapi: the cursor key is too short")
	}
	if cfg.MaxBodyBytes <= 0 {
		cfg.MaxBodyBytes = defaultMaxBody
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &server{cfg: cfg}
	s.routes = s.routeTable()
	return s
}

// call is one request on its way through the server.
type call struct {
	w      http.ResponseWriter
	r      *http.Request
	name   string // the endpoint's name in the log
	token  bool   // errors in the form of RFC 6749
	caller Caller
	hash   fsc.ContentHash
}

// reply is a successful answer; a nil body means no body.
type reply struct {
	status int
	body   []byte
}

// ServeHTTP answers one request.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	c := &call{w: w, r: r, name: "unknown"}
	defer s.recoverPanic(r.Context(), c)
	out, err := s.serve(c)
	if err != nil {
		s.fail(r.Context(), c, err)
		return
	}
	if out.body != nil {
		h.Set("Content-Type", "application/json")
	}
	w.WriteHeader(out.status)
	_, _ = w.Write(out.body) // the caller has gone: nothing is left to tell
}

func (s *server) serve(c *call) (reply, error) {
	e, err := s.route(c)
	if err != nil {
		return reply{}, err
	}
	c.name, c.token = e.name, e.token
	if err := s.identify(c); err != nil {
		return reply{}, err
	}
	if err := s.limit(c); err != nil {
		return reply{}, err
	}
	if err := s.managerAddress(c, e.address); err != nil {
		return reply{}, err
	}
	return e.do(c)
}

func (s *server) identify(c *call) error {
	peer, cert, err := s.cfg.Identify(c.r)
	if _, ok := errors.AsType[*fsc.Error](err); err != nil && !ok {
		return fsc.WrapError(fsc.CodePeerCertificateVerificationFailed, err, "the client certificate doesn't identify a Peer")
	}
	if err != nil {
		return err
	}
	if err := peer.ID.Validate(); err != nil {
		return fsc.WrapError(fsc.CodePeerCertificateVerificationFailed, err, "the subject of the client certificate holds no usable PeerID")
	}
	peer.ManagerAddress = ""
	c.caller = Caller{Peer: peer, Certificate: cert}
	return nil
}

func (s *server) limit(c *call) error {
	if s.cfg.Limit == nil {
		return nil
	}
	wait := s.cfg.Limit(c.caller.Peer.ID)
	if wait <= 0 {
		return nil
	}
	seconds := int64((wait + time.Second - 1) / time.Second)
	c.w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	return fsc.Errorf(fsc.CodeTooManyRequests, "too many requests; try again in %d s", seconds)
}

// managerAddress reads Fsc-Manager-Address, which the standard demands on POST
// and PUT between Managers.
func (s *server) managerAddress(c *call, required bool) error {
	values := c.r.Header.Values(headerManagerAddress)
	if required && len(values) != 1 {
		return fsc.Errorf(fsc.CodeInvalidRequest, "header %s is required, once", headerManagerAddress)
	}
	if len(values) != 1 {
		return nil
	}
	err := ValidateManagerAddress(values[0], s.cfg.AnyPort)
	if err == nil {
		c.caller.ManagerAddress = values[0]
	}
	if !required {
		return nil
	}
	return err
}

func (s *server) fail(ctx context.Context, c *call, err error) {
	if te, ok := asTokenError(err); ok && c.token {
		s.logger(c).LogAttrs(ctx, slog.LevelInfo, "token_refused", slog.String("code", string(te.Code)), cause(err))
		writeJSON(c.w, http.StatusBadRequest, wireTokenError{te.Code, describable(te.Description)})
		return
	}
	status, body := outcome(err)
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.logger(c).LogAttrs(ctx, level, "request_refused", slog.String("code", string(body.Code)), slog.String("detail", body.Message), cause(err))
	c.w.Header().Set(headerErrorCode, string(body.Code))
	writeJSON(c.w, status, body)
}

// cause is what only our own log may say about an error.
func cause(err error) slog.Attr {
	if fe, ok := errors.AsType[*fsc.Error](err); ok {
		if fe.Cause == nil {
			return slog.Attr{}
		}
		return slog.String("cause", fe.Cause.Error())
	}
	if te, ok := errors.AsType[*fsc.TokenError](err); ok {
		return slog.String("detail", te.Description)
	}
	return slog.String("cause", err.Error())
}

func (s *server) logger(c *call) *slog.Logger {
	return s.cfg.Logger.With(slog.String("endpoint", c.name), slog.String("peer_id", string(c.caller.Peer.ID)))
}

func (s *server) recoverPanic(ctx context.Context, c *call) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { //nolint:errorlint // net/http compares it like this
		panic(v)
	}
	s.logger(c).LogAttrs(ctx, slog.LevelError, "handler_panicked", slog.String("panic", fmt.Sprint(v)), slog.String("stack", string(debug.Stack())))
	s.fail(ctx, c, fsc.Errorf(fsc.CodeInternal, "the Manager failed; its log says why"))
}
