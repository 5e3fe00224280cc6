// SPDX-License-Identifier: EUPL-1.2

package pki

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"
)

const (
	maxOCSPCached = 10000
	// ocspLifetime is used for answers without next update and as the limit
	// for those that promise more.
	ocspLifetime = time.Hour
)

// ocspCache asks the responder named in a certificate and keeps its answers.
type ocspCache struct {
	fetch *fetcher
	now   func() time.Time

	mu      sync.Mutex
	entries map[[sha256.Size]byte]*ocspEntry
}

type ocspEntry struct {
	mu     sync.Mutex
	status revocationStatus
	until  time.Time
}

func (c *ocspCache) status(ctx context.Context, cert, issuer *x509.Certificate) revocationStatus {
	i := slices.IndexFunc(cert.OCSPServer, isHTTP)
	if i < 0 {
		return statusUnknown
	}
	e := c.entry(sha256.Sum256(cert.Raw))
	e.mu.Lock()
	defer e.mu.Unlock()
	if now := c.now(); now.Before(e.until) {
		return e.status
	}
	answer, err := c.ask(ctx, cert.OCSPServer[i], cert, issuer)
	if err != nil {
		e.status, e.until = statusUnknown, c.now().Add(retryPause)
		return e.status
	}
	e.status, e.until = readAnswer(answer), c.now().Add(ocspLifetime)
	if next := answer.NextUpdate; !next.IsZero() && next.Before(e.until) {
		e.until = next
	}
	return e.status
}

func (c *ocspCache) entry(key [sha256.Size]byte) *ocspEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok {
		if len(c.entries) >= maxOCSPCached {
			clear(c.entries)
		}
		e = &ocspEntry{}
		c.entries[key] = e
	}
	return e
}

func (c *ocspCache) ask(ctx context.Context, url string, cert, issuer *x509.Certificate) (*ocsp.Response, error) {
	request, err := ocsp.CreateRequest(cert, issuer, nil)
	if err != nil {
		return nil, err
	}
	body, err := c.fetch.postOCSP(ctx, url, request)
	if err != nil {
		return nil, err
	}
	answer, err := ocsp.ParseResponseForCert(body, cert, issuer)
	if err != nil {
		return nil, err
	}
	return answer, checkAnswer(answer, issuer, c.now())
}

// checkAnswer adds what the parser leaves out: the dates, and that a delegated
// responder was really appointed. Without the latter any certificate of the
// issuer could vouch for itself (RFC 6960, section 4.2.2.2).
func checkAnswer(answer *ocsp.Response, issuer *x509.Certificate, now time.Time) error {
	if answer.ThisUpdate.After(now.Add(clockSkew)) {
		return errors.New("answer of the future")
	}
	if !answer.NextUpdate.IsZero() && now.After(answer.NextUpdate) ||
		answer.NextUpdate.IsZero() && now.Sub(answer.ThisUpdate) > 24*time.Hour {
		return errors.New("outdated answer")
	}
	responder := answer.Certificate
	if responder == nil || responder.Equal(issuer) {
		return nil
	}
	if !slices.Contains(responder.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) ||
		now.Before(responder.NotBefore) || now.After(responder.NotAfter) {
		return errors.New("responder is not appointed by the issuer")
	}
	return nil
}

func readAnswer(answer *ocsp.Response) revocationStatus {
	switch answer.Status {
	case ocsp.Good:
		return statusGood
	case ocsp.Revoked:
		return statusRevoked
	default:
		return statusUnknown
	}
}
