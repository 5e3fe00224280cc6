// SPDX-License-Identifier: EUPL-1.2

package loket_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/fieldlab/loket"
)

func TestMunicipalitiesOfTheTaleNeverExisted(t *testing.T) {
	facts, err := register.Load()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range facts.Municipalities() {
		names = append(names, m.Name)
	}
	for _, m := range facts.Ended() {
		names = append(names, m.Name)
	}
	for _, ours := range loket.Municipalities() {
		for _, name := range names {
			if strings.EqualFold(name, ours.Name) {
				t.Errorf("%s is or was a municipality", name)
			}
		}
		if !strings.HasPrefix(ours.Postcodes, "0") {
			t.Errorf("%s has postcodes that could exist", ours.Name)
		}
	}
}

func TestDeskReceivesANoticeOnce(t *testing.T) {
	var log lines
	d := newDesk(t, "veenhoven", &log)
	const path = "/route/of/the/inway/meldingen"
	body := text(t, object{"verhuizing": move()})
	first := post(t, d.Handler(), path, body)
	if first.status != http.StatusCreated || first.Reference != "VEE-2026-00001" || first.Municipality != "Veenhoven" || !first.Received.Equal(testNow()) {
		t.Fatalf("got %+v", first)
	}
	again := post(t, d.Handler(), path, strings.ReplaceAll(body, `,"`, `, "`)) // only the layout differs
	if again.status != http.StatusOK || again.Reference != first.Reference {
		t.Errorf("again: %+v", again)
	}
	changed := post(t, d.Handler(), path, text(t, object{"verhuizing": with(move(), "huisnummer", "8")}))
	if changed.status != http.StatusConflict || changed.Code != "changed" {
		t.Errorf("changed: %+v", changed)
	}
	got := d.Received()
	if len(got) != 1 || got[0].Kind != loket.KindMove || got[0].Day != "2026-12-01" || got[0].People != 2 {
		t.Errorf("received %+v", got)
	}
	noPersonalData(t, log.String(), fmt.Sprintf("%+v", got))
}

func TestDeskTakesTheSameNoticeOnceFromManyAtTheSameTime(t *testing.T) {
	d := newDesk(t, "veenhoven", &lines{})
	body := text(t, object{"verhuizing": move()})
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() { post(t, d.Handler(), "/meldingen", body) })
	}
	wait.Wait()
	if got := d.Received(); len(got) != 1 {
		t.Errorf("received %d", len(got))
	}
}

func TestDeskRemembersTheNewestOnly(t *testing.T) {
	d := newDesk(t, "veenhoven", &lines{})
	for i := range 205 {
		key := mark[:23] + string([]byte{'A' + byte(i%26), 'A' + byte(i/26), 'A'})
		if a := post(t, d.Handler(), "/meldingen", text(t, object{"verhuizing": with(move(), "kenmerk", key)})); a.status != http.StatusCreated {
			t.Fatalf("%+v", a)
		}
	}
	got := d.Received()
	if len(got) != 200 || got[0].Receipt.Reference != "VEE-2026-00205" || got[199].Receipt.Reference != "VEE-2026-00006" {
		t.Errorf("%d, from %s to %s", len(got), got[0].Receipt.Reference, got[len(got)-1].Receipt.Reference)
	}
}

func TestDeskRefusesWhatIsNotForIt(t *testing.T) {
	d := newDesk(t, "duinwijk", &lines{})
	for name, tc := range map[string]struct {
		body   any
		status int
		code   string
		field  string
	}{
		"a move to elsewhere": {object{"verhuizing": move()}, 422, "other_municipality", ""},
		"nothing":             {object{}, 422, "invalid", ""},
		"both":                {object{"verhuizing": move(), "overlijden": death()}, 422, "invalid", "overlijden"},
		"a wrong field":       {object{"overlijden": with(death(), "aangever.bsn", "1")}, 422, "invalid", "overlijden.aangever.bsn"},
		"a field extra":       {object{"overlijden": death(), "spoed": true}, 422, "invalid", "spoed"},
	} {
		t.Run(name, func(t *testing.T) {
			a := post(t, d.Handler(), "/meldingen", text(t, tc.body))
			if a.status != tc.status || a.Code != tc.code || a.Detail == "" {
				t.Errorf("got %+v", a)
			}
			if tc.code == "invalid" && (len(a.Faults) != 1 || a.Faults[0].Field != tc.field) {
				t.Errorf("faults %+v", a.Faults)
			}
		})
	}
	if len(d.Received()) > 0 {
		t.Error("it was kept")
	}
	if _, err := loket.NewDesk(loket.DeskConfig{Municipality: "utrecht"}); err == nil {
		t.Error("there is a desk of a municipality outside the tale")
	}
}

