// SPDX-License-Identifier: EUPL-1.2

package loket_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/samenspel/samenspel/internal/fieldlab/loket"
)

// layer stands for the Outways and Inways between the organisations: it brings
// calls to where the first part of the path says, unless that was revoked.
type layer struct {
	services map[string]http.Handler
	revoked  atomic.Pointer[string]
}

func (l *layer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if gone := l.revoked.Load(); gone != nil && *gone == name {
		w.Header().Set("Fsc-Error-Code", "UNKNOWN_GRANT_HASH_IN_HEADER")
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	l.services[name].ServeHTTP(w, r)
}

func TestNoticesReachTheMunicipalityTheyAreForUntilTheAgreementEnds(t *testing.T) {
	var log lines
	between := &layer{services: map[string]http.Handler{}}
	server := httptest.NewServer(between)
	defer server.Close()
	desks := map[string]*loket.Desk{}
	for _, m := range loket.Municipalities() {
		desks[m.Key] = newDesk(t, m.Key, &log)
		between.services[m.Key] = desks[m.Key].Handler()
	}
	between.services["supplier"] = loket.NewSupplier(loket.SupplierConfig{
		Desk:   func(key string) (loket.Target, bool) { return loket.Target{URL: server.URL + "/" + key}, true },
		Client: server.Client(), Now: testNow, Logger: log.logger(),
	})
	v, err := loket.VariationOf("duinwijk")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t}
	s.handler, err = loket.NewCounter(loket.CounterConfig{
		Variation: v, Supplier: "Formulierenhuis", Host: host, Client: server.Client(), Now: testNow, Logger: log.logger(), Received: desks["duinwijk"].Received,
		Service: func(loket.Kind) (loket.Target, bool) { return loket.Target{URL: server.URL + "/supplier"}, true },
	})
	if err != nil {
		t.Fatal(err)
	}

	_, page := s.post("/formulier/verhuizing", typedMove())
	contains(t, page, "VEE-2026-00001", "Gemeente Veenhoven")
	_, page = s.post("/formulier/verhuizing", typedMove()) // sent again
	contains(t, page, "VEE-2026-00001")
	_, page = s.post("/formulier/overlijden", typedDeath())
	contains(t, page, "DUI-2026-00001", "Gemeente Duinwijk")
	if n := len(desks["veenhoven"].Received()); n != 1 {
		t.Errorf("Veenhoven received %d", n)
	}
	changed := typedMove()
	changed.Set("huisnummer", "8")
	_, page = s.post("/formulier/verhuizing", changed)
	contains(t, page, "heeft deze melding al")
	_, page = s.get("/ontvangen")
	contains(t, page, "DUI-2026-00001", "Overlijden", "21 november 2026")
	noPersonalData(t, page)

	between.revoked.Store(new("veenhoven"))
	_, page = s.post("/formulier/verhuizing", typedMove())
	contains(t, page, "niet bezorgen bij gemeente Veenhoven", `value="Turfkade"`)
	between.revoked.Store(new("supplier"))
	_, page = s.post("/formulier/overlijden", typedDeath())
	contains(t, page, "geen geldige afspraak", `value="Zonderling"`)
	noPersonalData(t, log.String())
}
