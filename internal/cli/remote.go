// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// remotePatience is how long a Controller elsewhere may be silent. An answer as a
// whole may take any time: a large log is checked for minutes, or exported.
const remotePatience = 2 * time.Minute

// errSilent ends a request that nothing more is heard of.
var errSilent = fmt.Errorf("nothing was heard from the Controller for too long: %w", context.DeadlineExceeded)

// remoteHTTP follows no redirects, so that a token goes nowhere else.
func remoteHTTP(patience time.Duration) *http.Client {
	return &http.Client{
		Transport: &patientTransport{patience, &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// patientTransport gives up a request when the other side is silent, however long
// it lasts in all.
type patientTransport struct {
	patience time.Duration
	below    http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (p *patientTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	w := &watched{patience: p.patience, cancel: cancel}
	w.timer = time.AfterFunc(p.patience, func() { cancel(errSilent) })
	r = r.Clone(ctx)
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &heard{r.Body, w, nil}
	}
	res, err := p.below.RoundTrip(r)
	if err != nil {
		w.end()
		return nil, w.reason(ctx, err)
	}
	w.timer.Reset(p.patience)
	res.Body = &heard{res.Body, w, ctx}
	return res, nil
}

// watched ends a request unless something moves.
type watched struct {
	patience time.Duration
	timer    *time.Timer
	cancel   context.CancelCauseFunc
}

func (w *watched) end() {
	w.timer.Stop()
	w.cancel(nil)
}

// reason gives why a request ended, which the transport only knows as its end.
func (w *watched) reason(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errSilent) {
		return errSilent
	}
	return err
}

// heard is a body that tells its watch what moves. The answer's ends it; it has a
// context.
type heard struct {
	io.ReadCloser

	watch *watched
	ctx   context.Context //nolint:containedctx // of the request that the body belongs to
}

// Read implements io.Reader.
func (h *heard) Read(b []byte) (int, error) {
	n, err := h.ReadCloser.Read(b)
	if n > 0 {
		h.watch.timer.Reset(h.watch.patience)
	}
	if err != nil && h.ctx != nil && !errors.Is(err, io.EOF) {
		err = h.watch.reason(h.ctx, err)
	}
	return n, err
}

// Close implements io.Closer.
func (h *heard) Close() error {
	if h.ctx != nil {
		h.watch.end()
	}
	return h.ReadCloser.Close()
}
