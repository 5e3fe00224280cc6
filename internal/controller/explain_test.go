// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

func explain(t *testing.T, d *desk, q controller.Question) *controller.Explanation {
	t.Helper()
	e, err := d.Explain(t.Context(), everything(), q)
	check(t, err)
	return e
}

// step finds a step by name.
func step(t *testing.T, e *controller.Explanation, name controller.StepName) controller.Step {
	t.Helper()
	for _, s := range e.Steps {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no step %s", name)
	return controller.Step{}
}

func want(t *testing.T, e *controller.Explanation, name controller.StepName, state controller.StepState, r controller.Reason, turn controller.Turn) {
	t.Helper()
	if s := step(t, e, name); s.State != state || s.Reason != r || s.Turn != turn {
		t.Errorf("%s is %s %q turn %q, want %s %q turn %q", name, s.State, s.Reason, s.Turn, state, r, turn)
	}
}

func TestAConnectionThatWorksHasEveryStepWell(t *testing.T) {
	d := newDesk(t)
	c := d.contract(t, connects(anna, bart, "persons"), 100)
	r := call(1, c.Grants[0].Hash, deskTime.Add(-time.Minute))
	d.calls(t, r)
	d.theirs = []txlog.Record{mirrored(r)}
	d.listings = []directory.Listing{{Peer: fsc.Peer{ID: bart}, Name: "persons"}}
	e := explain(t, d, controller.Question{Service: "persons"})
	if e.Other.Name != "Gemeente Bart" || e.Contract != c.Hash() || e.Direction != txlog.DirectionOutgoing {
		t.Errorf("understood as %+v with %s", e.Question, e.Other.Name)
	}
	if p := e.FirstProblem(); p != nil {
		t.Errorf("problem %+v", *p)
	}
	for _, s := range e.Steps {
		if s.State != controller.StepOK {
			t.Errorf("%s is %s %s", s.Name, s.State, s.Reason)
		}
	}
}

func TestTheStateOfTheContractTellsWhoseTurnItIs(t *testing.T) {
	grant := connects(anna, bart, "persons")
	for name, c := range map[string]struct {
		days   int
		signed func(*desk) []manager.Signature
		reason controller.Reason
		turn   controller.Turn
	}{
		"we have to sign":   {10, func(d *desk) []manager.Signature { return []manager.Signature{d.signed(bart, fsc.SignatureTypeAccept)} }, controller.ReasonProposedOurs, controller.TurnUs},
		"they have to sign": {10, func(d *desk) []manager.Signature { return []manager.Signature{d.signed(anna, fsc.SignatureTypeAccept)} }, controller.ReasonProposedTheirs, controller.TurnThem},
		"rejected":          {10, func(d *desk) []manager.Signature { return []manager.Signature{d.signed(bart, fsc.SignatureTypeReject)} }, controller.ReasonRejected, controller.TurnUs},
		"revoked": {10, func(d *desk) []manager.Signature {
			return []manager.Signature{d.signed(anna, fsc.SignatureTypeAccept), d.signed(bart, fsc.SignatureTypeAccept), d.signed(bart, fsc.SignatureTypeRevoke)}
		}, controller.ReasonRevoked, controller.TurnUs},
		"expired": {0, nil, controller.ReasonExpired, controller.TurnUs},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			var marks []manager.Signature
			if c.signed != nil {
				marks = c.signed(d)
			}
			d.contract(t, grant, c.days, marks...)
			want(t, explain(t, d, controller.Question{Service: "persons"}), controller.StepContract, controller.StepNotOK, c.reason, c.turn)
		})
	}
}

func TestWithoutAContractTheDirectoryTellsWhoOffersTheService(t *testing.T) {
	d := newDesk(t)
	if _, err := d.Explain(t.Context(), everything(), controller.Question{Service: "persons"}); errKind(err) != operator.KindInvalid {
		t.Errorf("a service that nobody offers gives %v", err)
	}
	d.listings = []directory.Listing{{Peer: fsc.Peer{ID: bart}, Name: "persons"}}
	e := explain(t, d, controller.Question{Service: "persons"})
	want(t, e, controller.StepContract, controller.StepNotOK, controller.ReasonNoContract, controller.TurnUs)
	want(t, e, controller.StepDirectory, controller.StepOK, "", "")
	d.listings = append(d.listings, directory.Listing{Peer: fsc.Peer{ID: dirk}, Name: "persons"})
	if _, err := d.Explain(t.Context(), everything(), controller.Question{Service: "persons"}); errKind(err) != operator.KindInvalid {
		t.Errorf("a service that two Peers offer gives %v", err)
	}
}

func TestAnotherKeyInTheContractIsOursToMend(t *testing.T) {
	d := newDesk(t)
	g := connects(anna, bart, "persons")
	g.Outway.PublicKeyThumbprint = "cd" + ownKey[2:]
	d.contract(t, g, 100)
	want(t, explain(t, d, controller.Question{Service: "persons"}), controller.StepKey, controller.StepNotOK, controller.ReasonOtherKey, controller.TurnUs)
}

func TestAManagerThatDoesNotAnswerLeavesTheRestUnknown(t *testing.T) {
	d := newDesk(t)
	c := d.contract(t, connects(anna, bart, "persons"), 100)
	d.calls(t, call(1, c.Grants[0].Hash, deskTime))
	d.gone = errGone
	d.silent = errGone
	e := explain(t, d, controller.Question{Service: "persons"})
	want(t, e, controller.StepManager, controller.StepNotOK, controller.ReasonUnreachable, controller.TurnBoth)
	want(t, e, controller.StepOtherCertificate, controller.StepUnknown, controller.ReasonNotAsked, "")
	want(t, e, controller.StepOtherRecord, controller.StepUnknown, controller.ReasonUnreachable, "")
	want(t, e, controller.StepDirectory, controller.StepUnknown, controller.ReasonDirectorySilent, "")
}

