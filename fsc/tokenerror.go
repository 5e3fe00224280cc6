// SPDX-License-Identifier: EUPL-1.2

package fsc

// TokenErrorCode is an error of the token endpoint (RFC 6749, section 5.2).
type TokenErrorCode string

// The errors of the token endpoint, all with status 400 (Core, POST /token).
const (
	TokenInvalidRequest       TokenErrorCode = "invalid_request"
	TokenUnsupportedGrantType TokenErrorCode = "unsupported_grant_type"
	TokenInvalidClient        TokenErrorCode = "invalid_client"
	TokenInvalidScope         TokenErrorCode = "invalid_scope"
	TokenInvalidGrant         TokenErrorCode = "invalid_grant"
	TokenUnauthorizedClient   TokenErrorCode = "unauthorized_client"
)

// TokenError tells a client why it gets no access token.
type TokenError struct {
	Code TokenErrorCode
	// Description is optional text for people.
	Description string
}

// NewTokenError makes a TokenError.
func NewTokenError(code TokenErrorCode, description string) *TokenError {
	return &TokenError{Code: code, Description: description}
}

// Error gives code and description.
func (e *TokenError) Error() string {
	if e.Description == "" {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Description
}
