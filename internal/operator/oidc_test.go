// SPDX-License-Identifier: EUPL-1.2

package operator_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/samenspel/samenspel/internal/operator"
)

func TestSingleSignOn(t *testing.T) {
	s := newSSO(t)
	in, err := s.FinishLogin(t.Context(), s.visit("/contracts?state=proposed"))
	must(t, err)
	if in.ReturnTo != "/contracts?state=proposed" {
		t.Errorf("returns to %q", in.ReturnTo)
	}
	a, err := s.Authenticate(t.Context(), in.Secret)
	must(t, err)
	account, err := s.Account(t.Context(), a, a.Account)
	must(t, err)
	if a.Name != "Bob Smit" || account.Subject != s.idp.URL+" subject-1" || account.Email != "bob@example.org" || !slices.Equal(a.Roles, []operator.Role{operator.RoleReader}) {
		t.Errorf("account %+v", account)
	}
	if e := s.lastEvent(); e.Act != "account.login" || e.Actor != a.Account {
		t.Errorf("event %+v", e)
	}
	if got := s.ProviderNames(); got[0] != (operator.ProviderName{Name: "city", Title: "Gemeente"}) {
		t.Errorf("providers %v", got)
	}

	t.Run("roles follow the provider", func(t *testing.T) {
		s.idp.set(map[string]any{"roles": []string{"fsc-tekenaar", "other", "fsc-beheer"}, "name": "Bob de Smit"})
		b, err := s.login()
		must(t, err)
		if b.Account != a.Account || b.Name != "Bob de Smit" || !slices.Equal(b.Roles, []operator.Role{operator.RoleAdministrator, operator.RoleSigner}) {
			t.Errorf("actor %+v", b)
		}
		es, err := s.Events(t.Context(), auditor(), operator.EventFilter{Act: "account.put", Object: string(a.Account), Limit: 1})
		must(t, err)
		want := []operator.Change{{Field: "name", Before: "Bob Smit", After: "Bob de Smit"}, {Field: "roles", Before: "reader", After: "administrator, signer"}}
		if len(es) != 1 || !slices.Equal(es[0].Changes, want) {
			t.Errorf("events %+v", es)
		}
	})
	t.Run("and not a person here", func(t *testing.T) {
		_, err := s.ChangeAccount(t.Context(), s.admin, a.Account, operator.AccountChange{Name: "Bob", Email: "bob@example.org", Roles: operator.Roles()})
		wantKind(t, err, operator.KindInvalid, "roles")
		wantKind(t, s.SetPassword(t.Context(), s.admin, a.Account, nextPW), operator.KindInvalid, "password")
	})
	t.Run("who has no role any more is refused, also in the old session's rights", func(t *testing.T) {
		s.idp.set(map[string]any{"roles": []string{"other"}})
		_, err := s.login()
		wantKind(t, err, operator.KindForbidden, "roles")
	})
	t.Run("who is disabled here is refused", func(t *testing.T) {
		s.idp.set(nil)
		_, err := s.login()
		must(t, err)
		_, err = s.ChangeAccount(t.Context(), s.admin, a.Account, operator.AccountChange{
			Name: "Bob", Email: "bob@example.org", Roles: []operator.Role{operator.RoleReader}, Disabled: true,
		})
		must(t, err)
		_, err = s.login()
		wantKind(t, err, operator.KindLogin, "")
	})
}

func TestProviderCannotTakeOverALocalAccount(t *testing.T) {
	s := newSSO(t)
	for _, verified := range []any{nil, true, false} {
		s.idp.set(map[string]any{"email": "ANNA@example.org", "email_verified": verified, "roles": "fsc-beheer"})
		_, err := s.login()
		wantKind(t, err, operator.KindConflict, "email")
	}
	if all, err := s.Accounts(t.Context(), s.admin); err != nil || len(all) != 1 || all[0].Subject != "" {
		t.Errorf("accounts %+v %v", all, err)
	}
	t.Run("also not later", func(t *testing.T) {
		s.idp.set(nil)
		_, err := s.login()
		must(t, err)
		s.idp.set(map[string]any{"email": "anna@example.org"})
		b, err := s.login()
		must(t, err)
		if account, err := s.Account(t.Context(), b, b.Account); err != nil || account.Email != "bob@example.org" {
			t.Errorf("account %+v %v", account, err)
		}
	})
}

