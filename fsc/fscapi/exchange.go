// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/samenspel/samenspel/fsc"
)

const (
	maxErrorBody  = 64 << 10
	maxMessage    = 500
	maxRetryAfter = 24 * time.Hour
)

var (
	errorCodePattern      = regexp.MustCompile(`^[A-Z0-9_]{1,100}$`)
	tokenErrorCodePattern = regexp.MustCompile(`^[a-z_]{1,100}$`)
)

// request is one exchange with another Manager.
type request struct {
	method   string
	path     string
	query    string
	body     []byte
	media    string // of body
	token    bool   // errors in the form of RFC 6749
	wantBody bool
}

// exchange sends a request and gives the body of a 2xx answer.
func (c *Client) exchange(ctx context.Context, to fsc.Peer, req request) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	hr, err := c.newRequest(ctx, to, req)
	if err != nil {
		return nil, err
	}
	hc := *c.cfg.HTTP(to.ID)
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := hc.Do(hr)
	if err != nil {
		return nil, noAnswer(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, c.refusal(res, req.token)
	}
	return c.readAnswer(res, req.wantBody)
}

func (c *Client) newRequest(ctx context.Context, to fsc.Peer, req request) (*http.Request, error) {
	base, err := baseURL(to)
	if err != nil {
		return nil, err
	}
	target := base + req.path
	if req.query != "" {
		target += "?" + req.query
	}
	hr, err := http.NewRequestWithContext(ctx, req.method, target, bytes.NewReader(req.body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	hr.Header.Set("Accept", mediaJSON)
	if req.media != "" {
		hr.Header.Set("Content-Type", req.media)
	}
	if c.cfg.Address != "" && !req.token && req.method != http.MethodGet {
		hr.Header.Set(headerManagerAddress, c.cfg.Address)
	}
	return hr, nil
}

func (c *Client) readAnswer(res *http.Response, wantBody bool) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(res.Body, c.cfg.MaxBytes+1))
	switch {
	case err != nil:
		return nil, noAnswer(fmt.Errorf("read answer: %w", err))
	case int64(len(raw)) > c.cfg.MaxBytes:
		return nil, unusable(res.StatusCode, fmt.Sprintf("the answer is larger than %d bytes", c.cfg.MaxBytes))
	case wantBody && !hasMediaType(res.Header, mediaJSON):
		return nil, unusable(res.StatusCode, "the answer is not JSON")
	}
	return raw, nil
}

// noAnswer leaves the URL out of the error, for its query is nobody's business.
func noAnswer(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	return &RemoteError{cause: err}
}

func unusable(status int, message string) error {
	return &RemoteError{Status: status, Message: message}
}

// refusal turns an answer that isn't 2xx into an error. All of it comes from
// outside, so it is shortened and cleaned.
func (c *Client) refusal(res *http.Response, token bool) error {
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxErrorBody))
	if err != nil || !hasMediaType(res.Header, mediaJSON) {
		raw = nil
	}
	if token && res.StatusCode == http.StatusBadRequest {
		var w wireTokenError
		if lenient(raw, &w) == nil && tokenErrorCodePattern.MatchString(string(w.Error)) {
			return fsc.NewTokenError(w.Error, printable(w.Description))
		}
	}
	e := &RemoteError{Status: res.StatusCode, RetryAfter: c.retryAfter(res.Header.Get("Retry-After"))}
	var w wireError
	if lenient(raw, &w) != nil || w.Code == "" {
		w.Code = fsc.ErrorCode(res.Header.Get(headerErrorCode))
	}
	if errorCodePattern.MatchString(string(w.Code)) {
		e.Code = w.Code
	}
	e.Message = printable(w.Message)
	return e
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3).
func (c *Client) retryAfter(value string) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(c.cfg.Now())
	}
	return min(max(wait, 0), maxRetryAfter)
}

func isNotFound(err error) bool {
	re, ok := errors.AsType[*RemoteError](err)
	return ok && re.Status == http.StatusNotFound
}

// printable shortens a text from outside and takes out what could confuse a
// log or a terminal.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > maxMessage {
		return string(runes[:maxMessage]) + "…"
	}
	return s
}
