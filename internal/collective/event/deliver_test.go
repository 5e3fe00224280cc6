// SPDX-License-Identifier: EUPL-1.2

package event_test

import (
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/event"
)

func TestAnEndpointGetsACloudEventInTheDutchProfile(t *testing.T) {
	d, r := newDesk(t, nil), newReceiver(t)
	s := d.subscribe(t, r.URL+"/events?key=1")
	d.feed.add(went(110, "concluded", "live"), went(112, "in_force", "live"))
	d.pass(time.Second / 2)
	d.work(t)
	if r.count() != 2 {
		t.Fatalf("%d notifications, want 2; log: %s", r.count(), d.logs)
	}
	all := d.events(t)
	want := notification{
		SpecVersion: "1.0", ID: all[1].ID, Source: "urn:nld:oin:00000099000000001000:systeem:collective",
		Type: "nl.collective.calloff.live", Subject: string(hash("112", "d")), Time: "2026-11-22T08:00:00Z",
		DataRef: "/collective-v1/deeds/" + string(hash("112", "d")), Sequence: "2", SequenceType: "Integer",
	}
	if r.got[1] != want {
		t.Errorf("got %+v, want %+v", r.got[1], want)
	}
	if got := r.header[1].Get("Content-Type"); got != "application/cloudevents+json; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	if r.header[1].Get(event.HeaderID) != all[1].ID {
		t.Errorf("webhook-id %q, want that of the event", r.header[1].Get(event.HeaderID))
	}
	if err := event.Verify(s.Secret, r.header[1], r.body[1], d.clock()); err != nil {
		t.Error(err)
	}
	for _, sent := range d.sent(t, event.DeliveryFilter{}) {
		if sent.State != event.Delivered || sent.Attempts != 1 || sent.Status != http.StatusNoContent || sent.DoneAt.IsZero() {
			t.Errorf("kept as %+v", sent)
		}
	}
}

func TestAnEndpointGetsOnlyWhatItAskedFor(t *testing.T) {
	d, calls, frameworks := newDesk(t, nil), newReceiver(t), newReceiver(t)
	d.feed.add(went(112, "", "proposed"))
	d.work(t) // before anybody asked
	d.subscribe(t, calls.URL, "nl.collective.calloff")
	d.subscribe(t, frameworks.URL, "nl.collective.framework.threshold", "nl.collective.framework.ended")
	d.feed.add(went(112, "in_force", "live"), went(110, "live", "live", "used_90"), went(110, "live", "expired", "used_90"), went(123, "", "open"))
	d.work(t)
	if calls.count() != 1 || calls.got[0].Type != "nl.collective.calloff.live" {
		t.Errorf("call-offs: %+v", calls.got)
	}
	if frameworks.count() != 2 || frameworks.got[0].Type != "nl.collective.framework.threshold.90" || frameworks.got[1].Type != "nl.collective.framework.ended" {
		t.Errorf("frameworks: %+v", frameworks.got)
	}
}

func TestAnEndpointThatIsDownGetsItAllLaterInOrder(t *testing.T) {
	d, r := newDesk(t, nil), newReceiver(t)
	d.subscribe(t, r.URL)
	r.answers(http.StatusServiceUnavailable)
	d.feed.add(went(112, "in_force", "live"), went(112, "live", "revoked"), went(110, "", "live"))
	d.work(t)
	if r.count() != 1 {
		t.Fatalf("%d attempts at an endpoint that is down, want 1", r.count())
	}
	d.work(t)
	if r.count() != 1 {
		t.Fatal("it was tried again at once")
	}
	r.answers(http.StatusOK)
	d.pass(10 * time.Second)
	d.work(t)
	if r.count() != 4 || r.got[1].Sequence != "1" || r.got[2].Sequence != "2" || r.got[3].Sequence != "3" {
		t.Errorf("got %+v", r.got)
	}
	if left := d.sent(t, event.DeliveryFilter{State: event.Waiting}); len(left) > 0 {
		t.Errorf("left: %+v", left)
	}
}

