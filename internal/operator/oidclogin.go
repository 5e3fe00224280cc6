// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// maxSubject bounds the subject, in bytes (OpenID Connect Core 1.0, section 2).
const maxSubject = 255

// Redirect sends a browser to an identity provider.
type Redirect struct {
	URL string
	// Cookie is a secret for a cookie of this browser, until ExpiresAt. It has to
	// come along when the provider sends the browser back.
	Cookie    string
	ExpiresAt time.Time
}

// Callback is a browser that a provider sent back.
type Callback struct {
	// Provider is the name in the path it came back to; empty isn't compared. With
	// a path for each provider, none can pass off its answer as another's.
	Provider string
	Query    url.Values
	Cookie   string // see Redirect
	From     string // network address, without port
	Agent    string // User-Agent
}

// LoggedIn is a session that a provider vouched for.
type LoggedIn struct {
	Secret   string // for the cookie, as of LogIn
	Session  *Session
	ReturnTo string // a path of this site
}

// BeginLogin prepares a login at a provider. returnTo is where the person wanted
// to go; see [LocalPath] for what is accepted.
func (o *Operators) BeginLogin(ctx context.Context, name, returnTo string) (*Redirect, error) {
	p, ok := o.providers[name]
	if !ok {
		return nil, notFound("identity provider")
	}
	ends, err := p.discover(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin login at %s: %w", name, err)
	}
	state, stateHash := newSecret("")
	nonce, _ := newSecret("")
	cookie, cookieHash := newSecret("")
	now := o.now()
	l := &pendingLogin{
		provider: name, state: stateHash, nonce: nonce, verifier: oauth2.GenerateVerifier(),
		returnTo: LocalPath(returnTo), expiresAt: now.Add(loginPatience),
	}
	o.logins.put(cookieHash, l, now)
	return &Redirect{
		URL:    ends.config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(l.verifier)),
		Cookie: cookie, ExpiresAt: l.expiresAt,
	}, nil
}

// FinishLogin opens a session for who comes back from a provider. It checks that
// this browser began the login, that the answer is the one to that beginning and
// comes from that provider; then the account is found by issuer and subject, or
// made, and gets the roles that the provider tells. A refusal is [KindLogin], or
// [KindForbidden] for who is known but has no role here.
func (o *Operators) FinishLogin(ctx context.Context, c Callback) (*LoggedIn, error) {
	at, err := o.guard.try("", c.From, o.now())
	if err != nil {
		return nil, err
	}
	l, ok := o.logins.take(c.Cookie, o.now())
	if !ok {
		name := c.Provider
		if o.providers[name] == nil {
			name = "" // anybody can write a path
		}
		return nil, o.refuseLogin(ctx, c.From, name, &Error{Kind: KindLogin, Text: "this login wasn't begun here, took too long or was used before"})
	}
	in, err := o.finish(ctx, &c, l)
	if err != nil {
		return nil, o.refuseLogin(ctx, c.From, l.provider, err)
	}
	at.succeeded(o.now())
	return in, nil
}

func (o *Operators) finish(ctx context.Context, c *Callback, l *pendingLogin) (*LoggedIn, error) {
	p := o.providers[l.provider]
	claims, err := p.identify(ctx, c, l)
	if err != nil {
		return nil, err
	}
	account, err := o.follow(ctx, p, claims, c.From)
	if err != nil {
		return nil, err
	}
	secret, s, err := o.openSession(ctx, account, c.From, c.Agent)
	if err != nil {
		return nil, err
	}
	return &LoggedIn{Secret: secret, Session: s, ReturnTo: l.returnTo}, nil
}

// refuseLogin writes why a login failed: what may be told in the audit trail,
// the cause in the log.
func (o *Operators) refuseLogin(ctx context.Context, from, name string, err error) error {
	told, ok := errors.AsType[*Error](err)
	if !ok {
		o.cfg.Logger.WarnContext(ctx, "single sign-on failed", "provider", name, "error", causeOf(err))
		told = &Error{Kind: KindLogin, Text: "the answer of the identity provider isn't accepted"}
	}
	return o.Record(ctx, Actor{Name: "unknown", From: from}, Event{Act: "account.login.failed", Object: name}, told)
}

// causeOf leaves out what a token endpoint answered, which may hold secrets.
func causeOf(err error) string {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return fmt.Sprintf("the token endpoint answered %d %q", refused.Response.StatusCode, cut(refused.ErrorCode, 100))
	}
	return cut(err.Error(), 500)
}

