// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

func FuzzParseContent(f *testing.F) {
	for _, v := range loadVectors[[]contractVector](f, "contracts.json") {
		f.Add([]byte(v.Content))
	}
	f.Add([]byte(contractText))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, p := range []fsc.Profile{fsc.ProfileV1, fsc.ProfileDev, fsc.ProfileV2} {
			c, err := fsc.ParseContent(raw, rulesFor(p))
			if err != nil {
				continue
			}
			if c.Profile() != p || !bytes.Equal(c.Raw(), raw) || c.Hash().Validate() != nil {
				t.Fatalf("%s: %s, %s", p, c.Profile(), c.Hash())
			}
			again, err := fsc.RestoreContent(c.Raw(), p)
			if err != nil {
				t.Fatalf("not parsed again: %v", err)
			}
			sameHashes(t, c, again)
			other, err := fsc.ParseContent(rewrite(t, raw), rulesFor(p))
			if err != nil {
				t.Fatalf("not parsed with white space: %v", err)
			}
			sameHashes(t, c, other)
			if c.Validate(rulesFor(p), begin) == nil {
				uniqueGrants(t, c)
			}
		}
	})
}

func sameHashes(t *testing.T, a, b *fsc.Content) {
	t.Helper()
	if a.Hash() != b.Hash() || !slices.EqualFunc(a.Grants, b.Grants, func(x, y fsc.Grant) bool { return x.Hash == y.Hash }) {
		t.Fatalf("%s became %s", a.Hash(), b.Hash())
	}
}

func uniqueGrants(t *testing.T, c *fsc.Content) {
	t.Helper()
	for i := range c.Grants {
		if g, ok := c.Grant(c.Grants[i].Hash); !ok || g != &c.Grants[i] || g.Hash.Validate() != nil {
			t.Fatalf("grant %d isn't the one with its hash", i)
		}
	}
}

// rewrite turns the order of the members at the top round and adds white space.
func rewrite(t *testing.T, raw []byte) []byte {
	t.Helper()
	var names []string
	members := map[string]jsontext.Value{}
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := d.ReadToken(); err != nil {
		t.Fatal(err)
	}
	for d.PeekKind() != '}' {
		tok, err := d.ReadToken()
		if err != nil {
			t.Fatal(err)
		}
		name := tok.String()
		v, err := d.ReadValue()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
		members[name] = v.Clone()
	}
	slices.Reverse(names)
	out := []byte("\n{")
	for i, name := range names {
		if i > 0 {
			out = append(out, " ,"...)
		}
		out = append(must(jsontext.AppendQuote(out, name)), " : "...)
		out = append(append(out, members[name]...), '\t')
	}
	return append(out, "}\r\n"...)
}

func FuzzCanonicalize(f *testing.F) {
	for _, v := range loadVectors[[]contractVector](f, "contracts.json") {
		f.Add([]byte(v.Content))
	}
	v := loadVectors[canonicalVectors](f, "canonical.json")
	for _, e := range v.Examples {
		f.Add([]byte(e.Input))
	}
	for _, in := range v.MustReject {
		f.Add([]byte(in))
	}
	for _, text := range v.Numbers {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := fsc.Canonicalize(raw)
		if (err == nil) != (fsc.CheckJSON(raw) == nil) {
			t.Fatalf("check and canonical form disagree: %v", err)
		}
		if err != nil {
			return
		}
		if again, err := fsc.Canonicalize(got); err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%s became %s (%v)", got, again, err)
		}
		// A second implementation has to write the same bytes.
		other := jsontext.Value(bytes.Clone(raw))
		if err := other.Canonicalize(); err != nil || !bytes.Equal(other, got) {
			t.Fatalf("got %s, another implementation %s (%v)", got, other, err)
		}
	})
}

func FuzzUnmarshalStrict(f *testing.F) {
	for _, v := range loadVectors[[]contractVector](f, "contracts.json") {
		f.Add([]byte(v.Content))
	}
	for _, in := range loadVectors[canonicalVectors](f, "canonical.json").MustReject {
		f.Add([]byte(in))
	}
	f.Add([]byte(`{"iv":"a","created_at":1,"grants":[{"data":{}}]}`))
	type target struct {
		IV        string `json:"iv"`
		CreatedAt int64  `json:"created_at"`
		Grants    []struct {
			Data jsontext.Value `json:"data"`
		} `json:"grants"`
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v target
		if err := fsc.UnmarshalStrict(raw, &v); err != nil {
			if fsc.CodeOf(err) != fsc.CodeInvalidRequest {
				t.Fatalf("got %v", err)
			}
			return
		}
		if fsc.CheckJSON(raw) != nil {
			t.Fatal("decoded what isn't I-JSON")
		}
		var members map[string]jsontext.Value
		if err := json.Unmarshal(raw, &members); err != nil {
			t.Fatal(err)
		}
		for name := range members {
			if name != "iv" && name != "created_at" && name != "grants" {
				t.Fatalf("unknown member %q was accepted", name)
			}
		}
	})
}

