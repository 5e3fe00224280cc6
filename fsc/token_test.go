// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"crypto/elliptic"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/samenspel/samenspel/fsc"
)

const outwayCertificate = "kOY-jqn0T4f1mh_C5oWW7WOjSOXboCRsJTtDOKnDtxQ"

func claims() fsc.Claims {
	return fsc.Claims{
		GrantHash: fsc.GrantHash("$1$3$" + digest), GroupID: group, Subject: consumer, Issuer: provider, Service: "example-service",
		Audience: "https://inway.example.nl:443", NotBefore: begin.Unix(), ExpiresAt: begin.Unix() + 300,
		CertificateThumbprint: outwayCertificate,
	}
}

func use() fsc.TokenUse {
	return fsc.TokenUse{GroupID: group, Issuer: provider, CertificateThumbprint: outwayCertificate, PeerID: consumer, Now: begin}
}

func issue(t testing.TB, c fsc.Claims) string {
	t.Helper()
	jwt, err := fsc.IssueToken(newSigner(t, p256Key()), c)
	if err != nil {
		t.Fatal(err)
	}
	return jwt
}

func TestClaimsSurviveAToken(t *testing.T) {
	full := claims()
	full.Delegator, full.PublicationDelegator = "00000000000000000003", "00000000000000000004"
	full.Properties = []byte(`{"z":1.50,"a":[null,1E3,{"€":"<&>"}],"":{}}`)
	full.Additional = []byte(`{"role":"x"}`)
	for name, want := range map[string]fsc.Claims{"the least": claims(), "all": full} {
		t.Run(name, func(t *testing.T) {
			tok, err := fsc.ParseToken(issue(t, want))
			if err != nil {
				t.Fatal(err)
			}
			if err := tok.Verify(p256Key().Public()); err != nil {
				t.Error(err)
			}
			got := tok.Claims
			if string(got.Properties) != string(want.Properties) {
				t.Errorf("prp %s, want %s", got.Properties, want.Properties)
			}
			if add := string(got.Additional); add != string(want.Additional) && add != "{}" {
				t.Errorf("add %s, want %s", add, want.Additional)
			}
			if got.GrantHash != want.GrantHash || got.GroupID != want.GroupID || got.Subject != want.Subject || got.Issuer != want.Issuer ||
				got.Service != want.Service || got.Audience != want.Audience || got.ExpiresAt != want.ExpiresAt || got.NotBefore != want.NotBefore ||
				got.CertificateThumbprint != want.CertificateThumbprint || got.Delegator != want.Delegator || got.PublicationDelegator != want.PublicationDelegator {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if tok.CertificateThumbprint != fsc.CertificateThumbprint(certificate) {
				t.Errorf("signed with %s", tok.CertificateThumbprint)
			}
		})
	}
}

func TestClaimsOnTheWire(t *testing.T) {
	c := claims()
	obj, err := jose.ParseSignedCompact(issue(t, c), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"gth":"$1$3$` + digest + `","gid":"fsc-example-group","sub":"00000000000000000002","iss":"00000000000000000001",` +
		`"svc":"example-service","aud":"https://inway.example.nl:443","exp":1767225900,"nbf":1767225600,` +
		`"cnf":{"x5t#S256":"` + outwayCertificate + `"},"add":{}}`
	if got := string(obj.UnsafePayloadWithoutVerification()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if typ := obj.Signatures[0].Header.ExtraHeaders["typ"]; typ != "JWT" {
		t.Errorf("typ is %v", typ)
	}
}

const claimsText = `{"gth":"g","gid":"fsc-example-group","sub":"123","iss":"456","svc":"svc","aud":"https://a:443",` +
	`"exp":1767225900,"nbf":1767225600,"cnf":{"x5t#S256":"x"},"add":{}}`

func TestParseTokenRefuses(t *testing.T) {
	for _, c := range []struct{ name, old, with string }{
		{"no gth", `"gth":"g",`, ``},
		{"no gid", `"gid":"fsc-example-group",`, ``},
		{"no sub", `"sub":"123",`, ``},
		{"no iss", `"iss":"456",`, ``},
		{"no svc", `"svc":"svc",`, ``},
		{"no aud", `"aud":"https://a:443",`, ``},
		{"no exp", `"exp":1767225900,`, ``},
		{"no nbf", `"nbf":1767225600,`, ``},
		{"no cnf", `"cnf":{"x5t#S256":"x"},`, ``},
		{"an empty cnf", `{"x5t#S256":"x"}`, `{}`},
		{"a cnf by key", `x5t#S256`, `jkt`},
		{"an empty sub", `"123"`, `""`},
		{"a null sub", `"123"`, `null`},
		{"a null nbf", `1767225600`, `null`},
		{"a null aud", `"https://a:443"`, `null`},
		{"an exp of zero", `1767225900`, `0`},
		{"a negative exp", `1767225900`, `-1`},
		{"a float exp", `1767225900`, `1767225900.0`},
		{"an exp with an exponent", `1767225900`, `1.7672259e9`},
		{"an exp in text", `1767225900`, `"1767225900"`},
		{"an exp beyond safe integers", `1767225900`, `9223372036854775807`},
		{"an empty list of audiences", `"https://a:443"`, `[]`},
		{"two audiences", `"https://a:443"`, `["https://a:443","https://b:443"]`},
		{"an audience that is a number", `"https://a:443"`, `[1]`},
		{"an audience in an object", `"https://a:443"`, `{"x":1}`},
		{"a claim twice", `"sub":`, `"sub":"999","sub":`},
		{"a claim twice in prp", `"add"`, `"prp":{"a":1,"a":2},"add"`},
		{"an act without sub", `"add"`, `"act":{},"add"`},
		{"an act with an empty sub", `"add"`, `"act":{"sub":""},"add"`},
		{"an act in text", `"add"`, `"act":"123","add"`},
		{"a numeric pdi", `"add"`, `"pdi":1,"add"`},
		{"a null prp", `"add"`, `"prp":null,"add"`},
		{"a prp in a list", `"add"`, `"prp":[],"add"`},
		{"an add in text", `"add":{}`, `"add":"x"`},
		{"a lone surrogate", `"svc":"svc"`, `"svc":"\ud800"`},
		{"trailing data", claimsText, claimsText + "1"},
		{"a list", claimsText, `[]`},
		{"a null", claimsText, `null`},
		{"no JSON", claimsText, `x`},
	} {
		t.Run(c.name, func(t *testing.T) {
			tok, err := fsc.ParseToken(signRaw(t, es256Header, replace(t, claimsText, c.old, c.with)))
			wantCode(t, err, fsc.CodeAccessTokenInvalid)
			if tok != nil {
				t.Error("token and error both")
			}
		})
	}
	for name, jwt := range map[string]string{
		"nothing":       "",
		"alg none":      signRaw(t, `{"alg":"none","x5t#S256":"x"}`, claimsText),
		"no thumbprint": signRaw(t, `{"alg":"ES256"}`, claimsText),
		"HS256":         signOther(t, jose.HS256, []byte(strings.Repeat("s", 32)), claimsText),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := fsc.ParseToken(jwt)
			wantCode(t, err, fsc.CodeAccessTokenInvalid)
		})
	}
}

