// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxName  = 100 // characters
	maxEmail = 254 // bytes
)

// NewAccount is what somebody fills in to make an account.
type NewAccount struct {
	Name, Email, Password string
	Roles                 []Role
	BreakGlass            bool
}

// AccountChange is what an account becomes; every field counts.
type AccountChange struct {
	Name, Email string
	Roles       []Role
	BreakGlass  bool
	Disabled    bool
}

// Accounts lists all accounts by name, without password hashes. It needs
// [PermissionPeople].
func (o *Operators) Accounts(ctx context.Context, a Actor) (out []*Account, err error) {
	if err := o.Require(a, PermissionPeople); err != nil {
		return nil, err
	}
	err = o.cfg.Store.View(ctx, func(tx Tx) error {
		out, err = tx.ListAccounts(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	for i, account := range out {
		out[i] = account.withoutSecrets()
	}
	return out, nil
}

// Account gives one account without its password hash; that of somebody else
// needs [PermissionPeople].
func (o *Operators) Account(ctx context.Context, a Actor, id AccountID) (*Account, error) {
	if err := o.requireOwn(a, id); err != nil {
		return nil, err
	}
	account, err := o.findAccount(ctx, id)
	if err != nil {
		return nil, err
	}
	return account.withoutSecrets(), nil
}

func (o *Operators) findAccount(ctx context.Context, id AccountID) (account *Account, err error) {
	err = o.cfg.Store.View(ctx, func(tx Tx) error {
		account, err = tx.FindAccount(ctx, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find account: %w", mapNotFound(err, "account"))
	}
	return account, nil
}

// managePeople refuses who may not manage accounts. On a hosted node that is also
// the host, in person or at the machine: it would make itself a signer.
func (o *Operators) managePeople(a Actor) error {
	if o.cfg.Host != "" && (a.Account == "" || o.isHostStaff(a)) {
		return forbidden(o.cfg.Host + " runs this node for another organisation; only that organisation's own administrator changes its accounts")
	}
	return o.Require(a, PermissionPeople)
}

// manageCredentials refuses who may not let others in.
func (o *Operators) manageCredentials(a Actor) error {
	if err := o.managePeople(a); err != nil {
		return err
	}
	return o.Require(a, PermissionCredentials)
}

// CreateAccount makes a local account. It needs [PermissionPeople] and
// [PermissionCredentials]. A program gives no roles that may do more than its token.
func (o *Operators) CreateAccount(ctx context.Context, a Actor, n NewAccount) (*Account, error) {
	e := Event{Act: "account.put", Object: cleanText(n.Email)}
	if err := o.manageCredentials(a); err != nil {
		return nil, o.Record(ctx, a, e, err)
	}
	account, err := o.newAccount(ctx, n)
	if err == nil {
		err = checkGain(a, &Account{}, account)
	}
	if err != nil {
		return nil, o.Record(ctx, a, e, err)
	}
	e.Object = string(account.ID)
	err = o.act(ctx, a, e, func(tx Tx, e *Event) error {
		e.Changes = changesOf(&Account{}, account)
		return mapEmailInUse(tx.PutAccount(ctx, account))
	})
	if err != nil {
		return nil, err
	}
	return account.withoutSecrets(), nil
}

// newAccount checks what was filled in and hashes the password.
func (o *Operators) newAccount(ctx context.Context, n NewAccount) (*Account, error) {
	roles, err := cleanRoles(n.Roles)
	if err != nil {
		return nil, err
	}
	account := &Account{Name: strings.TrimSpace(n.Name), Email: cleanEmail(n.Email), Roles: roles, BreakGlass: n.BreakGlass}
	if err := checkNameAndEmail(account.Name, account.Email); err != nil {
		return nil, err
	}
	if err := CheckPassword(n.Password, account.Name, account.Email); err != nil {
		return nil, err
	}
	if account.PasswordHash, err = o.hasher.hash(ctx, n.Password); err != nil {
		return nil, err
	}
	id, err := newID()
	account.ID, account.CreatedAt = AccountID(id), o.now()
	return account, err
}

// ChangeAccount gives an account other data. It needs [PermissionPeople].
// Nobody gives roles to themselves or disables themselves, and one enabled
// administrator always remains. A program gives no roles, also not by enabling
// an account, that may do more than its token, and changes what is for
// emergencies only with [PermissionCredentials]. Roles of who logs in elsewhere come from there.
// Disabling ends sessions and tokens.
func (o *Operators) ChangeAccount(ctx context.Context, a Actor, id AccountID, c AccountChange) (*Account, error) {
	var changed *Account
	act := "account.put"
	if c.Disabled {
		act = "account.disable"
	}
	err := o.act(ctx, a, Event{Act: act, Object: string(id)}, func(tx Tx, e *Event) error {
		if err := o.managePeople(a); err != nil {
			return err
		}
		before, err := tx.FindAccount(ctx, id)
		if err != nil {
			return mapNotFound(err, "account")
		}
		after, err := c.applyTo(before)
		if err != nil {
			return err
		}
		if err := checkChange(a, before, after); err != nil {
			return err
		}
		if err := checkGain(a, before, after); err != nil {
			return err
		}
		changed, e.Changes = after, changesOf(before, after)
		if after.Disabled {
			e.Act = "account.disable"
		}
		return o.storeChange(ctx, tx, after)
	})
	if err != nil {
		return nil, err
	}
	return changed.withoutSecrets(), nil
}

func (c AccountChange) applyTo(before *Account) (*Account, error) {
	roles, err := cleanRoles(c.Roles)
	if err != nil {
		return nil, err
	}
	after := *before
	after.Name, after.Email, after.Roles = strings.TrimSpace(c.Name), cleanEmail(c.Email), roles
	after.BreakGlass, after.Disabled = c.BreakGlass, c.Disabled
	return &after, checkNameAndEmail(after.Name, after.Email)
}

// checkChange keeps an administrator from taking more than was given.
func checkChange(a Actor, before, after *Account) error {
	if before.Subject != "" {
		if !slices.Equal(sortedRoles(before.Roles), sortedRoles(after.Roles)) {
			return invalid("roles", "the roles of this person come from the identity provider")
		}
		if after.BreakGlass {
			return invalid("break_glass", "an account for emergencies logs in here, not at an identity provider")
		}
	}
	if a.Account != before.ID {
		return nil
	}
	for _, r := range after.Roles {
		if !slices.Contains(before.Roles, r) {
			return &Error{Kind: KindForbidden, Field: "roles", Text: "nobody gives roles to themselves; another administrator has to do it"}
		}
	}
	if after.Disabled {
		return &Error{Kind: KindForbidden, Field: "disabled", Text: "nobody disables their own account"}
	}
	return nil
}

// checkGain keeps a program from giving away more than it has: what it makes
// outlives its token. Only tokens with everything that an administrator may do,
// which [PermissionCredentials] is part of, make administrators.
func checkGain(a Actor, before, after *Account) error {
	if a.Token == "" {
		return nil
	}
	if before.BreakGlass != after.BreakGlass && !slices.Contains(a.Permissions, PermissionCredentials) {
		return &Error{Kind: KindForbidden, Field: "break_glass", Text: "a program needs the permission credentials to say whose account is for emergencies"}
	}
	if after.Disabled {
		return nil
	}
	had := before.Roles
	if before.Disabled {
		had = nil
	}
	for _, r := range after.Roles {
		if slices.Contains(had, r) {
			continue
		}
		for _, p := range r.Permissions() {
			if !slices.Contains(a.Permissions, p) {
				return &Error{Kind: KindForbidden, Field: "roles", Text: fmt.Sprintf("a program can't give the role %s: its token lacks the permission %s", r, p)}
			}
		}
	}
	return nil
}

// storeChange stores the account, and refuses when no administrator is left.
func (o *Operators) storeChange(ctx context.Context, tx Tx, after *Account) error {
	if err := mapEmailInUse(tx.PutAccount(ctx, after)); err != nil {
		return err
	}
	left, err := hasAdministrator(ctx, tx)
	if err != nil {
		return err
	}
	if !left {
		return &Error{Kind: KindConflict, Field: "roles", Text: "one administrator who can log in has to remain"}
	}
	if !after.Disabled {
		return nil
	}
	if err := endSessions(ctx, tx, after.ID, ""); err != nil {
		return err
	}
	return endTokens(ctx, tx, after.ID)
}

// hasAdministrator tells whether somebody can manage people.
func hasAdministrator(ctx context.Context, tx Tx) (bool, error) {
	all, err := tx.ListAccounts(ctx)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(all, func(a *Account) bool {
		return !a.Disabled && slices.Contains(a.Roles, RoleAdministrator)
	}), nil
}

// checkNameAndEmail refuses what can't be shown or written to.
func checkNameAndEmail(name, email string) error {
	if name == "" || utf8.RuneCountInString(name) > maxName {
		return invalid("name", "a name has 1 to 100 characters")
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return invalid("name", "the name has characters that can't be shown")
	}
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > maxEmail || strings.ContainsAny(email, " \"<>") {
		return invalid("email", "this isn't an e-mail address")
	}
	return nil
}

func mapEmailInUse(err error) error {
	if errors.Is(err, ErrEmailInUse) {
		return &Error{Kind: KindConflict, Field: "email", Text: "another account has this e-mail address"}
	}
	return err
}

// changesOf gives the fields that differ. A password is never among them.
func changesOf(before, after *Account) []Change {
	var out []Change
	add := func(field, b, a string) {
		if b != a {
			out = append(out, Change{Field: field, Before: b, After: a})
		}
	}
	flag := func(v bool) string {
		if before.ID == "" && !v {
			return ""
		}
		return strconv.FormatBool(v)
	}
	add("name", before.Name, after.Name)
	add("email", before.Email, after.Email)
	add("roles", joinRoles(before.Roles), joinRoles(after.Roles))
	add("break_glass", flag(before.BreakGlass), flag(after.BreakGlass))
	add("disabled", flag(before.Disabled), flag(after.Disabled))
	return out
}

func sortedRoles(roles []Role) []Role {
	out := slices.Clone(roles)
	slices.Sort(out)
	return out
}
