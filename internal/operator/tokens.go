// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// TokenPrefix begins each token for automation, so that scanners of code find
	// one that was left there.
	TokenPrefix = "snsp_"
	// MaxTokenLifetime is how far ahead a token may end.
	MaxTokenLifetime = 366 * 24 * time.Hour
	// maxTokens is how many tokens one account may have.
	maxTokens = 100
)

// NewToken is what somebody fills in to make a token.
type NewToken struct {
	Name      string
	Scopes    []Permission // a part of one's own permissions
	ExpiresAt time.Time    // at most a year ahead
}

// CreateToken makes a token of the actor's and gives its secret, which is shown
// once and nowhere kept. Only a person makes tokens.
func (o *Operators) CreateToken(ctx context.Context, a Actor, n NewToken) (secret string, t *Token, err error) {
	e := Event{Act: "token.create", Object: cleanText(n.Name)}
	id, err := newID()
	if err != nil {
		return "", nil, err
	}
	secret, hash := newSecret(TokenPrefix)
	t = &Token{
		ID: TokenID(id), Account: a.Account, Name: strings.TrimSpace(n.Name), Hash: hash, Scopes: cleanScopes(n.Scopes),
		CreatedAt: o.now(), ExpiresAt: n.ExpiresAt.UTC().Truncate(time.Microsecond),
	}
	err = o.act(ctx, a, e, func(tx Tx, e *Event) error {
		if err := requirePerson(a); err != nil {
			return err
		}
		if err := checkToken(a, t); err != nil {
			return err
		}
		have, err := tx.ListTokens(ctx, a.Account)
		if err != nil {
			return err
		}
		if len(have) >= maxTokens {
			return &Error{Kind: KindConflict, Text: "there are 100 tokens already; revoke one first"}
		}
		e.Object = id
		e.Changes = []Change{
			{Field: "name", After: t.Name},
			{Field: "scopes", After: joinPermissions(t.Scopes)},
			{Field: "expires_at", After: t.ExpiresAt.Format(time.RFC3339)},
		}
		return tx.PutToken(ctx, t)
	})
	if err != nil {
		return "", nil, err
	}
	return secret, t, nil
}

// checkToken refuses what the owner may not do and what never ends.
func checkToken(a Actor, t *Token) error {
	if n := utf8.RuneCountInString(t.Name); n == 0 || n > maxName || strings.ContainsFunc(t.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return invalid("name", "a name has 1 to 100 characters that can be shown")
	}
	if len(t.Scopes) == 0 {
		return invalid("scopes", "a token needs at least one scope")
	}
	for _, p := range t.Scopes {
		if !p.within(a.Permissions) {
			return invalid("scopes", "a token can't do more than its owner")
		}
	}
	if !t.ExpiresAt.After(t.CreatedAt) || t.ExpiresAt.After(t.CreatedAt.Add(MaxTokenLifetime)) {
		return invalid("expires_at", "a token ends within a year from now")
	}
	return nil
}

// cleanScopes orders scopes and keeps one of each.
func cleanScopes(scopes []Permission) []Permission {
	out := slices.Clone(scopes)
	slices.Sort(out)
	return slices.Compact(out)
}

func joinPermissions(all []Permission) string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = string(p)
	}
	return strings.Join(names, ", ")
}

// AuthenticateToken tells who has the secret of a token: its owner, with those
// of the owner's present permissions that are among the scopes. A token that is
// unknown or has ended, and one of a disabled account, gives [KindLogin].
func (o *Operators) AuthenticateToken(ctx context.Context, secret string) (Actor, error) {
	refused := &Error{Kind: KindLogin, Text: "the token isn't known, has ended or was revoked"}
	if !strings.HasPrefix(secret, TokenPrefix) {
		return Actor{}, refused
	}
	hash := sha256.Sum256([]byte(secret))
	now := o.now()
	var t *Token
	var account *Account
	err := o.cfg.Store.View(ctx, func(tx Tx) (err error) {
		if t, err = tx.FindToken(ctx, hash); err != nil {
			return err
		}
		account, err = tx.FindAccount(ctx, t.Account)
		return err
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return Actor{}, refused
	case err != nil:
		return Actor{}, fmt.Errorf("find token: %w", err)
	case !now.Before(t.ExpiresAt) || account.Disabled:
		return Actor{}, refused
	}
	if now.Sub(t.UsedAt) >= seenEvery {
		if err := o.used(ctx, hash, now); err != nil {
			return Actor{}, err
		}
	}
	owner := account.permissions()
	may := slices.DeleteFunc(Permissions(), func(p Permission) bool { return !slices.Contains(t.Scopes, p) || !p.within(owner) })
	return Actor{Account: account.ID, Name: account.Name, Roles: slices.Clone(account.Roles), Permissions: may, Token: t.ID}, nil
}

// used notes the use of a token, unless it was revoked meanwhile.
func (o *Operators) used(ctx context.Context, hash [32]byte, now time.Time) error {
	err := o.cfg.Store.Update(ctx, func(tx Tx) error {
		t, err := tx.FindToken(ctx, hash)
		if err != nil {
			return err
		}
		t.UsedAt = now
		return tx.PutToken(ctx, t)
	})
	if err != nil {
		return fmt.Errorf("note use of token: %w", mapNotFound(err, "token"))
	}
	return nil
}

// Tokens lists the tokens of an account, newest first, also those that have
// ended; of everybody when it is empty. Those of others need [PermissionPeople].
func (o *Operators) Tokens(ctx context.Context, a Actor, of AccountID) (out []*Token, err error) {
	if err := o.requireOwn(a, of); err != nil {
		return nil, err
	}
	err = o.cfg.Store.View(ctx, func(tx Tx) error {
		out, err = tx.ListTokens(ctx, of)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return out, nil
}

// RevokeToken ends a token at once; that of somebody else needs [PermissionPeople].
func (o *Operators) RevokeToken(ctx context.Context, a Actor, id TokenID) error {
	return o.act(ctx, a, Event{Act: "token.revoke", Object: string(id)}, func(tx Tx, e *Event) error {
		if err := requireKnown(a); err != nil {
			return err
		}
		all, err := tx.ListTokens(ctx, "")
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(t *Token) bool { return t.ID == id })
		// As with sessions: what one may not see isn't there.
		if i < 0 || o.requireOwn(a, all[i].Account) != nil {
			return notFound("token")
		}
		e.Changes = []Change{{Field: "name", Before: all[i].Name}}
		return mapNotFound(tx.DeleteToken(ctx, id), "token")
	})
}

func endTokens(ctx context.Context, tx Tx, of AccountID) error {
	all, err := tx.ListTokens(ctx, of)
	if err != nil {
		return err
	}
	for _, t := range all {
		if err := tx.DeleteToken(ctx, t.ID); err != nil {
			return err
		}
	}
	return nil
}
