// SPDX-License-Identifier: EUPL-1.2

package pki_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/samenspel/samenspel/internal/pki"
)

// issuer is an authority of which the tests hold the key, to sign lists and
// answers localca doesn't make.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{key: newP256(t)}
	i.cert = i.sign(t, &x509.Certificate{
		Subject:  pkix.Name{CommonName: "Issuer"},
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA:     true, BasicConstraintsValid: true,
	}, i.key)
	return i
}

func newP256(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (i *issuer) sign(t *testing.T, template *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(48*time.Hour)
	parent := i.cert
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), i.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func (i *issuer) list(t *testing.T, extensions ...pkix.Extension) []byte {
	t.Helper()
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour), ExtraExtensions: extensions,
	}, i.cert, i.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

type point struct {
	DistributionPoint pointName `asn1:"optional,tag:0"`
	OnlyUsers         bool      `asn1:"optional,tag:1"`
	OnlyAuthorities   bool      `asn1:"optional,tag:2"`
	Indirect          bool      `asn1:"optional,tag:4"`
}

type pointName struct {
	FullName []asn1.RawValue `asn1:"optional,tag:0"`
}

func scopeOf(t *testing.T, p point) pkix.Extension {
	t.Helper()
	der, err := asn1.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: der}
}

func at(url string) pointName {
	return pointName{[]asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 6, Bytes: []byte(url)}}}
}

func TestAListOnlyCountsForTheCertificatesItIsAbout(t *testing.T) {
	i := newIssuer(t)
	var body atomic.Pointer[[]byte]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(*body.Load()) }))
	defer server.Close()
	leaf := i.sign(t, &x509.Certificate{CRLDistributionPoints: []string{server.URL}}, newP256(t))
	tests := map[string]struct {
		extension pkix.Extension
		good      bool
	}{
		"this point":         {scopeOf(t, point{DistributionPoint: at(server.URL)}), true},
		"another point":      {scopeOf(t, point{DistributionPoint: at(server.URL + "/2")}), false},
		"users":              {scopeOf(t, point{OnlyUsers: true}), true},
		"authorities":        {scopeOf(t, point{OnlyAuthorities: true}), false},
		"other issuers":      {scopeOf(t, point{Indirect: true}), false},
		"damaged":            {pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: []byte{1}}, false},
		"changes only":       {pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}, false},
		"a harmless comment": {pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: []byte{5, 0}}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			list := i.list(t, test.extension)
			body.Store(&list)
			checker, err := pki.NewRevocationChecker(pki.RevocationConfig{Logger: quiet(), Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			err = checker.Check([]*x509.Certificate{leaf, i.cert})
			if test.good {
				wantAccepted(t, err)
			} else {
				wantCause(t, err, pki.ErrRevocationUnknown)
			}
		})
	}
}

func TestOCSPAnswersAreVerifiedAndKept(t *testing.T) {
	i := newIssuer(t)
	stranger := newIssuer(t)
	delegateKey := newP256(t)
	appointed := i.sign(t, &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}}, delegateKey)
	ordinary := i.sign(t, &x509.Certificate{}, delegateKey)
	tests := map[string]struct {
		status    int
		responder *x509.Certificate
		key       *ecdsa.PrivateKey
		age       time.Duration
		want      error
	}{
		"good":                   {ocsp.Good, i.cert, i.key, 0, nil},
		"revoked":                {ocsp.Revoked, i.cert, i.key, 0, pki.ErrRevoked},
		"unknown":                {ocsp.Unknown, i.cert, i.key, 0, pki.ErrRevocationUnknown},
		"appointed responder":    {ocsp.Good, appointed, delegateKey, 0, nil},
		"self-made responder":    {ocsp.Good, ordinary, delegateKey, 0, pki.ErrRevocationUnknown},
		"stranger":               {ocsp.Good, i.cert, stranger.key, 0, pki.ErrRevocationUnknown},
		"yesterday's answer":     {ocsp.Good, i.cert, i.key, 24 * time.Hour, pki.ErrRevocationUnknown},
		"answer from the future": {ocsp.Good, i.cert, i.key, -24 * time.Hour, pki.ErrRevocationUnknown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				body, _ := io.ReadAll(r.Body)
				request, err := ocsp.ParseRequest(body)
				if err != nil {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				template := ocsp.Response{
					Status: test.status, SerialNumber: request.SerialNumber, RevokedAt: time.Now(),
					ThisUpdate: time.Now().Add(-test.age), NextUpdate: time.Now().Add(time.Hour - test.age),
				}
				if !bytes.Equal(test.responder.Raw, i.cert.Raw) {
					template.Certificate = test.responder
				}
				answer, err := ocsp.CreateResponse(i.cert, test.responder, template, test.key)
				if err != nil {
					w.WriteHeader(http.StatusInternalServerError)
					return
				}
				_, _ = w.Write(answer)
			}))
			defer server.Close()
			leaf := i.sign(t, &x509.Certificate{OCSPServer: []string{server.URL}}, newP256(t))
			checker, err := pki.NewRevocationChecker(pki.RevocationConfig{OCSP: true, Logger: quiet(), Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				err := checker.Check([]*x509.Certificate{leaf, i.cert})
				if test.want == nil {
					wantAccepted(t, err)
				} else {
					wantCause(t, err, test.want)
				}
			}
			if got := asked.Load(); got != 1 {
				t.Errorf("asked %d times", got)
			}
		})
	}
}
