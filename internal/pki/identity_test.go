// SPDX-License-Identifier: EUPL-1.2

package pki_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/pki"
)

var (
	oidCommonName   = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidSerial       = asn1.ObjectIdentifier{2, 5, 4, 5}
	oidOrganization = asn1.ObjectIdentifier{2, 5, 4, 10}
	oidUnit         = asn1.ObjectIdentifier{2, 5, 4, 11}
)

func attribute(oid asn1.ObjectIdentifier, value string) pkix.AttributeTypeAndValue {
	return pkix.AttributeTypeAndValue{Type: oid, Value: value}
}

// certificate makes a real certificate with exactly the subject given.
func certificate(t *testing.T, subject ...pkix.AttributeTypeAndValue) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		Subject:   pkix.Name{ExtraNames: subject},
		NotBefore: time.Now().Add(-time.Hour),
		NotAfter:  time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestIdentityRuleReadsTheConfiguredFields(t *testing.T) {
	cert := certificate(t,
		attribute(oidSerial, "00000099000000001000"),
		attribute(oidOrganization, "Gemeente Voorbeeld"),
		attribute(oidUnit, "Samenwerking Beemd"),
		attribute(oidCommonName, "fsc.voorbeeld.example"))
	tests := map[string]struct {
		rule     pki.IdentityRule
		id, name string
	}{
		"by default":            {pki.IdentityRule{}, "00000099000000001000", "Gemeente Voorbeeld"},
		"name from the unit":    {pki.IdentityRule{PeerNameField: pki.FieldOrganizationalUnitName}, "00000099000000001000", "Samenwerking Beemd"},
		"id from the host name": {pki.IdentityRule{PeerIDField: pki.FieldCommonName}, "fsc.voorbeeld.example", "Gemeente Voorbeeld"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			peer, err := test.rule.Peer(cert)
			if err != nil {
				t.Fatal(err)
			}
			if string(peer.ID) != test.id || peer.Name != test.name {
				t.Errorf("got %q %q", peer.ID, peer.Name)
			}
		})
	}
}

func TestIdentityRuleRefusesWhatIsNotOneClearValue(t *testing.T) {
	serial, name := attribute(oidSerial, "00000099000000001000"), attribute(oidOrganization, "Gemeente Voorbeeld")
	tests := map[string]struct {
		subject []pkix.AttributeTypeAndValue
		want    string
	}{
		"no serialNumber":        {[]pkix.AttributeTypeAndValue{name}, "no serialNumber"},
		"two serialNumbers":      {[]pkix.AttributeTypeAndValue{serial, name, attribute(oidSerial, "00000099000000002000")}, "more than one serialNumber"},
		"twice the same":         {[]pkix.AttributeTypeAndValue{serial, serial, name}, "more than one serialNumber"},
		"no organization":        {[]pkix.AttributeTypeAndValue{serial}, "no organizationName"},
		"short id":               {[]pkix.AttributeTypeAndValue{attribute(oidSerial, "12"), name}, "3 to 255"},
		"long id":                {[]pkix.AttributeTypeAndValue{attribute(oidSerial, strings.Repeat("1", 256)), name}, "3 to 255"},
		"short name":             {[]pkix.AttributeTypeAndValue{serial, attribute(oidOrganization, "AB")}, "PeerName"},
		"line break in the name": {[]pkix.AttributeTypeAndValue{serial, attribute(oidOrganization, "Gemeente\nVoorbeeld")}, "unreadable"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := pki.IdentityRule{}.Peer(certificate(t, test.subject...))
			wantRefused(t, err, test.want)
		})
	}
}

func TestIdentityRuleRefusesUnknownFields(t *testing.T) {
	rule := pki.IdentityRule{PeerIDField: "emailAddress"}
	wantError(t, rule.Validate(), "emailAddress")
	_, err := rule.Peer(certificate(t, attribute(oidSerial, "00000099000000001000")))
	wantRefused(t, err, "unknown subject field")
	if err := (pki.IdentityRule{}).Validate(); err != nil {
		t.Errorf("default rule: %v", err)
	}
}

func TestPeerOfRefusesAnUnverifiedConnection(t *testing.T) {
	cert := certificate(t, attribute(oidSerial, "00000099000000001000"), attribute(oidOrganization, "Gemeente Voorbeeld"))
	_, err := pki.PeerOf(tls.ConnectionState{HandshakeComplete: true, PeerCertificates: []*x509.Certificate{cert}}, pki.IdentityRule{})
	wantRefused(t, err, "no verified certificate")
}
