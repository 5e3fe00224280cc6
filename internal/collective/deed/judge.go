// SPDX-License-Identifier: EUPL-1.2

package deed

import (
	"crypto"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// clockSkew is how far signed_at may lie after the moment of receipt, in seconds.
const clockSkew = 60

// Identity is what an authority knows of a certificate.
type Identity struct {
	PeerID    fsc.PeerID
	PublicKey crypto.PublicKey
	// Revoked tells that the certificate has been revoked since. What was signed
	// before stands; readers are told.
	Revoked bool
}

// Authority judges certificates. It holds the trust anchors of Groups.
type Authority interface {
	// Identify tells which organisation of the Group had this chain (DER, leaf
	// first) at an instant. It is an error when the chain didn't lead to a trust
	// anchor of the Group then.
	Identify(group fsc.GroupID, chain [][]byte, at time.Time) (Identity, error)
}

// Receipt is the secretariat's word that it had something: its number in the
// feed of a dossier and the time. A zero Receipt is none.
type Receipt struct {
	Dossier Hash
	Number  int64
	At      int64 // Unix seconds
}

// Given tells whether there is a receipt.
func (r Receipt) Given() bool { return r.Number > 0 }

// Signed is a signature that has been verified: this organisation, with this
// key, made the statement.
type Signed struct {
	Statement
	Signer fsc.PeerID
	// KeyThumbprint is that of the public key, as in a grant (SHA-256, hex).
	KeyThumbprint string
	// KeyRevoked tells that the certificate was revoked afterwards.
	KeyRevoked bool
	Receipt    Receipt
}

// Judge verifies the signature: of this deed, with the key of a certificate
// that was the signer's in the deed's Group. The certificate is judged at the
// time of the receipt, or at signed_at when there is none, so a certificate
// that is renewed or revoked later changes nothing.
func (s *Signature) Judge(c *Content, chain [][]byte, a Authority, r Receipt) (Signed, error) {
	if s.DeedHash != c.hash {
		return Signed{}, fault(CodeHash, "deed_hash", "is about another deed")
	}
	moment := s.SignedAt
	if r.Given() {
		moment = r.At
		if s.SignedAt > r.At+clockSkew {
			return Signed{}, fault(CodeSignature, "signed_at", "lies after the receipt; the signer's clock is ahead")
		}
	}
	id, err := identify(a, c.GroupID, chain, s.CertificateThumbprint, moment)
	if err != nil {
		return Signed{}, err
	}
	if err := s.signed.Verify(id.PublicKey); err != nil {
		return Signed{}, &Error{Code: CodeSignature, Detail: "signature doesn't match", Cause: err}
	}
	thumbprint, err := fsc.PublicKeyThumbprint(id.PublicKey)
	if err != nil {
		return Signed{}, &Error{Code: CodeCertificate, Detail: "key of the certificate is not supported", Cause: err}
	}
	return Signed{Statement: s.Statement, Signer: id.PeerID, KeyThumbprint: thumbprint, KeyRevoked: id.Revoked, Receipt: r}, nil
}

// identify checks that the chain is the one a signature names, and asks the
// authority whose it was.
func identify(a Authority, group fsc.GroupID, chain [][]byte, thumbprint string, at int64) (Identity, error) {
	if err := checkChain(chain); err != nil {
		return Identity{}, err
	}
	if fsc.CertificateThumbprint(chain[0]) != thumbprint {
		return Identity{}, fault(CodeCertificate, "", "certificate isn't the one the signature names")
	}
	id, err := a.Identify(group, chain, time.Unix(at, 0).UTC())
	if err != nil {
		return Identity{}, &Error{Code: CodeCertificate, Detail: "certificate wasn't trusted in this Group at that time", Cause: err}
	}
	if !ValidPeer(id.PeerID) {
		return Identity{}, fault(CodeCertificate, "", "certificate doesn't name an organisation")
	}
	return id, nil
}

func checkChain(chain [][]byte) error {
	if len(chain) == 0 || len(chain) > MaxChain {
		return fault(CodeLimit, "", "a chain has 1 to %d certificates, not %d", MaxChain, len(chain))
	}
	for _, der := range chain {
		if len(der) == 0 || len(der) > MaxCertificate {
			return fault(CodeLimit, "", "a certificate has 1 to %d bytes, not %d", MaxCertificate, len(der))
		}
	}
	return nil
}