func TestClaimsOfSeveralProviders(t *testing.T) {
	adfs := otherClaims()["adfs"]
	s := newSSO(t)
	for name, c := range map[string]struct {
		provider string
		claims   map[string]any
		want     []operator.Role
	}{
		"Entra ID, roles":           {"city", map[string]any{"roles": []string{"fsc-tekenaar"}}, []operator.Role{operator.RoleSigner}},
		"Entra ID, groups":          {"entra", map[string]any{"roles": nil, "groups": []string{"0f3c", "fsc-beheer"}}, []operator.Role{operator.RoleAdministrator}},
		"Keycloak":                  {"keycloak", map[string]any{"realm_access": map[string]any{"roles": []string{"fsc-lezer", "fsc-lezer"}}}, []operator.Role{operator.RoleReader}},
		"ADFS, one":                 {"adfs", map[string]any{adfs: "fsc-tekenaar"}, []operator.Role{operator.RoleSigner}},
		"ADFS, more":                {"adfs", map[string]any{adfs: []string{"fsc-tekenaar", "fsc-lezer"}}, []operator.Role{operator.RoleSigner, operator.RoleReader}},
		"too many groups to list":   {"entra", map[string]any{"_claim_names": map[string]string{"groups": "src1"}, "_claim_sources": map[string]any{"src1": map[string]string{"endpoint": "https://graph.example"}}}, nil},
		"another case":              {"city", map[string]any{"roles": []string{"FSC-Beheer"}}, nil},
		"part of a value":           {"city", map[string]any{"roles": "fsc-lezer fsc-beheer"}, nil},
		"a path through a text":     {"path", map[string]any{}, nil},
		"values that aren't texts":  {"city", map[string]any{"roles": []any{1, true, nil, map[string]any{"fsc-beheer": 1}}}, nil},
		"a claim that isn't a list": {"city", map[string]any{"roles": map[string]any{"0": "fsc-beheer"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s.idp.set(c.claims)
			in, err := s.FinishLogin(t.Context(), s.visitOf(c.provider, "/"))
			if c.want == nil {
				wantKind(t, err, operator.KindForbidden, "roles")
				return
			}
			must(t, err)
			a, err := s.Authenticate(t.Context(), in.Secret)
			must(t, err)
			if !slices.Equal(a.Roles, c.want) {
				t.Errorf("roles %v", a.Roles)
			}
		})
	}
}

func TestDefaultRoleAndPoorClaims(t *testing.T) {
	s := newSSO(t, func(p *operator.Provider) { p.DefaultRole = operator.RoleReader })
	s.idp.set(map[string]any{
		"roles": nil, "name": "Eve\u202e\n<b>" + strings.Repeat("x", 200), "email": "not an address", "sub": "other",
	})
	a, err := s.login()
	must(t, err)
	account, err := s.Account(t.Context(), a, a.Account)
	must(t, err)
	if !strings.HasPrefix(account.Name, "Eve<b>x") || len(account.Name) != 100 || account.Email != "" || !slices.Equal(a.Roles, []operator.Role{operator.RoleReader}) {
		t.Errorf("account %+v", account)
	}
	s.idp.set(map[string]any{"roles": nil, "name": nil, "email": nil, "sub": "third"})
	a, err = s.login()
	must(t, err)
	if a.Name != "third" {
		t.Errorf("name %q", a.Name)
	}
}

func TestHostileAnswersAreRefused(t *testing.T) {
	s := newSSO(t)
	finish := func(t *testing.T, c operator.Callback) {
		t.Helper()
		_, err := s.FinishLogin(t.Context(), c)
		wantKind(t, err, operator.KindLogin, "")
	}
	// Each is refused, which counts for its network.
	from := 0
	visit := func() operator.Callback {
		c := s.visit("/")
		from++
		c.From = "198.51." + string(rune('0'+from%10)) + ".1"
		return c
	}

	t.Run("another state", func(t *testing.T) {
		c, other := visit(), visit()
		c.Query.Set("state", other.Query.Get("state"))
		finish(t, c)
	})
	t.Run("two states", func(t *testing.T) {
		c := visit()
		c.Query.Add("state", "x")
		finish(t, c)
	})
	t.Run("no cookie, or that of another browser", func(t *testing.T) {
		c, other := visit(), visit()
		cookie := c.Cookie
		for _, c.Cookie = range []string{"", "x", other.Cookie} {
			finish(t, c)
			if e := s.lastEvent(); e.Act != "account.login.failed" || e.Object != "city" || e.From != c.From {
				t.Errorf("event %+v", e)
			}
		}
		c.Cookie = cookie // which was of use to nobody
		_, err := s.FinishLogin(t.Context(), c)
		must(t, err)
	})
	t.Run("once more", func(t *testing.T) {
		c := visit()
		_, err := s.FinishLogin(t.Context(), c)
		must(t, err)
		finish(t, c)
	})
	t.Run("too late", func(t *testing.T) {
		c := visit()
		s.clock.forward(10 * time.Minute)
		finish(t, c)
	})
	t.Run("a code of another login", func(t *testing.T) {
		c, other := visit(), visit()
		c.Query.Set("code", other.Query.Get("code"))
		finish(t, c)
	})
	t.Run("no code", func(t *testing.T) {
		c := visit()
		c.Query.Del("code")
		finish(t, c)
	})
	t.Run("an error of the provider", func(t *testing.T) {
		c := visit()
		c.Query = url.Values{"state": c.Query["state"], "error": {"access_denied"}, "error_description": {"<script>"}}
		finish(t, c)
		if e := s.lastEvent(); strings.Contains(e.Outcome, "script") || e.Act != "account.login.failed" {
			t.Errorf("event %+v", e)
		}
	})
	t.Run("on the path of another provider", func(t *testing.T) {
		c := visit()
		c.Provider = "keycloak"
		finish(t, c)
	})
	t.Run("the answer of another provider", func(t *testing.T) {
		c := visit()
		c.Query.Set("iss", "https://evil.example.org")
		finish(t, c)
	})
}

func TestHostileTokensAreRefused(t *testing.T) {
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	s := newSSO(t)
	for name, change := range map[string]func(*idp, map[string]any) string{
		"another nonce":     func(p *idp, c map[string]any) string { c["nonce"] = "x"; return p.sign(c, "k1", p.keys["k1"]) },
		"no nonce":          func(p *idp, c map[string]any) string { delete(c, "nonce"); return p.sign(c, "k1", p.keys["k1"]) },
		"another audience":  func(p *idp, c map[string]any) string { c["aud"] = "other"; return p.sign(c, "k1", p.keys["k1"]) },
		"issued to another": func(p *idp, c map[string]any) string { c["azp"] = "other"; return p.sign(c, "k1", p.keys["k1"]) },
		"many audiences": func(p *idp, c map[string]any) string {
			c["aud"] = []string{clientID, "other"}
			return p.sign(c, "k1", p.keys["k1"])
		},
		"another issuer": func(p *idp, c map[string]any) string {
			c["iss"] = "https://evil.example"
			return p.sign(c, "k1", p.keys["k1"])
		},
		"expired": func(p *idp, c map[string]any) string {
			c["exp"] = p.now().Unix() - 1
			return p.sign(c, "k1", p.keys["k1"])
		},
		"of the future": func(p *idp, c map[string]any) string {
			c["nbf"] = p.now().Add(time.Hour).Unix()
			return p.sign(c, "k1", p.keys["k1"])
		},
		"no subject": func(p *idp, c map[string]any) string { delete(c, "sub"); return p.sign(c, "k1", p.keys["k1"]) },
		"an endless subject": func(p *idp, c map[string]any) string {
			c["sub"] = strings.Repeat("s", 256)
			return p.sign(c, "k1", p.keys["k1"])
		},
		"a subject with NUL": func(p *idp, c map[string]any) string { c["sub"] = "a\x00b"; return p.sign(c, "k1", p.keys["k1"]) },
		"a key of its own": func(p *idp, c map[string]any) string {
			p.addKey("k2")
			k := p.keys["k2"]
			delete(p.keys, "k2")
			return p.sign(c, "k1", k)
		},
		"algorithm none": func(_ *idp, c map[string]any) string {
			return part(map[string]string{"alg": "none"}) + "." + part(c) + "."
		},
		"the client's secret": func(_ *idp, c map[string]any) string { return symmetric(t, c) },
		"not a token":         func(*idp, map[string]any) string { return "x" },
		"no token":            func(*idp, map[string]any) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			s.idp.forge = func(c map[string]any) string { return change(s.idp, c) }
			_, err := s.login()
			wantKind(t, err, operator.KindLogin, "")
			if all, err := s.Accounts(t.Context(), s.admin); err != nil || len(all) != 1 {
				t.Errorf("accounts %v %v", all, err)
			}
			if e := s.lastEvent(); e.Act != "account.login.failed" || e.Object != "city" {
				t.Errorf("event %+v", e)
			}
		})
	}
	s.idp.forge = nil
	_, err := s.login()
	must(t, err)
}

