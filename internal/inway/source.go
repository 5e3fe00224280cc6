// SPDX-License-Identifier: EUPL-1.2

package inway

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"

	"github.com/samenspel/samenspel/internal/proxy"
	"github.com/samenspel/samenspel/internal/spread"
)

// maxTries is the most sources that one call is tried at.
const maxTries = 3

// source is one address of a service: connections, and what calls tell of it.
type source struct {
	*proxy.Upstream
	spread.Target
	address string
}

func (s *source) target() *spread.Target { return &s.Target }

// sources makes those of svc, out of those of have where a connection would be the same.
func (g *Inway) sources(svc *Service, have *service) []*source {
	out := make([]*source, 0, 1+len(svc.More))
	for _, u := range append([]*url.URL{svc.Upstream}, svc.More...) {
		address := u.String()
		same := func(s *source) bool { return s.address == address }
		if slices.ContainsFunc(out, same) {
			continue
		}
		if have.connects(svc) {
			if i := slices.IndexFunc(have.sources, same); i >= 0 {
				out = append(out, have.sources[i])
				continue
			}
		}
		cfg := proxy.UpstreamConfig{URL: u, TLS: g.cfg.UpstreamTLS, AllowUpgrade: svc.AllowUpgrade}
		if wait := svc.Limits.Response(); wait > 0 {
			cfg.ResponseHeaderTimeout, cfg.DialTimeout = wait, min(wait, dialTimeout)
		}
		out = append(out, &source{Upstream: proxy.NewUpstream(cfg), address: address})
	}
	return out
}

// connects tells whether s connects to its sources as svc would. It works on nil.
func (s *service) connects(svc *Service) bool {
	return s != nil && s.AllowUpgrade == svc.AllowUpgrade && s.Limits.ResponseMilliseconds == svc.Limits.ResponseMilliseconds
}

// closeUnless closes connections to sources that now hasn't any more. Both may be nil.
func (s *service) closeUnless(now *service) {
	if s == nil {
		return
	}
	for _, src := range s.sources {
		if now == nil || !slices.Contains(now.sources, src) {
			src.Close()
		}
	}
}

// send forwards the call to one of the service's sources, and to another one where the
// first can't have acted on it, or where acting twice changes nothing.
func (g *Inway) send(c *call) error {
	s := c.service
	if len(s.sources) == 1 { // which would be taken in whatever health
		return s.sources[0].Forward(c.w, c.r, proxy.Headers{})
	}
	var tried []*source
	for {
		i := spread.Choose(s.sources, (*source).target, func(src *source) bool { return !slices.Contains(tried, src) }, g.cfg.Now(), s.turn.Add(1))
		src := s.sources[i] // one is left: tried is shorter than the list
		src.Begin()
		err := src.Forward(c.w, c.r, proxy.Headers{})
		src.End()
		if err == nil {
			src.Succeeded()
			return nil
		}
		silent := errors.Is(err, proxy.ErrBeforeResponse)
		_, unreachable := errors.AsType[*proxy.DialError](err)
		if !silent && !unreachable || errors.Is(err, proxy.ErrClient) || silent && errors.Is(err, os.ErrDeadlineExceeded) {
			return err // not about the source, or it is only slow
		}
		src.Failed(g.cfg.Now())
		tried = append(tried, src)
		if len(tried) == min(len(s.sources), maxTries) || silent && !readOnly(c.r) {
			return err
		}
	}
}

// readOnly tells whether the request may reach a second source after a first one gave
// no answer. What is recorded is that the call was made, and that stays true.
func readOnly(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return r.ContentLength == 0
	}
	return false
}
