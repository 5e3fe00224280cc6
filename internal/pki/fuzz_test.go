// SPDX-License-Identifier: EUPL-1.2

package pki_test

import (
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

func fuzzMaterial(f *testing.F) (*localca.CA, *localca.Issued) {
	f.Helper()
	ca, err := localca.New(time.Now())
	if err != nil {
		f.Fatal(err)
	}
	issued, err := ca.Issue(localca.Request{PeerID: gemeente, Name: "Gemeente Voorbeeld"})
	if err != nil {
		f.Fatal(err)
	}
	return ca, issued
}

func FuzzParseKeyPair(f *testing.F) {
	_, issued := fuzzMaterial(f)
	f.Add(issued.CertificatePEM, issued.KeyPEM)
	f.Add(issued.KeyPEM, issued.CertificatePEM)
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), []byte("-----BEGIN PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, certPEM, keyPEM []byte) {
		pair, err := pki.ParseKeyPair(certPEM, keyPEM)
		if (pair == nil) == (err == nil) {
			t.Fatalf("pair %v with error %v", pair, err)
		}
		if err == nil && (pair.Key == nil || pair.Leaf() == nil || pair.PublicKeyThumbprint() == "") {
			t.Fatal("incomplete pair")
		}
	})
}

func FuzzLoadAnchors(f *testing.F) {
	ca, issued := fuzzMaterial(f)
	f.Add(ca.AnchorPEM())
	f.Add(issued.CertificatePEM)
	f.Add([]byte("\xef\xbb\xbf-----BEGIN CERTIFICATE-----\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		anchors, err := pki.LoadAnchors(data)
		if (anchors == nil) == (err == nil) {
			t.Fatalf("anchors %v with error %v", anchors, err)
		}
		if err == nil && len(anchors.Certificates()) == 0 {
			t.Fatal("no anchors and no error")
		}
	})
}
