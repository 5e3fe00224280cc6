// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

func looked(t *testing.T, d *desk, q controller.Question) map[controller.StepName]controller.Step {
	t.Helper()
	e, err := d.Look(t.Context(), everything(), q)
	check(t, err)
	steps := map[controller.StepName]controller.Step{}
	for _, s := range e.Look.Steps {
		steps[s.Name] = s
	}
	return steps
}

func freeWay(d *desk) controller.Way {
	return controller.Way{Reached: 4, Certificate: d.cert("transport", 400), Found: fsc.Peer{ID: bart, Name: "Gemeente Bart"}}
}

func TestALookTellsTheTokenAndEachPartOfTheWay(t *testing.T) {
	d := newDesk(t)
	d.contract(t, connects(anna, bart, "persons"), 100)
	d.way, d.token = freeWay(d), controller.SeenToken{Expires: deskTime.Add(time.Hour), Inway: "https://inway.test:443"}
	steps := looked(t, d, controller.Question{Service: "persons"})
	if len(steps) != len(controller.LookStepNames()) {
		t.Errorf("%d steps", len(steps))
	}
	for name, s := range steps {
		if s.State != controller.StepOK {
			t.Errorf("%s is %+v", name, s)
		}
	}
	if s := steps[controller.StepToken]; s.Facts.Address != d.token.Inway || !s.Facts.At.Equal(d.token.Expires) {
		t.Errorf("token %+v", s.Facts)
	}
	if s := steps[controller.StepInwayIdentity]; s.Facts.Address != string(bart)+" "+d.token.Inway || s.Facts.Found.ID != bart || s.Facts.At.IsZero() {
		t.Errorf("Inway %+v", s.Facts)
	}
	events, err := d.People().Events(t.Context(), everything(), operator.EventFilter{Limit: 5})
	check(t, err)
	if len(events) != 1 || events[0].Act != "explain.look" || events[0].Object != string(bart)+"/persons" {
		t.Errorf("events %+v", events)
	}
}

func TestALookStopsWhereTheWayEnds(t *testing.T) {
	d := newDesk(t)
	d.contract(t, connects(anna, bart, "persons"), 100)
	d.way, d.noToken = controller.Way{Reached: 1, Reason: controller.ReasonNothingListens}, fsc.Errorf(fsc.CodeAccessTokenUnavailable, "away")
	steps := looked(t, d, controller.Question{Service: "persons"})
	for name, state := range map[controller.StepName]controller.StepState{
		controller.StepManagerName: controller.StepOK, controller.StepManagerConnection: controller.StepNotOK,
		controller.StepManagerTLS: controller.StepUnknown, controller.StepManagerIdentity: controller.StepUnknown,
		controller.StepToken: controller.StepNotOK, controller.StepInwayName: controller.StepUnknown,
	} {
		if steps[name].State != state {
			t.Errorf("%s is %+v", name, steps[name])
		}
	}
	if s := steps[controller.StepManagerConnection]; s.Reason != controller.ReasonNothingListens || s.Turn != controller.TurnBoth || len(s.Peers) != 1 {
		t.Errorf("%+v", s)
	}
}

func TestALookForCallsOfOthersGoesToTheOwnInway(t *testing.T) {
	d := newDesk(t)
	d.contract(t, connects(bart, anna, "letters"), 100)
	d.way = controller.Way{Reached: 3, Reason: controller.ReasonOtherName, Certificate: d.cert("inway", 400)}
	steps := looked(t, d, controller.Question{Service: "letters", Direction: txlog.DirectionIncoming})
	if s := steps[controller.StepInwayIdentity]; s.Turn != controller.TurnUs || s.Reason != controller.ReasonOtherName || s.Facts.Address != string(anna)+" " {
		t.Errorf("%+v", s)
	}
	if s := steps[controller.StepManagerIdentity]; s.Turn != controller.TurnThem {
		t.Errorf("%+v", s)
	}
	if _, ok := steps[controller.StepToken]; ok {
		t.Error("a token was asked for a call of somebody else")
	}
}

func TestNobodyLooksOftenOrWithoutPermission(t *testing.T) {
	d := newDesk(t)
	d.contract(t, connects(anna, bart, "persons"), 100)
	q := controller.Question{Service: "persons"}
	if _, err := d.Look(t.Context(), may(operator.PermissionReadLog), q); errKind(err) != operator.KindForbidden {
		t.Errorf("without permission: %v", err)
	}
	var err error
	n := 0
	for ; err == nil && n < 100; n++ {
		_, err = d.Look(t.Context(), everything(), q)
	}
	if errKind(err) != operator.KindTooMany || n > 10 {
		t.Errorf("after %d looks: %v", n, err)
	}
	d.now = d.now.Add(time.Minute)
	if _, err := d.Look(t.Context(), everything(), q); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}
