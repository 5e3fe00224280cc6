// SPDX-License-Identifier: EUPL-1.2

package pki

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/samenspel/samenspel/fsc"
)

// The subject fields of a certificate an [IdentityRule] can name.
const (
	FieldSerialNumber           = "serialNumber"
	FieldOrganizationName       = "organizationName"
	FieldOrganizationalUnitName = "organizationalUnitName"
	FieldCommonName             = "commonName"
)

// IdentityRule tells in which subject fields of a certificate a Group keeps
// PeerID and PeerName (Core, section Peer identification). The zero value reads
// the PeerID from serialNumber, where Dutch certificates carry the OIN, and the
// name from organizationName.
type IdentityRule struct {
	PeerIDField   string
	PeerNameField string
}

// Validate reports a field this package can't read.
func (r IdentityRule) Validate() error {
	for _, field := range []string{r.idField(), r.nameField()} {
		if subjectOID(field) == nil {
			return fmt.Errorf("subject field %q is not known", field)
		}
	}
	return nil
}

// Peer reads the identity from a certificate; it doesn't verify the
// certificate. The error has [fsc.CodePeerCertificateVerificationFailed] when a
// field is absent, occurs more than once or has an impossible value.
func (r IdentityRule) Peer(cert *x509.Certificate) (fsc.Peer, error) {
	id, err := subjectValue(cert, r.idField())
	if err != nil {
		return fsc.Peer{}, err
	}
	if err := fsc.PeerID(id).Validate(); err != nil {
		return fsc.Peer{}, refuse("the PeerID in the certificate must be 3 to 255 characters", err)
	}
	name, err := subjectValue(cert, r.nameField())
	if err != nil {
		return fsc.Peer{}, err
	}
	if n := utf8.RuneCountInString(name); n < 3 || n > 255 || !utf8.ValidString(name) {
		return fsc.Peer{}, refuse("the PeerName in the certificate must be 3 to 255 characters", nil)
	}
	return fsc.Peer{ID: fsc.PeerID(id), Name: name}, nil
}

// PeerOf gives the Peer at the other end of a connection made with [TLS]. It
// refuses a connection whose certificate wasn't verified.
func PeerOf(cs tls.ConnectionState, rule IdentityRule) (fsc.Peer, error) {
	if !cs.HandshakeComplete || len(cs.VerifiedChains) == 0 || len(cs.VerifiedChains[0]) == 0 {
		return fsc.Peer{}, refuse("the connection has no verified certificate", nil)
	}
	return rule.Peer(cs.VerifiedChains[0][0])
}

func (r IdentityRule) idField() string   { return cmp.Or(r.PeerIDField, FieldSerialNumber) }
func (r IdentityRule) nameField() string { return cmp.Or(r.PeerNameField, FieldOrganizationName) }

func subjectOID(field string) asn1.ObjectIdentifier {
	switch field {
	case FieldSerialNumber:
		return asn1.ObjectIdentifier{2, 5, 4, 5}
	case FieldOrganizationName:
		return asn1.ObjectIdentifier{2, 5, 4, 10}
	case FieldOrganizationalUnitName:
		return asn1.ObjectIdentifier{2, 5, 4, 11}
	case FieldCommonName:
		return asn1.ObjectIdentifier{2, 5, 4, 3}
	default:
		return nil
	}
}

// subjectValue demands exactly one value: with two, another implementation
// might pick the other one and see another Peer.
func subjectValue(cert *x509.Certificate, field string) (string, error) {
	oid := subjectOID(field)
	if oid == nil {
		return "", refuse("the Group's identity rule names an unknown subject field", nil)
	}
	value, found := "", false
	for _, name := range cert.Subject.Names {
		if !name.Type.Equal(oid) {
			continue
		}
		if found {
			return "", refuse("the certificate's subject has more than one "+field, nil)
		}
		text, ok := name.Value.(string)
		if !ok || strings.ContainsFunc(text, unicode.IsControl) {
			return "", refuse("the certificate's subject has an unreadable "+field, nil)
		}
		value, found = text, true
	}
	if !found {
		return "", refuse("the certificate's subject has no "+field, nil)
	}
	return value, nil
}

// refuse makes the one error this package has for others' certificates.
func refuse(detail string, cause error) error {
	return fsc.WrapError(fsc.CodePeerCertificateVerificationFailed, cause, detail)
}
