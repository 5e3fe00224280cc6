// SPDX-License-Identifier: EUPL-1.2

package outway

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/proxy"
)

const (
	fetchTimeout = 30 * time.Second
	// minRemaining is how long a token must still be good to be used.
	minRemaining = 10 * time.Second
	// minAge keeps an Inway that refuses every token from making us fetch one for
	// each call.
	minAge = time.Second
	// After a failure the same question isn't asked again for a while: longer when
	// the Peer said no than when it couldn't be reached.
	pauseRefused     = 5 * time.Second
	pauseUnreachable = time.Second
)

// token is an access token that was checked, with where it leads to.
type token struct {
	authorization string // value of Fsc-Authorization
	thumbprint    string
	inway         *inway
	additional    []byte // for the record

	since, refreshAt, useUntil time.Time
}

// usable also works on nil.
func (t *token) usable(now time.Time, thumbprint string) bool {
	return t != nil && t.thumbprint == thumbprint && now.Before(t.useUntil)
}

// refusal is why there is no token and until when that is not asked again.
type refusal struct {
	err   error
	until time.Time
}

// tokenFor gives a token of a grant: from the cache, or fetched. While there is one
// that can be used, others are fetched beside the call: for one past 80 % of its
// life, and to find further Inways.
func (o *Outway) tokenFor(ctx context.Context, g *grant, now time.Time) (*token, error) {
	thumbprint := o.cfg.Certificate()
	t := g.pick(now, thumbprint, nil)
	if t != nil && !g.due(now) {
		return t, nil
	}
	if r := g.refused.Load(); r != nil && now.Before(r.until) && r.until.Sub(now) <= pauseRefused { // a clock may be set back
		if t != nil {
			return t, nil
		}
		return nil, r.err
	}
	result := o.fetch(g, thumbprint) //nolint:contextcheck // goes on for others when this call ends
	if t != nil {
		return t, nil
	}
	select {
	case r := <-result:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*token), nil // fetch gives nothing else
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: wait for token: %w", proxy.ErrClient, ctx.Err())
	}
}

// fetch gets a new token, once for all that ask for it at the same time. It
// goes on when the call it began in ends.
func (o *Outway) fetch(g *grant, thumbprint string) <-chan singleflight.Result {
	return o.flight.DoChan(string(g.Hash)+thumbprint, func() (any, error) {
		now := o.cfg.Now()
		if t := g.pick(now, thumbprint, nil); t != nil && !g.due(now) {
			return t, nil
		}
		t, err := o.obtain(g)
		if err != nil {
			return nil, err
		}
		return t, nil
	})
}

// obtain asks for a token, whatever there is.
func (o *Outway) obtain(g *grant) (*token, error) {
	ctx, cancel := context.WithTimeout(o.life, fetchTimeout)
	defer cancel()
	got, err := o.cfg.Tokens.Token(ctx, g.Grant)
	pause := pauseRefused
	if err != nil {
		pause, err = unavailable(g, err)
	}
	var t *token
	if err == nil {
		t, err = o.install(g, &got, o.cfg.Certificate()) // it may be another one by now
	}
	if err != nil {
		g.refused.Store(&refusal{err, o.cfg.Now().Add(pause)})
	}
	return t, err
}

// unavailable says why there is no token, and for how long not to ask again.
func unavailable(g *grant, err error) (time.Duration, error) {
	if refused, ok := errors.AsType[*fsc.Error](err); ok {
		return pauseRefused, fsc.WrapError(fsc.CodeAccessTokenUnavailable, err, fmt.Sprintf(
			"service %q can't be called: %.300s", g.Service, refused.Detail))
	}
	return pauseUnreachable, fsc.WrapError(fsc.CodeAccessTokenUnavailable, err, fmt.Sprintf(
		"the Manager of Peer %s can't be reached for an access token for service %q; that Peer has to look into this", g.ServicePeer.ID, g.Service))
}

// install checks a token and makes it one of the grant.
func (o *Outway) install(g *grant, got *Token, thumbprint string) (*token, error) {
	now := o.cfg.Now()
	c := &got.Claims
	if err := o.check(g, c, thumbprint, now); err != nil {
		return nil, err
	}
	address, err := url.Parse(c.Audience)
	if err != nil || address.Scheme != "https" || address.Hostname() == "" || address.Port() == "" || address.User != nil ||
		strings.Trim(address.Path, "/") != "" || address.RawQuery != "" || address.Fragment != "" {
		return nil, unusable(g, "its aud is not https with a host and a port")
	}
	additional, err := fsc.ExternalContract(c.Properties)
	if err != nil {
		return nil, unusable(g, "its properties are malformed")
	}
	expires := time.Unix(c.ExpiresAt, 0)
	t := &token{
		authorization: "Bearer " + got.JWT, thumbprint: thumbprint, additional: additional,
		since: now, refreshAt: now.Add(expires.Sub(now) / 5 * 4), useUntil: expires.Add(-minRemaining),
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	key := inwayKey{address.Host, g.ServicePeer.ID, thumbprint}
	if t.inway = o.inways[key]; t.inway == nil {
		in := &inway{key: key}
		in.Upstream = proxy.NewUpstream(proxy.UpstreamConfig{
			URL: address, TLS: o.cfg.TLS(g.ServicePeer.ID), AllowUpgrade: o.cfg.AllowUpgrade,
			OnClose: func() { in.Leaves(o.cfg.Now(), leaves) },
		})
		t.inway, o.inways[key] = in, in
	}
	o.keep(g.state, g.with(t, now))
	if g.gone { // it went while the token was fetched
		o.keep(g.state, nil)
	}
	g.refused.Store(nil)
	return t, nil
}

// check compares the claims with what was asked for (Core, Outway behaviour and
// access token). If the token names an actor, one of the two is this Peer and
// the other the delegator: the standard can be read both ways.
func (o *Outway) check(g *grant, c *fsc.Claims, thumbprint string, now time.Time) error {
	own, delegator := c.Subject, c.Delegator
	if delegator == o.cfg.PeerID {
		own, delegator = delegator, own
	}
	switch {
	case c.GroupID != o.cfg.GroupID:
		return fsc.Errorf(fsc.CodeWrongGroupIDInToken, "the access token of Peer %s belongs to another Group", g.ServicePeer.ID)
	case c.GrantHash != g.Hash:
		return unusable(g, "it is for another grant")
	case c.CertificateThumbprint != thumbprint:
		return unusable(g, "it is bound to another certificate")
	case c.Issuer != g.ServicePeer.ID:
		return unusable(g, "it was issued by another Peer")
	case c.Service != g.Service:
		return unusable(g, "it is for another service")
	case own != o.cfg.PeerID || delegator != g.Delegator || c.PublicationDelegator != g.ServiceDelegator:
		return unusable(g, "it names other Peers than the grant")
	case now.Before(time.Unix(c.NotBefore, 0).Add(-fsc.TokenLeeway)):
		return unusable(g, "it can't be used yet; compare the clocks")
	case !now.Before(time.Unix(c.ExpiresAt, 0).Add(-minRemaining)):
		return unusable(g, "it expires at once; compare the clocks")
	}
	return nil
}

func unusable(g *grant, why string) error {
	return fsc.Errorf(fsc.CodeAccessTokenUnavailable, "Peer %s gave an access token that can't be used: %s", g.ServicePeer.ID, why)
}
