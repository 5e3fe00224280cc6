// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// request asks as an organisation for a token under the first grant.
func (o *org) request(c *fsc.Content) manager.TokenRequest {
	pair, _ := o.current()
	return manager.TokenRequest{
		GrantType: "client_credentials", Scope: c.Grants[0].Hash, ClientID: o.peer.ID, Peer: o.peer.ID, Certificate: pair.Leaf(),
	}
}

func refusedToken(t *testing.T, err error, want fsc.TokenErrorCode) *fsc.TokenError {
	t.Helper()
	e, ok := errors.AsType[*fsc.TokenError](err)
	if !ok || e.Code != want {
		t.Fatalf("got %v, want %s", err, want)
	}
	return e
}

func TestIssueTokenRefuses(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	valid := n.accepted(t, content(t, draft(1, w.connection())))
	proposed := content(t, draft(2, w.connection()))
	must(t, n.Submit(t.Context(), w.orgs[bart].caller(), w.orgs[bart].message(t, proposed, fsc.SignatureTypeAccept)))
	revoked := n.accepted(t, content(t, draft(3, w.connection())))
	_, err := n.Sign(t.Context(), revoked.Hash(), fsc.SignatureTypeRevoke)
	must(t, err)
	later := draft(4, w.connection())
	later.NotBefore = start.Add(time.Hour)
	notYet := n.accepted(t, content(t, later))
	published := n.accepted(t, content(t, draft(5, publication())))
	elsewhere := w.connection()
	elsewhere.Service.PeerID, elsewhere.Outway.PeerID = bart, anna
	theirs := n.accepted(t, content(t, draft(6, elsewhere)))
	delegated := n.accepted(t, content(t, draft(7, w.delegated())))
	unknown := content(t, draft(8, w.connection()))
	otherKey := w.connection()
	otherKey.Outway.PublicKeyThumbprint = w.orgs[erik].thumbprint()
	swapped := n.accepted(t, content(t, draft(9, otherKey)))
	ask := func(c *fsc.Content, change func(*manager.TokenRequest)) manager.TokenRequest {
		r := w.orgs[bart].request(c)
		if change != nil {
			change(&r)
		}
		return r
	}
	for _, test := range []struct {
		name string
		r    manager.TokenRequest
		want fsc.TokenErrorCode
		says string
	}{
		{"another grant type", ask(valid, func(r *manager.TokenRequest) { r.GrantType = "password" }), fsc.TokenUnsupportedGrantType, "client_credentials"},
		{"a client_id of another", ask(valid, func(r *manager.TokenRequest) { r.ClientID = carla }), fsc.TokenInvalidClient, "client_id"},
		{"no certificate", ask(valid, func(r *manager.TokenRequest) { r.Certificate = nil }), fsc.TokenInvalidClient, "certificate"},
		{"a scope that is no hash", ask(valid, func(r *manager.TokenRequest) { r.Scope = "persons" }), fsc.TokenInvalidScope, "scope"},
		{"a content hash", ask(valid, func(r *manager.TokenRequest) { r.Scope = fsc.GrantHash(valid.Hash()) }), fsc.TokenInvalidScope, "contract"},
		{"another hash algorithm", ask(valid, func(r *manager.TokenRequest) { r.Scope = "$2" + r.Scope[2:] }), fsc.TokenInvalidScope, "algorithm"},
		{"an unknown grant", ask(unknown, nil), fsc.TokenInvalidScope, "unknown grant"},
		{"a publication", ask(published, func(r *manager.TokenRequest) { r.ClientID, r.Peer = dirk, dirk }), fsc.TokenInvalidScope, "unknown grant"},
		{"a service of another", ask(theirs, nil), fsc.TokenInvalidScope, "unknown grant"},
		{"not on the contract", w.orgs[erik].request(proposed), fsc.TokenInvalidScope, "unknown grant"},
		{"proposed", ask(proposed, nil), fsc.TokenInvalidGrant, "proposed; waiting for Peer " + string(anna)},
		{"revoked", ask(revoked, nil), fsc.TokenInvalidGrant, "revoked by Peer " + string(anna)},
		{"not yet valid", ask(notYet, nil), fsc.TokenInvalidGrant, "begins only at 2026-03-01T13:00:00Z"},
		{"a party but not the Outway", w.orgs[carla].request(delegated), fsc.TokenUnauthorizedClient, "another Peer"},
		{"another key", ask(swapped, nil), fsc.TokenUnauthorizedClient, "another key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			token, _, err := n.IssueToken(t.Context(), test.r)
			e := refusedToken(t, err, test.want)
			if !strings.Contains(e.Description, test.says) || token != "" {
				t.Errorf("description %q, token %q", e.Description, token)
			}
		})
	}

	must(t, n.DeleteService(t.Context(), "persons"))
	_, _, err = n.IssueToken(t.Context(), ask(valid, nil))
	_ = refusedToken(t, err, fsc.TokenUnauthorizedClient)
	n.offers(t)
	w.clock.advance(24 * time.Hour)
	_, _, err = n.IssueToken(t.Context(), ask(valid, nil))
	_ = refusedToken(t, err, fsc.TokenInvalidGrant)
}

