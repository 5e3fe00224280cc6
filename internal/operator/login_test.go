// SPDX-License-Identifier: EUPL-1.2

package operator_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

func TestLoginGivesWhatTheRolesMay(t *testing.T) {
	p := newPeople(t)
	a := p.in(" ANNA@example.org ", goodPW)
	want := []operator.Permission{
		operator.PermissionRead, operator.PermissionReadLog, operator.PermissionReadAudit,
		operator.PermissionSign, operator.PermissionManage, operator.PermissionPeople, operator.PermissionCredentials,
		operator.PermissionEvents,
	}
	if a.Name != "Anna" || !slices.Equal(a.Permissions, want) || a.From != home || a.Session == "" || a.Token != "" {
		t.Errorf("actor %+v", a)
	}
	if e := p.lastEvent(); e.Act != "account.login" || e.Actor != a.Account || e.Outcome != "ok" {
		t.Errorf("event %+v", e)
	}
}

func TestLoginSaysTheSameForEveryRefusal(t *testing.T) {
	p := newPeople(t)
	lost := p.add("lost", operator.RoleReader)
	_, err := p.ChangeAccount(t.Context(), p.admin, lost.Account, operator.AccountChange{
		Name: "lost", Email: "lost@example.org", Roles: lost.Roles, Disabled: true,
	})
	must(t, err)
	texts := map[string]bool{}
	for _, c := range []struct{ email, password string }{
		{"anna@example.org", "wrong"},
		{"nobody@example.org", goodPW},
		{"", ""},
		{"", goodPW},
		{"anna@example.org", ""},
		{"anna@example.org", strings.Repeat("x", 1<<20)},
		{"lost@example.org", goodPW},
	} {
		_, _, err := p.LogIn(t.Context(), c.email, c.password, home, "")
		wantKind(t, err, operator.KindLogin, "")
		texts[err.Error()] = true
	}
	if len(texts) != 1 {
		t.Errorf("answers differ: %v", texts)
	}
	es, err := p.Events(t.Context(), auditor(), operator.EventFilter{Act: "account.login.failed"})
	must(t, err)
	if len(es) != 7 {
		t.Fatalf("%d failed logins in the audit trail", len(es))
	}
	for _, e := range es {
		if strings.Contains(fmt.Sprintf("%+v", e), "nobody@") {
			t.Error("what an unknown person typed is in the audit trail")
		}
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	p := newPeople(t)
	stranger := func(n int) string { return fmt.Sprintf("198.51.%d.1", n) }
	guess := func(n int) error {
		_, _, err := p.LogIn(t.Context(), "anna@example.org", "a wrong password", stranger(n), "")
		return err
	}
	for n := range 10 {
		wantKind(t, guess(n), operator.KindLogin, "")
	}
	err := guess(10)
	wantKind(t, err, operator.KindTooMany, "")
	if e, _ := errors.AsType[*operator.Error](err); e.RetryAfter <= 0 || e.RetryAfter > time.Minute {
		t.Errorf("retry after %s", e.RetryAfter)
	}
	t.Run("for everybody who wasn't here before", func(t *testing.T) {
		_, _, err := p.LogIn(t.Context(), "anna@example.org", goodPW, stranger(11), "")
		wantKind(t, err, operator.KindTooMany, "")
	})
	t.Run("but not for Anna in her own network", func(t *testing.T) {
		_, _, err := p.LogIn(t.Context(), "anna@example.org", goodPW, "192.0.2.99", "")
		must(t, err)
	})
	t.Run("and only for a while", func(t *testing.T) {
		p.clock.forward(time.Minute)
		_, _, err := p.LogIn(t.Context(), "anna@example.org", goodPW, stranger(12), "")
		must(t, err)
	})
}

func TestOneNetworkCannotTryManyAccounts(t *testing.T) {
	p := newPeople(t)
	for n := range 30 {
		_, _, err := p.LogIn(t.Context(), fmt.Sprintf("p%d@example.org", n), goodPW, fmt.Sprintf("2001:db8:0:%x::1", n), "")
		wantKind(t, err, operator.KindLogin, "")
	}
	_, _, err := p.LogIn(t.Context(), "anna@example.org", goodPW, "2001:db8:0:ff::1", "")
	wantKind(t, err, operator.KindTooMany, "")
	_, _, err = p.LogIn(t.Context(), "anna@example.org", goodPW, "2001:db8:1::1", "")
	must(t, err)
}

// Behind a proxy everybody has the address of the proxy.
func TestStrangerOnTheSameAddressLocksOutNobodyWhoWasHereBefore(t *testing.T) {
	p := newPeople(t)
	p.in("anna@example.org", goodPW)
	for n := range 40 {
		_, _, err := p.LogIn(t.Context(), fmt.Sprintf("p%d@example.org", n), goodPW, home, "")
		if n < 30 {
			wantKind(t, err, operator.KindLogin, "")
			continue
		}
		wantKind(t, err, operator.KindTooMany, "")
	}
	p.in("anna@example.org", goodPW)
	for n := range 11 {
		_, _, err := p.LogIn(t.Context(), "anna@example.org", "a wrong password", home, "")
		if n < 10 {
			wantKind(t, err, operator.KindLogin, "")
			continue
		}
		wantKind(t, err, operator.KindTooMany, "")
	}
}

func TestManyGoodLoginsFromOneNetworkAreFine(t *testing.T) {
	p := newPeople(t)
	for range 40 {
		p.in("anna@example.org", goodPW)
	}
}

func TestAttemptsTakeBoundedMemory(t *testing.T) {
	p := withoutAccounts(t)
	for n := range operator.MaxBuckets + 100 {
		if err := operator.TryLogin(p.Operators, fmt.Sprintf("p%d@example.org", n), fmt.Sprintf("10.%d.%d.1", n>>8, n&255)); err != nil {
			t.Fatal(err)
		}
	}
	if n := operator.GuardedAccounts(p.Operators); n != operator.MaxBuckets {
		t.Errorf("%d accounts are remembered", n)
	}
}

func TestAFloodOfLoginsWaitsForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := operator.New(operator.Config{Now: time.Now, HashMemory: 64})
		release := operator.HoldHashes(o)
		_, _, err := operator.MatchesHash(t.Context(), o, goodPW, "")
		wantKind(t, err, operator.KindTooMany, "")

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err = operator.MatchesHash(ctx, o, goodPW, ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who hung up still waits: %v", err)
		}
		release()
		if ok, _, err := operator.MatchesHash(t.Context(), o, goodPW, ""); ok || err != nil {
			t.Errorf("no hash matches: %v %v", ok, err)
		}
	})
}