func symmetric(t *testing.T, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(strings.Repeat(clientSecret, 2))}, nil)
	must(t, err)
	payload, err := json.Marshal(claims)
	must(t, err)
	jws, err := signer.Sign(payload)
	must(t, err)
	token, err := jws.CompactSerialize()
	must(t, err)
	return token
}

func TestNewKeyOfTheProviderIsFetched(t *testing.T) {
	s := newSSO(t)
	_, err := s.login()
	must(t, err)
	s.idp.forge = func(c map[string]any) string {
		s.idp.addKey("k2")
		return s.idp.sign(c, "k2", s.idp.keys["k2"])
	}
	_, err = s.login()
	must(t, err)
}

func TestRedirectToTheProvider(t *testing.T) {
	s := newSSO(t)
	r, err := s.BeginLogin(t.Context(), "city", "/")
	must(t, err)
	u, err := url.Parse(r.URL)
	must(t, err)
	q := u.Query()
	if q.Get("scope") != "openid profile email" || q.Get("code_challenge_method") != "S256" || strings.Contains(r.URL, "secret") ||
		strings.Contains(r.URL, r.Cookie) || !r.ExpiresAt.Equal(s.clock.Now().Add(10*time.Minute)) {
		t.Errorf("redirect %+v", r)
	}
	_, err = s.BeginLogin(t.Context(), "other", "/")
	wantKind(t, err, operator.KindNotFound, "")
}