func TestParseTokenAccepts(t *testing.T) {
	for name, c := range map[string]struct {
		old, with string
		check     func(fsc.Claims) bool
	}{
		"one audience in a list": {`"https://a:443"`, `["https://a:443"]`, func(c fsc.Claims) bool { return c.Audience == "https://a:443" }},
		"claims it doesn't know": {`"add"`, `"iat":1,"jti":"x","add"`, func(c fsc.Claims) bool { return c.Subject == "123" }},
		"no add":                 {`,"add":{}`, ``, func(c fsc.Claims) bool { return c.Additional == nil }},
		"an act":                 {`"add"`, `"act":{"sub":"789","x":1},"add"`, func(c fsc.Claims) bool { return c.Delegator == "789" }},
		"a pdi":                  {`"add"`, `"pdi":"789","add"`, func(c fsc.Claims) bool { return c.PublicationDelegator == "789" }},
		"a prp, verbatim":        {`"add"`, `"prp":{ "b": 1.50, "a": "\u20ac" },"add"`, func(c fsc.Claims) bool { return string(c.Properties) == `{ "b": 1.50, "a": "\u20ac" }` }},
		"an nbf of zero":         {`1767225600`, `0`, func(c fsc.Claims) bool { return c.NotBefore == 0 }},
	} {
		tok, err := fsc.ParseToken(signRaw(t, es256Header, replace(t, claimsText, c.old, c.with)))
		if err != nil || !c.check(tok.Claims) {
			t.Errorf("%s: %+v, %v", name, tok, err)
		}
	}
}

