// SPDX-License-Identifier: EUPL-1.2

package inway

import (
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/proxy"
)

const (
	// retryAfter is what a caller above a limit is told: the allowance of a second
	// comes back within one.
	retryAfter = "1"
	// dialTimeout is the most that connecting to a service may take, and less
	// where the wait for its response is shorter.
	dialTimeout = 10 * time.Second
)

// admit holds a call to what can be known before it is recorded: how many calls
// there are and what length its body has by its own account.
func (g *Inway) admit(c *call) error {
	l := &c.service.Limits
	if l.RequestBytes > 0 && c.r.ContentLength > l.RequestBytes {
		return tooLarge(l)
	}
	if c.service.gate == nil {
		return nil
	}
	var refused *limit.RefusedError
	if c.pass, refused = c.service.gate.Enter(l, string(c.conn.peer), c.now); refused != nil {
		return tooMany(refused)
	}
	return nil
}

// bound cuts off a body whose length nobody told.
func (c *call) bound() {
	if most := c.service.Limits.RequestBytes; most > 0 && c.r.ContentLength < 0 {
		c.r.Body = http.MaxBytesReader(c.w, c.r.Body, most)
	}
}

// beyond tells which limit stopped a call that was forwarded, nil for none.
func (s *service) beyond(err error) error {
	if _, cut := errors.AsType[*http.MaxBytesError](err); cut && !errors.Is(err, proxy.ErrAfterResponse) {
		return tooLarge(&s.Limits)
	}
	if s.Limits.ResponseMilliseconds > 0 && errors.Is(err, os.ErrDeadlineExceeded) &&
		errors.Is(err, proxy.ErrBeforeResponse) && !errors.Is(err, proxy.ErrClient) {
		r := &limit.RefusedError{Limit: limit.ResponseMilliseconds, Most: s.Limits.ResponseMilliseconds}
		return &fsc.Error{Code: fsc.CodeServiceTimeout, Cause: errors.Join(r, err), Detail: "the service gave no answer within the time its Peer " +
			"allows; it may have received the request"}
	}
	return nil
}

func tooLarge(l *limit.Limits) error {
	e := fsc.Errorf(fsc.CodeRequestTooLarge, "the body is larger than the %d bytes that the service takes; send less at once", l.RequestBytes)
	e.Cause = &limit.RefusedError{Limit: limit.RequestBytes, Most: l.RequestBytes}
	return e
}

func tooMany(r *limit.RefusedError) error {
	text := "the limit of the service for calls of one Peer is %d per second; try again later, or ask the Peer that offers it for more"
	switch r.Limit { //nolint:exhaustive // the others don't count calls
	case limit.ConcurrentCalls:
		text = "the limit of the service for calls at once is %d; try again later"
	case limit.ConcurrentCallsPerPeer:
		text = "the limit of the service for calls of one Peer at once is %d; wait for an answer first, or ask the Peer that offers it for more"
	}
	e := fsc.Errorf(fsc.CodeTooManyRequests, text, r.Most)
	e.Cause = r
	return e
}

// limited counts a refusal by a limit and tells the caller when to come back.
func (g *Inway) limited(c *call, err error) {
	r, ok := errors.AsType[*limit.RefusedError](err)
	if !ok {
		return
	}
	g.cfg.Observer.CallLimited(c.service.Name, r.Limit)
	if fsc.CodeOf(err) == fsc.CodeTooManyRequests {
		c.w.Header().Set("Retry-After", retryAfter)
	}
}
