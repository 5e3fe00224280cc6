// SPDX-License-Identifier: EUPL-1.2

package fscapi_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
)

func tokenForm(change ...string) string {
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {grantHash}, "client_id": {string(alice)}}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form.Encode()
}

func askToken(h http.Handler, form string) *httptest.ResponseRecorder {
	return send(h, http.MethodPost, "/v1/token", form, "Content-Type", "application/x-www-form-urlencoded")
}

func TestTokenIsAnsweredAsOAuthSays(t *testing.T) {
	var got fscapi.TokenRequest
	h, _ := newServer(&desk{token: func(_ fscapi.Caller, r fscapi.TokenRequest) (fscapi.TokenResponse, error) {
		got = r
		return fscapi.TokenResponse{AccessToken: "a.b.c", ExpiresIn: 5 * time.Minute}, nil
	}})
	w := askToken(h, tokenForm()+"&resource=ignored")
	wantBody(t, w, http.StatusOK, `{"access_token":"a.b.c","token_type":"bearer","expires_in":300}`)
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Pragma") != "no-cache" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", w.Header())
	}
	if got != (fscapi.TokenRequest{GrantType: "client_credentials", Scope: grantHash, ClientID: alice}) {
		t.Errorf("request %+v", got)
	}
}

func TestTokenRequestsAreRefusedInTheWordsOfOAuth(t *testing.T) {
	h, _ := newServer(&desk{token: func(fscapi.Caller, fscapi.TokenRequest) (fscapi.TokenResponse, error) {
		t.Error("the handler was asked")
		return fscapi.TokenResponse{}, nil
	}})
	for name, tc := range map[string]struct {
		form string
		code fsc.TokenErrorCode
	}{
		"no grant_type":      {tokenForm("grant_type", ""), fsc.TokenInvalidRequest},
		"other grant_type":   {tokenForm("grant_type", "password"), fsc.TokenUnsupportedGrantType},
		"no scope":           {tokenForm("scope", ""), fsc.TokenInvalidRequest},
		"scope is no hash":   {tokenForm("scope", "openid"), fsc.TokenInvalidScope},
		"contract's hash":    {tokenForm("scope", hash), fsc.TokenInvalidScope},
		"unknown algorithm":  {tokenForm("scope", "$9"+grantHash[2:]), fsc.TokenInvalidScope},
		"no client_id":       {tokenForm("client_id", ""), fsc.TokenInvalidRequest},
		"bad client_id":      {tokenForm("client_id", "x"), fsc.TokenInvalidClient},
		"somebody else's":    {tokenForm("client_id", string(bob)), fsc.TokenInvalidClient},
		"repeated parameter": {tokenForm() + "&scope=a", fsc.TokenInvalidRequest},
		"repeated unknown":   {tokenForm() + "&x=1&x=1", fsc.TokenInvalidRequest},
		"malformed":          {"grant_type=%zz", fsc.TokenInvalidRequest},
		"too large":          {tokenForm("x", strings.Repeat("x", 17<<10)), fsc.TokenInvalidRequest},
		"empty":              {"", fsc.TokenInvalidRequest},
	} {
		t.Run(name, func(t *testing.T) {
			w := askToken(h, tc.form)
			if w.Code != http.StatusBadRequest || !strings.HasPrefix(w.Body.String(), `{"error":"`+string(tc.code)+`","error_description":"`) {
				t.Errorf("got %d %s, want %s", w.Code, w.Body, tc.code)
			}
			if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Fsc-Error-Code") != "" {
				t.Errorf("headers %v", w.Header())
			}
		})
	}
	w := send(h, http.MethodPost, "/v1/token?"+tokenForm(), `{}`, "Content-Type", "application/json")
	if w.Code != 400 || !strings.Contains(w.Body.String(), `"error":"invalid_request"`) {
		t.Errorf("JSON: got %d %s", w.Code, w.Body)
	}
	w = send(h, http.MethodPost, "/v1/token?"+tokenForm(), "", "Content-Type", "application/x-www-form-urlencoded")
	if w.Code != 400 {
		t.Errorf("parameters in the URL: got %d %s", w.Code, w.Body)
	}
}

func TestErrorsOfTheTokenHandler(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"refusal":     {&fsc.TokenError{Code: fsc.TokenInvalidGrant, Description: `contract "x" – proposed`}, `{"error":"invalid_grant","error_description":"contract 'x' ' proposed"}`},
		"plain":       {&fsc.TokenError{Code: fsc.TokenInvalidScope}, `{"error":"invalid_scope"}`},
		"request":     {fsc.Errorf(fsc.CodeInvalidRequest, "no"), `{"error":"invalid_request","error_description":"no"}`},
		"certificate": {fsc.Errorf(fsc.CodePeerCertificateVerificationFailed, "no"), `{"error":"invalid_client","error_description":"no"}`},
		"internal":    {errors.New("disk"), `{"message":"the Manager failed; its log says why","domain":"ERROR_DOMAIN_MANAGER","code":"ERROR_CODE_INTERNAL_ERROR"}`},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := newServer(&desk{token: func(fscapi.Caller, fscapi.TokenRequest) (fscapi.TokenResponse, error) {
				return fscapi.TokenResponse{AccessToken: "leak"}, tc.err
			}})
			if w := askToken(h, tokenForm()); w.Body.String() != tc.want || (w.Code == 500) != (name == "internal") {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
}
