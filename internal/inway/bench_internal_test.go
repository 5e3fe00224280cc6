// SPDX-License-Identifier: EUPL-1.2

package inway

import (
	"crypto"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// BenchmarkVerifier compares a token that is seen for the first time with one that
// any earlier call had. On one connection a call costs even less: there the last
// token is only compared.
func BenchmarkVerifier(b *testing.B) {
	now := time.Now()
	ca, err := localca.New(now)
	if err != nil {
		b.Fatal(err)
	}
	issued, err := ca.Issue(localca.Request{PeerID: "00000099000000002000", Name: "Bench"})
	if err != nil {
		b.Fatal(err)
	}
	pair, err := issued.KeyPair()
	if err != nil {
		b.Fatal(err)
	}
	signer, err := fsc.NewSigner(pair.Key, pair.Leaf().Raw)
	if err != nil {
		b.Fatal(err)
	}
	token, err := fsc.IssueToken(signer, fsc.Claims{
		GrantHash: "$1$4$0ZXV5sYdC2Yl7qkE0QmUyW3GgTqfCkS4mJrVQe2mK1q1v8PzqjN0xw7hJm3J1lZ9uWgQxT7rjm5bUq2VbL4sYw",
		GroupID:   "bench", Subject: "00000099000000001000", Issuer: "00000099000000002000", Service: "personen",
		Audience: "https://localhost:443", NotBefore: now.Unix(), ExpiresAt: now.Add(time.Hour).Unix(),
		CertificateThumbprint: pair.CertificateThumbprint(),
	})
	if err != nil {
		b.Fatal(err)
	}
	v := newVerifier(map[string]crypto.PublicKey{signer.Thumbprint(): pair.Key.Public()})
	for name, verify := range map[string]func(string) (*verified, error){"first": v.check, "known": v.verify} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := verify(token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
