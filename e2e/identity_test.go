// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The identity provider is this test binary, started again with the name of a
// settings file in this variable. It knows three realms, which tell roles as
// Entra ID, Keycloak and ADFS do, and lets who logs in choose what goes wrong.
const identityVariable = "SAMENSPEL_E2E_IDENTITY_PROVIDER"

// identitySettings are what the provider is started with.
type identitySettings struct {
	Certificate, Key       string // PEM files
	ClientID, ClientSecret string
	Callback               string // with %s for the realm
}

// identity is the provider.
type identity struct {
	identitySettings
	log   *slog.Logger
	url   string
	key   *ecdsa.PrivateKey // published
	other *ecdsa.PrivateKey // never published

	mu    sync.Mutex
	codes map[string]grantedCode
}

// grantedCode is a login that the node hasn't fetched yet.
type grantedCode struct {
	realm, person, fault string
	asked                url.Values
}

// provideIdentities runs the provider until its standard input ends: it doesn't
// outlive the test.
func provideIdentities(file string) int {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil)).With("process", "identity provider")
	if err := serveIdentities(file, os.Stdout, logger); err != nil {
		logger.Error("ends", "error", err)
		return 1
	}
	return 0
}

// serveIdentities writes its address to out once it can be reached.
func serveIdentities(file string, out io.Writer, logger *slog.Logger) error {
	p := &identity{codes: map[string]grantedCode{}, log: logger}
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &p.identitySettings)
	}
	if err != nil {
		return err
	}
	for _, k := range []**ecdsa.PrivateKey{&p.key, &p.other} {
		if *k, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.url = localhost(l.Addr().String())
	if _, err := fmt.Fprintln(out, p.url); err != nil {
		return err
	}
	server := &http.Server{Handler: p.routes(), ReadHeaderTimeout: time.Minute}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	if err := server.ServeTLS(l, p.Certificate, p.Key); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (p *identity) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{realm}/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /{realm}/keys", p.keys)
	mux.HandleFunc("GET /{realm}/authorize", p.loginPage)
	mux.HandleFunc("POST /{realm}/authorize", p.authorize)
	mux.HandleFunc("POST /{realm}/token", p.token)
	return mux
}

func (p *identity) discovery(w http.ResponseWriter, r *http.Request) {
	at := p.url + "/" + r.PathValue("realm")
	p.answer(w, http.StatusOK, map[string]any{
		"issuer": at, "authorization_endpoint": at + "/authorize", "token_endpoint": at + "/token", "jwks_uri": at + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"ES256"}, "code_challenge_methods_supported": []string{"S256"},
	})
}

func (p *identity) keys(w http.ResponseWriter, _ *http.Request) {
	p.answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "2026", Algorithm: "ES256", Use: "sig"}}})
}

var identityPage = template.Must(template.New("").Parse(`<!doctype html><html lang="nl"><title>Inlogdienst</title><main>
<h1>Inlogdienst</h1><form method="post"><input type="hidden" name="request" value="{{.}}">
<label>Wie bent u? <input name="person"></label><label>Wat gaat er mis? <input name="fault"></label>
<button>Inloggen</button></form></main></html>`))

// complete tells whether an authorization request has what a careful provider
// wants: PKCE with S256, state and nonce (RFC 9700, section 2.1.1).
func (p *identity) complete(realm string, q url.Values) bool {
	return q.Get("client_id") == p.ClientID && q.Get("response_type") == "code" && q.Get("redirect_uri") == fmt.Sprintf(p.Callback, realm) &&
		q.Get("code_challenge_method") == "S256" && len(q.Get("code_challenge")) == 43 && len(q.Get("state")) >= 20 && len(q.Get("nonce")) >= 20 &&
		strings.Contains(q.Get("scope"), "openid")
}

func (p *identity) loginPage(w http.ResponseWriter, r *http.Request) {
	if !p.complete(r.PathValue("realm"), r.URL.Query()) {
		http.Error(w, "the request of the client is incomplete", http.StatusBadRequest)
		return
	}
	if err := identityPage.Execute(w, r.URL.RawQuery); err != nil {
		p.log.Error("request failed", "error", err)
	}
}

