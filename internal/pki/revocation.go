// SPDX-License-Identifier: EUPL-1.2

package pki

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// Causes in the errors of [RevocationChecker.Check].
var (
	// ErrRevoked means that the issuer revoked the certificate.
	ErrRevoked = errors.New("certificate revoked")
	// ErrRevocationUnknown means that nobody could tell.
	ErrRevocationUnknown = errors.New("revocation status unknown")
)

// RevocationConfig is what a [RevocationChecker] works with. The zero value of
// each policy is the strict one.
type RevocationConfig struct {
	// CRLFiles are paths of certificate revocation lists in DER or PEM, for
	// nodes that can't reach the distribution points. They are asked first.
	CRLFiles []string
	// SoftFail accepts a certificate whose status is unknown and logs it.
	SoftFail bool
	// OCSP asks the responder named in a certificate when no list knows.
	OCSP bool
	// Client's transport is used to fetch; nil for one of the checker's own
	// that follows the proxy settings of the environment.
	Client *http.Client
	// Logger is needed.
	Logger *slog.Logger
	// Now is needed.
	Now func() time.Time
}

// RevocationChecker tells whether a certificate was revoked, from lists on disk,
// lists at the certificate's distribution points and, if allowed, OCSP. Lists
// are kept until their next update and refreshed by [RevocationChecker.Run]. A
// handshake only waits for a list that isn't known yet or is outdated.
type RevocationChecker struct {
	files    []string
	softFail bool
	logger   *slog.Logger
	now      func() time.Time
	lists    *crlCache
	ocsp     *ocspCache
	onDisk   atomic.Pointer[diskLists]
}

type diskLists struct {
	lists []*revocationList
	err   error
}

// NewRevocationChecker reads the files and fetches nothing yet.
func NewRevocationChecker(cfg RevocationConfig) (*RevocationChecker, error) {
	fetch := newFetcher(cfg.Client)
	c := &RevocationChecker{
		files:    cfg.CRLFiles,
		softFail: cfg.SoftFail,
		logger:   cfg.Logger,
		now:      cfg.Now,
		lists:    &crlCache{fetch: fetch, now: cfg.Now, entries: map[crlKey]*crlEntry{}},
	}
	if cfg.OCSP {
		c.ocsp = &ocspCache{fetch: fetch, now: cfg.Now, entries: map[[32]byte]*ocspEntry{}}
	}
	c.onDisk.Store(&diskLists{})
	c.readFiles()
	return c, c.onDisk.Load().err
}

// Check asks about each certificate of a verified chain, leaf first and the
// anchor last; the anchor itself is trusted by configuration and not checked.
// The error has [fsc.CodePeerCertificateVerificationFailed] and as cause
// [ErrRevoked] or [ErrRevocationUnknown].
func (c *RevocationChecker) Check(chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return refuse("no certificate was given", ErrRevocationUnknown)
	}
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	for i, cert := range chain[:len(chain)-1] {
		switch c.status(ctx, cert, chain[i+1]) {
		case statusGood:
		case statusRevoked:
			return refuse("the certificate or one of its issuers is revoked", ErrRevoked)
		default:
			if !c.softFail {
				return refuse("it can't be determined whether the certificate is revoked", ErrRevocationUnknown)
			}
			c.logger.Warn("revocation status unknown, certificate accepted",
				"subject", cert.Subject.String(), "serial", cert.SerialNumber.Text(16))
		}
	}
	return nil
}

// Run refreshes files and known lists at each interval until ctx is done. An
// hour is a good interval: issuers publish daily or more often.
func (c *RevocationChecker) Run(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		c.refresh(ctx, interval)
		if err := c.Health(); err != nil {
			c.logger.Error("revocation data outdated", "error", err)
		}
	}
}

// Refresh reads the files and fetches all known lists now.
func (c *RevocationChecker) Refresh(ctx context.Context) error {
	c.refresh(ctx, 0)
	return c.Health()
}

// Health reports lists that are outdated or can't be read.
func (c *RevocationChecker) Health() error {
	disk := c.onDisk.Load()
	errs := []error{disk.err, c.lists.health()}
	for _, list := range disk.lists {
		if !list.current(c.now()) {
			errs = append(errs, fmt.Errorf("CRL of %q on disk is outdated since %s",
				list.crl.Issuer, list.crl.NextUpdate.Format(time.RFC3339)))
		}
	}
	return errors.Join(errs...)
}

func (c *RevocationChecker) refresh(ctx context.Context, age time.Duration) {
	c.readFiles()
	c.lists.refresh(ctx, age)
}

// readFiles keeps the lists known when a file can't be read.
func (c *RevocationChecker) readFiles() {
	var lists []*revocationList
	for _, path := range c.files {
		data, err := readFile(path, maxCRLBytes)
		if err != nil {
			c.onDisk.Store(&diskLists{c.onDisk.Load().lists, fmt.Errorf("read CRL: %w", err)})
			return
		}
		parsed, err := parseRevocationLists(data)
		if err != nil {
			c.onDisk.Store(&diskLists{c.onDisk.Load().lists, fmt.Errorf("%s: %w", path, err)})
			return
		}
		lists = append(lists, parsed...)
	}
	c.onDisk.Store(&diskLists{lists: lists})
}

func (c *RevocationChecker) status(ctx context.Context, cert, issuer *x509.Certificate) revocationStatus {
	if status := c.statusOnDisk(cert, issuer); status != statusUnknown {
		return status
	}
	if status := c.lists.status(ctx, cert, issuer); status != statusUnknown || c.ocsp == nil {
		return status
	}
	return c.ocsp.status(ctx, cert, issuer)
}

// statusOnDisk lets one list that says revoked outweigh others of the issuer.
func (c *RevocationChecker) statusOnDisk(cert, issuer *x509.Certificate) revocationStatus {
	best := statusUnknown
	for _, list := range c.onDisk.Load().lists {
		if list.signedBy(issuer) {
			best = max(best, list.status(cert, c.now()))
		}
	}
	return best
}