func TestTokenOfAnotherKeyDoesNotVerify(t *testing.T) {
	tok, err := fsc.ParseToken(issue(t, claims()))
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, tok.Verify(newKey(elliptic.P256()).Public()), fsc.CodeAccessTokenInvalid)
	wantCode(t, tok.Verify(rsaKey().Public()), fsc.CodeAccessTokenInvalid)
	wantCode(t, tok.Verify(nil), fsc.CodeAccessTokenInvalid)
}

func TestUseOfAToken(t *testing.T) {
	exp, nbf := time.Unix(claims().ExpiresAt, 0), begin
	const invalid = fsc.CodeAccessTokenInvalid
	delegated := func(c *fsc.Claims, _ *fsc.TokenUse) { c.Delegator = "00000000000000000003" }
	for _, c := range []struct {
		name string
		edit func(*fsc.Claims, *fsc.TokenUse)
		code fsc.ErrorCode
	}{
		{"by the Outway it was issued to", func(*fsc.Claims, *fsc.TokenUse) {}, ""},
		{"in the last instant of the leeway", func(_ *fsc.Claims, u *fsc.TokenUse) { u.Now = exp.Add(fsc.TokenLeeway - 1) }, ""},
		{"when the leeway is over", func(_ *fsc.Claims, u *fsc.TokenUse) { u.Now = exp.Add(fsc.TokenLeeway) }, fsc.CodeAccessTokenExpired},
		{"in the first instant of the leeway", func(_ *fsc.Claims, u *fsc.TokenUse) { u.Now = nbf.Add(-fsc.TokenLeeway) }, ""},
		{"before the leeway", func(_ *fsc.Claims, u *fsc.TokenUse) { u.Now = nbf.Add(-fsc.TokenLeeway - 1) }, invalid},
		{"at no time", func(_ *fsc.Claims, u *fsc.TokenUse) { u.Now = time.Time{} }, invalid},
		{"at another provider", func(_ *fsc.Claims, u *fsc.TokenUse) { u.Issuer = consumer }, invalid},
		{"with another certificate", func(_ *fsc.Claims, u *fsc.TokenUse) { u.CertificateThumbprint = "l" + outwayCertificate[1:] }, invalid},
		{"with a certificate in another case", func(_ *fsc.Claims, u *fsc.TokenUse) { u.CertificateThumbprint = strings.ToLower(outwayCertificate) }, invalid},
		{"without a certificate", func(_ *fsc.Claims, u *fsc.TokenUse) { u.CertificateThumbprint = "" }, invalid},
		{"by another Peer", func(_ *fsc.Claims, u *fsc.TokenUse) { u.PeerID = outsider }, invalid},
		{"by nobody", func(_ *fsc.Claims, u *fsc.TokenUse) { u.PeerID = "" }, invalid},
		{"in another Group", func(_ *fsc.Claims, u *fsc.TokenUse) { u.GroupID = "other" }, fsc.CodeWrongGroupIDInToken},
		{"by the Outway that acts for a delegator", delegated, ""},
		{"by the delegator itself", func(c *fsc.Claims, u *fsc.TokenUse) { delegated(c, u); u.PeerID = c.Delegator }, ""},
		{"by another Peer than Outway and delegator", func(c *fsc.Claims, u *fsc.TokenUse) { delegated(c, u); u.PeerID = outsider }, invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl, u := claims(), use()
			c.edit(&cl, &u)
			err := cl.CheckUse(u)
			if c.code != "" {
				wantCode(t, err, c.code)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCheckUseAllocatesNothing(t *testing.T) {
	c, u := claims(), use()
	if n := testing.AllocsPerRun(100, func() {
		if err := c.CheckUse(u); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestIssueTokenRefusesWhatIsNotJSON(t *testing.T) {
	for name, f := range map[string]func(*fsc.Claims){
		"broken properties":             func(c *fsc.Claims) { c.Properties = []byte(`{`) },
		"properties with a name twice":  func(c *fsc.Claims) { c.Properties = []byte(`{"a":1,"a":2}`) },
		"broken additional data":        func(c *fsc.Claims) { c.Additional = []byte(`x`) },
		"a service that isn't in UTF-8": func(c *fsc.Claims) { c.Service = "\xff" },
	} {
		c := claims()
		f(&c)
		_, err := fsc.IssueToken(newSigner(t, p256Key()), c)
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
