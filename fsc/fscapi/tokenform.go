// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

const (
	grantTypeClientCredentials = "client_credentials"
	maxAccessToken             = 64 << 10
	maxExpiresIn               = 1 << 31 // seconds
)

type wireToken struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in,omitzero"`
}

type wireTokenError struct {
	Error       fsc.TokenErrorCode `json:"error"`
	Description string             `json:"error_description,omitzero"`
}

// decodeTokenRequest reads the form of RFC 6749: an empty parameter counts as
// absent, a repeated one is refused, an unknown one is ignored.
func decodeTokenRequest(body string) (TokenRequest, error) {
	form, err := url.ParseQuery(body)
	if err != nil {
		return TokenRequest{}, fsc.NewTokenError(fsc.TokenInvalidRequest, "the form is malformed")
	}
	for _, values := range form {
		if len(values) > 1 {
			return TokenRequest{}, fsc.NewTokenError(fsc.TokenInvalidRequest, "a parameter is given more than once")
		}
	}
	req := TokenRequest{
		GrantType: form.Get("grant_type"),
		Scope:     fsc.GrantHash(form.Get("scope")),
		ClientID:  fsc.PeerID(form.Get("client_id")),
	}
	switch {
	case req.GrantType == "" || req.Scope == "" || req.ClientID == "":
		err = fsc.NewTokenError(fsc.TokenInvalidRequest, "grant_type, scope and client_id are required")
	case req.GrantType != grantTypeClientCredentials:
		err = fsc.NewTokenError(fsc.TokenUnsupportedGrantType, "grant_type must be client_credentials")
	case req.ClientID.Validate() != nil:
		err = fsc.NewTokenError(fsc.TokenInvalidClient, "client_id must be a PeerID of 3 to 255 characters")
	case req.Scope.Validate() != nil:
		err = fsc.NewTokenError(fsc.TokenInvalidScope, "scope must be the hash of a grant")
	}
	if err != nil {
		return TokenRequest{}, err
	}
	return req, nil
}

func encodeTokenRequest(req TokenRequest) []byte {
	grantType := req.GrantType
	if grantType == "" {
		grantType = grantTypeClientCredentials
	}
	return []byte(url.Values{
		"grant_type": {grantType}, "scope": {string(req.Scope)}, "client_id": {string(req.ClientID)},
	}.Encode())
}

func decodeToken(raw []byte) (TokenResponse, error) {
	var w wireToken
	if err := lenient(raw, &w); err != nil {
		return TokenResponse{}, err
	}
	if w.AccessToken == "" || len(w.AccessToken) > maxAccessToken {
		return TokenResponse{}, errors.New("access_token is missing or too long")
	}
	if !strings.EqualFold(w.TokenType, "bearer") {
		return TokenResponse{}, errors.New("token_type is not bearer")
	}
	seconds := min(max(w.ExpiresIn, 0), maxExpiresIn)
	return TokenResponse{AccessToken: w.AccessToken, ExpiresIn: time.Duration(seconds) * time.Second}, nil
}