func TestBegunLoginsTakeBoundedMemory(t *testing.T) {
	s := newSSO(t)
	kept := s.visit("/")
	for range operator.MaxPendingLogins + 10 {
		if _, err := s.BeginLogin(t.Context(), "city", "/"); err != nil {
			t.Fatal(err)
		}
	}
	if n := operator.PendingLogins(s.Operators); n != operator.MaxPendingLogins {
		t.Errorf("%d logins are kept", n)
	}
	_, err := s.FinishLogin(t.Context(), kept)
	wantKind(t, err, operator.KindLogin, "")
	s.clock.forward(time.Hour)
	s.visit("/")
	if n := operator.PendingLogins(s.Operators); n != 1 {
		t.Errorf("%d logins are kept after an hour", n)
	}
}

func TestProviderThatMisleadsIsRefused(t *testing.T) {
	for name, change := range map[string]func(map[string]any){
		"another issuer":       func(m map[string]any) { m["issuer"] = "https://evil.example.org" },
		"tokens in the clear":  func(m map[string]any) { m["token_endpoint"] = "http://id.example.org/token" },
		"keys in the clear":    func(m map[string]any) { m["jwks_uri"] = "http://id.example.org/keys" },
		"endless metadata":     func(m map[string]any) { m["x"] = strings.Repeat("x", 2<<20) },
		"answers without iss ": func(m map[string]any) { m["authorization_response_iss_parameter_supported"] = true },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSSO(t)
			s.idp.metadata = change
			r, err := s.BeginLogin(t.Context(), "city", "/")
			if err != nil {
				return
			}
			resp, err := s.browser.Get(r.URL)
			must(t, err)
			must(t, resp.Body.Close())
			back, err := resp.Location()
			must(t, err)
			_, err = s.FinishLogin(t.Context(), operator.Callback{Query: back.Query(), Cookie: r.Cookie, From: home})
			wantKind(t, err, operator.KindLogin, "")
		})
	}
}

func TestProviderOfAnotherAuthorityIsNotBelieved(t *testing.T) {
	for name, anchors := range map[string]*x509.CertPool{"the system's": nil, "none": x509.NewCertPool()} {
		s := newSSO(t, func(p *operator.Provider) { p.Anchors = anchors })
		if _, err := s.BeginLogin(t.Context(), "city", "/"); !isUnknownAuthority(err) {
			t.Errorf("anchors %s: error %v", name, err)
		}
	}
}

