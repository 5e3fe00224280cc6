// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"log/slog"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/operator/secondfactor"
)

const regio = "Regio Noord"

// lodger is anna with a node that regio runs, and the people on it.
type lodger struct {
	*alliance
	c             *controller.Controller
	signer, staff operator.Actor
	secrets       map[operator.AccountID]secondfactor.Secret
}

func newLodger(t *testing.T, second ...string) *lodger {
	t.Helper()
	all := newAlliance(t, second...)
	s, quiet := all.Store(anna), slog.New(slog.DiscardHandler)
	people := operator.New(operator.Config{Store: s.People(), FourEyes: second, Host: regio, Now: all.Now, Logger: quiet, HashMemory: 64})
	m, err := manager.New(manager.Config{
		Self: fsc.Peer{ID: anna, Name: "Gemeente Anna"}, Rules: fsc.Rules{GroupID: deskGroup}, Released: people.Released,
		Store: s, Policy: manager.RulePolicy{}, Now: all.Now, Logger: quiet,
	})
	check(t, err)
	l := &lodger{alliance: all, secrets: map[operator.AccountID]secondfactor.Secret{}}
	l.c = controller.New(controller.Config{
		Manager: m, People: people, Log: s.Log(), History: s, GroupID: deskGroup, GroupType: "test", Now: all.Now, Logger: quiet,
		Collective: all.Desk(anna), Register: all.Register, Connector: all,
	})
	l.at[anna] = l.c
	// The people were there before the host; who is new is made by an own administrator.
	own := operator.New(operator.Config{Store: s.People(), Now: all.Now, Logger: quiet, HashMemory: 64})
	l.signer = l.enrolled(t, staffOf(t, own, "tekenaar", operator.RoleSigner))
	l.staff = l.enrolled(t, staffOf(t, own, "hulp", operator.RoleHost))
	l.staff.Permissions = operator.Permissions() // as with more roles
	return l
}

func (l *lodger) enrolled(t *testing.T, a operator.Actor) operator.Actor {
	t.Helper()
	secret, err := l.c.People().EnrolFactor(t.Context(), a)
	check(t, err)
	l.secrets[a.Account] = secret
	_, err = l.c.People().ConfirmFactor(t.Context(), a, secret.Code(secondfactor.Step(l.Now())))
	check(t, err)
	l.Pass(secondfactor.Period)
	return a
}

// with gives the actor with a fresh code.
func (l *lodger) with(a operator.Actor) operator.Actor {
	l.Pass(secondfactor.Period)
	a.Code = l.secrets[a.Account].Code(secondfactor.Step(l.Now()))
	return a
}

func TestNoDeedOfAHostedOrganisationWithoutItsSecondFactor(t *testing.T) {
	l := newLodger(t)
	f := l.Mantel(evert, 1000, anna)
	acts := map[string]func(operator.Actor) error{
		"accession": func(a operator.Actor) error {
			_, err := l.c.Accede(t.Context(), a, controller.AccessionForm{Framework: f, Lots: []dossier.Reservation{{Lot: "1", Need: 400, Reserved: 300}}})
			return err
		},
		"framework": func(a operator.Actor) error {
			_, err := l.c.ProposeFramework(t.Context(), a, l.mantelForm())
			return err
		},
		"signature": func(a operator.Actor) error { return l.c.SignDeed(t.Context(), a, f, deed.Reject) },
		"group": func(a operator.Actor) error {
			_, err := l.c.FoundGroup(t.Context(), a, controller.GroupForm{Name: "Samen", Kind: "association"})
			return err
		},
		"contract": func(a operator.Actor) error {
			_, err := l.c.Sign(t.Context(), a, "$1$1$contract", fsc.SignatureTypeAccept)
			return err
		},
		"rule": func(a operator.Actor) error { return l.c.DeleteRule(t.Context(), a, "1") },
	}
	program := l.signer
	program.Session, program.Token, program.Permissions = "", "token", operator.Permissions()
	staff := l.with(l.staff)
	machine := everything()
	machine.Code = l.with(l.signer).Code
	bare := l.signer
	bare.Permissions = operator.Permissions()
	wrong := bare
	wrong.Code = "000000 no code"
	for name, do := range acts {
		if err := do(bare); errKind(err) != operator.KindSecondFactor {
			t.Errorf("%s without a code: %v", name, err)
		}
		if err := do(program); errKind(err) != operator.KindSecondFactor {
			t.Errorf("%s by a program without a code: %v", name, err)
		}
		if err := do(staff); errKind(err) != operator.KindForbidden {
			t.Errorf("%s by the host's staff: %v", name, err)
		}
		if err := do(machine); errKind(err) != operator.KindForbidden {
			t.Errorf("%s by the machine, with a code of somebody: %v", name, err)
		}
	}
	for _, kind := range []operator.Kind{operator.KindSecondFactor, operator.KindTooMany} {
		for range operator.FactorAttempts - 1 {
			if err := acts["accession"](wrong); errKind(err) != kind {
				t.Fatalf("a wrong code: %v, not %s", err, kind)
			}
		}
		_ = acts["accession"](wrong)
	}
	l.Settle()
	d, err := l.c.Framework(t.Context(), l.signer, f)
	check(t, err)
	if d.Joined != "" {
		t.Error("something was signed")
	}
}

