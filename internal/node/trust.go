// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/samenspel/samenspel/internal/pki"
)

// trust is what this node believes of certificates of others, read again when
// the files change.
type trust struct {
	files    []string
	read     []byte // what the anchors were made of
	anchors  atomic.Pointer[pki.Anchors]
	identity pki.IdentityRule
	revoked  *pki.RevocationChecker // nil: not checked
	minimum  uint16
	now      func() time.Time
}

func openTrust(c GroupConfig, logger *slog.Logger, now func() time.Time) (*trust, error) {
	t := &trust{
		files: c.TrustAnchors, minimum: tls.VersionTLS13, now: now,
		identity: pki.IdentityRule{PeerIDField: c.PeerIDField, PeerNameField: c.PeerNameField},
	}
	if err := t.identity.Validate(); err != nil {
		return nil, fmt.Errorf("group: %w", err)
	}
	if c.TLSMinVersion == "1.2" {
		t.minimum = tls.VersionTLS12
	}
	if _, err := t.load(); err != nil {
		return nil, fmt.Errorf("group.trust_anchors: %w", err)
	}
	if c.Revocation.Mode == "off" {
		return t, nil
	}
	var err error
	t.revoked, err = pki.NewRevocationChecker(pki.RevocationConfig{
		CRLFiles: c.Revocation.CRLFiles, SoftFail: c.Revocation.Mode == "soft", OCSP: c.Revocation.OCSP,
		Logger: logger, Now: now,
	})
	if err != nil {
		return nil, fmt.Errorf("group.revocation: %w", err)
	}
	return t, nil
}

// load reads the files and tells whether the anchors changed.
func (t *trust) load() (changed bool, err error) {
	var files [][]byte
	for _, f := range t.files {
		b, err := os.ReadFile(f) //nolint:gosec // the operator names the file
		if err != nil {
			return false, err
		}
		files = append(files, b)
	}
	read := bytes.Join(files, []byte{0})
	if bytes.Equal(read, t.read) {
		return false, nil
	}
	a, err := pki.LoadAnchors(files...)
	if err != nil {
		return false, err
	}
	t.anchors.Store(a)
	t.read = read
	return true, nil
}

// run keeps anchors and revocation lists fresh until ctx ends, and calls changed
// after new anchors came into force. Anchors that can't be read leave the old
// ones in force.
func (t *trust) run(ctx context.Context, every time.Duration, logger *slog.Logger, changed func()) {
	if t.revoked != nil {
		go t.revoked.Run(ctx, time.Hour)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			switch isNew, err := t.load(); {
			case err != nil:
				logger.Error("trust anchors can't be read; the old ones stay in force", "error", err)
			case isNew:
				logger.Info("trust anchors changed")
				changed()
			}
		}
	}
}

func (t *trust) health() error {
	if t.revoked == nil {
		return nil
	}
	return t.revoked.Health()
}

// tls makes TLS settings with the certificate of one of our components.
func (t *trust) tls(own pki.Source) *pki.TLS {
	return &pki.TLS{
		Anchors: t.anchors.Load, Transport: own, Identity: t.identity,
		Revocation: t.revoked, MinVersion: t.minimum, Now: t.now,
	}
}
