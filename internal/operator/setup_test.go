// SPDX-License-Identifier: EUPL-1.2

package operator_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

func first() operator.NewAccount {
	return operator.NewAccount{Name: "Anna", Email: "Anna@Example.org", Password: goodPW}
}

func TestFirstRunMakesOneAdministrator(t *testing.T) {
	p := withoutAccounts(t)
	ctx := t.Context()
	needed, err := p.NeedsSetup(ctx)
	if err != nil || !needed {
		t.Fatalf("setup needed: %v %v", needed, err)
	}
	token, err := p.NewSetupToken(ctx)
	must(t, err)

	_, err = p.SetUp(ctx, "", first(), home)
	wantKind(t, err, operator.KindLogin, "token")
	_, err = p.SetUp(ctx, token+"x", first(), home)
	wantKind(t, err, operator.KindLogin, "token")

	weak := first()
	weak.Password = "annaannaanna"
	_, err = p.SetUp(ctx, token, weak, home)
	wantKind(t, err, operator.KindInvalid, "password")

	a, err := p.SetUp(ctx, token, first(), home)
	must(t, err)
	if !slices.Equal(a.Roles, []operator.Role{operator.RoleAdministrator, operator.RoleSigner}) || a.Email != "anna@example.org" {
		t.Errorf("account %+v", a)
	}
	if a.PasswordHash != "" {
		t.Error("the hash of the password left the package")
	}
	_, err = p.SetUp(ctx, token, operator.NewAccount{Name: "Bob", Email: "bob@example.org", Password: goodPW}, home)
	wantKind(t, err, operator.KindLogin, "token")

	needed, err = p.NeedsSetup(ctx)
	if err != nil || needed {
		t.Fatalf("setup needed afterwards: %v %v", needed, err)
	}
	if again, err := p.NewSetupToken(ctx); err != nil || again != "" {
		t.Errorf("a second token %q %v", again, err)
	}
	if e := p.lastEvent(); e.Act != "account.setup" || e.From != home {
		t.Errorf("event %+v", e)
	}
	for e, err := range p.AllEvents(ctx, auditor(), operator.EventFilter{}) {
		must(t, err)
		for _, c := range e.Changes {
			if strings.Contains(c.After, "$") || strings.Contains(c.After, goodPW) {
				t.Errorf("a password is in the audit trail: %+v", c)
			}
		}
	}
}

func TestSetupTokenEnds(t *testing.T) {
	p := withoutAccounts(t)
	old, err := p.NewSetupToken(t.Context())
	must(t, err)
	token, err := p.NewSetupToken(t.Context())
	must(t, err)
	_, err = p.SetUp(t.Context(), old, first(), home)
	wantKind(t, err, operator.KindLogin, "token")
	p.clock.forward(24 * time.Hour)
	_, err = p.SetUp(t.Context(), token, first(), home)
	wantKind(t, err, operator.KindLogin, "token")
}

func TestSetupWithoutATokenIsClosed(t *testing.T) {
	p := withoutAccounts(t)
	_, err := p.SetUp(t.Context(), "", first(), home)
	wantKind(t, err, operator.KindLogin, "token")
}

func TestTwoWhoSetUpAtOnceMakeOneAccount(t *testing.T) {
	p := withoutAccounts(t)
	token, err := p.NewSetupToken(t.Context())
	must(t, err)
	results := make(chan error, 4)
	for i := range cap(results) {
		go func() {
			n := first()
			n.Email = string(rune('a'+i)) + "@example.org"
			_, err := p.SetUp(t.Context(), token, n, home)
			results <- err
		}()
	}
	made := 0
	for range cap(results) {
		if <-results == nil {
			made++
		}
	}
	if made != 1 {
		t.Errorf("%d administrators were made", made)
	}
}

func TestSetupIsSlowedDownForWhoGuesses(t *testing.T) {
	p := withoutAccounts(t)
	_, err := p.NewSetupToken(t.Context())
	must(t, err)
	for range 30 {
		_, err = p.SetUp(t.Context(), "guess", first(), home)
		wantKind(t, err, operator.KindLogin, "token")
	}
	_, err = p.SetUp(t.Context(), "guess", first(), home)
	wantKind(t, err, operator.KindTooMany, "")
}
