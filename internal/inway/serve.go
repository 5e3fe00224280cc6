// SPDX-License-Identifier: EUPL-1.2

package inway

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/proxy"
	"github.com/samenspel/samenspel/internal/txlog"
)

// call is the state of one request.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	snap    *snapshot
	now     time.Time
	conn    *connection
	token   *verified
	service *service
	pass    limit.Pass
}

// ServeHTTP takes one call of another Peer. Errors of our own have the domain
// of the Inway; what the service answers is passed unaltered.
func (g *Inway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{w: w, r: r, snap: g.snapshot.Load(), now: g.cfg.Now(), conn: connectionOf(r)}
	outcome := "aborted"
	g.cfg.Observer.CallBegan()
	defer func() { g.cfg.Observer.CallEnded(outcome, g.cfg.Now().Sub(c.now)) }()

	switch err := g.serve(c); { //nolint:contextcheck // the context is in c.r
	case err == nil:
		outcome = "forwarded"
	case errors.Is(err, proxy.ErrAfterResponse), errors.Is(err, proxy.ErrClient):
		g.cfg.Logger.LogAttrs(r.Context(), slog.LevelDebug, "call broke off", c.attrs(err)...)
		panic(http.ErrAbortHandler) // so that the client sees it too
	default:
		outcome = string(fsc.CodeOf(err))
		g.limited(c, err)
		g.cfg.Logger.LogAttrs(r.Context(), slog.LevelInfo, "call refused", c.attrs(err)...)
		proxy.WriteError(w, fsc.DomainInway, err)
	}
}

// serve takes the six steps of a call, in the order of the standard, and holds
// it to the limits of the service before it is recorded.
func (g *Inway) serve(c *call) error {
	if err := g.identify(c); err != nil {
		return err
	}
	if err := g.verify(c); err != nil {
		return err
	}
	if err := g.route(c); err != nil {
		return err
	}
	if err := g.authorize(c); err != nil {
		return err
	}
	defer c.pass.Leave()
	if err := g.admit(c); err != nil {
		return err
	}
	if err := g.record(c); err != nil {
		return err
	}
	return g.forward(c)
}

// identify is step 1: only mutual TLS with a certificate of the Group (Core,
// Inway behaviour), and no tunnels.
func (g *Inway) identify(c *call) error {
	if c.r.Method == http.MethodConnect {
		return fsc.Errorf(fsc.CodeMethodUnsupported, "the method CONNECT is not supported")
	}
	c.conn.once.Do(func() { c.conn.identify(c.r, g.cfg.Identity) })
	return c.conn.err
}

// verify is step 2: the access token (Core, Inway, access token). The signature
// may be known from an earlier call; everything else is checked each time.
func (g *Inway) verify(c *call) error {
	token, err := bearer(c.r.Header[proxy.HeaderAuthorization])
	if err != nil {
		return err
	}
	t := c.conn.last.Load()
	if t == nil || t.token != token || t.by != c.snap.tokens {
		if t, err = c.snap.tokens.verify(token); err != nil {
			return err
		}
		c.conn.last.Store(t)
	}
	c.token = t
	if err := t.claims.CheckUse(fsc.TokenUse{
		GroupID: g.cfg.GroupID, Issuer: g.cfg.PeerID,
		CertificateThumbprint: c.conn.thumbprint, PeerID: c.conn.peer, Now: c.now,
	}); err != nil {
		return err
	}
	if c.snap.over(c) {
		return fsc.Errorf(fsc.CodeAccessTokenInvalid, "the contract behind the access token is not valid any more")
	}
	if _, ours := g.audiences[t.claims.Audience]; !ours && len(g.audiences) > 0 {
		return fsc.Errorf(fsc.CodeAccessTokenInvalid, "the access token is for another Inway")
	}
	return nil
}

// route is step 3: the claim svc names the service, the path does not (Core,
// Inway behaviour).
func (g *Inway) route(c *call) error {
	if c.service = c.snap.services.Get(c.token.claims.Service); c.service == nil {
		return fsc.Errorf(fsc.CodeServiceNotFound, "this Inway doesn't offer the service %.255q", c.token.claims.Service)
	}
	return nil
}

// authorize is step 4: what this Peer decides beyond the standard.
func (g *Inway) authorize(c *call) error {
	if g.cfg.Authorizer == nil {
		return nil
	}
	return g.cfg.Authorizer.Authorize(c.r.Context(), c.r, &c.token.claims)
}

// record is step 5: no confirmed record, no call (FSC Logging, writing a log
// record). A TransactionID that was used before is refused within a window of
// the last 65,000 calls or more; it is kept in memory only, so that is a help
// against replay and not a guarantee.
func (g *Inway) record(c *call) error {
	id, err := proxy.ReadTransactionID(c.r.Header)
	if err != nil {
		return err
	}
	if !g.seen.add(octets(id), struct{}{}) {
		return fsc.Errorf(fsc.CodeInvalidLogRecordID, "the Fsc-Transaction-Id was used before")
	}
	claims := &c.token.claims
	rec := txlog.Record{
		TransactionID: strings.ToLower(id), Direction: txlog.DirectionIncoming,
		GrantHash: string(claims.GrantHash), GroupID: claims.GroupID, ServiceName: claims.Service,
		OutwayPeerID: claims.Subject, ServicePeerID: claims.Issuer,
		SourceDelegator: claims.Delegator, DestinationDelegator: claims.PublicationDelegator,
		CreatedAt: c.now, AdditionalData: c.token.additional,
	}
	rec.TraceID, rec.SpanID, _ = proxy.ParseTraceparent(c.r.Header.Get("Traceparent"))
	if err := g.cfg.Recorder.Record(c.r.Context(), &rec); err != nil {
		return fsc.WrapError(fsc.CodeTransactionLogWriteError, err, "the call could not be recorded, so it was not forwarded")
	}
	return nil
}

// forward is step 6: the request and its response pass unaltered, with
// Fsc-Authorization and Fsc-Transaction-Id (Core, Inway behaviour; FSC Logging).
func (g *Inway) forward(c *call) error {
	c.bound()
	if len(c.r.Header["Upgrade"]) > 0 {
		defer g.follow(c)()
	}
	err := g.send(c)
	if err == nil {
		return nil
	}
	if beyond := c.service.beyond(err); beyond != nil {
		return beyond
	}
	var refused *proxy.DialError
	switch {
	case errors.As(err, &refused):
		return fsc.WrapError(fsc.CodeServiceUnreachable, err, "the service can't be reached from the Inway; its Peer has to look into this")
	case errors.Is(err, proxy.ErrBeforeResponse) && !errors.Is(err, proxy.ErrClient):
		return fsc.WrapError(fsc.CodeServiceUnreachable, err, "the service gave no answer; it may have received the request")
	}
	return err
}

// attrs tells the log of a call, without its path or query: they may hold
// personal data.
func (c *call) attrs(err error) []slog.Attr {
	attrs := []slog.Attr{slog.String("code", string(fsc.CodeOf(err))), slog.Any("error", err), slog.String("peer_id", string(c.conn.peer))}
	if c.token != nil {
		attrs = append(attrs, slog.String("service", c.token.claims.Service), slog.String("grant_hash", string(c.token.claims.GrantHash)))
	}
	if id := c.r.Header.Get(proxy.HeaderTransactionID); proxy.ValidTransactionID(id) {
		attrs = append(attrs, slog.String("transaction_id", id))
	}
	return attrs
}
