// SPDX-License-Identifier: EUPL-1.2

package fscapi_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
)

// issuer is a Manager that only issues tokens. A real one implements the whole
// Handler.
type issuer struct{ fscapi.Handler }

func (issuer) Token(_ context.Context, _ fscapi.Caller, req fscapi.TokenRequest) (fscapi.TokenResponse, error) {
	if req.Scope != grantHash {
		return fscapi.TokenResponse{}, &fsc.TokenError{Code: fsc.TokenInvalidScope, Description: "unknown grant"}
	}
	return fscapi.TokenResponse{AccessToken: "header.claims.signature", ExpiresIn: 5 * time.Minute}, nil
}

// identifyAlice stands for reading the Peer from the TLS client certificate.
func identifyAlice(*http.Request) (fsc.Peer, *x509.Certificate, error) {
	return fsc.Peer{ID: alice, Name: "Gemeente Alice"}, nil, nil
}

func ExampleNewServer() {
	handler := fscapi.NewServer(fscapi.ServerConfig{Handler: issuer{}, Identify: identifyAlice})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/unknown", nil))
	fmt.Println(w.Code, w.Header().Get("Fsc-Error-Code"))
	// Output: 404 ERROR_CODE_NOT_FOUND
}

func ExampleClient_Token() {
	manager := httptest.NewTLSServer(fscapi.NewServer(fscapi.ServerConfig{Handler: issuer{}, Identify: identifyAlice}))
	defer manager.Close()

	client := fscapi.NewClient(fscapi.ClientConfig{HTTP: func(fsc.PeerID) *http.Client { return manager.Client() }})
	provider := fsc.Peer{ID: bob, ManagerAddress: manager.URL}
	token, err := client.Token(context.Background(), provider, fscapi.TokenRequest{Scope: grantHash, ClientID: alice})
	fmt.Println(token.AccessToken, token.ExpiresIn, err)

	_, err = client.Token(context.Background(), provider, fscapi.TokenRequest{Scope: fsc.GrantHash(grantHash[:90] + "B"), ClientID: alice})
	var refusal *fsc.TokenError
	fmt.Println(errors.As(err, &refusal), err)
	// Output:
	// header.claims.signature 5m0s <nil>
	// true invalid_scope: unknown grant
}
