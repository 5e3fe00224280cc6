// SPDX-License-Identifier: EUPL-1.2

package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// clockSkew is how far in the future an issuer's clock may be.
const clockSkew = 5 * time.Minute

type revocationStatus int

const (
	statusUnknown revocationStatus = iota
	statusGood
	statusRevoked
)

// revocationList is a parsed CRL that can be asked about a serial in one step.
type revocationList struct {
	crl     *x509.RevocationList
	serials map[string]struct{}
	scope   crlScope
	signer  atomic.Pointer[x509.Certificate]
}

// parseRevocationLists reads one CRL in DER or any number of them in PEM.
func parseRevocationLists(data []byte) ([]*revocationList, error) {
	if !bytes.Contains(data, []byte("-----BEGIN ")) {
		list, err := newRevocationList(data)
		return []*revocationList{list}, err
	}
	var lists []*revocationList
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "X509 CRL" {
			return nil, fmt.Errorf("unexpected PEM block %q", block.Type)
		}
		list, err := newRevocationList(block.Bytes)
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
	}
	if len(lists) == 0 {
		return nil, errors.New("no PEM block X509 CRL found")
	}
	return lists, nil
}

func newRevocationList(der []byte) (*revocationList, error) {
	crl, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, fmt.Errorf("parse CRL: %w", err)
	}
	if crl.NextUpdate.IsZero() {
		return nil, errors.New("parse CRL: no next update")
	}
	list := &revocationList{crl: crl, serials: make(map[string]struct{}, len(crl.RevokedCertificateEntries))}
	if list.scope, err = readScope(crl); err != nil {
		return nil, fmt.Errorf("parse CRL: %w", err)
	}
	for _, entry := range crl.RevokedCertificateEntries {
		list.serials[string(entry.SerialNumber.Bytes())] = struct{}{}
	}
	// The entries are the bulk of a large list and are in the index now.
	crl.RevokedCertificateEntries = nil
	return list, nil
}

// signedBy verifies the signature once and remembers for whom.
func (l *revocationList) signedBy(issuer *x509.Certificate) bool {
	if known := l.signer.Load(); known != nil && known.Equal(issuer) {
		return true
	}
	if !bytes.Equal(l.crl.RawIssuer, issuer.RawSubject) || l.crl.CheckSignatureFrom(issuer) != nil {
		return false
	}
	l.signer.Store(issuer)
	return true
}

func (l *revocationList) current(now time.Time) bool {
	return !now.After(l.crl.NextUpdate) && !l.crl.ThisUpdate.After(now.Add(clockSkew))
}

// status expects a list that was signedBy the issuer of cert. An outdated list
// can still show that a certificate is revoked, not that it is good.
func (l *revocationList) status(cert *x509.Certificate, now time.Time) revocationStatus {
	if !l.scope.covers(cert) {
		return statusUnknown
	}
	if _, revoked := l.serials[string(cert.SerialNumber.Bytes())]; revoked {
		return statusRevoked
	}
	if !l.current(now) {
		return statusUnknown
	}
	return statusGood
}

// crlScope is the part of an issuer's certificates a list speaks about
// (RFC 5280, section 5.2.5). Without this check an attacker who answers for a
// distribution point could send another, genuine list of the same issuer.
type crlScope struct {
	onlyUsers, onlyAuthorities bool
	points                     []string
}

func (s crlScope) covers(cert *x509.Certificate) bool {
	if s.onlyUsers && cert.IsCA || s.onlyAuthorities && !cert.IsCA {
		return false
	}
	return len(s.points) == 0 || slices.ContainsFunc(s.points, func(point string) bool {
		return slices.Contains(cert.CRLDistributionPoints, point)
	})
}

type distributionPointName struct {
	FullName     []asn1.RawValue `asn1:"optional,tag:0"`
	RelativeName asn1.RawValue   `asn1:"optional,tag:1"`
}

type issuingDistributionPoint struct {
	DistributionPoint distributionPointName `asn1:"optional,tag:0"`
	OnlyUsers         bool                  `asn1:"optional,tag:1"`
	OnlyAuthorities   bool                  `asn1:"optional,tag:2"`
	OnlySomeReasons   asn1.BitString        `asn1:"optional,tag:3"`
	Indirect          bool                  `asn1:"optional,tag:4"`
	OnlyAttributes    bool                  `asn1:"optional,tag:5"`
}

// readScope refuses lists whose critical extensions it doesn't understand, as
// RFC 5280, section 5.2, demands; delta lists are among them.
func readScope(crl *x509.RevocationList) (crlScope, error) {
	var scope crlScope
	for _, extension := range crl.Extensions {
		if !extension.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 28}) {
			if extension.Critical {
				return scope, fmt.Errorf("unknown critical extension %s", extension.Id)
			}
			continue
		}
		var point issuingDistributionPoint
		rest, err := asn1.Unmarshal(extension.Value, &point)
		if err != nil || len(rest) > 0 {
			return scope, errors.New("damaged issuing distribution point")
		}
		if point.Indirect || point.OnlyAttributes || point.OnlySomeReasons.BitLength > 0 ||
			len(point.DistributionPoint.RelativeName.FullBytes) > 0 {
			return scope, errors.New("unsupported issuing distribution point")
		}
		scope.onlyUsers, scope.onlyAuthorities = point.OnlyUsers, point.OnlyAuthorities
		for _, name := range point.DistributionPoint.FullName {
			scope.points = append(scope.points, string(name.Bytes))
		}
	}
	return scope, nil
}