// identify exchanges the code for the claims of a verified ID token.
func (p *provider) identify(ctx context.Context, c *Callback, l *pendingLogin) (*claims, error) {
	if c.Provider != "" && c.Provider != p.Name {
		return nil, errors.New("path: that of another provider")
	}
	state := sha256.Sum256([]byte(single(c.Query, "state")))
	if subtle.ConstantTimeCompare(state[:], l.state[:]) != 1 {
		return nil, errors.New("state: not the one that was sent")
	}
	ends, err := p.discover(ctx)
	if err != nil {
		return nil, err
	}
	if iss := single(c.Query, "iss"); (iss != "" || ends.issParams) && iss != p.Issuer {
		return nil, errors.New("iss: the answer comes from another provider")
	}
	if code := single(c.Query, "error"); code != "" {
		return nil, &Error{Kind: KindLogin, Text: "the identity provider didn't log you in"}
	}
	ctx, cancel := context.WithTimeout(p.clientContext(ctx), providerTimeout)
	defer cancel()
	tokens, err := ends.config.Exchange(ctx, single(c.Query, "code"), oauth2.VerifierOption(l.verifier))
	if err != nil {
		return nil, fmt.Errorf("exchange code: %w", err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return nil, errors.New("exchange code: there is no ID token")
	}
	token, err := ends.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("verify ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(l.nonce)) != 1 {
		return nil, errors.New("verify ID token: nonce is of another login")
	}
	return p.readClaims(token)
}

// single gives a parameter that stands there once, else nothing.
func single(q url.Values, name string) string {
	if v := q[name]; len(v) == 1 {
		return v[0]
	}
	return ""
}

// follow finds or makes the account of the claims and gives it their roles.
func (o *Operators) follow(ctx context.Context, p *provider, c *claims, from string) (*Account, error) {
	roles := p.rolesOf(c)
	if len(roles) == 0 {
		return nil, &Error{Kind: KindForbidden, Field: "roles", Text: "the identity provider gives this person no role here"}
	}
	id, err := newID()
	if err != nil {
		return nil, err
	}
	var account *Account
	err = o.cfg.Store.Update(ctx, func(tx Tx) error {
		before, err := tx.FindAccountBySubject(ctx, c.account)
		if errors.Is(err, ErrNotFound) {
			before, err = &Account{}, nil
		}
		if err != nil {
			return err
		}
		if before.Disabled {
			return wrongLogin()
		}
		after := *before
		if after.ID == "" {
			after.ID, after.Subject, after.CreatedAt = AccountID(id), c.account, o.now()
		}
		after.Name, after.Roles = c.name, roles
		if after.Email, err = emailFor(ctx, tx, before, c); err != nil {
			return err
		}
		account = &after
		changes := changesOf(before, &after)
		if before.ID != "" && len(changes) == 0 {
			return nil
		}
		if err := tx.PutAccount(ctx, &after); err != nil {
			return mapEmailInUse(err)
		}
		actor := Actor{Name: "identity provider " + p.Name, From: from}
		return o.addEvent(ctx, tx, actor, Event{Act: "account.put", Object: string(after.ID), Changes: changes})
	})
	if err != nil {
		return nil, fmt.Errorf("follow identity provider: %w", err)
	}
	return account, nil
}

// emailFor gives the e-mail address of an account from elsewhere. An address is
// never a reason to be let into an account: when another account has it, a new
// person is refused and a known one keeps the address of before.
func emailFor(ctx context.Context, tx Tx, before *Account, c *claims) (string, error) {
	if c.email == "" {
		return before.Email, nil
	}
	other, err := tx.FindAccountByEmail(ctx, c.email)
	switch {
	case err != nil && !errors.Is(err, ErrNotFound):
		return "", err
	case err == nil && other.ID != before.ID && before.ID == "":
		return "", &Error{Kind: KindConflict, Field: "email", Text: "another account has this e-mail address; an administrator has to change or disable it"}
	case err == nil && other.ID != before.ID, !c.emailVerified:
		return before.Email, nil
	}
	return c.email, nil
}

// rolesOf maps the values of the role claim, or gives the role for all others.
func (p *provider) rolesOf(c *claims) []Role {
	var out []Role
	for _, r := range Roles() {
		if slices.ContainsFunc(c.roleValues, func(v string) bool { return p.RoleOf[v] == r }) {
			out = append(out, r)
		}
	}
	if len(out) == 0 && p.DefaultRole != "" {
		out = append(out, p.DefaultRole)
	}
	return out
}
