// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/operator"
)

// withSecond makes acts wait for a second person.
func (h *townHall) withSecond(acts ...string) {
	h.Controller = controller.New(controller.Config{
		Manager: h.manager, Log: h.store.Log(), History: h.store, Remote: h, GroupID: "test-group", GroupType: "test", Now: h.now, Logger: slog.New(slog.DiscardHandler),
		People:    operator.New(operator.Config{Store: h.store.People(), Now: h.now, Logger: slog.New(slog.DiscardHandler), FourEyes: acts, HashMemory: 64}),
		Directory: func(context.Context) ([]directory.Listing, error) { return nil, nil },
		Outways:   func() []controller.Outway { return h.outways },
	})
}

// staff makes an account and gives its person as logged in.
func (h *townHall) staff(t testing.TB, name string, role operator.Role) operator.Actor {
	t.Helper()
	return staffOf(t, h.People(), name, role)
}

// staffOf makes an account at any organisation.
func staffOf(t testing.TB, people *operator.Operators, name string, role operator.Role) operator.Actor {
	t.Helper()
	boss := operator.Actor{Account: "boss", Session: "boss", Name: "boss", Permissions: operator.Permissions()}
	a, err := people.CreateAccount(t.Context(), boss, operator.NewAccount{
		Name: name, Email: name + "@voorbeeld.test", Password: "een lange zin voor de toets", Roles: []operator.Role{role},
	})
	must(t, err)
	return operator.Actor{Account: a.ID, Session: operator.SessionID(a.ID), Name: name, Roles: a.Roles, Permissions: role.Permissions()}
}

func TestASecondPersonCarriesOutWhatTheFirstAskedFor(t *testing.T) {
	h := newTownHall(t)
	h.withSecond("contract.accept", "contract.propose")
	h.learn(t)
	h.offers(t, "personen")
	first, second := h.staff(t, "eerste", operator.RoleSigner), h.staff(t, "tweede", operator.RoleSigner)
	c := h.offer(t, h.called("personen"))
	_, err := h.Sign(t.Context(), first, c.Hash(), fsc.SignatureTypeAccept)
	if kindOf(err) != "second_person " {
		t.Fatalf("signing alone: %v", err)
	}
	d, err := h.Contract(t.Context(), second, c.Hash())
	must(t, err)
	if d.State != fsc.StateProposed || len(d.Requests) != 1 || d.Choice("accept").Why != controller.WhySecondPerson {
		t.Fatalf("while it waits: %s %+v", d.State, d.Choice("accept"))
	}
	if _, err := h.Sign(t.Context(), second, c.Hash(), fsc.SignatureTypeAccept); kindOf(err) != "conflict " {
		t.Errorf("asking twice: %v", err)
	}
	if _, err := h.Decide(t.Context(), first, d.Requests[0].ID, true); kindOf(err) != "forbidden " {
		t.Errorf("approving one's own request: %v", err)
	}
	if _, err := h.Decide(t.Context(), second, d.Requests[0].ID, true); err != nil {
		t.Fatal(err)
	}
	if d, err = h.Contract(t.Context(), second, c.Hash()); err != nil || d.State != fsc.StateValid {
		t.Fatalf("after approval: %v %v", d.State, err)
	}
	_, err = h.Propose(t.Context(), first, form(h, "bron-dienst"))
	if kindOf(err) != "second_person " {
		t.Fatalf("proposing alone: %v", err)
	}
	waiting, err := h.Requests(t.Context(), second)
	must(t, err)
	if _, err := h.Decide(t.Context(), second, waiting[0].ID, true); err != nil {
		t.Fatal(err)
	}
	if d, err = h.Contract(t.Context(), second, fsc.ContentHash(waiting[0].Object)); err != nil || d.Grants[0].Service != "bron-dienst" {
		t.Errorf("the proposal that was approved: %v", err)
	}
}

func TestARequestThatIsRefusedOrWithdrawnChangesNothing(t *testing.T) {
	h := newTownHall(t)
	h.withSecond("contract.accept")
	h.learn(t)
	h.offers(t, "personen")
	first, second := h.staff(t, "eerste", operator.RoleSigner), h.staff(t, "tweede", operator.RoleSigner)
	c := h.offer(t, h.called("personen"))
	for _, end := range []func(id string) error{
		func(id string) error { _, err := h.Decide(t.Context(), second, id, false); return err },
		func(id string) error { return h.Withdraw(t.Context(), first, id) },
	} {
		if _, err := h.Sign(t.Context(), first, c.Hash(), fsc.SignatureTypeAccept); kindOf(err) != "second_person " {
			t.Fatal(err)
		}
		waiting, err := h.Requests(t.Context(), first)
		must(t, err)
		must(t, end(waiting[0].ID))
		if d, err := h.Contract(t.Context(), first, c.Hash()); err != nil || d.State != fsc.StateProposed || len(d.Requests) != 0 {
			t.Errorf("afterwards: %+v %v", d, err)
		}
	}
}
