// SPDX-License-Identifier: EUPL-1.2

package operator_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

func TestSessionEnds(t *testing.T) {
	t.Run("when it isn't used", func(t *testing.T) {
		p := newPeople(t)
		secret := p.secret("anna@example.org", goodPW)
		p.clock.forward(29 * time.Minute)
		_, err := p.Authenticate(t.Context(), secret)
		must(t, err)
		p.clock.forward(29 * time.Minute)
		_, err = p.Authenticate(t.Context(), secret)
		must(t, err)
		p.clock.forward(30 * time.Minute)
		_, err = p.Authenticate(t.Context(), secret)
		wantKind(t, err, operator.KindLogin, "")
	})
	t.Run("after half a day, however busy", func(t *testing.T) {
		p := newPeople(t)
		secret := p.secret("anna@example.org", goodPW)
		for range 12*4 - 1 {
			p.clock.forward(15 * time.Minute)
			_, err := p.Authenticate(t.Context(), secret)
			must(t, err)
		}
		p.clock.forward(15 * time.Minute)
		_, err := p.Authenticate(t.Context(), secret)
		wantKind(t, err, operator.KindLogin, "")
	})
	t.Run("at logout", func(t *testing.T) {
		p := newPeople(t)
		secret := p.secret("anna@example.org", goodPW)
		a, err := p.Authenticate(t.Context(), secret)
		must(t, err)
		must(t, p.LogOut(t.Context(), a))
		_, err = p.Authenticate(t.Context(), secret)
		wantKind(t, err, operator.KindLogin, "")
		if e := p.lastEvent(); e.Act != "account.logout" || e.Actor != a.Account {
			t.Errorf("event %+v", e)
		}
	})
}

func TestGuessedSessionsAreRefused(t *testing.T) {
	p := newPeople(t)
	for _, secret := range []string{"", "x", strings.Repeat("A", 43), string(p.admin.Session)} {
		_, err := p.Authenticate(t.Context(), secret)
		wantKind(t, err, operator.KindLogin, "")
	}
}

func TestEachLoginHasAnotherSecretThatIsntStored(t *testing.T) {
	p := newPeople(t)
	one, two := p.secret("anna@example.org", goodPW), p.secret("anna@example.org", goodPW)
	if one == two || len(one) != 43 {
		t.Errorf("secrets %q %q", one, two)
	}
	ss, err := p.Sessions(t.Context(), p.admin, p.admin.Account)
	must(t, err)
	if len(ss) != 3 {
		t.Fatalf("%d sessions", len(ss))
	}
	for _, s := range ss {
		if strings.Contains(string(s.Hash[:]), one[:8]) || string(s.ID) == one {
			t.Error("the secret is stored")
		}
		if s.Agent != "browser" || s.From != home {
			t.Errorf("session %+v", s)
		}
	}
}

func TestSeenIsStoredOnceAMinute(t *testing.T) {
	p := newPeople(t)
	secret := p.secret("anna@example.org", goodPW)
	at := func() time.Time {
		t.Helper()
		a, err := p.Authenticate(t.Context(), secret)
		must(t, err)
		ss, err := p.Sessions(t.Context(), a, a.Account)
		must(t, err)
		for _, s := range ss {
			if s.ID == a.Session {
				return s.SeenAt
			}
		}
		t.Fatal("no session")
		return time.Time{}
	}
	begin := at()
	p.clock.forward(59 * time.Second)
	if got := at(); !got.Equal(begin) {
		t.Errorf("stored after %s", got.Sub(begin))
	}
	p.clock.forward(time.Second)
	if got := at(); got.Sub(begin) != time.Minute {
		t.Errorf("stored as %s later", got.Sub(begin))
	}
}

