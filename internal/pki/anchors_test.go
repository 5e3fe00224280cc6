// SPDX-License-Identifier: EUPL-1.2

package pki_test

import (
	"crypto/x509"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

func TestVerifyAcceptsIntermediatesInAnyOrder(t *testing.T) {
	now := time.Now()
	ca, other := newCA(t, now), newCA(t, now)
	anchors := anchorsOf(t, other.AnchorPEM(), ca.AnchorPEM())
	pair := pairOf(t, issue(t, ca, localca.Request{}))
	root := anchors.Certificates()[1]
	chains := map[string][]*x509.Certificate{
		"as issued":      pair.Chain,
		"with root":      {pair.Leaf(), ca.Intermediate(), root},
		"root in front":  {pair.Leaf(), root, ca.Intermediate()},
		"with strangers": {pair.Leaf(), other.Intermediate(), ca.Intermediate()},
	}
	for name, chain := range chains {
		t.Run(name, func(t *testing.T) {
			got, err := anchors.Verify(chain, now, x509.ExtKeyUsageAny)
			if err != nil {
				t.Fatal(err)
			}
			want := []*x509.Certificate{pair.Leaf(), ca.Intermediate(), root}
			if !slices.EqualFunc(got, want, (*x509.Certificate).Equal) {
				t.Errorf("validated chain has %d certificates or another order", len(got))
			}
		})
	}
}

func TestVerifyRefuses(t *testing.T) {
	now := time.Now()
	ca := newCA(t, now)
	anchors := anchorsOf(t, ca.AnchorPEM())
	pair := pairOf(t, issue(t, ca, localca.Request{}))
	stranger := pairOf(t, issue(t, newCA(t, now), localca.Request{}))
	tests := map[string]struct {
		anchors *pki.Anchors
		chain   []*x509.Certificate
		now     time.Time
		usage   x509.ExtKeyUsage
		want    string
	}{
		"no certificate":         {anchors, nil, now, x509.ExtKeyUsageAny, "no certificate"},
		"a missing certificate":  {anchors, []*x509.Certificate{nil}, now, x509.ExtKeyUsageAny, "no certificate"},
		"another anchor":         {anchors, stranger.Chain, now, x509.ExtKeyUsageAny, "not issued under a trust anchor"},
		"missing intermediate":   {anchors, pair.Chain[:1], now, x509.ExtKeyUsageAny, "not issued under a trust anchor"},
		"an expired certificate": {anchors, pair.Chain, now.Add(31 * 24 * time.Hour), x509.ExtKeyUsageAny, "expired"},
		"one of the future":      {anchors, pair.Chain, now.Add(-2 * time.Hour), x509.ExtKeyUsageAny, "not valid yet"},
		"another use":            {anchors, pair.Chain, now, x509.ExtKeyUsageCodeSigning, "this purpose"},
		"an endless chain":       {anchors, slices.Repeat(pair.Chain, 6), now, x509.ExtKeyUsageAny, "too long"},
		"without anchors":        {nil, pair.Chain, now, x509.ExtKeyUsageAny, "no trust anchors"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := test.anchors.Verify(test.chain, test.now, test.usage)
			wantRefused(t, err, test.want)
		})
	}
}

func TestLoadAnchorsRefusesWhatIsNoAnchor(t *testing.T) {
	ca := newCA(t, time.Now())
	issued := issue(t, ca, localca.Request{})
	tests := map[string]struct {
		files [][]byte
		want  string
	}{
		"nothing":           {nil, "none given"},
		"an empty file":     {[][]byte{ca.AnchorPEM(), {}}, "file 2"},
		"a Peer":            {[][]byte{issued.CertificatePEM}, "not a certificate authority"},
		"a private key too": {[][]byte{slices.Concat(ca.AnchorPEM(), issued.KeyPEM)}, "unexpected PEM block"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := pki.LoadAnchors(test.files...)
			wantError(t, err, test.want)
		})
	}
	if got := anchorsOf(t, ca.AnchorPEM(), ca.AnchorPEM()).Certificates(); len(got) != 1 {
		t.Errorf("the same anchor twice gives %d", len(got))
	}
}
