// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"crypto"
	"fmt"
	"testing"

	"github.com/samenspel/samenspel/fsc"
)

func BenchmarkParseContent(b *testing.B) {
	for _, n := range []int{1, 10} {
		b.Run(fmt.Sprintf("grants=%d", n), func(b *testing.B) {
			grants := make([]fsc.Grant, n)
			for i := range grants {
				grants[i] = connectionGrant()
				grants[i].Service.Name = fmt.Sprintf("service-%d", i)
			}
			raw, r := content(b, grants...).Raw(), rules()
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := fsc.ParseContent(raw, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchKeys runs a benchmark for the two kinds of keys that matter most.
func benchKeys(b *testing.B, f func(*testing.B, crypto.Signer)) {
	b.Helper()
	b.Run("ES256", func(b *testing.B) { f(b, p256Key()) })
	b.Run("RS256", func(b *testing.B) { f(b, rsaKey()) })
}

func BenchmarkSign(b *testing.B) {
	benchKeys(b, func(b *testing.B, key crypto.Signer) {
		signer := newSigner(b, key)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := fsc.Sign(signer, hashText, fsc.SignatureTypeAccept, created); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerifySignature(b *testing.B) {
	benchKeys(b, func(b *testing.B, key crypto.Signer) {
		jws, err := fsc.Sign(newSigner(b, key), hashText, fsc.SignatureTypeAccept, created)
		if err != nil {
			b.Fatal(err)
		}
		pub := key.Public()
		b.ReportAllocs()
		for b.Loop() {
			sig, err := fsc.ParseSignature(jws)
			if err != nil {
				b.Fatal(err)
			}
			if err := sig.Verify(pub); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkIssueToken(b *testing.B) {
	benchKeys(b, func(b *testing.B, key crypto.Signer) {
		signer, c := newSigner(b, key), claims()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := fsc.IssueToken(signer, c); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerifyToken(b *testing.B) {
	benchKeys(b, func(b *testing.B, key crypto.Signer) {
		jwt, err := fsc.IssueToken(newSigner(b, key), claims())
		if err != nil {
			b.Fatal(err)
		}
		pub := key.Public()
		b.ReportAllocs()
		for b.Loop() {
			tok, err := fsc.ParseToken(jwt)
			if err != nil {
				b.Fatal(err)
			}
			if err := tok.Verify(pub); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCheckUse(b *testing.B) {
	c, u := claims(), use()
	b.ReportAllocs()
	for b.Loop() {
		if err := c.CheckUse(u); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkState(b *testing.B) {
	c := content(b, delegatedConnectionGrant())
	var marks []fsc.Mark
	for _, p := range c.Parties() {
		marks = append(marks, accept(p))
	}
	b.ReportAllocs()
	for b.Loop() {
		if got := fsc.State(c, marks, begin); got != fsc.StateValid {
			b.Fatal(got)
		}
	}
}
