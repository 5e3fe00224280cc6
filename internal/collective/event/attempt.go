// SPDX-License-Identifier: EUPL-1.2

package event

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// maxAnswer is how much of an answer is read, so that the connection can be used
// again.
const maxAnswer = 64 << 10

// outcome is what an attempt came to.
type outcome struct {
	problem Problem
	status  int
	after   time.Duration // how long the endpoint asks to wait
}

// single tells whether the fault lies with this one event, and the endpoint may
// take others.
func (o outcome) single() bool {
	return o.problem == ProblemStatus && o.status >= 400 && o.status < 500 &&
		!slices.Contains([]int{http.StatusRequestTimeout, http.StatusTooManyRequests}, o.status)
}

// attempt sends an event once.
func (h *Hub) attempt(ctx context.Context, s *Subscription, e *Event) outcome {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	r, err := h.request(ctx, s, e)
	if err != nil {
		h.cfg.Logger.ErrorContext(ctx, "event can't be sent", "subscription", s.ID, "event", e.ID, "error", err)
		return outcome{problem: problemOf(err)}
	}
	answer, err := h.cfg.Client.Do(r)
	if err != nil {
		// The address may hold a secret of the receiver, so it isn't logged.
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err
		}
		h.cfg.Logger.WarnContext(ctx, "event can't be delivered", "subscription", s.ID, "event", e.ID, "error", err)
		return outcome{problem: problemOf(err)}
	}
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer) // what it says doesn't matter
	_ = answer.Body.Close()
	o := outcome{status: answer.StatusCode}
	switch {
	case answer.StatusCode >= 200 && answer.StatusCode < 300:
		return o
	case answer.StatusCode >= 300 && answer.StatusCode < 400:
		o.problem = ProblemRedirect
	default:
		o.problem, o.after = ProblemStatus, retryAfter(answer.Header.Get("Retry-After"), h.now())
	}
	h.cfg.Logger.WarnContext(ctx, "event was not taken", "subscription", s.ID, "event", e.ID, "status", answer.StatusCode)
	return o
}

func (h *Hub) request(ctx context.Context, s *Subscription, e *Event) (*http.Request, error) {
	if err := h.checkAddress(s.URL); err != nil { // the configuration may have changed
		return nil, err
	}
	body, err := e.encode(h.source, h.cfg.DataRef(e.Subject))
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the address isn't a URL")
	}
	r.Header.Set("Content-Type", MediaType)
	r.Header.Set("User-Agent", "samenspel")
	return r, Sign(r.Header, s.Secret, e.ID, h.cfg.Now(), body)
}

func problemOf(err error) Problem {
	if errors.Is(err, ErrPrivate) {
		return ProblemPrivate
	}
	if r, ok := errors.AsType[*Refusal](err); ok && r.Code == "private" {
		return ProblemPrivate
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return ProblemTLS
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return ProblemTimeout
	}
	return ProblemConnection
}

// retryAfter reads the header in both its forms; 0 when it says nothing.
func retryAfter(s string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(s); err == nil {
		return time.Duration(min(max(seconds, 0), int(maxPause/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
