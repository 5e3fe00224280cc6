// SPDX-License-Identifier: EUPL-1.2

package outway

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/proxy"
	"github.com/samenspel/samenspel/internal/txlog"
)

// call is the state of one request.
type call struct {
	reply         reply
	r             *http.Request
	snap          *snapshot
	now           time.Time
	grant         *grant
	token         *token
	tried         [maxTries]*inway // without success
	tries         int
	repeatable    bool // may be made twice, as two transactions
	transactionID string
	set           [2]proxy.Field
	response      [1]proxy.Field
}

// ServeHTTP takes one call of an application. Errors of our own have the domain
// of the Outway; what Inway and service answer is passed unaltered.
func (o *Outway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{reply: reply{ResponseWriter: w}, r: r, snap: o.snapshot.Load(), now: o.cfg.Now()}
	outcome := "aborted"
	o.cfg.Observer.CallBegan()
	defer func() { o.cfg.Observer.CallEnded(outcome, o.cfg.Now().Sub(c.now)) }()

	switch err := o.serve(c); { //nolint:contextcheck // the context is in c.r
	case err == nil:
		outcome = "forwarded"
	case errors.Is(err, proxy.ErrAfterResponse), errors.Is(err, proxy.ErrClient):
		o.cfg.Logger.LogAttrs(r.Context(), slog.LevelDebug, "call broke off", c.attrs(err)...)
		panic(http.ErrAbortHandler) // so that the client sees it too
	default:
		outcome = string(fsc.CodeOf(err))
		o.cfg.Logger.LogAttrs(r.Context(), slog.LevelInfo, "call refused", c.attrs(err)...)
		if c.transactionID != "" {
			w.Header().Set(proxy.HeaderTransactionID, c.transactionID)
		}
		proxy.WriteError(w, fsc.DomainOutway, err)
	}
}

// serve takes the six steps of a call, in the order of the standard. The last
// four are taken again, as a new transaction, when nothing can have happened twice:
// if the Inway refused a token that had been cached, or the connection broke before it
// answered and there is another Inway.
func (o *Outway) serve(c *call) error {
	if err := o.method(c); err != nil {
		return err
	}
	if err := o.choose(c); err != nil {
		return err
	}
	c.repeatable = o.repeatable(c.r)
	c.reply.hold = c.repeatable
	for {
		if err := o.identify(c); err != nil {
			return err
		}
		if err := o.authorize(c); err != nil {
			return err
		}
		if err := o.authenticate(c); err != nil {
			return err
		}
		if err := o.record(c); err != nil {
			return err
		}
		if err := o.forward(c); !c.reply.held && (err == nil || !o.again(c, err)) {
			return err
		}
		c.reply.release()
	}
}

// method is step 1: no tunnels (Core, Outway behaviour).
func (o *Outway) method(c *call) error {
	if c.r.Method == http.MethodConnect {
		return fsc.Errorf(fsc.CodeMethodUnsupported, "the method CONNECT is not supported; call the service with http:// and let the Outway secure it")
	}
	return nil
}

// choose is step 2: the one grant. The standard leaves the way open.
func (o *Outway) choose(c *call) error {
	g, rt, err := c.snap.choose(c.r, c.now)
	if err != nil {
		return err
	}
	c.grant = g
	if rt != nil && rt.StripPrefix {
		c.r = stripped(c.r, rt.PathPrefix)
	}
	return nil
}

// authorize is step 3: what this Peer decides beyond the standard. It knows the
// TransactionID, so that decision and record can be laid side by side.
func (o *Outway) authorize(c *call) error {
	if o.cfg.Authorizer == nil {
		return nil
	}
	return o.cfg.Authorizer.Authorize(c.r.Context(), c.r, c.transactionID, c.grant.Grant)
}

// repeatable tells whether the call may be made twice.
func (o *Outway) repeatable(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return r.ContentLength == 0 && o.cfg.TransactionIDMode != ModeAcceptClient
	}
	return false
}

