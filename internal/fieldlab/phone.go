// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/operator/secondfactor"
)

// phone is the second factor of the signer of a hosted organisation. The fieldlab
// plays that person, so it makes the codes; where nobody plays, only the person's
// own phone does.
type phone struct {
	mu    sync.Mutex
	file  string
	email string
	owner operator.Actor // who opened it, in this run

	Secret   secondfactor.Secret `json:"secret"`
	Last     int64               `json:"last"` // step of the newest code that was given
	Recovery []string            `json:"recovery"`
}

// openPhone gives the phone of an earlier run, or sets up a new one.
func openPhone(ctx context.Context, m *member, now func() time.Time) (*phone, error) {
	p := &phone{file: filepath.Join(m.dir, "phone.json")}
	for _, one := range m.people() {
		if one.role == operator.RoleSigner {
			p.email = m.email(one)
		}
	}
	people := m.node.Load().People()
	a, err := p.logIn(ctx, people)
	if err != nil {
		return nil, err
	}
	p.owner = a
	b, err := os.ReadFile(p.file)
	if err == nil {
		return p, json.Unmarshal(b, p)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if p.Secret, err = people.EnrolFactor(ctx, a); err != nil {
		return nil, err
	}
	p.Last = secondfactor.Step(now()) - 1 // the oldest that counts: two are left at once
	if p.Recovery, err = people.ConfirmFactor(ctx, a, p.Secret.Code(p.Last)); err != nil {
		return nil, err
	}
	return p, p.keep()
}

// logIn logs the person in, as the start page does.
func (p *phone) logIn(ctx context.Context, people *operator.Operators) (operator.Actor, error) {
	secret, _, err := people.LogInWithoutPasswordInFieldlab(ctx, p.email, "127.0.0.1", "fieldlab")
	if err != nil {
		return operator.Actor{}, err
	}
	return people.Authenticate(ctx, secret)
}

// next is the step of the oldest code that counts and that nobody gave before, also
// not who plays the person on the pages; false when there is none yet.
func (p *phone) next(ctx context.Context, people *operator.Operators, now time.Time) (int64, bool, error) {
	s, err := people.FactorState(ctx, p.owner, p.owner.Account)
	if err != nil {
		return 0, false, err
	}
	next := max(p.Last+1, s.LastStep+1, secondfactor.Step(now)-1)
	return next, next <= secondfactor.Step(now)+1, nil
}

// shown is the code that the phone shows; empty until there is a new one.
func (p *phone) shown(ctx context.Context, people *operator.Operators, now time.Time) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next, ok, err := p.next(ctx, people, now)
	if err != nil || !ok {
		return "", err
	}
	return p.Secret.Code(next), nil
}

// code gives one that wasn't given before: of the app, or else a recovery code, for
// the tale doesn't wait half a minute for each signature.
func (p *phone) code(ctx context.Context, people *operator.Operators, now time.Time) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next, ok, err := p.next(ctx, people, now)
	switch {
	case err != nil:
		return "", err
	case ok:
		p.Last = next
		return p.Secret.Code(next), p.keep()
	case len(p.Recovery) > 0:
		code := p.Recovery[0]
		p.Recovery = p.Recovery[1:]
		return code, p.keep()
	}
	return "", notNow("the app has no new code yet; wait half a minute")
}

func (p *phone) keep() error {
	b, err := json.Marshal(p) //nolint:gosec // the app of a fictitious person keeps its secret in this file
	if err != nil {
		return err
	}
	return os.WriteFile(p.file, b, 0o600)
}

// releasing does an act for a member as its person: where the node is hosted, the
// person releases it with two factors, and the audit trail tells. Do gives the hash
// of what was signed.
func (f *federation) releasing(ctx context.Context, m *member, act string, do func(context.Context) (string, error)) error {
	if m.phone == nil {
		_, err := do(ctx)
		return err
	}
	people := m.node.Load().People()
	a, err := m.phone.logIn(ctx, people)
	if err != nil {
		return err
	}
	if a.Code, err = m.phone.code(ctx, people, f.now()); err != nil {
		return err
	}
	released, err := people.Release(ctx, a)
	if err != nil {
		return fmt.Errorf("%s releases: %w", m.name, err)
	}
	object, err := do(released)
	return people.Record(ctx, a, operator.Event{Act: act, Object: object, Changes: operator.ReleaseOf(released)}, err)
}
