// SPDX-License-Identifier: EUPL-1.2

package operator_test

import (
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/operator"
)

func fourEyes(c *operator.Config) { c.FourEyes = []string{"contract.accept", "rule.put"} }

func TestSecondPerson(t *testing.T) {
	p := newPeople(t, fourEyes)
	first, second := p.add("first", operator.RoleSigner), p.add("second", operator.RoleSigner)
	reader := p.add("reader", operator.RoleReader)
	ask := func(object string) *operator.Request {
		t.Helper()
		r, err := p.Propose(t.Context(), first, "contract.accept", object, []byte("payload"))
		must(t, err)
		return r
	}
	if !p.NeedsSecond("contract.accept") || p.NeedsSecond("contract.reject") {
		t.Error("which acts wait isn't as configured")
	}

	t.Run("approves", func(t *testing.T) {
		r := ask("approved")
		waiting, err := p.Waiting(t.Context(), reader)
		if err != nil || len(waiting) != 1 || waiting[0].Name != "first" || string(waiting[0].Payload) != "payload" {
			t.Fatalf("waiting %v %v", waiting, err)
		}
		got, err := p.Decide(t.Context(), second, r.ID, true)
		must(t, err)
		if got.Decided != "approved" || got.DecidedBy != second.Account || string(got.Payload) != "payload" {
			t.Errorf("request %+v", got)
		}
		_, err = p.Decide(t.Context(), second, r.ID, false)
		wantKind(t, err, operator.KindConflict, "")
		wantKind(t, p.Withdraw(t.Context(), first, r.ID), operator.KindConflict, "")
	})
	t.Run("refuses", func(t *testing.T) {
		got, err := p.Decide(t.Context(), second, ask("refused").ID, false)
		if err != nil || got.Decided != "refused" {
			t.Errorf("request %+v %v", got, err)
		}
		if e := p.lastEvent(); e.Act != "request.refuse" || e.Object != "refused" || e.Actor != second.Account {
			t.Errorf("event %+v", e)
		}
	})
	t.Run("is another person, who may do the act, and no program", func(t *testing.T) {
		r := ask("alone")
		_, err := p.Decide(t.Context(), first, r.ID, true)
		wantKind(t, err, operator.KindForbidden, "")
		_, err = p.Decide(t.Context(), reader, r.ID, true)
		wantKind(t, err, operator.KindForbidden, "")
		_, err = p.Decide(t.Context(), operator.Actor{Name: "machine", Permissions: operator.Permissions()}, r.ID, true)
		wantKind(t, err, operator.KindForbidden, "")
		token, _, err := p.CreateToken(t.Context(), second, operator.NewToken{
			Name: "robot", Scopes: []operator.Permission{operator.PermissionSign}, ExpiresAt: p.clock.Now().AddDate(0, 1, 0),
		})
		must(t, err)
		robot, err := p.AuthenticateToken(t.Context(), token)
		must(t, err)
		_, err = p.Decide(t.Context(), robot, r.ID, true)
		wantKind(t, err, operator.KindForbidden, "")
		if waiting, err := p.Waiting(t.Context(), first); err != nil || len(waiting) != 1 {
			t.Errorf("waiting %v %v", waiting, err)
		}
	})
	t.Run("isn't asked twice for the same", func(t *testing.T) {
		_, err := p.Propose(t.Context(), first, "contract.accept", "alone", nil)
		wantKind(t, err, operator.KindConflict, "")
	})
	t.Run("isn't needed after a withdrawal", func(t *testing.T) {
		r := ask("withdrawn")
		wantKind(t, p.Withdraw(t.Context(), second, r.ID), operator.KindForbidden, "")
		must(t, p.Withdraw(t.Context(), first, r.ID))
		_, err := p.Decide(t.Context(), second, r.ID, true)
		wantKind(t, err, operator.KindConflict, "")
		ask("withdrawn")
	})
	t.Run("decides in time", func(t *testing.T) {
		r := ask("late")
		p.clock.forward(operator.RequestLifetime)
		_, err := p.Decide(t.Context(), second, r.ID, true)
		wantKind(t, err, operator.KindConflict, "")
		if waiting, err := p.Waiting(t.Context(), first); err != nil || len(waiting) != 0 {
			t.Errorf("waiting %v %v", waiting, err)
		}
		all, err := p.Requests(t.Context(), first)
		if err != nil || len(all) != 6 || all[0].Object != "late" {
			t.Errorf("all %v %v", all, err)
		}
		ask("late")
	})
	t.Run("doesn't approve for who was sent away", func(t *testing.T) {
		r := ask("gone")
		_, err := p.ChangeAccount(t.Context(), p.admin, first.Account, operator.AccountChange{
			Name: "first", Email: "first@example.org", Roles: []operator.Role{operator.RoleReader},
		})
		must(t, err)
		_, err = p.Decide(t.Context(), second, r.ID, true)
		wantKind(t, err, operator.KindConflict, "")
		_, err = p.Decide(t.Context(), second, r.ID, false)
		must(t, err)

		third := p.add("third", operator.RoleSigner)
		r, err = p.Propose(t.Context(), third, "contract.accept", "disabled", nil)
		must(t, err)
		p.disable(third.Account)
		_, err = p.Decide(t.Context(), second, r.ID, true)
		wantKind(t, err, operator.KindConflict, "")
	})
}

