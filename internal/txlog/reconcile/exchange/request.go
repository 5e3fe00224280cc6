// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc/fscapi"
)

// requestTime is how long one answer may take.
const requestTime = 20 * time.Second

func (w window) values() url.Values {
	v := url.Values{"from": {strconv.FormatInt(secondsOf(w.from), 10)}, "until": {strconv.FormatInt(secondsOf(w.until), 10)}}
	if w.grant != "" {
		v.Set("grant_hash", w.grant)
	}
	return v
}

func (s *session) get(ctx context.Context, path string, query url.Values) ([]byte, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return patient(ctx, s, func(ctx context.Context) ([]byte, error) { return s.exchange(ctx, http.MethodGet, path, nil) })
}

func (s *session) post(ctx context.Context, path string, body any) ([]byte, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode question: %w", err)
	}
	return patient(ctx, s, func(ctx context.Context) ([]byte, error) { return s.exchange(ctx, http.MethodPost, path, raw) })
}

// exchange makes one request below [Path]. An answer that isn't 200 with JSON is a
// [fscapi.RemoteError].
func (s *session) exchange(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.peer.ManagerAddress+Path+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	hc := *s.c.cfg.HTTP(s.peer.ID)
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := hc.Do(r)
	if err != nil {
		return nil, noAnswer(err)
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	if res.StatusCode != http.StatusOK {
		return nil, &fscapi.RemoteError{Status: res.StatusCode, RetryAfter: retryAfter(res)}
	}
	if media, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return nil, &fscapi.RemoteError{Status: res.StatusCode, Message: "the answer is not JSON"}
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, noAnswer(err)
	case len(raw) > maxAnswer:
		return nil, &fscapi.RemoteError{Status: res.StatusCode, Message: fmt.Sprintf("the answer is larger than %d bytes", maxAnswer)}
	}
	return raw, nil
}

// noAnswer leaves the URL out of an error.
func noAnswer(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	return fmt.Errorf("no answer from the other Manager: %w", err)
}

// retryAfter reads seconds; what is no number is none.
func retryAfter(res *http.Response) time.Duration {
	seconds, err := strconv.ParseUint(res.Header.Get("Retry-After"), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