// authenticate is step 4: a token of the Peer that offers the service (Core,
// Outway behaviour).
func (o *Outway) authenticate(c *call) (err error) {
	c.token, err = o.tokenFor(c.r.Context(), c.grant, c.now)
	return err
}

// record is step 5: no call without a confirmed record (FSC Logging, writing a
// log record).
func (o *Outway) record(c *call) error {
	g := c.grant
	rec := txlog.Record{
		TransactionID: strings.ToLower(c.transactionID), Direction: txlog.DirectionOutgoing,
		GrantHash: string(g.Hash), GroupID: o.cfg.GroupID, ServiceName: g.Service,
		OutwayPeerID: o.cfg.PeerID, ServicePeerID: g.ServicePeer.ID,
		SourceDelegator: g.Delegator, DestinationDelegator: g.ServiceDelegator,
		CreatedAt: c.now, AdditionalData: c.token.additional,
	}
	rec.TraceID, rec.SpanID, _ = proxy.ParseTraceparent(c.r.Header.Get("Traceparent"))
	if err := o.cfg.Recorder.Record(c.r.Context(), &rec); err != nil {
		return fsc.WrapError(fsc.CodeTransactionLogWriteError, err, "the call could not be recorded, so it was not sent")
	}
	return nil
}

// identify makes the TransactionID, or takes the client's where that is wanted.
func (o *Outway) identify(c *call) error {
	if o.cfg.TransactionIDMode != ModeAcceptClient {
		c.transactionID = proxy.NewTransactionID()
		return nil
	}
	id, err := proxy.ReadTransactionID(c.r.Header)
	c.transactionID = id
	return err
}

// forward is step 6: to the Inway in the token, with the token and the
// TransactionID in place of what the client sent under those names (Core,
// Outway behaviour; FSC Logging). Nothing else is touched.
func (o *Outway) forward(c *call) error {
	c.set = [2]proxy.Field{{Name: proxy.HeaderAuthorization, Value: c.token.authorization}, {Name: proxy.HeaderTransactionID, Value: c.transactionID}}
	c.response = [1]proxy.Field{{Name: proxy.HeaderTransactionID, Value: c.transactionID}}
	old := c.now.Sub(c.token.since).Abs() >= minAge // a clock may be set back
	c.reply.hold = c.reply.hold && old
	c.token.inway.Begin()
	err := c.token.inway.Forward(&c.reply, c.r, proxy.Headers{Set: c.set[:], Drop: o.drop, Response: c.response[:]})
	c.token.inway.End()
	o.judge(c.token.inway, err)
	if c.reply.refused && old {
		o.discard(c.grant, c.token)
	}
	if err == nil {
		return nil
	}
	var unreachable *proxy.DialError
	if errors.As(err, &unreachable) && !errors.Is(err, proxy.ErrClient) && o.elsewhere(c) {
		return o.forward(c) // the same transaction: nothing of it was sent
	}
	switch {
	case errors.As(err, &unreachable):
		return fsc.WrapError(fsc.CodeInwayUnreachable, err, fmt.Sprintf(
			"no secure connection to the Inway of Peer %s could be made; that Peer has to look into this", c.grant.ServicePeer.ID))
	case errors.Is(err, proxy.ErrBeforeResponse) && !errors.Is(err, proxy.ErrClient):
		return fsc.WrapError(fsc.CodeInwayUnreachable, err, fmt.Sprintf(
			"the Inway of Peer %s gave no answer; it may have received the request", c.grant.ServicePeer.ID))
	}
	return err
}

// attrs tells the log of a call, without its path or query: they may hold
// personal data.
func (c *call) attrs(err error) []slog.Attr {
	attrs := []slog.Attr{slog.String("code", string(fsc.CodeOf(err))), slog.Any("error", err)}
	if c.grant != nil {
		attrs = append(attrs, slog.String("peer_id", string(c.grant.ServicePeer.ID)),
			slog.String("service", c.grant.Service), slog.String("grant_hash", string(c.grant.Hash)))
	}
	if c.transactionID != "" {
		attrs = append(attrs, slog.String("transaction_id", c.transactionID))
	}
	return attrs
}