func TestACallThatTheOtherSideDoesNotHaveDidNotArrive(t *testing.T) {
	d := newDesk(t)
	c := d.contract(t, connects(anna, bart, "persons"), 100)
	r := call(1, c.Grants[0].Hash, deskTime)
	d.calls(t, r)
	e := explain(t, d, controller.Question{GrantHash: c.Grants[0].Hash})
	want(t, e, controller.StepOtherRecord, controller.StepNotOK, controller.ReasonNoOtherRecord, controller.TurnThem)

	late := mirrored(r)
	late.CreatedAt = late.CreatedAt.Add(5 * time.Minute)
	d.theirs = []txlog.Record{late}
	want(t, explain(t, d, controller.Question{GrantHash: c.Grants[0].Hash}), controller.StepClock, controller.StepNotOK, controller.ReasonApart, controller.TurnBoth)
}

func TestCertificatesAreTheTurnOfWhoseTheyAre(t *testing.T) {
	d := newDesk(t)
	d.contract(t, connects(anna, bart, "persons"), 100)
	d.certs = []controller.Certificate{d.cert("transport", 100), d.cert("outway", -2)}
	d.reached.Certificate = d.cert("transport", 5)
	e := explain(t, d, controller.Question{Service: "persons"})
	want(t, e, controller.StepOwnCertificate, controller.StepNotOK, controller.ReasonCertificateEnded, controller.TurnUs)
	want(t, e, controller.StepOtherCertificate, controller.StepNote, controller.ReasonCertificateEnds, controller.TurnThem)
}

func TestAnIncomingCallNeedsTheServiceAndItsPublication(t *testing.T) {
	d := newDesk(t)
	c := d.contract(t, connects(bart, anna, "taxes"), 100)
	e := explain(t, d, controller.Question{GrantHash: c.Grants[0].Hash})
	if e.Direction != txlog.DirectionIncoming || e.Other.ID != bart {
		t.Fatalf("understood as %+v", e.Question)
	}
	want(t, e, controller.StepOffered, controller.StepNotOK, controller.ReasonNotOffered, controller.TurnUs)
	want(t, e, controller.StepDirectory, controller.StepNote, controller.ReasonNotPublished, controller.TurnUs)
	e = explain(t, d, controller.Question{Service: "taxes", Peer: dirk, Direction: txlog.DirectionIncoming})
	want(t, e, controller.StepContract, controller.StepNotOK, controller.ReasonNoContract, controller.TurnThem)
}

func TestMessagesThatWaitAndTheHealthOfTheNodeAreTold(t *testing.T) {
	d := newDesk(t)
	c := d.contract(t, connects(anna, bart, "persons"), 100)
	d.checks = []controller.Check{{Name: "transaction_log", Problem: "no space left"}, {Name: "store"}, {Name: "inway", Problem: "no snapshot"}}
	check(t, d.store.Update(t.Context(), func(tx manager.Tx) error {
		return tx.PutDelivery(t.Context(), manager.Delivery{
			ID: manager.DeliveryID(manager.DeliveryAccept, c.Hash(), bart), Kind: manager.DeliveryAccept, ContentHash: c.Hash(), Target: bart,
			Status: manager.DeliveryFailed, LastError: "refused", CreatedAt: deskTime, NextAttempt: deskTime, Attempts: 1,
		})
	}))
	e := explain(t, d, controller.Question{Service: "persons"})
	want(t, e, controller.StepDeliveries, controller.StepNotOK, controller.ReasonRefused, controller.TurnUs)
	want(t, e, controller.StepLog, controller.StepNotOK, controller.ReasonUnhealthy, controller.TurnUs)
	want(t, e, controller.StepHealth, controller.StepNotOK, controller.ReasonUnhealthy, controller.TurnUs)
	if p := e.FirstProblem(); p == nil || p.Name != controller.StepDirectory && p.Name != controller.StepDeliveries {
		t.Errorf("first problem %+v", p)
	}
}

func TestWhoMayNotReadTheLogLearnsNothingOfCalls(t *testing.T) {
	d := newDesk(t)
	c := d.contract(t, connects(anna, bart, "persons"), 100)
	d.calls(t, call(1, c.Grants[0].Hash, deskTime))
	e, err := d.Explain(t.Context(), may(operator.PermissionRead), controller.Question{Service: "persons"})
	check(t, err)
	want(t, e, controller.StepCall, controller.StepUnknown, controller.ReasonNoPermission, "")
	if s := step(t, e, controller.StepOtherRecord); s.Facts.Transaction != "" {
		t.Error("the transaction is told")
	}
	if _, err := d.Explain(t.Context(), may(), controller.Question{Service: "persons"}); errKind(err) != operator.KindForbidden {
		t.Errorf("without permission: %v", err)
	}
}

func TestEveryCodeOfTheStandardCanBeExplained(t *testing.T) {
	seen := map[fsc.ErrorCode]bool{}
	for _, c := range controller.Codes() {
		if seen[c.Code] {
			t.Errorf("%s stands twice", c.Code)
		}
		seen[c.Code] = true
	}
	if len(seen) != 37 {
		t.Errorf("%d codes; fsc/errors.go has 37", len(seen))
	}
	if _, ok := controller.FindCode("ERROR_CODE_OF_SOMEBODY_ELSE"); ok {
		t.Error("an unknown code is found")
	}
}