func TestServicesTakeJSONByPostOnly(t *testing.T) {
	supplier := loket.NewSupplier(loket.SupplierConfig{Now: testNow, Logger: (&lines{}).logger()})
	for known, h := range map[string]http.Handler{"/verhuizingen": supplier, "/meldingen": newDesk(t, "duinwijk", &lines{}).Handler()} {
		for name, tc := range map[string]struct {
			method, path, kind, body string
			status                   int
		}{
			"another path":  {http.MethodPost, "/iets", "application/json", "{}", 404},
			"to read":       {http.MethodGet, known, "", "", 405},
			"a form":        {http.MethodPost, known, "application/x-www-form-urlencoded", "a=b", 415},
			"no type":       {http.MethodPost, known, "", "{}", 415},
			"too large":     {http.MethodPost, known, "application/json", `{"kenmerk":"` + strings.Repeat("A", 70<<10) + `"}`, 413},
			"an empty body": {http.MethodPost, known, "application/json; charset=utf-8", "", 422},
		} {
			r := httptest.NewRequestWithContext(t.Context(), tc.method, tc.path, strings.NewReader(tc.body))
			r.Header.Set("Content-Type", tc.kind)
			if a := do(t, h, r); a.status != tc.status || a.Detail == "" {
				t.Errorf("%s at %s: %+v", name, known, a)
			}
		}
	}
}

func TestSupplierTellsThatANoticeWasNotDelivered(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		"a refusal by its Outway": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Fsc-Error-Code", "ERROR_CODE_INWAY_UNREACHABLE")
			w.WriteHeader(http.StatusBadGateway)
		},
		"an answer that is no receipt": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"gemeente":"<b>"}`)) },
		"a broken connection":          func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"an error of the desk":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"a redirect to elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		},
	}
	for name, outway := range answers {
		t.Run(name, func(t *testing.T) {
			var log lines
			server := httptest.NewServer(outway)
			defer server.Close()
			h := loket.NewSupplier(loket.SupplierConfig{
				Desk: func(string) (loket.Target, bool) { return loket.Target{URL: server.URL}, true }, Client: server.Client(), Now: testNow, Logger: log.logger(),
			})
			a := post(t, h, "/verhuizingen", text(t, move()))
			if a.status != http.StatusBadGateway || a.Code != "not_delivered" || a.Municipality != "Veenhoven" {
				t.Errorf("got %+v", a)
			}
			if refused := strings.Contains(name, "refusal"); refused != (a.Refusal == "ERROR_CODE_INWAY_UNREACHABLE") {
				t.Errorf("the code is %q", a.Refusal)
			}
			noPersonalData(t, log.String())
		})
	}
	h := loket.NewSupplier(loket.SupplierConfig{Desk: func(string) (loket.Target, bool) { return loket.Target{}, false }, Now: testNow, Logger: (&lines{}).logger()})
	if a := post(t, h, "/overlijdensaangiften", text(t, death())); a.Code != "not_delivered" || a.Municipality != "Duinwijk" {
		t.Errorf("without a way: %+v", a)
	}
}

// noPersonalData refuses texts with something of the people in the notices.
func noPersonalData(t *testing.T, texts ...string) {
	t.Helper()
	for _, one := range texts {
		for _, secret := range []string{mover, partner, realBSN, "Zonderling", "Ommeke", "Hoofdbewoner", "Turfkade", "0201BB", "1940-02-29"} {
			if strings.Contains(one, secret) {
				t.Errorf("%q stands in %.2000s", secret, one)
			}
		}
	}
}
