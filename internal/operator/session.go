// SPDX-License-Identifier: EUPL-1.2

package operator

import "time"

// SessionID identifies a session. It isn't the secret of the cookie: of that
// only a hash is kept.
type SessionID string

// Session is a login that lasts.
type Session struct {
	ID        SessionID
	Account   AccountID
	Hash      [32]byte // SHA-256 of the cookie's secret
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	From      string // network address at login
	Agent     string // User-Agent at login, cut to 200 bytes
}

// TokenID identifies a token for automation.
type TokenID string

// Token lets a program use the management API as its owner, within scopes.
type Token struct {
	ID        TokenID
	Account   AccountID
	Name      string
	Hash      [32]byte // SHA-256 of the secret
	Scopes    []Permission
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero: never; exact to the minute
}