func TestHashOfAnOlderCostIsMadeAnew(t *testing.T) {
	p := newPeople(t)
	// The same password under a cost of before.
	var stored string
	read := func(tx operator.Tx) error {
		a, err := tx.FindAccountByEmail(t.Context(), "anna@example.org")
		if err == nil {
			stored = a.PasswordHash
		}
		return err
	}
	must(t, p.store.View(t.Context(), read))
	before := stored
	full := operator.New(operator.Config{Store: p.store, Now: p.clock.Now, Logger: nil})
	if ok, stale, err := operator.MatchesHash(t.Context(), full, goodPW, stored); !ok || !stale || err != nil {
		t.Fatalf("matches %v, stale %v, %v", ok, stale, err)
	}
	_, _, err := full.LogIn(t.Context(), "anna@example.org", goodPW, home, "")
	must(t, err)
	must(t, p.store.View(t.Context(), read))
	if stored == before || !strings.HasPrefix(stored, "$argon2id$v=19$m=65536,t=3,p=1$") {
		t.Errorf("stored hash %q", stored)
	}
	_, _, err = full.LogIn(t.Context(), "anna@example.org", goodPW, home, "")
	must(t, err)
}

func TestOwnPassword(t *testing.T) {
	p := newPeople(t)
	other := p.secret("anna@example.org", goodPW)
	wantKind(t, p.ChangePassword(t.Context(), p.admin, "wrong", nextPW), operator.KindInvalid, "old_password")
	wantKind(t, p.ChangePassword(t.Context(), p.admin, goodPW, "short"), operator.KindInvalid, "password")
	wantKind(t, p.SetPassword(t.Context(), p.admin, p.admin.Account, nextPW), operator.KindInvalid, "old_password")
	must(t, p.ChangePassword(t.Context(), p.admin, goodPW, nextPW))

	if ss, err := p.Sessions(t.Context(), p.admin, p.admin.Account); err != nil || len(ss) != 1 || ss[0].ID != p.admin.Session {
		t.Errorf("sessions afterwards: %v %v", ss, err)
	}
	_, err := p.Authenticate(t.Context(), other)
	wantKind(t, err, operator.KindLogin, "")
	_, _, err = p.LogIn(t.Context(), "anna@example.org", goodPW, home, "")
	wantKind(t, err, operator.KindLogin, "")
	p.in("anna@example.org", nextPW)
}