func isUnknownAuthority(err error) bool {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	return unknown
}

func TestProviderThatIsAwayIsAskedAgain(t *testing.T) {
	s := newSSO(t)
	s.idp.metadata = func(map[string]any) { panic(http.ErrAbortHandler) }
	if _, err := s.BeginLogin(t.Context(), "city", "/"); err == nil {
		t.Fatal("a login began without a provider")
	}
	s.idp.metadata = nil
	_, err := s.login()
	must(t, err)
}

func TestProviderConfigurationIsChecked(t *testing.T) {
	good := operator.Provider{
		Name: "city", Issuer: "https://id.example.org/realms/city", ClientID: clientID, RedirectURL: callbackURL, DefaultRole: operator.RoleReader,
	}
	must(t, operator.Config{Providers: []operator.Provider{good}}.Validate())
	for name, change := range map[string]func(*operator.Provider){
		"no name":            func(p *operator.Provider) { p.Name = "" },
		"name for a path":    func(p *operator.Provider) { p.Name = "../x" },
		"no client":          func(p *operator.Provider) { p.ClientID = "" },
		"no roles":           func(p *operator.Provider) { p.DefaultRole = "" },
		"unknown role":       func(p *operator.Provider) { p.DefaultRole = "root" },
		"unknown mapped":     func(p *operator.Provider) { p.RoleClaim, p.RoleOf = "roles", map[string]operator.Role{"x": "root"} },
		"no claim":           func(p *operator.Provider) { p.RoleOf = map[string]operator.Role{"x": operator.RoleReader} },
		"issuer in clear":    func(p *operator.Provider) { p.Issuer = "http://id.example.org" },
		"issuer with query":  func(p *operator.Provider) { p.Issuer = "https://id.example.org?x=y" },
		"no issuer":          func(p *operator.Provider) { p.Issuer = "" },
		"redirect in clear":  func(p *operator.Provider) { p.RedirectURL = "http://node.example.org/" },
		"redirect of script": func(p *operator.Provider) { p.RedirectURL = "javascript:alert(1)" },
	} {
		t.Run(name, func(t *testing.T) {
			p := good
			change(&p)
			if err := (operator.Config{Providers: []operator.Provider{p}}).Validate(); err == nil {
				t.Error("accepted")
			}
		})
	}
	if err := (operator.Config{Providers: []operator.Provider{good, good}}).Validate(); err == nil {
		t.Error("a name is used twice")
	}
	if err := (operator.Config{SingleSignOnOnly: true}).Validate(); err == nil {
		t.Error("nobody could log in")
	}
	good.Issuer, good.RedirectURL = "http://127.0.0.1:8080", "http://localhost:8000/login/callback"
	must(t, operator.Config{Providers: []operator.Provider{good}}.Validate())
}

func hostilePaths() []string {
	return []string{
		"", "contracts", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example/", "javascript:alert(1)",
		"/%2F/evil.example", "/%5Cevil.example", "/\t/evil.example", "/a\r\nSet-Cookie: x", "/%0d%0aSet-Cookie:x", "http:/evil", "//user@evil.example", "/a?b=\x00",
		"/" + strings.Repeat("a", 3000), "/%zz",
	}
}

func TestReturnOnlyToThisSite(t *testing.T) {
	for _, good := range []string{"/", "/contracts", "/contracts/%241%241%24x?tab=raw&x=https://other.example#top", "/log?from=2026-11-01"} {
		if got := operator.LocalPath(good); got != good {
			t.Errorf("%q becomes %q", good, got)
		}
	}
	for _, bad := range hostilePaths() {
		if got := operator.LocalPath(bad); got != "/" {
			t.Errorf("%q becomes %q", bad, got)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, s := range append(hostilePaths(), "/contracts?x=y") {
		f.Add(s)
	}
	base := &url.URL{Scheme: "https", Host: "node.example.org", Path: "/login"}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := url.Parse(operator.LocalPath(s))
		if err != nil {
			t.Fatal(err)
		}
		if u := base.ResolveReference(got); u.Scheme != "https" || u.Host != "node.example.org" || u.User != nil {
			t.Errorf("%q leads to %s", s, u)
		}
	})
}