func FuzzParseHash(f *testing.F) {
	for _, v := range loadVectors[[]contractVector](f, "contracts.json") {
		f.Add(v.ContentHash)
		f.Add(v.GrantHashes[0])
	}
	f.Add("$1$4$+PQI7we0")
	// The form as the standard's text gives it.
	form := regexp.MustCompile(`\A\$1\$([0-9]+)\$[A-Za-z0-9_-]{86}\z`)
	f.Fuzz(func(t *testing.T, s string) {
		typ, err := fsc.ParseHash(s)
		if err != nil {
			return
		}
		if !form.MatchString(s) || typ < 0 {
			t.Fatalf("%q gave %d", s, typ)
		}
		if a, b := fsc.ContentHash(s).Validate() == nil, fsc.GrantHash(s).Validate() == nil; a == b {
			t.Fatalf("%q is both or neither of contract and grant", s)
		}
	})
}

// seedsJWS lists the contract signatures of the vectors, or their tokens.
func seedsJWS(f *testing.F, sigs bool) []string {
	f.Helper()
	var seeds []string
	for _, v := range loadVectors[[]jwsVector](f, "jws.json") {
		for _, s := range v.Signatures {
			if sigs {
				seeds = append(seeds, s.JWS)
			}
		}
		if v.AccessToken != nil && !sigs {
			seeds = append(seeds, v.AccessToken.JWT)
		}
	}
	return seeds
}

// addJWS adds each JWS whole and in parts, so that the fuzzer changes both the
// form and what is inside the base64.
func addJWS(f *testing.F, all []string) {
	f.Helper()
	for _, s := range all {
		f.Add("", "", s)
		p := strings.Split(s, ".")
		f.Add(string(must(base64.RawURLEncoding.DecodeString(p[0]))), string(must(base64.RawURLEncoding.DecodeString(p[1]))), p[2])
	}
}

func joinJWS(header, payload, rest string) string {
	if header == "" {
		return rest
	}
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + "." + rest
}

func FuzzParseSignature(f *testing.F) {
	seeds := seedsJWS(f, true)
	addJWS(f, append(seeds, signRaw(f, `{"alg":"none","x5t#S256":"x"}`, acceptPayload)))
	var keys []any
	for _, v := range loadVectors[[]jwsVector](f, "jws.json") {
		keys = append(keys, must(x509.ParseCertificate(v.X5C)).PublicKey)
	}
	f.Fuzz(func(t *testing.T, header, payload, rest string) {
		jws := joinJWS(header, payload, rest)
		sig, err := fsc.ParseSignature(jws)
		if err != nil {
			return
		}
		if sig.JWS != jws || !sig.Type.Valid() || sig.SignedAt.Unix() < 0 || sig.CertificateThumbprint == "" {
			t.Fatalf("got %+v", sig)
		}
		for _, k := range keys {
			if sig.Verify(k) == nil && !slices.ContainsFunc(seeds, func(s string) bool { return signedPart(s) == signedPart(jws) }) {
				t.Fatalf("a forgery verifies: %s", jws)
			}
		}
	})
}

func signedPart(jws string) string { return jws[:strings.LastIndexByte(jws, '.')+1] }

func FuzzParseToken(f *testing.F) {
	seeds := seedsJWS(f, false)
	full := strings.Replace(claimsText, `"add"`, `"act":{"sub":"1"},"prp":{"a":1},"add"`, 1)
	addJWS(f, append(seeds, signRaw(f, es256Header, claimsText), signRaw(f, es256Header, full)))
	stranger := newKey(elliptic.P256()).Public()
	f.Fuzz(func(t *testing.T, header, payload, rest string) {
		jwt := joinJWS(header, payload, rest)
		tok, err := fsc.ParseToken(jwt)
		if err != nil {
			if fsc.CodeOf(err) != fsc.CodeAccessTokenInvalid {
				t.Fatalf("got %v", err)
			}
			return
		}
		if tok.Verify(stranger) == nil {
			t.Fatalf("verifies with a key that didn't sign: %s", jwt)
		}
		c := tok.Claims
		if c.GrantHash == "" || c.GroupID == "" || c.Subject == "" || c.Issuer == "" || c.Service == "" || c.Audience == "" ||
			c.CertificateThumbprint == "" || tok.CertificateThumbprint == "" || c.ExpiresAt <= 0 {
			t.Fatalf("a claim is missing: %+v", c)
		}
	})
}
