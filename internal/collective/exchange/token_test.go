// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"crypto"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/exchange"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// issuer signs access tokens as the Manager of the keeper does.
type issuer struct {
	t      testing.TB
	member *member
	signer *fsc.Signer
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	ca, err := localca.New(day)
	must(t, err)
	i := &issuer{t: t, member: newMember(t, ca, keeper)}
	i.signer, err = fsc.NewSigner(i.member.pair.Key, i.member.chain[0])
	must(t, err)
	return i
}

func (i *issuer) token(change func(*fsc.Claims)) string {
	i.t.Helper()
	c := fsc.Claims{
		GrantHash: "$1$4$hash", GroupID: group, Subject: town, Issuer: keeper, Service: collective.ServiceName, Audience: "https://inway.example:443",
		ExpiresAt: day.Add(5 * time.Minute).Unix(), NotBefore: day.Unix(), CertificateThumbprint: "thumbprint-of-the-outway",
	}
	if change != nil {
		change(&c)
	}
	text, err := fsc.IssueToken(i.signer, c)
	must(i.t, err)
	return text
}

func (i *issuer) auth() func(*http.Request) (fsc.PeerID, error) {
	return exchange.TokenAuth(exchange.TokenConfig{
		Self: keeper, Group: group, Now: clock,
		Keys: func() map[string]crypto.PublicKey {
			return map[string]crypto.PublicKey{fsc.CertificateThumbprint(i.member.chain[0]): i.member.leaf().PublicKey}
		},
	})
}

func TestCallerIsTheSubjectOfTheToken(t *testing.T) {
	i := newIssuer(t)
	auth := i.auth()
	delegated := i.token(func(c *fsc.Claims) { c.Delegator = village })
	for name, value := range map[string]string{
		"with scheme": "Bearer " + i.token(nil), "another case": "bearer  " + i.token(nil), "bare": i.token(nil), "for a delegator": "Bearer " + delegated,
	} {
		r := httptest.NewRequest(http.MethodGet, "/feed", http.NoBody)
		r.Header.Set("Fsc-Authorization", value)
		if peer, err := auth(r); err != nil || peer != town {
			t.Errorf("%s: got %q, %v", name, peer, err)
		}
	}
}

func TestTokensThatAreNotForThisServiceAreRefused(t *testing.T) {
	i, stranger := newIssuer(t), newIssuer(t)
	auth := i.auth()
	good := i.token(nil)
	parts := strings.Split(good, ".")
	for name, tc := range map[string]struct {
		values []string
		code   fsc.ErrorCode
	}{
		"none":                         {nil, fsc.CodeAccessTokenMissing},
		"empty":                        {[]string{""}, fsc.CodeAccessTokenInvalid},
		"two":                          {[]string{good, good}, fsc.CodeAccessTokenInvalid},
		"another scheme":               {[]string{"Basic " + good}, fsc.CodeAccessTokenInvalid},
		"large":                        {[]string{strings.Repeat("a", 40<<10)}, fsc.CodeAccessTokenInvalid},
		"no token":                     {[]string{"Bearer a.b.c"}, fsc.CodeAccessTokenInvalid},
		"no signature":                 {[]string{parts[0] + "." + parts[1] + "."}, fsc.CodeAccessTokenInvalid},
		"claims of another token":      {[]string{parts[0] + "." + strings.Split(i.token(func(c *fsc.Claims) { c.Subject = village }), ".")[1] + "." + parts[2]}, fsc.CodeAccessTokenInvalid},
		"key of another Peer":          {[]string{stranger.token(nil)}, fsc.CodeAccessTokenInvalid},
		"another service":              {[]string{i.token(func(c *fsc.Claims) { c.Service = "personen" })}, fsc.CodeAccessTokenInvalid},
		"another version":              {[]string{i.token(func(c *fsc.Claims) { c.Service = "collective-v2" })}, fsc.CodeAccessTokenInvalid},
		"another issuer":               {[]string{i.token(func(c *fsc.Claims) { c.Issuer = village })}, fsc.CodeAccessTokenInvalid},
		"another Group":                {[]string{i.token(func(c *fsc.Claims) { c.GroupID = "other-group" })}, fsc.CodeWrongGroupIDInToken},
		"expired":                      {[]string{i.token(func(c *fsc.Claims) { c.ExpiresAt = day.Add(-time.Minute).Unix() })}, fsc.CodeAccessTokenExpired},
		"not yet":                      {[]string{i.token(func(c *fsc.Claims) { c.NotBefore = day.Add(time.Minute).Unix() })}, fsc.CodeAccessTokenInvalid},
		"offered on behalf of another": {[]string{i.token(func(c *fsc.Claims) { c.PublicationDelegator = village })}, fsc.CodeAccessTokenInvalid},
		"a subject that can't be":      {[]string{i.token(func(c *fsc.Claims) { c.Subject = "x" })}, fsc.CodeAccessTokenInvalid},
	} {
		r := httptest.NewRequest(http.MethodGet, "/feed", http.NoBody)
		r.Header["Fsc-Authorization"] = tc.values
		if peer, err := auth(r); err == nil || peer != "" || fsc.CodeOf(err) != tc.code {
			t.Errorf("%s: got %q, %v", name, peer, err)
		}
	}
}

func TestServerTellsWhyATokenIsRefused(t *testing.T) {
	i := newIssuer(t)
	n := start(t, func(c *exchange.ServerConfig) { c.Authenticate = i.auth() })
	a := n.do(http.MethodGet, "/feed", nil, "Fsc-Authorization", "Bearer "+i.token(func(c *fsc.Claims) { c.Service = "personen" }))
	n.want(a, http.StatusUnauthorized, "unauthorized")
	if a.header.Get("WWW-Authenticate") != "Bearer" || !strings.Contains(a.body, "another service") {
		t.Errorf("got %v %s", a.header, a.body)
	}
	if a := n.do(http.MethodGet, "/feed", nil, "Fsc-Authorization", "Bearer "+i.token(nil)); a.status != http.StatusOK {
		t.Errorf("a good token got %d %s", a.status, a.body)
	}
}

func FuzzTokenAuth(f *testing.F) {
	i := newIssuer(f)
	auth := i.auth()
	good := i.token(nil)
	f.Add("Bearer " + good)
	f.Add(good)
	f.Add("Bearer")
	f.Add("Basic eDp5")
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest(http.MethodGet, "/feed", http.NoBody)
		r.Header["Fsc-Authorization"] = []string{value}
		peer, err := auth(r)
		if err == nil && peer != town || err != nil && peer != "" {
			t.Errorf("got %q, %v", peer, err)
		}
	})
}
