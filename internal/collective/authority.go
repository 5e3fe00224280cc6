// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"crypto/x509"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/pki"
)

// Anchors judges certificates by the trust anchors of one Group. It implements
// [deed.Authority].
type Anchors struct {
	Group    fsc.GroupID
	Trusted  func() *pki.Anchors
	Identity pki.IdentityRule
	// Revoked tells whether a certificate has been revoked since; nil: none.
	Revoked func(chain []*x509.Certificate) bool
}

// Identify verifies the chain as it was at an instant. Certificates of deeds are
// judged at the moment of their receipt, so one that has ended since still
// counts.
func (a Anchors) Identify(group fsc.GroupID, chain [][]byte, at time.Time) (deed.Identity, error) {
	if group != a.Group {
		return deed.Identity{}, fmt.Errorf("the trust anchors are those of Group %s, not of %s", a.Group, group)
	}
	certificates := make([]*x509.Certificate, 0, len(chain))
	for _, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return deed.Identity{}, fmt.Errorf("certificate: %w", err)
		}
		certificates = append(certificates, c)
	}
	if _, err := a.Trusted().Verify(certificates, at, x509.ExtKeyUsageAny); err != nil {
		return deed.Identity{}, err
	}
	p, err := a.Identity.Peer(certificates[0])
	if err != nil {
		return deed.Identity{}, err
	}
	id := deed.Identity{PeerID: p.ID, PublicKey: certificates[0].PublicKey}
	id.Revoked = a.Revoked != nil && a.Revoked(certificates)
	return id, nil
}
