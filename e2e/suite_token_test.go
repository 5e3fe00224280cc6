// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// tokenClaims are the claims of an access token as the standard names them.
type tokenClaims struct {
	GrantHash string `json:"gth"`
	GroupID   string `json:"gid"`
	Subject   string `json:"sub"`
	Issuer    string `json:"iss"`
	Service   string `json:"svc"`
	Audience  string `json:"aud"`
	Expires   int64  `json:"exp"`
	NotBefore int64  `json:"nbf"`
	Binding   struct {
		Thumbprint string `json:"x5t#S256"`
	} `json:"cnf"`
	Actor *struct {
		Subject string `json:"sub"`
	} `json:"act"`
	Delegator  string          `json:"pdi"`
	Properties json.RawMessage `json:"prp"`
	Additional json.RawMessage `json:"add"`
}

// obtain gets an access token, which has to succeed.
func (f *foreign) obtain(t *testing.T, at fsc.Peer, scope fsc.GrantHash) (string, tokenClaims) {
	t.Helper()
	a := f.askToken(t, at, tokenForm(scope, f.peer.ID))
	var v struct {
		Token string `json:"access_token"`
		Type  string `json:"token_type"`
	}
	if err := json.Unmarshal(a.body, &v); err != nil || a.status != http.StatusOK || v.Type != "bearer" {
		t.Fatalf("token: %d %s", a.status, a.body)
	}
	var claims tokenClaims
	unmarshalPart(t, v.Token, 1, &claims)
	return v.Token, claims
}

// noToken checks a refusal in the form of RFC 6749.
func noToken(t *testing.T, a answer, code string) {
	t.Helper()
	var v map[string]string
	if err := json.Unmarshal(a.body, &v); err != nil || a.status != http.StatusBadRequest || v["error"] != code || v["access_token"] != "" {
		t.Errorf("want 400 %s, got %d %s", code, a.status, a.body)
	}
}

// validGrant gives the hash of a grant in a valid contract.
func (s *suite) validGrant(t *testing.T, more []*foreign, g fsc.Grant) fsc.GrantHash {
	t.Helper()
	return s.validContract(t, s.amber, more, g).Grants[0].Hash
}

// getToken has the tests of who gets a token at all.
func (s *suite) getToken(t *testing.T) {
	t.Helper()
	use := connection(amberID, s.amber.pair, providerID, service)
	hash := s.validGrant
	ask := func(t *testing.T, form url.Values) answer { return s.amber.askToken(t, s.provider.peer, form) }
	s.run(t, "Manager-GetToken-1", func(t *testing.T) {
		h := hash(t, nil, use)
		_, c := s.amber.obtain(t, s.provider.peer, h)
		now := time.Now().Unix()
		if c.GrantHash != string(h) || c.GroupID != string(group) || c.Subject != string(amberID) || c.Issuer != string(providerID) ||
			c.Service != service || c.Audience != s.provider.inway || c.Binding.Thumbprint != s.amber.pair.CertificateThumbprint() {
			t.Errorf("claims: %+v", c)
		}
		if c.Expires <= now || c.Expires > now+3600 || c.NotBefore > now || c.Actor != nil || c.Delegator != "" || c.Properties != nil || string(c.Additional) != "{}" {
			t.Errorf("claims: %+v", c)
		}
	})
	s.run(t, "Manager-GetToken-2", func(t *testing.T) {
		unknown := draft(t, nil, use)
		noToken(t, ask(t, tokenForm(unknown.Grants[0].Hash, amberID)), "invalid_scope")
		proposed := draft(t, nil, behalf(use, berylID))
		s.created(t, s.amber.submit(t, s.provider.peer, proposed))
		noToken(t, ask(t, tokenForm(proposed.Grants[0].Hash, amberID)), "invalid_grant")
		a := s.outsider.askToken(t, s.provider.peer, tokenForm(proposed.Grants[0].Hash, outsiderID))
		noToken(t, a, "invalid_scope")
		if strings.Contains(string(a.body), string(amberID)) || strings.Contains(string(a.body), "PROPOSED") {
			t.Errorf("an outsider learns of the contract: %s", a.body)
		}
	})
	s.run(t, "Manager-GetToken-3", func(t *testing.T) {
		c := s.validContract(t, s.amber, nil, use)
		s.created(t, s.amber.put(t, s.provider.peer, fsc.SignatureTypeRevoke, c))
		noToken(t, ask(t, tokenForm(c.Grants[0].Hash, amberID)), "invalid_grant")
	})
	s.run(t, "Manager-GetToken-4", func(t *testing.T) {
		c := s.validContract(t, s.amber, nil, use)
		for _, scope := range []fsc.GrantHash{"geen-hash", "$1$3$kort", fsc.GrantHash(c.Hash()), c.Grants[0].Hash + "A", "$2" + c.Grants[0].Hash[2:]} {
			noToken(t, ask(t, tokenForm(scope, amberID)), "invalid_scope")
		}
	})
	s.run(t, "Manager-GetToken-5", func(t *testing.T) {
		form := tokenForm(hash(t, nil, use), amberID)
		form.Set("grant_type", "password")
		noToken(t, ask(t, form), "unsupported_grant_type")
	})
	s.run(t, "Manager-GetToken-8", func(t *testing.T) {
		form := tokenForm(hash(t, nil, use), amberID)
		form.Del("client_id")
		noToken(t, ask(t, form), "invalid_request")
	})
	s.run(t, "Manager-GetToken-9", func(t *testing.T) {
		noToken(t, ask(t, tokenForm(hash(t, nil, use), berylID)), "invalid_client")
	})
}

// tokenContent has the tests of what a token says.
func (s *suite) tokenContent(t *testing.T) {
	t.Helper()
	use := connection(amberID, s.amber.pair, providerID, service)
	hash := s.validGrant
	s.run(t, "Manager-GetToken-6", func(t *testing.T) {
		_, c := s.amber.obtain(t, s.provider.peer, hash(t, []*foreign{s.beryl}, behalf(use, berylID)))
		if c.Actor == nil || c.Actor.Subject != string(berylID) || c.Subject != string(amberID) || c.Delegator != "" {
			t.Errorf("claims: %+v", c)
		}
	})
	s.run(t, "Manager-GetToken-7", func(t *testing.T) {
		_, c := s.amber.obtain(t, s.provider.peer, hash(t, []*foreign{s.beryl}, offeredFor(use, berylID)))
		if c.Delegator != string(berylID) || c.Actor != nil {
			t.Errorf("claims: %+v", c)
		}
	})
	const properties = `{"doel":"toezicht","grens":1.50}`
	s.run(t, "Manager-GetToken-10", func(t *testing.T) {
		if _, c := s.amber.obtain(t, s.provider.peer, hash(t, nil, withProperties(use, properties))); string(c.Properties) != properties {
			t.Errorf("prp is %s", c.Properties)
		}
	})
	s.run(t, "Manager-GetToken-11", func(t *testing.T) {
		g := withProperties(behalf(use, berylID), properties)
		if _, c := s.amber.obtain(t, s.provider.peer, hash(t, []*foreign{s.beryl}, g)); string(c.Properties) != properties || c.Actor == nil {
			t.Errorf("prp is %s", c.Properties)
		}
	})
}
