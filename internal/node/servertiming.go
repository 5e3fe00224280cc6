// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/inway"
	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/txlog"
)

// timing is where the time of one call went. The parts follow one another, so one
// goroutine at a time writes it.
type timing struct {
	began    time.Time
	policy   time.Duration
	log      time.Duration
	asked    time.Time // when the record was asked for
	recorded time.Time // when it was there; zero for a call that was refused before
}

type timingKey struct{}

// timed tells in the field Server-Timing how long each part of a call took, beside
// what others told in it. component is inway or outway; next names what is behind it.
// Without it nothing is measured.
func timed(component, next string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &timing{began: time.Now()}
		tw := &timedWriter{ResponseWriter: w, text: func() string { return t.text(component, next, time.Now()) }}
		h.ServeHTTP(tw, r.WithContext(context.WithValue(r.Context(), timingKey{}, t)))
	})
}

// text gives the value of the field (W3C Server Timing), in milliseconds.
func (t *timing) text(component, next string, now time.Time) string {
	b := appendDuration(nil, component, "", now.Sub(t.began))
	if t.policy > 0 {
		b = appendDuration(b, component, "policy", t.policy)
	}
	if !t.asked.IsZero() {
		b = appendDuration(b, component, "token", t.asked.Sub(t.began)-t.policy)
		b = appendDuration(b, component, "log", t.log)
	}
	if !t.recorded.IsZero() {
		b = appendDuration(b, component, next, now.Sub(t.recorded))
	}
	return string(b)
}

func appendDuration(b []byte, component, part string, d time.Duration) []byte {
	if len(b) > 0 {
		b = append(b, ", "...)
	}
	b = append(b, component...)
	if part != "" {
		b = append(append(b, '-'), part...)
	}
	return strconv.AppendFloat(append(b, ";dur="...), float64(max(d, 0).Microseconds())/1000, 'f', -1, 64)
}

// timedWriter adds the field when the final head is written.
type timedWriter struct {
	http.ResponseWriter
	text func() string
	told bool
}

// WriteHeader implements [http.ResponseWriter].
func (w *timedWriter) WriteHeader(status int) {
	if (status >= http.StatusOK || status == http.StatusSwitchingProtocols) && !w.told {
		w.told = true
		w.Header().Add("Server-Timing", w.text())
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *timedWriter) Write(p []byte) (int, error) {
	if !w.told {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// FlushError is for [http.ResponseController], as what follows. There is no Unwrap:
// whoever writes to the writer behind this one would leave the field out.
func (w *timedWriter) FlushError() error { return http.NewResponseController(w.ResponseWriter).Flush() }

// EnableFullDuplex is for [http.ResponseController].
func (w *timedWriter) EnableFullDuplex() error {
	return http.NewResponseController(w.ResponseWriter).EnableFullDuplex()
}

// SetReadDeadline is for [http.ResponseController].
func (w *timedWriter) SetReadDeadline(t time.Time) error {
	return http.NewResponseController(w.ResponseWriter).SetReadDeadline(t)
}

// SetWriteDeadline is for [http.ResponseController].
func (w *timedWriter) SetWriteDeadline(t time.Time) error {
	return http.NewResponseController(w.ResponseWriter).SetWriteDeadline(t)
}

// Hijack is for [http.ResponseController].
func (w *timedWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// timedRecorder measures how long calls wait for their record.
type timedRecorder struct{ txlog.Recorder }

// Record implements [txlog.Recorder].
func (m timedRecorder) Record(ctx context.Context, r *txlog.Record) error {
	t, ok := ctx.Value(timingKey{}).(*timing)
	if !ok {
		return m.Recorder.Record(ctx, r)
	}
	t.asked = time.Now()
	err := m.Recorder.Record(ctx, r)
	now := time.Now()
	if t.log = now.Sub(t.asked); err == nil {
		t.recorded = now
	}
	return err
}

// decided measures how long a decision takes.
func decided(ctx context.Context, decide func() error) error {
	t, ok := ctx.Value(timingKey{}).(*timing)
	if !ok {
		return decide()
	}
	began := time.Now()
	err := decide()
	t.policy += time.Since(began)
	return err
}

type timedInwayAuthorizer struct{ inway.Authorizer }

// Authorize implements [inway.Authorizer].
func (a timedInwayAuthorizer) Authorize(ctx context.Context, r *http.Request, claims *fsc.Claims) error {
	return decided(ctx, func() error { return a.Authorizer.Authorize(ctx, r, claims) })
}

type timedOutwayAuthorizer struct{ outway.Authorizer }

// Authorize implements [outway.Authorizer].
func (a timedOutwayAuthorizer) Authorize(ctx context.Context, r *http.Request, id string, g outway.Grant) error {
	return decided(ctx, func() error { return a.Authorizer.Authorize(ctx, r, id, g) })
}
