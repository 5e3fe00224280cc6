// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"time"
)

// AccountForm tells what an account becomes; every member counts.
type AccountForm struct {
	Name       string   `json:"name"`
	Email      string   `json:"email"`
	Roles      []string `json:"roles"`
	BreakGlass bool     `json:"breakGlass,omitzero"`
	Disabled   bool     `json:"disabled,omitzero"`
}

// NewAccount is an account to make.
type NewAccount struct {
	Name       string   `json:"name"`
	Email      string   `json:"email"`
	Password   string   `json:"password"`
	Roles      []string `json:"roles"`
	BreakGlass bool     `json:"breakGlass,omitzero"`
}

// Account is a person of this organisation.
type Account struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Email        string    `json:"email"`
	Roles        []string  `json:"roles"`
	SingleSignOn bool      `json:"singleSignOn"`
	BreakGlass   bool      `json:"breakGlass"`
	Disabled     bool      `json:"disabled"`
	CreatedAt    time.Time `json:"createdAt"`
	LastLogin    time.Time `json:"lastLogin,omitzero"`
	// PasswordReset is there while the password is one that somebody else gave: the
	// account doesn't sign.
	PasswordReset *PasswordReset `json:"passwordReset,omitempty"`
}

// PasswordReset tells who gave an account its password.
type PasswordReset struct {
	AccountID string    `json:"accountId"`
	Name      string    `json:"name"`
	At        time.Time `json:"at"`
	ByID      string    `json:"byId,omitempty"` // empty: the command line of the machine
	ByName    string    `json:"byName"`
}

// NewPassword is a password. For one's own account the present one is required,
// and with the code of a link it becomes one that nobody else knows.
type NewPassword struct {
	Password        string `json:"password"`
	CurrentPassword string `json:"currentPassword,omitempty"`
	LinkCode        string `json:"linkCode,omitempty"`
}

// SecondFactor tells whether somebody has an app that makes codes.
type SecondFactor struct {
	Active            bool      `json:"active"`
	Since             time.Time `json:"since,omitzero"`
	RecoveryCodesLeft int64     `json:"recoveryCodesLeft"`
	LockedUntil       time.Time `json:"lockedUntil,omitzero"` // after wrong codes
}

// SecondFactorSecret is what an authenticator app needs; it is given once.
type SecondFactorSecret struct {
	Secret string `json:"secret"` // base32 (RFC 4648) in groups of four
	URI    string `json:"uri"`    // otpauth://totp/…
}

// SecondFactorConfirmation is a first code of the app.
type SecondFactorConfirmation struct {
	Code string `json:"code"`
}

// RecoveryCodes are for who has lost the app; they are given once.
type RecoveryCodes struct {
	Codes []string `json:"codes"`
}

// PasswordLink is a one-time code for an own password, which is given once.
type PasswordLink struct {
	Code      string    `json:"code"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Setup is the first administrator.
type Setup struct {
	Token    string `json:"token"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Password string `json:"password"`
}

// Role is a role with what it permits.
type Role struct {
	Role        string   `json:"role"`
	Permissions []string `json:"permissions"`
}

// NewSession tells who logs in.
type NewSession struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// Session is a login that lasts.
type Session struct {
	ID        string    `json:"id"`
	AccountID string    `json:"accountId"`
	CreatedAt time.Time `json:"createdAt"`
	SeenAt    time.Time `json:"seenAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	From      string    `json:"from,omitempty"`
	Agent     string    `json:"agent,omitempty"`
	Current   bool      `json:"current"`
}

// OpenedSession is a login and its secret, which is given once.
type OpenedSession struct {
	Session
	// Goes in Authorization: Bearer.
	Secret string `json:"secret"`
}

// NewAPIToken is a token to make.
type NewAPIToken struct {
	Name   string   `json:"name"`
	Scopes []string `json:"scopes"`
	// At most a year ahead.
	ExpiresAt time.Time `json:"expiresAt"`
}

// APIToken is a token for automation.
type APIToken struct {
	ID        string    `json:"id"`
	AccountID string    `json:"accountId"`
	Name      string    `json:"name"`
	Scopes    []string  `json:"scopes"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	UsedAt    time.Time `json:"usedAt,omitzero"`
}

// MadeAPIToken is a token and its secret, which is given once.
type MadeAPIToken struct {
	APIToken
	Secret string `json:"secret"`
}

// NewDecision tells what the second person decides; withdraw is for who asked.
type NewDecision struct {
	Decision string `json:"decision"`
}