func TestWhoMayNotActMayNotAsk(t *testing.T) {
	p := newPeople(t, fourEyes)
	reader := p.add("reader", operator.RoleReader)
	_, err := p.Propose(t.Context(), reader, "contract.accept", "x", nil)
	wantKind(t, err, operator.KindForbidden, "")
	_, err = p.Propose(t.Context(), p.admin, "account.put", "x", nil)
	wantKind(t, err, operator.KindInvalid, "act")
	_, err = p.Propose(t.Context(), p.admin, "rule.put", "x", make([]byte, 2<<20))
	wantKind(t, err, operator.KindInvalid, "payload")
	_, err = p.Propose(t.Context(), operator.Actor{Permissions: operator.Permissions()}, "rule.put", "x", nil)
	wantKind(t, err, operator.KindForbidden, "")
	_, err = p.Decide(t.Context(), p.admin, "none", true)
	wantKind(t, err, operator.KindNotFound, "")
	_, err = p.Waiting(t.Context(), operator.Actor{})
	wantKind(t, err, operator.KindForbidden, "")
}

func TestTwoWhoDecideAtOnceDecideOnce(t *testing.T) {
	p := newPeople(t, fourEyes)
	first := p.add("first", operator.RoleSigner)
	others := []operator.Actor{p.admin, p.add("second", operator.RoleSigner), p.add("third", operator.RoleSigner)}
	r, err := p.Propose(t.Context(), first, "contract.accept", "x", nil)
	must(t, err)
	results := make(chan error, len(others))
	for _, a := range others {
		go func() {
			_, err := p.Decide(t.Context(), a, r.ID, true)
			results <- err
		}()
	}
	decided := 0
	for range others {
		if <-results == nil {
			decided++
		}
	}
	if decided != 1 {
		t.Errorf("decided %d times", decided)
	}
}

func TestWhichActsCanWait(t *testing.T) {
	for act, want := range map[string]operator.Permission{
		"contract.accept": operator.PermissionSign, "contract.propose": operator.PermissionSign,
		"contract.reject": operator.PermissionSign, "contract.revoke": operator.PermissionSign,
		"rule.put": operator.PermissionManage, "rule.delete": operator.PermissionManage,
		"service.put": "", "service.publish": "", "route.put": "", "contract.retry": "", "contract.renew": "",
		"account.put": "", "contract": "", "contract.": "", "": "",
	} {
		if got, ok := operator.PermissionFor(act); got != want || ok != (want != "") {
			t.Errorf("%q needs %q %v", act, got, ok)
		}
	}
	if err := (operator.Config{FourEyes: operator.SecondPersonActs()}).Validate(); err != nil {
		t.Error(err)
	}
	for _, act := range []string{"account.login", "service.put", "route.delete"} {
		err := operator.Config{FourEyes: []string{"contract.accept", act}}.Validate()
		if err == nil || !strings.Contains(err.Error(), act) || !strings.Contains(err.Error(), "rule.delete") {
			t.Errorf("with %s the configuration is told: %v", act, err)
		}
	}
}