func TestOwnPasswordCannotBeGuessedInAStolenSession(t *testing.T) {
	p := newPeople(t)
	for range 10 {
		wantKind(t, p.ChangePassword(t.Context(), p.admin, "wrong", nextPW), operator.KindInvalid, "old_password")
	}
	wantKind(t, p.ChangePassword(t.Context(), p.admin, goodPW, nextPW), operator.KindTooMany, "")
}

func TestPasswordOfSomebodyElse(t *testing.T) {
	p := newPeople(t)
	reader := p.add("reader", operator.RoleReader)
	wantKind(t, p.SetPassword(t.Context(), reader, p.admin.Account, nextPW), operator.KindForbidden, "")
	wantKind(t, p.SetPassword(t.Context(), p.admin, "nobody", nextPW), operator.KindNotFound, "")
	must(t, p.SetPassword(t.Context(), p.admin, reader.Account, nextPW))
	if ss, err := p.Sessions(t.Context(), p.admin, reader.Account); err != nil || len(ss) != 0 {
		t.Errorf("sessions afterwards: %v %v", ss, err)
	}
	p.in("reader@example.org", nextPW)
	if got := p.events(operator.EventFilter{Act: "account.reset"}); len(got) != 3 {
		t.Errorf("events %q", got)
	}
}

func TestEmergencyAccountIsToldApart(t *testing.T) {
	p := newPeople(t, func(c *operator.Config) {
		c.SingleSignOnOnly = true
		c.Providers = []operator.Provider{{
			Name: "city", Issuer: "https://id.example.org", ClientID: "node", RedirectURL: "https://node.example.org/login/callback",
			DefaultRole: operator.RoleReader,
		}}
	})
	_, _, err := p.LogIn(t.Context(), "anna@example.org", goodPW, home, "")
	wantKind(t, err, operator.KindLogin, "")

	admin := operator.Actor{Name: "machine", Permissions: operator.Permissions()}
	_, err = p.CreateAccount(t.Context(), admin, operator.NewAccount{
		Name: "Kluis", Email: "kluis@example.org", Password: goodPW, Roles: []operator.Role{operator.RoleAdministrator}, BreakGlass: true,
	})
	must(t, err)
	p.in("kluis@example.org", goodPW)
	if got := p.events(operator.EventFilter{Act: "account.break_glass"}); !slices.Equal(got, []string{"account.break_glass: ok"}) {
		t.Errorf("events %q", got)
	}
	if got := p.events(operator.EventFilter{Act: "account.login"}); len(got) != 0 {
		t.Errorf("also an ordinary login: %q", got)
	}
}