func TestAReleaseStandsInTheAuditTrailWithDeedAndHost(t *testing.T) {
	l := newLodger(t)
	f := l.Mantel(evert, 1000, anna)
	form := controller.AccessionForm{Framework: f, Lots: []dossier.Reservation{{Lot: "1", Need: 400, Reserved: 300}}}
	asking := l.signer
	if _, err := l.c.Accede(t.Context(), asking, form); errKind(err) != operator.KindSecondFactor {
		t.Fatal(err)
	}
	signer := l.with(l.signer)
	h, err := l.c.Accede(t.Context(), signer, form)
	check(t, err)
	l.Settle()
	if _, err := l.c.Accede(t.Context(), signer, form); errKind(err) != operator.KindSecondFactor {
		t.Errorf("a code that was used releases once more: %v", err)
	}
	found, err := l.c.People().Events(t.Context(), everything(), operator.EventFilter{Act: "accession.seal", Object: string(h)})
	check(t, err)
	if len(found) != 1 || found[0].Actor != l.signer.Account || found[0].Outcome != "ok" {
		t.Fatalf("got %+v", found)
	}
	says := map[string]string{}
	for _, c := range found[0].Changes {
		says[c.Field] = c.After
	}
	if says["second_factor"] != "app" || says["host"] != regio {
		t.Errorf("got %v", says)
	}
}

func TestOnAHostedNodeTheSecondPersonReleases(t *testing.T) {
	l := newLodger(t, "accession.seal")
	f := l.Mantel(evert, 1000, anna)
	other := l.enrolled(t, staffOf(t, operator.New(operator.Config{Store: l.Store(anna).People(), Now: l.Now, Logger: slog.New(slog.DiscardHandler), HashMemory: 64}), "tweede", operator.RoleSigner))
	_, err := l.c.Accede(t.Context(), l.signer, controller.AccessionForm{Framework: f, Lots: []dossier.Reservation{{Lot: "1", Need: 400, Reserved: 300}}})
	if errKind(err) != operator.KindSecondPerson {
		t.Fatal(err)
	}
	waiting, err := l.c.Requests(t.Context(), other)
	check(t, err)
	for want, a := range map[operator.Kind]operator.Actor{operator.KindSecondFactor: other, operator.KindForbidden: l.with(l.staff)} {
		if _, err := l.c.Decide(t.Context(), a, waiting[0].ID, true); errKind(err) != want {
			t.Errorf("%s approves: %v", a.Name, err)
		}
	}
	if _, err := l.c.Decide(t.Context(), l.with(other), waiting[0].ID, true); err != nil {
		t.Fatal(err)
	}
	l.Settle()
	if d, err := l.c.Framework(t.Context(), l.signer, f); err != nil || d.Joined == "" {
		t.Errorf("got %+v %v", d, err)
	}
}

func TestOnAHostedNodeContractsAreSignedOneAtATime(t *testing.T) {
	l := newLodger(t)
	_, err := l.c.SignAll(t.Context(), l.with(l.signer), []fsc.ContentHash{"$1$1$a", "$1$1$b"}, fsc.SignatureTypeAccept)
	if errKind(err) != operator.KindInvalid {
		t.Errorf("got %v", err)
	}
}
