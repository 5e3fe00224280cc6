// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
)

const (
	// EvaluationPath is the default path of the Access Evaluation API (AuthZEN,
	// NLGov profile, transport).
	EvaluationPath = "/access/v1/evaluation"

	maxAnswer      = 64 << 10 // bytes
	maxToken       = 16 << 10 // bytes
	maxConnections = 64
	idleTime       = 90 * time.Second
)

// PDPConfig says where a decision point is and how it is asked. All but TLS and
// TokenFile are required.
type PDPConfig struct {
	// Endpoint is the URL of the Access Evaluation API.
	Endpoint string
	// TLS are the settings of the connection; nil means the roots of the machine.
	TLS *tls.Config
	// TokenFile holds the bearer token that is sent along; empty sends none. It is
	// read again when it changes.
	TokenFile string
	// Timeout bounds a question from connecting to the end of the answer.
	Timeout time.Duration
	// CacheAtMost bounds how long an answer is used again, whatever it allows; 0
	// never.
	CacheAtMost time.Duration
	// BreakerAfter failures in a row nothing is asked for BreakerPause.
	BreakerAfter int
	BreakerPause time.Duration
	Now          func() time.Time
	Logger       *slog.Logger
}

// PDP asks a decision point. What it can't answer in time, strictly by the
// profile, is no permit. It is safe for concurrent use.
type PDP struct {
	cfg     PDPConfig
	client  *http.Client
	token   atomic.Pointer[string]
	breaker breaker
	cache   cache
	asked   atomic.Uint64
	hits    atomic.Uint64
}

// errQuestion is about one question and not about the decision point. Who calls
// chooses method and path, and must not have the calls of others refused by it.
var errQuestion = errors.New("the decision point doesn't take this question")

var errBreakerOpen = errors.New("the decision point failed several times; it is asked again in a moment")

// NewPDP makes the client; the error is about the token file.
func NewPDP(cfg PDPConfig) (*PDP, error) {
	p := &PDP{cfg: cfg, breaker: breaker{after: cfg.BreakerAfter, pause: cfg.BreakerPause}}
	p.client = &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: cfg.TLS, MaxConnsPerHost: maxConnections, MaxIdleConnsPerHost: maxConnections, IdleConnTimeout: idleTime,
			DisableCompression: true, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: maxAnswer,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return p, p.reload()
}

// reload reads the token file.
func (p *PDP) reload() error {
	if p.cfg.TokenFile == "" {
		return nil
	}
	b, err := os.ReadFile(p.cfg.TokenFile)
	if err != nil {
		return err
	}
	token := strings.TrimSpace(string(b))
	if token == "" || len(token) > maxToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return fmt.Errorf("%s: the file must hold one token", p.cfg.TokenFile)
	}
	p.token.Store(&token)
	return nil
}

// evaluate gives the answer about a call, and whether it was known already.
func (p *PDP) evaluate(ctx context.Context, c *Call, s span) (allow, cached bool, err error) {
	e := c.evaluation()
	stable, err := json.Marshal(e)
	if err != nil {
		return false, false, fmt.Errorf("write question: %w", err)
	}
	now, q := p.cfg.Now(), question(sha256.Sum256(stable))
	if allow, ok := p.cache.get(q, now); ok {
		p.hits.Add(1)
		return allow, true, nil
	}
	body, err := json.Marshal(e.at(c, s, now))
	if err != nil {
		return false, false, fmt.Errorf("write question: %w", err)
	}
	if !p.breaker.enter(now) {
		return false, false, errBreakerOpen
	}
	result := failed
	defer func() { p.breaker.leave(result, p.cfg.Now()) }()
	p.asked.Add(1)
	timed, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	allow, fresh, err := p.ask(timed, body, c.TransactionID, s.traceparent())
	switch {
	case err == nil:
		result = succeeded
	case ctx.Err() != nil, errors.Is(err, errQuestion):
		result = givenUp
	}
	if fresh = min(fresh, p.cfg.CacheAtMost); err == nil && fresh > 0 {
		p.cache.put(q, keptAnswer{allow: allow, until: now.Add(fresh)}, now)
	}
	return allow, false, err
}

// ask sends one question (AuthZEN, NLGov profile, transport).
func (p *PDP) ask(ctx context.Context, body []byte, id, traceparent string) (allow bool, fresh time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.cfg.Endpoint, bytes.NewReader(body))
	if err != nil {
		return false, 0, fmt.Errorf("ask: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("X-Request-Id", id)
	r.Header.Set("Traceparent", traceparent)
	r.Header.Set("User-Agent", "samenspel")
	// Not sent: it lets the transport ask again on a new connection when the decision
	// point closed an idle one just now. Asking twice is like asking once.
	r.Header["Idempotency-Key"] = nil
	if token := p.token.Load(); token != nil {
		r.Header.Set("Authorization", "Bearer "+*token)
	}
	res, err := p.client.Do(r)
	if err != nil {
		return false, 0, fmt.Errorf("ask: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // was only read
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch res.StatusCode {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusUnprocessableEntity:
		return false, 0, fmt.Errorf("ask: %w: status %d", errQuestion, res.StatusCode)
	}
	if res.StatusCode != http.StatusOK || err != nil || kind != "application/json" {
		return false, 0, fmt.Errorf("ask: status %d with content type %.100q, where 200 with application/json is due", res.StatusCode, kind)
	}
	if echo := res.Header.Get("X-Request-Id"); echo != "" && echo != id {
		return false, 0, errors.New("ask: the answer is to another request")
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return false, 0, fmt.Errorf("ask: %w", err)
	}
	if len(answer) > maxAnswer {
		return false, 0, fmt.Errorf("ask: the answer is larger than %d bytes", maxAnswer)
	}
	allow, err = readAnswer(answer)
	return allow, freshness(res.Header), err
}

// close ends idle connections.
func (p *PDP) close() { p.client.CloseIdleConnections() }