func TestAnInwayIsNeededForAToken(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna, func(c *manager.Config) { c.InwayAddress = "" }).offers(t)
	c := n.accepted(t, content(t, draft(1, w.connection())))
	_, _, err := n.IssueToken(t.Context(), w.orgs[bart].request(c))
	_ = refusedToken(t, err, fsc.TokenUnauthorizedClient)
	must(t, n.PutService(t.Context(), manager.Service{Name: "persons", Upstream: "http://persons.test", InwayAddress: "https://own-inway.test:8443"}))
	equal(t, "audience", n.token(t, w.orgs[bart].request(c)).Audience, "https://own-inway.test:8443")
}

// token gives the claims of a token, after checking it as an Inway does.
func (n *node) token(t testing.TB, r manager.TokenRequest) fsc.Claims {
	t.Helper()
	jwt, lifetime, err := n.IssueToken(t.Context(), r)
	must(t, err)
	token, err := fsc.ParseToken(jwt)
	must(t, err)
	must(t, token.Verify(n.org.key()))
	now := n.org.world.clock.Now()
	must(t, token.Claims.CheckUse(fsc.TokenUse{
		GroupID: group, Issuer: n.org.peer.ID, PeerID: r.Peer, CertificateThumbprint: fsc.CertificateThumbprint(r.Certificate.Raw), Now: now,
	}))
	equal(t, "lifetime", now.Add(lifetime).Unix(), token.Claims.ExpiresAt)
	return token.Claims
}

func TestTheClaimsOfAToken(t *testing.T) {
	const verbatim = `{"n":1.50, "text":"a\u0062", "deep":{"z":[1,2],"a":null}}`
	for _, delegated := range []bool{false, true} {
		for _, offeredFor := range []bool{false, true} {
			name := map[bool]string{false: "own", true: "delegated"}
			t.Run(name[delegated]+" connection, "+name[offeredFor]+" service", func(t *testing.T) {
				w := newWorld(t)
				n := w.node(t, anna).offers(t)
				g := w.connection()
				want := fsc.Claims{
					GroupID: group, Subject: bart, Issuer: anna, Service: "persons", Audience: "https://inway.test:443",
					ExpiresAt: start.Add(5 * time.Minute).Unix(), NotBefore: start.Add(-5 * time.Second).Unix(),
					CertificateThumbprint: fsc.CertificateThumbprint(w.orgs[bart].caller().Certificate.Raw),
				}
				if delegated {
					g.Type, g.Delegator, want.Delegator = fsc.GrantTypeDelegatedServiceConnection, carla, carla
				}
				if offeredFor {
					g.Service.Type, g.Service.Delegator, want.PublicationDelegator = fsc.ServiceTypeDelegatedService, dirk, dirk
				}
				g.Properties = []byte(verbatim)
				c := n.accepted(t, content(t, draft(1, g)))
				got := n.token(t, w.orgs[bart].request(c))
				want.GrantHash = c.Grants[0].Hash
				equal(t, "properties", string(got.Properties), string(c.Grants[0].Properties))
				equal(t, "additional", string(got.Additional), "{}")
				got.Properties, got.Additional = nil, nil
				equalAll(t, "claims", []fsc.Claims{got}, []fsc.Claims{want})
			})
		}
	}
}

