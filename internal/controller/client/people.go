// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"net/http"
	"net/url"
)

// SetUp makes the first administrator, with the token that the node wrote down.
func (c *Client) SetUp(ctx context.Context, s Setup) (Account, error) {
	return perform[Account](ctx, c, "/setups", s)
}

// LogIn opens a session; its secret goes into [Client.With].
func (c *Client) LogIn(ctx context.Context, n NewSession) (OpenedSession, error) {
	return perform[OpenedSession](ctx, c, "/sessions", n)
}

// Roles lists the roles and what they permit.
func (c *Client) Roles(ctx context.Context) ([]Role, error) {
	p, err := read[Page[Role]](ctx, c, "/roles", nil)
	return p.Items, err
}

// Accounts lists the people of this organisation.
func (c *Client) Accounts(ctx context.Context) ([]Account, error) {
	p, err := read[Page[Account]](ctx, c, "/accounts", nil)
	return p.Items, err
}

// Account gives one account.
func (c *Client) Account(ctx context.Context, id string) (Tagged[Account], error) {
	return readTagged[Account](ctx, c, at("accounts", id))
}

// CreateAccount makes an account.
func (c *Client) CreateAccount(ctx context.Context, n NewAccount) (Account, error) {
	return create[Account](ctx, c, "/accounts", n)
}

// PutAccount changes an account.
func (c *Client) PutAccount(ctx context.Context, id string, f AccountForm, match If) (Tagged[Account], error) {
	return replace[Account](ctx, c, at("accounts", id), f, match)
}

// PutPassword sets a password; for one's own account the present one is required.
func (c *Client) PutPassword(ctx context.Context, id string, p NewPassword) error {
	return c.silent(ctx, request{method: http.MethodPut, path: at("accounts", id, "password"), body: p})
}

// NewPasswordLink makes the code with which somebody whose password was reset
// chooses an own one.
func (c *Client) NewPasswordLink(ctx context.Context, accountID string) (PasswordLink, error) {
	return perform[PasswordLink](ctx, c, at("accounts", accountID, "password-links"), nil)
}

// SecondFactor tells whether an account has a second factor.
func (c *Client) SecondFactor(ctx context.Context, accountID string) (SecondFactor, error) {
	return read[SecondFactor](ctx, c, at("accounts", accountID, "second-factor"), nil)
}

// EnrolSecondFactor begins with a second factor of one's own; it counts once it is
// confirmed. It needs a session, see [Client.LogIn].
func (c *Client) EnrolSecondFactor(ctx context.Context) (SecondFactorSecret, error) {
	return perform[SecondFactorSecret](ctx, c, "/second-factors", nil)
}

// ConfirmSecondFactor makes one's own second factor count, with a first code.
func (c *Client) ConfirmSecondFactor(ctx context.Context, code string) (RecoveryCodes, error) {
	return perform[RecoveryCodes](ctx, c, "/second-factor-confirmations", SecondFactorConfirmation{Code: code})
}

// RemoveSecondFactor removes a second factor. It takes a code of one's own, with
// [Client.Releasing].
func (c *Client) RemoveSecondFactor(ctx context.Context, accountID string) error {
	return c.remove(ctx, at("accounts", accountID, "second-factor"), If{})
}

// EndSessions ends all sessions of an account.
func (c *Client) EndSessions(ctx context.Context, accountID string) error {
	return c.remove(ctx, at("accounts", accountID, "sessions"), If{})
}

// Sessions lists one's own sessions, or with all set those of everybody.
func (c *Client) Sessions(ctx context.Context, all bool) ([]Session, error) {
	p, err := read[Page[Session]](ctx, c, "/sessions", url.Values(query{}.flag("all", all)))
	return p.Items, err
}

// EndSession ends a session.
func (c *Client) EndSession(ctx context.Context, id string) error {
	return c.remove(ctx, at("sessions", id), If{})
}

// APITokens lists one's own tokens, or with all set those of everybody.
func (c *Client) APITokens(ctx context.Context, all bool) ([]APIToken, error) {
	p, err := read[Page[APIToken]](ctx, c, "/api-tokens", url.Values(query{}.flag("all", all)))
	return p.Items, err
}

// CreateAPIToken makes a token; only a person who is logged in can.
func (c *Client) CreateAPIToken(ctx context.Context, n NewAPIToken) (MadeAPIToken, error) {
	return perform[MadeAPIToken](ctx, c, "/api-tokens", n)
}

// RevokeAPIToken revokes a token.
func (c *Client) RevokeAPIToken(ctx context.Context, id string) error {
	return c.remove(ctx, at("api-tokens", id), If{})
}
