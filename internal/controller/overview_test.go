// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

func TestTheOverviewTellsWhatWaitsEndsAndGoesWrong(t *testing.T) {
	d := newDesk(t)
	d.contract(t, connects(anna, bart, "persons"), 400)
	ending := d.contract(t, connects(anna, bart, "taxes"), 10)
	waiting := d.contract(t, connects(bart, anna, "permits"), 100, d.signed(bart, fsc.SignatureTypeAccept))
	d.certs[1].NotAfter, d.certs[1].Thumbprint = d.now.AddDate(0, 0, 5), "other"
	d.checks = []controller.Check{{Name: "store"}, {Name: "transaction_log", Problem: "full"}}
	d.refused = []controller.Refusal{{"inway", fsc.CodeServiceNotFound, 1}, {"outway", fsc.CodeGrantAmbiguous, 5}, {"outway", fsc.CodeInternal, 0}}
	for i, status := range []manager.DeliveryStatus{manager.DeliveryWaiting, manager.DeliveryFailed, manager.DeliveryWaiting} {
		check(t, d.store.Update(t.Context(), func(tx manager.Tx) error {
			return tx.PutDelivery(t.Context(), manager.Delivery{
				ID: string(rune('a' + i)), Kind: manager.DeliveryAccept, ContentHash: ending.Hash(), Target: bart, Status: status,
				Attempts: 2 - i, LastError: "down", CreatedAt: d.now.Add(-time.Hour), NextAttempt: d.now,
			})
		}))
	}
	o, err := d.Overview(t.Context(), everything(), d.now.Truncate(24*time.Hour))
	check(t, err)
	if o.AwaitingUs != 1 || len(o.Waiting) != 1 || o.Waiting[0].ContentHash != waiting.Hash() || o.Waiting[0].Others[0].Name != "Gemeente Bart" {
		t.Errorf("waiting %d %+v", o.AwaitingUs, o.Waiting)
	}
	if len(o.Expiring) != 1 || o.Expiring[0].ContentHash != ending.Hash() || o.Expiring[0].Urgency != controller.UrgencyNear {
		t.Errorf("expiring %+v", o.Expiring)
	}
	if len(o.Certificates) != 1 || o.Certificates[0].Urgency != controller.UrgencyUrgent {
		t.Errorf("certificates %+v", o.Certificates)
	}
	if len(o.Checks) != 1 || o.Healthy != 1 {
		t.Errorf("checks %+v, %d well", o.Checks, o.Healthy)
	}
	if o.Refused != 6 || len(o.Refusals) != 2 || o.Refusals[0].Calls != 5 {
		t.Errorf("refused %d: %+v", o.Refused, o.Refusals)
	}
	if len(o.Undelivered) != 1 || o.Undelivered[0].Waiting != 1 || o.Undelivered[0].Failed != 1 {
		t.Errorf("undelivered %+v", o.Undelivered)
	}
	if o.Contracts[fsc.StateValid] != 2 || o.Problems() != 4 {
		t.Errorf("%v and %d problems", o.Contracts, o.Problems())
	}
}

func TestTrafficIsCountedFromMidnightAndAgainstYesterday(t *testing.T) {
	d := newDesk(t)
	midnight := deskTime.Truncate(24 * time.Hour)
	in := call(3, "", midnight.Add(2*time.Hour))
	in.Direction, in.OutwayPeerID, in.ServicePeerID = txlog.DirectionIncoming, bart, anna
	d.calls(t,
		call(1, "", midnight.Add(time.Hour)), call(2, "", deskTime), in,
		call(4, "", deskTime.Add(-26*time.Hour)), // yesterday, before this hour
		call(5, "", deskTime.Add(-20*time.Hour)), // yesterday, later in the day
		call(6, "", deskTime.Add(-50*time.Hour)),
	)
	o, err := d.Overview(t.Context(), everything(), midnight)
	check(t, err)
	tr := o.Traffic
	if tr.Outgoing != 2 || tr.Incoming != 1 || tr.Yesterday != 1 || len(tr.Hours) != 13 || tr.Hours[1].Outgoing != 1 || tr.Hours[2].Incoming != 1 || tr.Hours[12].Outgoing != 1 {
		t.Errorf("traffic %+v", tr)
	}
}

func TestEventsAreOnTheOverviewOnlyForWhoMayReadThem(t *testing.T) {
	d := newDesk(t)
	_, err := d.ExportLog(t.Context(), everything(), txlog.Search{}, "csv")
	check(t, err)
	o, err := d.Overview(t.Context(), may(operator.PermissionRead), deskTime.Truncate(24*time.Hour))
	check(t, err)
	if o.Events != nil {
		t.Error("a reader sees events")
	}
	if o, err = d.Overview(t.Context(), everything(), deskTime.Truncate(24*time.Hour)); err != nil || len(o.Events) != 1 {
		t.Errorf("an administrator sees %d events (%v)", len(o.Events), err)
	}
	if _, err := d.Overview(t.Context(), may(), deskTime); errKind(err) != operator.KindForbidden {
		t.Errorf("without permission: %v", err)
	}
}

func TestOnePairWithSeveralUsesIsShownOnceWithItsGrants(t *testing.T) {
	d := newDesk(t)
	d.contract(t, connects(anna, bart, "persons"), 100)
	anchor := d.cert(controller.UseAnchor, 3000)
	anchor.Thumbprint = "anchor"
	d.certs = append(d.certs, anchor)
	v, err := d.CertificatesOf(t.Context(), everything())
	check(t, err)
	if len(v.Own) != 1 || len(v.Own[0].Uses) != 4 || len(v.Own[0].Grants) != 1 || v.Own[0].Grants[0].Service != "persons" || len(v.Anchors) != 1 {
		t.Errorf("certificates %+v", v)
	}
}

func TestUrgencyGrowsAtSixtyThirtyFourteenAndSevenDays(t *testing.T) {
	for days, want := range map[int]controller.Urgency{
		61: controller.UrgencyNone, 60: controller.UrgencyNone, 59: controller.UrgencyNotice, 29: controller.UrgencySoon,
		13: controller.UrgencyNear, 6: controller.UrgencyUrgent, 0: controller.UrgencyUrgent, -1: controller.UrgencyEnded,
	} {
		if _, u := controller.Remaining(deskTime, deskTime.Add(time.Duration(days)*24*time.Hour+time.Minute)); u != want {
			t.Errorf("%d days is %q, want %q", days, u, want)
		}
	}
}

func TestSettingsAreGroupedAndSecretsHidden(t *testing.T) {
	d := newDesk(t,
		controller.Setting{Key: "data_dir", Value: "/var/lib"}, controller.Setting{Key: "group.id", Value: "g"},
		controller.Setting{Key: "controller.sign_on[0].client_secret", Value: "hunter2"},
		controller.Setting{Key: "controller.sign_on[0].client_secret_file", Value: "/etc/secret"},
	)
	v, err := d.Settings(t.Context(), everything())
	check(t, err)
	if len(v.Sections) != 3 || v.Sections[0].Name != "general" {
		t.Fatalf("sections %+v", v.Sections)
	}
	lines := v.Sections[2].Lines
	if !lines[0].Hidden || lines[0].Value != "" || lines[1].Hidden || lines[1].Meaning != "controller.sign_on.client_secret_file" {
		t.Errorf("lines %+v", lines)
	}
}
