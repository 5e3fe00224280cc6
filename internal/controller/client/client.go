// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

const (
	// maxAnswer is how much of an answer is read, in bytes.
	maxAnswer = 64 << 20
	// maxTries is how often what is safe to repeat is sent at most.
	maxTries = 4
	// firstWait doubles with each try; maxWait is the longest that is waited
	// because the node asks for it.
	firstWait = 100 * time.Millisecond
	maxWait   = 30 * time.Second
)

// Config is what a Client is made of.
type Config struct {
	// HTTP reaches the node; required. It shouldn't follow redirects: there are none.
	HTTP *http.Client
	// Address is where the API is, without /v1: https://node.example:8444.
	Address string
	// Token is a token for automation or the secret of a session; empty where a
	// client certificate tells who asks.
	Token string
}

// Client speaks with the management API of one node. It is safe for concurrent use.
type Client struct {
	http  *http.Client
	base  string
	token string
	code  string // of a second factor
}

// New makes a Client.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.Address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q isn't the address of a node", cfg.Address)
	}
	if cfg.HTTP == nil {
		return nil, errors.New("a client needs an http.Client")
	}
	return &Client{http: cfg.HTTP, base: strings.TrimRight(cfg.Address, "/") + "/v1", token: cfg.Token}, nil
}

// With gives a Client that asks as who has the token.
func (c *Client) With(token string) *Client {
	other := *c
	other.token = token
	return &other
}

// Releasing gives a Client that releases signatures with a code of a second factor,
// where another organisation hosts the node. The code counts for one act.
func (c *Client) Releasing(code string) *Client {
	other := *c
	other.code = code
	return &other
}

// request is one operation.
type request struct {
	method, path string
	query        url.Values
	body         any
	match        If
	// once sends an Idempotency-Key, so that a POST can be sent again.
	once bool
}

// If is a condition on a change; the zero value is none. When it isn't met the
// error is a [Problem] with status 412.
type If struct {
	// Match is the ETag of what was read.
	Match string
	// New refuses to change what exists.
	New bool
}

// Tagged is something that can be changed, with the ETag for [If].
type Tagged[T any] struct {
	Value T
	ETag  string
}

// repeatable tells whether sending twice is the same as sending once.
func (r *request) repeatable() bool {
	return r.match == (If{}) && (r.method != http.MethodPost || r.once)
}

// send sends a request, again where that is safe and helps, and gives an answer
// that is no refusal. The caller closes its body.
func (c *Client) send(ctx context.Context, r *request) (*http.Response, error) {
	var body []byte
	if r.body != nil {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
	}
	key := ""
	if r.once {
		key = rand.Text()
	}
	for try := 1; ; try++ {
		res, err := c.try(ctx, r, body, key)
		if err == nil {
			return res, nil
		}
		wait, again := waitFor(err, try)
		if !again || try == maxTries || !r.repeatable() {
			return nil, err
		}
		if !pause(ctx, wait) {
			return nil, err
		}
	}
}

// unanswered is a request that got no answer at all.
type unanswered struct{ cause error }

func (u *unanswered) Error() string { return "the node doesn't answer: " + u.cause.Error() }
func (u *unanswered) Unwrap() error { return u.cause }

// refused is a refusal with the moment to try again.
type refused struct {
	*Problem

	retryAfter time.Duration
}

func (r *refused) Unwrap() error { return r.Problem }

func (c *Client) try(ctx context.Context, r *request, body []byte, key string) (*http.Response, error) {
	target := c.base + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{"Idempotency-Key": key, "If-Match": r.match.Match, "Release-Code": c.code} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if r.match.New {
		req.Header.Set("If-None-Match", "*")
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return c.do(r, req)
}

// do sends a request once, as who has the token.
func (c *Client) do(r *request, req *http.Request) (*http.Response, error) {
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, &unanswered{err}
	}
	if res.StatusCode < http.StatusMultipleChoices && res.StatusCode != http.StatusAccepted {
		return res, nil
	}
	return c.refusal(r, res)
}

// refusal reads why something wasn't done. Answer 202 is one where the act
// waits for a second person.
func (c *Client) refusal(r *request, res *http.Response) (*http.Response, error) {
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, &unanswered{err}
	}
	if res.StatusCode == http.StatusAccepted {
		var w Waiting
		if err := json.Unmarshal(text, &w); err == nil && w.Status != "" {
			return nil, &w
		}
		res.Body = io.NopCloser(bytes.NewReader(text))
		return res, nil
	}
	p := &Problem{Status: res.StatusCode, Title: res.Status, Detail: "the node answers " + res.Status}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
		if err := json.Unmarshal(text, p); err != nil {
			return nil, fmt.Errorf("%s %s: read problem: %w", r.method, r.path, err)
		}
	}
	out := &refused{Problem: p}
	if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && n > 0 {
		out.retryAfter = time.Duration(n) * time.Second
	}
	return nil, out
}

// waitFor tells whether trying again can help, and when.
func waitFor(err error, try int) (time.Duration, bool) {
	wait := firstWait << (try - 1)
	if _, silent := errors.AsType[*unanswered](err); silent {
		return wait, !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
	}
	r, ok := errors.AsType[*refused](err)
	if !ok {
		return 0, false
	}
	switch {
	case r.Status == http.StatusTooManyRequests:
		return max(wait, r.retryAfter), r.retryAfter <= maxWait
	case r.Status == http.StatusBadGateway && r.Code != "":
		return 0, false // the node answered: another organisation didn't
	case r.Code == "idempotency_key_in_use", r.Status == http.StatusBadGateway, r.Status == http.StatusServiceUnavailable, r.Status == http.StatusGatewayTimeout:
		return wait, true
	}
	return 0, false
}

// pause waits, unless the context ends first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