func TestATokenEndsWithItsContract(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna, func(c *manager.Config) { c.TokenLifetime = time.Hour }).offers(t)
	c := n.accepted(t, content(t, draft(1, w.connection())))
	equal(t, "in time", n.token(t, w.orgs[bart].request(c)).ExpiresAt, start.Add(time.Hour).Unix())
	w.clock.advance(24*time.Hour - time.Minute)
	equal(t, "near the end", n.token(t, w.orgs[bart].request(c)).ExpiresAt, c.Validity.NotAfter)
}

func TestATokenForAnOutwayNamedByItsDomain(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	strict := w.node(t, anna, func(c *manager.Config) { c.RefuseDomainNames = true }).offers(t)
	g := w.connection()
	g.Outway.PublicKeyThumbprint, g.Outway.DomainName = "", "Outway.Bart.test"
	c := content(t, draft(1, g))
	for _, m := range []*node{n, strict} {
		m.accepted(t, c)
	}
	as := func(hosts ...string) manager.TokenRequest {
		w.orgs[bart].renew(t, localca.Request{Hosts: hosts})
		return w.orgs[bart].request(c)
	}
	for name, test := range map[string]struct {
		hosts []string
		want  bool
	}{
		"the same name, another case": {[]string{"other.test", "outway.bart.TEST"}, true},
		"another name":                {[]string{"outway.carla.test"}, false},
		"a name below it":             {[]string{"x.outway.bart.test"}, false},
		"a wildcard":                  {[]string{"*.bart.test"}, false},
		"no name":                     {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := as(test.hosts...)
			if test.want {
				n.token(t, r)
			} else {
				_, _, err := n.IssueToken(t.Context(), r)
				_ = refusedToken(t, err, fsc.TokenUnauthorizedClient)
			}
			_, _, err := strict.IssueToken(t.Context(), r)
			_ = refusedToken(t, err, fsc.TokenUnauthorizedClient)
		})
	}
	t.Run("the common name doesn't count", func(t *testing.T) {
		r := as("other.test")
		forged := *r.Certificate
		forged.Subject.CommonName = "outway.bart.test"
		r.Certificate = &forged
		_, _, err := n.IssueToken(t.Context(), r)
		_ = refusedToken(t, err, fsc.TokenUnauthorizedClient)
	})
}

func TestTheKeySetKeepsKeysThatSignaturesRestOn(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	n.accepted(t, content(t, draft(1, w.connection())))
	old, _ := n.org.current()
	keys := func() []string {
		chains, err := n.KeySet(t.Context())
		must(t, err)
		var out []string
		for _, chain := range chains {
			out = append(out, fsc.CertificateThumbprint(chain[0]))
			if _, err := x509.ParseCertificate(chain[len(chain)-1]); err != nil || len(chain) != 2 {
				t.Errorf("a chain of %d (%v)", len(chain), err)
			}
		}
		return out
	}
	equalAll(t, "one key", keys(), []string{old.CertificateThumbprint()})
	n.org.renew(t, localca.Request{})
	renewed, _ := n.org.current()
	equalAll(t, "after a renewal", keys(), []string{renewed.CertificateThumbprint(), old.CertificateThumbprint()})
	w.clock.advance(25 * time.Hour)
	equalAll(t, "after the contract", keys(), []string{renewed.CertificateThumbprint()})
}
