// SPDX-License-Identifier: EUPL-1.2

package pki

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	maxCRLBytes  = 32 << 20
	maxOCSPBytes = 64 << 10
	fetchTimeout = 10 * time.Second
	maxRedirects = 3
)

// fetcher gets revocation data over HTTP, bounded in size and time. What it
// gets is signed, so plain http is as good as https here.
type fetcher struct {
	client *http.Client
}

// newFetcher takes over the transport of client; a nil client means one that
// follows the proxy settings of the environment.
func newFetcher(client *http.Client) *fetcher {
	var transport http.RoundTripper = &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		TLSHandshakeTimeout:   fetchTimeout,
		ResponseHeaderTimeout: fetchTimeout,
		IdleConnTimeout:       fetchTimeout,
		MaxIdleConnsPerHost:   1,
	}
	if client != nil && client.Transport != nil {
		transport = client.Transport
	}
	return &fetcher{&http.Client{Transport: transport, Timeout: fetchTimeout, CheckRedirect: checkRedirect}}
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errors.New("too many redirects")
	}
	if !isHTTP(req.URL.String()) {
		return errors.New("redirect to another scheme")
	}
	return nil
}

func (f *fetcher) get(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return f.do(req, maxCRLBytes)
}

func (f *fetcher) postOCSP(ctx context.Context, url string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/ocsp-request")
	return f.do(req, maxOCSPBytes)
}

func (f *fetcher) do(req *http.Request, limit int64) ([]byte, error) {
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	switch {
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("more than %d bytes", limit)
	}
	return data, nil
}