func TestSessionsOfOthers(t *testing.T) {
	p := newPeople(t)
	bob := p.add("bob", operator.RoleReader)
	bobs := p.secret("bob@example.org", goodPW)

	t.Run("stay hidden from who doesn't manage people", func(t *testing.T) {
		_, err := p.Sessions(t.Context(), bob, p.admin.Account)
		wantKind(t, err, operator.KindForbidden, "")
		_, err = p.Sessions(t.Context(), bob, "")
		wantKind(t, err, operator.KindForbidden, "")
		wantKind(t, p.EndSession(t.Context(), bob, p.admin.Session), operator.KindNotFound, "")
		wantKind(t, p.EndSessions(t.Context(), bob, p.admin.Account), operator.KindForbidden, "")
		wantKind(t, p.EndSession(t.Context(), operator.Actor{}, p.admin.Session), operator.KindLogin, "")
	})
	t.Run("are ended by who does", func(t *testing.T) {
		all, err := p.Sessions(t.Context(), p.admin, "")
		if err != nil || len(all) != 3 {
			t.Fatalf("sessions %v %v", all, err)
		}
		must(t, p.EndSession(t.Context(), p.admin, bob.Session))
		wantKind(t, p.EndSession(t.Context(), p.admin, bob.Session), operator.KindNotFound, "")
		_, err = p.Authenticate(t.Context(), bobs)
		must(t, err)
		must(t, p.EndSessions(t.Context(), p.admin, bob.Account))
		_, err = p.Authenticate(t.Context(), bobs)
		wantKind(t, err, operator.KindLogin, "")
	})
	t.Run("are not ended with one's own", func(t *testing.T) {
		own := p.secret("anna@example.org", goodPW)
		bobs := p.secret("bob@example.org", goodPW)
		must(t, p.EndSessions(t.Context(), p.admin, p.admin.Account))
		_, err := p.Authenticate(t.Context(), own)
		wantKind(t, err, operator.KindLogin, "")
		_, err = p.Authenticate(t.Context(), bobs)
		must(t, err)
		if ss, err := p.Sessions(t.Context(), p.admin, p.admin.Account); err != nil || len(ss) != 1 || ss[0].ID != p.admin.Session {
			t.Errorf("left: %v %v", ss, err)
		}
	})
}

func TestCommandLineOfTheMachineEndsSessionsAndTokens(t *testing.T) {
	p := newPeople(t)
	machine := operator.Actor{Name: "command line", Permissions: operator.Permissions(), From: "127.0.0.1"}
	_, token, err := p.CreateToken(t.Context(), p.admin, operator.NewToken{
		Name: "backup", Scopes: []operator.Permission{operator.PermissionRead}, ExpiresAt: p.clock.Now().Add(time.Hour),
	})
	must(t, err)
	must(t, p.RevokeToken(t.Context(), machine, token.ID))
	if e := p.lastEvent(); e.Act != "token.revoke" || e.Object != string(token.ID) || e.ActorName != "command line" || e.Outcome != "ok" {
		t.Errorf("event %+v", e)
	}
	must(t, p.EndSession(t.Context(), machine, p.admin.Session))
	if e := p.lastEvent(); e.Act != "session.revoke" || e.ActorName != "command line" || e.Outcome != "ok" {
		t.Errorf("event %+v", e)
	}
	wantKind(t, p.EndSession(t.Context(), machine, "x"), operator.KindNotFound, "")
	wantKind(t, p.RevokeToken(t.Context(), operator.Actor{}, token.ID), operator.KindLogin, "")
}

func TestUserAgentIsCutWithinACharacter(t *testing.T) {
	p := newPeople(t)
	_, s, err := p.LogIn(t.Context(), "anna@example.org", goodPW, home, strings.Repeat("é", 150)+"\x00")
	must(t, err)
	if s.Agent != strings.Repeat("é", 100) {
		t.Errorf("agent of %d bytes", len(s.Agent))
	}
}