func TestWhatAnEndpointDoesNotTakeDoesNotHoldUpTheRest(t *testing.T) {
	d, r := newDesk(t, nil), newReceiver(t)
	d.subscribe(t, r.URL)
	r.answer = func(w http.ResponseWriter, _ *http.Request) {
		if len(r.got) == 1 {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	}
	d.feed.add(went(112, "in_force", "live"), went(112, "live", "revoked"))
	d.work(t)
	ds := d.sent(t, event.DeliveryFilter{})
	if len(ds) != 2 || ds[0].State != event.Delivered || ds[1].State != event.Waiting || ds[1].Status != 422 || ds[1].Problem != event.ProblemStatus {
		t.Errorf("got %+v", ds)
	}
}

func TestAfterThreeDaysADeliveryIsGivenUpVisibly(t *testing.T) {
	d, r := newDesk(t, nil), newReceiver(t)
	s := d.subscribe(t, r.URL)
	r.answers(http.StatusInternalServerError)
	d.feed.add(went(112, "in_force", "live"))
	d.work(t)
	start := d.clock()
	for ds := d.sent(t, event.DeliveryFilter{}); ds[0].State == event.Waiting; ds = d.sent(t, event.DeliveryFilter{}) {
		d.pass(ds[0].NextAt.Sub(d.clock()))
		d.work(t)
	}
	ds := d.sent(t, event.DeliveryFilter{State: event.GivenUp})
	if len(ds) != 1 || ds[0].Problem != event.ProblemStatus || ds[0].Status != 500 || !ds[0].DoneAt.Equal(start.Add(72*time.Hour)) {
		t.Fatalf("got %+v", ds)
	}
	d.pass(time.Hour)
	d.work(t)
	// Within the hour at first, then about each hour.
	if n := ds[0].Attempts; n < 60 || n > 150 || r.count() != n {
		t.Errorf("%d attempts, the endpoint saw %d", n, r.count())
	}
	r.answers(http.StatusOK)
	if err := d.SendAgain(t.Context(), s.ID, ds[0].Event.Number); err != nil {
		t.Fatal(err)
	}
	d.work(t)
	if ds := d.sent(t, event.DeliveryFilter{}); ds[0].State != event.Delivered {
		t.Errorf("sent again: %+v", ds)
	}
	if err := d.SendAgain(t.Context(), s.ID, 99); !errors.Is(err, event.ErrNotFound) {
		t.Errorf("one that never was: %v", err)
	}
}

func TestPausesGrowAndTheEndpointMayAskForMore(t *testing.T) {
	d, r := newDesk(t, nil), newReceiver(t)
	d.subscribe(t, r.URL)
	r.answers(http.StatusBadGateway)
	d.feed.add(went(112, "in_force", "live"))
	for n, most := 0, 8*time.Second; n < 6; n, most = n+1, most*2 {
		d.work(t)
		ds := d.sent(t, event.DeliveryFilter{})
		pause := ds[0].NextAt.Sub(d.clock())
		if pause < most/4-time.Second || pause > most {
			t.Errorf("after attempt %d a pause of %v, want up to %v", ds[0].Attempts, pause, most)
		}
		d.pass(pause)
	}
	r.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "2400")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	d.work(t)
	if pause := d.sent(t, event.DeliveryFilter{})[0].NextAt.Sub(d.clock()); pause != 40*time.Minute {
		t.Errorf("a pause of %v, want the 40 minutes that were asked for", pause)
	}
}

func TestAnEndpointThatIsGoneIsNotAskedAgain(t *testing.T) {
	d, r := newDesk(t, nil), newReceiver(t)
	s := d.subscribe(t, r.URL)
	r.answers(http.StatusGone)
	d.feed.add(went(112, "in_force", "live"), went(112, "live", "revoked"))
	d.work(t)
	d.feed.add(went(110, "", "live"))
	d.work(t)
	all, err := d.List(t.Context())
	if err != nil || r.count() != 1 || all[0].Ended != event.EndedByThem || !all[0].EndedAt.Equal(d.clock()) {
		t.Errorf("%d attempts, subscription %+v, %v", r.count(), all, err)
	}
	ds := d.sent(t, event.DeliveryFilter{})
	if len(ds) != 2 || ds[0].State != event.GivenUp || ds[0].Problem != event.ProblemEnded || ds[1].State != event.GivenUp || ds[1].Status != http.StatusGone {
		t.Errorf("got %+v", ds)
	}
	if err := d.SendAgain(t.Context(), s.ID, 1); !errors.Is(err, event.ErrNotFound) {
		t.Errorf("sending again to what is gone: %v", err)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	d, r, elsewhere := newDesk(t, nil), newReceiver(t), newReceiver(t)
	d.subscribe(t, r.URL)
	r.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", elsewhere.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
	d.feed.add(went(112, "in_force", "live"))
	d.work(t)
	if ds := d.sent(t, event.DeliveryFilter{}); elsewhere.count() != 0 || ds[0].Problem != event.ProblemRedirect || ds[0].State != event.Waiting {
		t.Errorf("the other place got %d; kept as %+v", elsewhere.count(), ds)
	}
}

func TestALongAnswerIsNotReadToItsEnd(t *testing.T) {
	d, r := newDesk(t, nil), newReceiver(t)
	d.subscribe(t, r.URL)
	broken := make(chan error, 1)
	r.answer = func(w http.ResponseWriter, _ *http.Request) {
		var err error
		for range 16 << 10 {
			if _, err = w.Write(make([]byte, 16<<10)); err != nil {
				break
			}
		}
		broken <- err
	}
	d.feed.add(went(112, "in_force", "live"))
	d.work(t)
	if err := <-broken; err == nil {
		t.Error("256 MiB of an answer were taken")
	}
	if ds := d.sent(t, event.DeliveryFilter{}); ds[0].State != event.Delivered {
		t.Errorf("kept as %+v", ds)
	}
}

func TestNothingIsSentToAnUntrustedCertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	home := event.Reach{Private: loopback()}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	for _, c := range []struct {
		roots *x509.CertPool
		want  event.Problem
	}{{x509.NewCertPool(), event.ProblemTLS}, {roots, ""}} {
		d := newDesk(t, func(cfg *event.Config) { cfg.Client = event.NewClient(home, c.roots) })
		d.subscribe(t, server.URL)
		d.feed.add(went(112, "in_force", "live"))
		d.work(t)
		if ds := d.sent(t, event.DeliveryFilter{}); ds[0].Problem != c.want {
			t.Errorf("kept as %+v, want problem %q", ds, c.want)
		}
	}
}

func TestTheAddressAndTheSecretStayOutOfTheLog(t *testing.T) {
	d := newDesk(t, nil)
	r := newReceiver(t)
	down := r.URL
	r.Close()
	s := d.subscribe(t, down+"/hidden-path?key=hidden-key")
	d.feed.add(went(112, "in_force", "live"))
	d.work(t)
	if ds := d.sent(t, event.DeliveryFilter{}); ds[0].Problem != event.ProblemConnection || ds[0].State != event.Waiting {
		t.Errorf("kept as %+v", ds)
	}
	text := d.logs.String()
	if !strings.Contains(text, s.ID) || strings.Contains(text, "hidden") || strings.Contains(text, strings.TrimPrefix(s.Secret.Reveal(), "whsec_")) {
		t.Errorf("log: %s", text)
	}
}
