// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	providerTimeout = 15 * time.Second
	// maxProviderBody bounds an answer of a provider: metadata, keys, tokens.
	maxProviderBody = 1 << 20
)

var providerName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$`)

// Provider is an identity provider (OpenID Connect Core 1.0, authorization code
// flow with PKCE) where people of the organisation have an account.
type Provider struct {
	// Name stands in paths: lower case letters, digits and hyphens, at most 40.
	Name string
	// Title stands on the button; empty is Name.
	Title string
	// Issuer is the provider's identifier, under which its metadata is found. It is
	// https, but for a provider on the same machine.
	Issuer string
	// ClientID and ClientSecret are how the provider knows this node. The secret is
	// empty for a public client.
	ClientID     string
	ClientSecret string
	// RedirectURL is where the provider sends people back to.
	RedirectURL string
	// Scopes are asked beside openid; none is profile and email.
	Scopes []string
	// RoleClaim is the claim that tells what somebody is: a name (roles, groups, or a
	// URL) or a path with dots (realm_access.roles).
	RoleClaim string
	// RoleOf gives the role for a value of the claim.
	RoleOf map[string]Role
	// DefaultRole is for who has no value that RoleOf knows; empty refuses them.
	DefaultRole Role
	// Anchors are the only certificates under which the provider's own may be
	// issued; nil is those of the system.
	Anchors *x509.CertPool
}

func (p Provider) validate() error {
	switch {
	case !providerName.MatchString(p.Name):
		return errors.New("the name has 1 to 40 lower case letters, digits and hyphens")
	case p.ClientID == "":
		return errors.New("client_id is missing")
	case len(p.RoleOf) > 0 && p.RoleClaim == "":
		return errors.New("roles are mapped, but the claim isn't named")
	case len(p.RoleOf) == 0 && p.DefaultRole == "":
		return errors.New("no roles are mapped, so nobody could log in")
	case p.DefaultRole != "" && !p.DefaultRole.Valid():
		return fmt.Errorf("there is no role %q", p.DefaultRole)
	}
	for value, r := range p.RoleOf {
		if !r.Valid() {
			return fmt.Errorf("%q is mapped to %q, which is no role", value, r)
		}
	}
	if err := checkProviderURL(p.Issuer); err != nil {
		return fmt.Errorf("issuer: %w", err)
	}
	if err := checkProviderURL(p.RedirectURL); err != nil {
		return fmt.Errorf("redirect address: %w", err)
	}
	return nil
}

// checkProviderURL wants https; http only stays within this machine.
func checkProviderURL(s string) error {
	u, err := url.Parse(s)
	if err != nil {
		return errors.New("not an address")
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
	switch {
	case u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("an address has a scheme, a host and a path only")
	case u.Scheme != "https" && (u.Scheme != "http" || !local):
		return errors.New("the address has to be https")
	}
	return nil
}

// ProviderNames gives the providers in the order of the configuration: the name
// for paths and the title for people.
func (o *Operators) ProviderNames() []ProviderName {
	out := make([]ProviderName, len(o.cfg.Providers))
	for i, p := range o.cfg.Providers {
		out[i] = ProviderName{Name: p.Name, Title: p.Title}
		if p.Title == "" {
			out[i].Title = p.Name
		}
	}
	return out
}

// ProviderName is how a provider is called in paths and by people.
type ProviderName struct{ Name, Title string }

// provider is a Provider whose metadata is fetched when it is first needed, so
// that a node starts when its provider is away.
type provider struct {
	Provider
	client *http.Client
	now    func() time.Time

	mu    sync.Mutex
	found *endpoints
}

// endpoints are what the provider tells of itself.
type endpoints struct {
	config    oauth2.Config
	verifier  *oidc.IDTokenVerifier
	issParams bool // authorization_response_iss_parameter_supported (RFC 9207)
}

// discover gives the endpoints; two at once may both ask, which does no harm.
func (p *provider) discover(ctx context.Context) (*endpoints, error) {
	p.mu.Lock()
	found := p.found
	p.mu.Unlock()
	if found != nil {
		return found, nil
	}
	remote, err := oidc.NewProvider(p.clientContext(ctx), p.Issuer)
	if err != nil {
		return nil, fmt.Errorf("discover provider: %w", err)
	}
	found, err = p.endpointsOf(remote)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.found = found
	p.mu.Unlock()
	return found, nil
}

func (p *provider) endpointsOf(remote *oidc.Provider) (*endpoints, error) {
	var more struct {
		IssParams bool   `json:"authorization_response_iss_parameter_supported"`
		JWKS      string `json:"jwks_uri"`
	}
	if err := remote.Claims(&more); err != nil {
		return nil, fmt.Errorf("read metadata: %w", err)
	}
	for _, u := range []string{remote.Endpoint().TokenURL, more.JWKS} {
		if err := checkProviderURL(u); err != nil {
			return nil, fmt.Errorf("read metadata: address of tokens or keys: %w", err)
		}
	}
	scopes := p.Scopes
	if len(scopes) == 0 {
		scopes = []string{"profile", "email"}
	}
	if !slices.Contains(scopes, oidc.ScopeOpenID) {
		scopes = append([]string{oidc.ScopeOpenID}, scopes...)
	}
	return &endpoints{
		config: oauth2.Config{
			ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: remote.Endpoint(),
			RedirectURL: p.RedirectURL, Scopes: scopes,
		},
		verifier: remote.Verifier(&oidc.Config{
			ClientID: p.ClientID, Now: p.now,
			// Signatures by a key of the provider only: no shared secret and never none.
			SupportedSigningAlgs: []string{
				oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512,
				oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
			},
		}),
		issParams: more.IssParams,
	}, nil
}

func (p *provider) clientContext(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

// providerClient makes a client that doesn't wait or read without end and
// doesn't follow redirects: a provider's endpoints are where it says.
func providerClient(anchors *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout: providerTimeout,
		Transport: boundedTransport{&http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: providerTimeout, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: anchors},
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// boundedTransport cuts answers at maxProviderBody.
type boundedTransport struct{ next http.RoundTripper }

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = &boundedBody{Reader: io.LimitReader(resp.Body, maxProviderBody), Closer: resp.Body}
	return resp, nil
}

type boundedBody struct {
	io.Reader
	io.Closer
}