func TestTokens(t *testing.T) {
	p := newPeople(t)
	year := p.clock.Now().AddDate(1, 0, 0)
	read, sign := operator.PermissionRead, operator.PermissionSign
	signer := p.add("signer", operator.RoleSigner)
	good := operator.NewToken{Name: "nightly", Scopes: []operator.Permission{sign, read, read}, ExpiresAt: year}

	t.Run("are checked", func(t *testing.T) {
		for field, change := range map[string]func(*operator.NewToken){
			"name":       func(n *operator.NewToken) { n.Name = " \t" },
			"scopes":     func(n *operator.NewToken) { n.Scopes = []operator.Permission{operator.PermissionManage} },
			"expires_at": func(n *operator.NewToken) { n.ExpiresAt = year.AddDate(0, 0, 2) },
		} {
			n := good
			change(&n)
			_, _, err := p.CreateToken(t.Context(), signer, n)
			wantKind(t, err, operator.KindInvalid, field)
		}
		past, none := good, good
		past.ExpiresAt, none.Scopes = p.clock.Now(), nil
		_, _, err := p.CreateToken(t.Context(), signer, past)
		wantKind(t, err, operator.KindInvalid, "expires_at")
		_, _, err = p.CreateToken(t.Context(), signer, none)
		wantKind(t, err, operator.KindInvalid, "scopes")
	})

	secret, token, err := p.CreateToken(t.Context(), signer, good)
	must(t, err)
	if !strings.HasPrefix(secret, operator.TokenPrefix) || len(secret) != len(operator.TokenPrefix)+43 {
		t.Errorf("secret %q", secret)
	}
	t.Run("act for their owner", func(t *testing.T) {
		a, err := p.AuthenticateToken(t.Context(), secret)
		must(t, err)
		if a.Account != signer.Account || a.Token != token.ID || a.Session != "" || len(a.Permissions) != 2 {
			t.Errorf("actor %+v", a)
		}
		must(t, p.Record(t.Context(), a, operator.Event{Act: "contract.accept", Object: "$1$1$x"}, nil))
		if e := p.lastEvent(); e.Token != token.ID || e.Actor != signer.Account {
			t.Errorf("event %+v", e)
		}
		ts, err := p.Tokens(t.Context(), signer, signer.Account)
		if err != nil || len(ts) != 1 || !ts[0].UsedAt.Equal(p.clock.Now().Truncate(time.Microsecond)) {
			t.Errorf("tokens %+v %v", ts, err)
		}
	})
	t.Run("make no tokens and change no passwords", func(t *testing.T) {
		a, err := p.AuthenticateToken(t.Context(), secret)
		must(t, err)
		_, _, err = p.CreateToken(t.Context(), a, good)
		wantKind(t, err, operator.KindForbidden, "")
		wantKind(t, p.ChangePassword(t.Context(), a, goodPW, nextPW), operator.KindForbidden, "")
		wantKind(t, p.LogOut(t.Context(), a), operator.KindForbidden, "")
	})
	t.Run("lose what their owner loses", func(t *testing.T) {
		_, err := p.ChangeAccount(t.Context(), p.admin, signer.Account, operator.AccountChange{
			Name: "signer", Email: "signer@example.org", Roles: []operator.Role{operator.RoleAuditor},
		})
		must(t, err)
		a, err := p.AuthenticateToken(t.Context(), secret)
		must(t, err)
		if len(a.Permissions) != 1 || a.Permissions[0] != read {
			t.Errorf("permissions %v", a.Permissions)
		}
	})
	t.Run("are no cookies, and cookies no tokens", func(t *testing.T) {
		_, err := p.Authenticate(t.Context(), secret)
		wantKind(t, err, operator.KindLogin, "")
		for _, s := range []string{"", operator.TokenPrefix, secret[:20], strings.TrimPrefix(secret, operator.TokenPrefix), p.secret("anna@example.org", goodPW)} {
			_, err = p.AuthenticateToken(t.Context(), s)
			wantKind(t, err, operator.KindLogin, "")
		}
	})
	t.Run("are revoked by their owner or who manages people", func(t *testing.T) {
		other := p.add("other", operator.RoleSigner)
		wantKind(t, p.RevokeToken(t.Context(), other, token.ID), operator.KindNotFound, "")
		_, err := p.Tokens(t.Context(), other, signer.Account)
		wantKind(t, err, operator.KindForbidden, "")
		must(t, p.RevokeToken(t.Context(), p.admin, token.ID))
		wantKind(t, p.RevokeToken(t.Context(), p.admin, token.ID), operator.KindNotFound, "")
		_, err = p.AuthenticateToken(t.Context(), secret)
		wantKind(t, err, operator.KindLogin, "")
	})
	t.Run("end", func(t *testing.T) {
		secret, _, err := p.CreateToken(t.Context(), p.admin, operator.NewToken{Name: "short", Scopes: []operator.Permission{read}, ExpiresAt: p.clock.Now().Add(time.Hour)})
		must(t, err)
		p.clock.forward(time.Hour)
		_, err = p.AuthenticateToken(t.Context(), secret)
		wantKind(t, err, operator.KindLogin, "")
	})
}

func TestDisabledAccountIsRefusedWhateverItHasOpen(t *testing.T) {
	p := newPeople(t)
	bob := p.add("bob", operator.RoleReader)
	secret := p.secret("bob@example.org", goodPW)
	token, _, err := p.CreateToken(t.Context(), bob, operator.NewToken{
		Name: "script", Scopes: []operator.Permission{operator.PermissionRead}, ExpiresAt: p.clock.Now().Add(time.Hour),
	})
	must(t, err)
	p.disable(bob.Account)
	_, err = p.Authenticate(t.Context(), secret)
	wantKind(t, err, operator.KindLogin, "")
	_, err = p.AuthenticateToken(t.Context(), token)
	wantKind(t, err, operator.KindLogin, "")
}

func TestAccountThatIsDisabledDuringALoginGetsNoSession(t *testing.T) {
	p := newPeople(t)
	bob := p.add("bob", operator.RoleReader)
	o := operator.New(operator.Config{
		Store: altered{Store: p.store, before: func() { p.disable(bob.Account) }}, Now: p.clock.Now, Logger: slog.New(slog.DiscardHandler),
		HashMemory: 64,
	})
	_, _, err := o.LogIn(t.Context(), "bob@example.org", goodPW, home, "")
	wantKind(t, err, operator.KindLogin, "")
}
