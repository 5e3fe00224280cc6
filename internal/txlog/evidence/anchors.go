// SPDX-License-Identifier: EUPL-1.2

package evidence

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki"
)

// Anchors judges certificates by the trust anchors of a Group.
type Anchors struct {
	Trusted  func() *pki.Anchors
	Identity pki.IdentityRule
}

var errChainLength = errors.New("the certificate of the key is not there")

// identify tells whose key a chain was for at a moment. A certificate that has
// ended since still counts.
func (a Anchors) identify(chain [][]byte, at time.Time) (fsc.PeerID, crypto.PublicKey, error) {
	if len(chain) == 0 || len(chain) > maxChain {
		return "", nil, errChainLength
	}
	certificates := make([]*x509.Certificate, 0, len(chain))
	for _, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return "", nil, fmt.Errorf("certificate: %w", err)
		}
		certificates = append(certificates, c)
	}
	if _, err := a.Trusted().Verify(certificates, at, x509.ExtKeyUsageAny); err != nil {
		return "", nil, err
	}
	p, err := a.Identity.Peer(certificates[0])
	if err != nil {
		return "", nil, err
	}
	return p.ID, certificates[0].PublicKey, nil
}
