// SPDX-License-Identifier: EUPL-1.2

package operator_test

import (
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

const (
	givenPW = "drie roeiboten op dinsdag"
	ownPW   = "zeven kersen zonder pit"
)

// resetBy are two administrators, and a signer whose password the first gave.
type resetBy struct {
	*people
	second, signer operator.Actor
}

func newReset(t *testing.T) *resetBy {
	t.Helper()
	p := &resetBy{people: newPeople(t)}
	p.second = p.add("second", operator.RoleAdministrator)
	p.signer = p.add("signer", operator.RoleSigner)
	must(t, p.SetPassword(t.Context(), p.admin, p.signer.Account, givenPW))
	return p
}

func (p *resetBy) signs(a operator.Actor) bool {
	return p.Require(a, operator.PermissionSign) == nil
}

func TestResetByAnotherKeepsTheAccountFromSigning(t *testing.T) {
	p := newReset(t)
	if e := p.lastEvent(); e.Act != "account.reset" || e.ActorName != "Anna" || e.Object != string(p.signer.Account) || e.Outcome != "ok" {
		t.Errorf("event %+v", e)
	}
	intruder := p.in("signer@example.org", givenPW)
	if p.signs(intruder) || !intruder.PasswordReset {
		t.Errorf("who gave the password may sign as somebody else: %+v", intruder)
	}
	_, _, err := p.CreateToken(t.Context(), intruder, operator.NewToken{
		Name: "t", Scopes: []operator.Permission{operator.PermissionSign}, ExpiresAt: p.clock.Now().Add(time.Hour),
	})
	wantKind(t, err, operator.KindInvalid, "scopes")
	must(t, p.ChangePassword(t.Context(), intruder, givenPW, nextPW))
	if p.signs(p.in("signer@example.org", nextPW)) {
		t.Error("another password is enough to sign")
	}
}

func TestLinkIsOfSomebodyElseThanThePassword(t *testing.T) {
	p := newReset(t)
	link := func(a operator.Actor) error {
		_, _, err := p.NewPasswordLink(t.Context(), a, p.signer.Account)
		return err
	}
	wantKind(t, link(p.admin), operator.KindForbidden, "")
	if e := p.lastEvent(); e.Act != "account.link" || e.Outcome == "ok" {
		t.Errorf("event %+v", e)
	}
	wantKind(t, link(p.in("signer@example.org", givenPW)), operator.KindForbidden, "")
	wantKind(t, link(p.program(operator.Permissions()[0], operator.PermissionPeople, operator.PermissionCredentials)), operator.KindForbidden, "")
	must(t, link(p.second))
	must(t, link(operator.Actor{Name: "command line", Permissions: operator.Permissions()}))

	t.Run("also when that one was reset first", func(t *testing.T) {
		must(t, p.SetPassword(t.Context(), p.admin, p.second.Account, givenPW))
		wantKind(t, link(p.in("second@example.org", givenPW)), operator.KindForbidden, "")
	})
	_, _, err := p.NewPasswordLink(t.Context(), p.in("anna@example.org", goodPW), p.admin.Account)
	wantKind(t, err, operator.KindConflict, "")
}

func TestOwnPasswordByALinkLetsThePersonSignAgain(t *testing.T) {
	p := newReset(t)
	person := p.in("signer@example.org", givenPW)
	left, _, err := p.CreateToken(t.Context(), person, operator.NewToken{
		Name: "left", Scopes: []operator.Permission{operator.PermissionRead}, ExpiresAt: p.clock.Now().Add(time.Hour),
	})
	must(t, err)
	code, expires, err := p.NewPasswordLink(t.Context(), p.second, p.signer.Account)
	must(t, err)
	if got := expires.Sub(p.clock.Now().Truncate(time.Microsecond)); got != operator.PasswordLinkLifetime {
		t.Errorf("the link is good for %s", got)
	}
	choose := func(code, given, password string) error {
		return p.ChoosePassword(t.Context(), person, code, given, password)
	}
	wantKind(t, choose("x", givenPW, ownPW), operator.KindInvalid, "link_code")
	wantKind(t, choose("", givenPW, ownPW), operator.KindInvalid, "link_code")
	wantKind(t, choose(code, "wrong", ownPW), operator.KindInvalid, "old_password")
	wantKind(t, choose(code, givenPW, "kort"), operator.KindInvalid, "password")
	wantKind(t, choose(code, givenPW, givenPW), operator.KindInvalid, "password")
	must(t, choose(code, givenPW, ownPW))
	if e := p.lastEvent(); e.Act != "account.own_password" || e.Actor != p.signer.Account || e.Outcome != "ok" {
		t.Errorf("event %+v", e)
	}
	now := p.in("signer@example.org", ownPW)
	if !p.signs(now) || now.PasswordReset {
		t.Errorf("actor %+v", now)
	}
	_, err = p.AuthenticateToken(t.Context(), left)
	wantKind(t, err, operator.KindLogin, "")
	wantKind(t, p.ChoosePassword(t.Context(), now, code, ownPW, nextPW), operator.KindInvalid, "link_code")
}

func TestLinkEndsWithTimeAndWithTheNextReset(t *testing.T) {
	p := newReset(t)
	code, _, err := p.NewPasswordLink(t.Context(), p.second, p.signer.Account)
	must(t, err)
	must(t, p.SetPassword(t.Context(), p.admin, p.signer.Account, nextPW))
	wantKind(t, p.ChoosePassword(t.Context(), p.in("signer@example.org", nextPW), code, nextPW, ownPW), operator.KindInvalid, "link_code")

	code, _, err = p.NewPasswordLink(t.Context(), p.second, p.signer.Account)
	must(t, err)
	p.clock.forward(operator.PasswordLinkLifetime)
	wantKind(t, p.ChoosePassword(t.Context(), p.in("signer@example.org", nextPW), code, nextPW, ownPW), operator.KindInvalid, "link_code")
}

func TestCodeOfALinkCannotBeGuessed(t *testing.T) {
	p := newReset(t)
	person := p.in("signer@example.org", givenPW)
	for range 10 {
		wantKind(t, p.ChoosePassword(t.Context(), person, "x", givenPW, ownPW), operator.KindInvalid, "link_code")
	}
	wantKind(t, p.ChoosePassword(t.Context(), person, "x", givenPW, ownPW), operator.KindTooMany, "")
}

func TestResetsAreShown(t *testing.T) {
	p := newReset(t)
	p.clock.forward(time.Hour)
	reader := p.add("reader", operator.RoleReader)
	must(t, p.SetPassword(t.Context(), p.second, reader.Account, givenPW))
	shown := func() (names []string) {
		all, err := p.Resets(t.Context(), p.admin)
		must(t, err)
		for _, one := range all {
			names = append(names, one.Name+" by "+one.Reset.ByName)
			if one.PasswordHash != "" || one.Reset.LinkHash != [32]byte{} {
				t.Error("secrets are shown")
			}
		}
		return names
	}
	if got := shown(); !slices.Equal(got, []string{"reader by second", "signer by Anna"}) {
		t.Errorf("shown: %q", got)
	}
	p.clock.forward(operator.ResetShown + time.Second)
	if got := shown(); !slices.Equal(got, []string{"signer by Anna"}) {
		t.Errorf("a week later: %q", got)
	}
	_, err := p.Resets(t.Context(), reader)
	wantKind(t, err, operator.KindForbidden, "")
}

func TestRequestOfWhoWasResetWaits(t *testing.T) {
	p := newPeople(t, func(c *operator.Config) { c.FourEyes = []string{"contract.accept"} })
	first, second := p.add("first", operator.RoleSigner), p.add("other", operator.RoleSigner)
	r, err := p.Propose(t.Context(), first, "contract.accept", "$1$1$x", nil)
	must(t, err)
	must(t, p.SetPassword(t.Context(), p.admin, first.Account, givenPW))
	_, err = p.Decide(t.Context(), second, r.ID, true)
	wantKind(t, err, operator.KindConflict, "")
}
