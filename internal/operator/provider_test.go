// SPDX-License-Identifier: EUPL-1.2

package operator_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/samenspel/samenspel/internal/operator"
)

const (
	clientID     = "samenspel-node"
	clientSecret = "a secret / with % signs"
	callbackURL  = "https://node.example.org/login/callback"
)

// idp is an identity provider of its own: discovery, keys, authorization and
// tokens over TLS, with PKCE and codes that work once.
type idp struct {
	*httptest.Server
	t    testing.TB
	now  func() time.Time
	keys map[string]*ecdsa.PrivateKey

	mu     sync.Mutex
	claims map[string]any // beside the usual ones
	codes  map[string]url.Values
	used   map[string]int
	// forge makes another ID token of the claims; nil signs them.
	forge func(claims map[string]any) string
	// metadata changes what discovery says.
	metadata func(map[string]any)
}

func newIDP(t testing.TB, now func() time.Time) *idp {
	t.Helper()
	p := &idp{t: t, now: now, claims: map[string]any{}, codes: map[string]url.Values{}, used: map[string]int{}, keys: map[string]*ecdsa.PrivateKey{}}
	p.addKey("k1")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.jwks)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewTLSServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *idp) addKey(id string) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	p.keys[id] = k
}

func (p *idp) discovery(w http.ResponseWriter, _ *http.Request) {
	m := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"}, "code_challenge_methods_supported": []string{"S256"},
	}
	if p.metadata != nil {
		p.metadata(m)
	}
	p.reply(w, m)
}

func (p *idp) jwks(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var set jose.JSONWebKeySet
	for id, k := range p.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Public(), KeyID: id, Algorithm: "ES256", Use: "sig"})
	}
	p.reply(w, set)
}

func (p *idp) reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	text, err := json.Marshal(v)
	if err != nil {
		p.t.Error(err)
	}
	_, _ = w.Write(text) // a client may break off what is too long
}

// authorize logs the person in without asking and sends the browser back.
func (p *idp) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != clientID || q.Get("response_type") != "code" || q.Get("redirect_uri") != callbackURL ||
		q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("state") == "" || q.Get("nonce") == "" {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	code := fmt.Sprintf("code-%d", len(p.codes))
	p.codes[code] = q
	p.mu.Unlock()
	back := url.Values{"code": {code}, "state": {q.Get("state")}}
	http.Redirect(w, r, callbackURL+"?"+back.Encode(), http.StatusFound)
}

func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	if ok {
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	p.mu.Lock()
	asked, known := p.codes[r.PostFormValue("code")]
	p.used[r.PostFormValue("code")]++
	uses := p.used[r.PostFormValue("code")]
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	if id != clientID || secret != clientSecret || !known || uses > 1 || challenge != asked.Get("code_challenge") || r.PostFormValue("redirect_uri") != callbackURL {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_grant","error_description":"secret things"}`)
		return
	}
	p.reply(w, map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": p.idToken(asked.Get("nonce"))})
}

func (p *idp) idToken(nonce string) string {
	now := p.now()
	all := map[string]any{
		"iss": p.URL, "sub": "subject-1", "aud": clientID, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": nonce,
		"name": "Bob Smit", "email": "bob@example.org", "roles": []string{"fsc-lezer"},
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.Copy(all, p.claims)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	if p.forge != nil {
		return p.forge(all)
	}
	return p.sign(all, "k1", p.keys["k1"])
}

func (p *idp) sign(claims map[string]any, id string, key *ecdsa.PrivateKey) string {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: id}}, nil)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	jws, err := s.Sign(payload)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		p.t.Error(err)
	}
	return token
}

func (p *idp) set(claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.claims = claims
}

// otherClaims gives providers that tell roles otherwise, by name.
func otherClaims() map[string]string {
	return map[string]string{
		"entra": "groups", "keycloak": "realm_access.roles", "adfs": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
		"path": "roles.beheer",
	}
}

// sso are people who log in at a provider.
type sso struct {
	*people
	idp     *idp
	browser *http.Client
}

func newSSO(t testing.TB, options ...func(*operator.Provider)) *sso {
	t.Helper()
	s := &sso{}
	clk := &clock{now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	s.idp = newIDP(t, clk.Now)
	cfg := operator.Provider{
		Name: "city", Title: "Gemeente", Issuer: s.idp.URL, ClientID: clientID, ClientSecret: clientSecret, RedirectURL: callbackURL,
		RoleClaim: "roles", RoleOf: map[string]operator.Role{"fsc-lezer": operator.RoleReader, "fsc-tekenaar": operator.RoleSigner, "fsc-beheer": operator.RoleAdministrator},
	}
	cfg.Anchors = x509.NewCertPool()
	cfg.Anchors.AddCert(s.idp.Certificate())
	for _, o := range options {
		o(&cfg)
	}
	s.people = newPeople(t, func(c *operator.Config) {
		c.Providers, c.Now = []operator.Provider{cfg}, clk.Now
		for name, claim := range otherClaims() {
			other := cfg
			other.Name, other.RoleClaim = name, claim
			c.Providers = append(c.Providers, other)
		}
	})
	s.clock = clk
	s.browser = s.idp.Client()
	s.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return s
}

// visit goes to the provider and gives what comes back.
func (s *sso) visit(returnTo string) operator.Callback {
	s.t.Helper()
	return s.visitOf("city", returnTo)
}

func (s *sso) visitOf(provider, returnTo string) operator.Callback {
	s.t.Helper()
	r, err := s.BeginLogin(s.t.Context(), provider, returnTo)
	must(s.t, err)
	resp, err := s.browser.Get(r.URL)
	must(s.t, err)
	defer resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		s.t.Fatalf("the provider answered %s", resp.Status)
	}
	return operator.Callback{Provider: provider, Query: back.Query(), Cookie: r.Cookie, From: home, Agent: "browser"}
}

// login goes to the provider and back.
func (s *sso) login() (operator.Actor, error) {
	s.t.Helper()
	in, err := s.FinishLogin(s.t.Context(), s.visit("/contracts"))
	if err != nil {
		return operator.Actor{}, err
	}
	return s.Authenticate(s.t.Context(), in.Secret)
}