// authorize sends the browser back with a code.
func (p *identity) authorize(w http.ResponseWriter, r *http.Request) {
	asked, err := url.ParseQuery(r.PostFormValue("request"))
	realm := r.PathValue("realm")
	if err != nil || !p.complete(realm, asked) {
		http.Error(w, "the request of the client is incomplete", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = grantedCode{realm: realm, person: r.PostFormValue("person"), fault: r.PostFormValue("fault"), asked: asked}
	p.mu.Unlock()
	back := url.Values{"code": {code}, "state": {asked.Get("state")}}
	switch r.PostFormValue("fault") {
	case "state":
		back.Set("state", rand.Text())
	case "denied":
		back = url.Values{"error": {"access_denied"}, "error_description": {"<b>no</b>"}, "state": {asked.Get("state")}}
	}
	http.Redirect(w, r, asked.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// token gives an ID token for a code, once, to who can prove to have asked for it.
func (p *identity) token(w http.ResponseWriter, r *http.Request) {
	id, secret := clientOf(r)
	code := r.PostFormValue("code")
	p.mu.Lock()
	g, known := p.codes[code]
	delete(p.codes, code)
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	switch {
	case id != p.ClientID || subtle.ConstantTimeCompare([]byte(secret), []byte(p.ClientSecret)) != 1:
		p.answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
	case !known || g.realm != r.PathValue("realm") || challenge != g.asked.Get("code_challenge") || r.PostFormValue("redirect_uri") != g.asked.Get("redirect_uri"):
		p.answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
	default:
		p.grant(w, g)
	}
}

// clientOf reads how a client says who it is; both parts are form-encoded
// (RFC 6749, section 2.3.1).
func clientOf(r *http.Request) (id, secret string) {
	id, secret, _ = r.BasicAuth()
	id, errID := url.QueryUnescape(id)
	secret, errSecret := url.QueryUnescape(secret)
	if errID != nil || errSecret != nil {
		return "", ""
	}
	return id, secret
}

func (p *identity) grant(w http.ResponseWriter, g grantedCode) {
	token, err := p.idToken(g)
	if err != nil {
		p.log.Error("request failed", "error", err)
		p.answer(w, http.StatusInternalServerError, nil)
		return
	}
	p.answer(w, http.StatusOK, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 60, "id_token": token})
}

// idToken makes a token in which one thing may be wrong.
func (p *identity) idToken(g grantedCode) (string, error) {
	now := time.Now()
	claims := map[string]any{
		"iss": p.url + "/" + g.realm, "sub": g.realm + "-" + g.person, "aud": p.ClientID, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"nonce": g.asked.Get("nonce"), "name": g.person, "email": strings.ToLower(g.person) + "@" + g.realm + ".example",
	}
	maps.Copy(claims, rolesOf(g.realm, g.person))
	key := p.key
	switch g.fault {
	case "nonce":
		claims["nonce"] = rand.Text()
	case "expired":
		claims["exp"] = now.Add(-time.Minute).Unix()
	case "audience":
		claims["aud"] = "another-client"
	case "issuer":
		claims["iss"] = p.url + "/another"
	case "key":
		key = p.other
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "2026"}}, nil)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// rolesOf tells what somebody is in the way of each product. Zoe works there,
// but has no role for the node.
func rolesOf(realm, person string) map[string]any {
	role, known := map[string]string{"Anna": "Beheer", "Bart": "Lezen"}[person]
	switch {
	case !known && realm == "adfs":
		return map[string]any{}
	case !known:
		role = "Iets.Anders"
	}
	switch realm {
	case "entra":
		return map[string]any{"roles": []string{"Samenspel." + role}, "tid": "00000000-0000-0000-0000-000000000001", "ver": "2.0"}
	case "keycloak":
		return map[string]any{"realm_access": map[string]any{"roles": []string{"offline_access", "samenspel-" + strings.ToLower(role)}}, "email_verified": true}
	default: // one group is a text and no list
		return map[string]any{adfsRoleClaim: "GG-Samenspel-" + role, "upn": strings.ToLower(person) + "@adfs.example"}
	}
}

const adfsRoleClaim = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"

func (p *identity) answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.log.Error("request failed", "error", err)
	}
}
