// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"errors"
	"fmt"
)

// FieldlabAccount makes an account that no password fits, unless there is one
// with this e-mail address already; the password of n doesn't count. It is for
// the made-up people of a fieldlab only: without [Config.Fieldlab] it gives
// [KindForbidden].
func (o *Operators) FieldlabAccount(ctx context.Context, n NewAccount) error {
	if err := o.onlyInFieldlab(); err != nil {
		return err
	}
	found, err := o.findByEmail(ctx, n.Email)
	if err != nil || found.ID != "" {
		return err
	}
	roles, err := cleanRoles(n.Roles)
	if err != nil {
		return err
	}
	id, err := newID()
	if err != nil {
		return err
	}
	account := &Account{ID: AccountID(id), Name: n.Name, Email: cleanEmail(n.Email), Roles: roles, CreatedAt: o.now()}
	if err := checkNameAndEmail(account.Name, account.Email); err != nil {
		return err
	}
	e := Event{Act: "account.put", Object: id, Changes: changesOf(&Account{}, account)}
	return o.act(ctx, Actor{Name: "fieldlab"}, e, func(tx Tx, _ *Event) error {
		return mapEmailInUse(tx.PutAccount(ctx, account))
	})
}

// LogInWithoutPasswordInFieldlab opens a session for one of the made-up people
// of a fieldlab, as [Operators.LogIn] does for who knows a password. Who calls
// it has made sure that the person at the browser chose this. Without
// [Config.Fieldlab] it gives [KindForbidden], whoever it is for.
func (o *Operators) LogInWithoutPasswordInFieldlab(ctx context.Context, email, from, agent string) (secret string, s *Session, err error) {
	if err := o.onlyInFieldlab(); err != nil {
		return "", nil, err
	}
	account, err := o.findByEmail(ctx, email)
	if err != nil {
		return "", nil, err
	}
	if account.ID == "" {
		return "", nil, notFound("account")
	}
	secret, s, err = o.openSession(ctx, account, from, agent)
	if told, ok := errors.AsType[*Error](err); ok {
		return "", nil, o.Record(ctx, unknownActor(account, from), Event{Act: "account.login.failed", Object: string(account.ID)}, told)
	}
	if err != nil {
		return "", nil, fmt.Errorf("log in without password: %w", err)
	}
	return secret, s, nil
}

func (o *Operators) onlyInFieldlab() error {
	if o.cfg.Fieldlab {
		return nil
	}
	return forbidden("this is only done in a fieldlab")
}
