// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"testing"

	"github.com/samenspel/samenspel/internal/limit"
)

func TestLimitsOfAServiceAreFilledInChangedAndTakenAway(t *testing.T) {
	d := newDeal(t)
	b := d.browser(t).setUp()
	b.post("/services", "name", "parkeren", "upstream", "http://127.0.0.1:9")
	b.get("/services/parkeren").has(t, "Deze dienst heeft geen grenzen", `href="/services/parkeren/limits"`)
	b.get("/services/parkeren/limits").has(t, `name="concurrent_calls"`, "samenspel service limit parkeren --none")
	b.follow(b.post("/services/parkeren/limits", "concurrent_calls", "1500", "concurrent_calls_per_peer", "", "request_bytes", "2,5", "response_milliseconds", "0,75")).
		has(t, "De grenzen van parkeren zijn bewaard", "1.500", "2,5 MB", "0,75 s", "Geen grens")
	services, err := d.manager.ListServices(t.Context())
	must(t, err)
	if want := (limit.Limits{ConcurrentCalls: 1500, RequestBytes: 2_500_000, ResponseMilliseconds: 750}); services[0].Limits != want {
		t.Errorf("stored are %+v", services[0].Limits)
	}
	b.get("/services/parkeren/limits").has(t, `value="2,5"`, `value="1500"`, "--none --concurrent-calls 1500 --request-bytes 2500000 --response-milliseconds 750")
	b.follow(b.post("/services/parkeren/limits")).has(t, "Deze dienst heeft geen grenzen")
	b.get("/audit?act=service.limit").has(t, "request_bytes", "2500000")
	b.get("/services/nergens/limits").want(t, http.StatusNotFound, "")
}

func TestALimitThatCannotBeIsToldAtItsField(t *testing.T) {
	d := newDeal(t)
	b := d.browser(t).setUp()
	b.post("/services", "name", "parkeren", "upstream", "http://127.0.0.1:9")
	for field, values := range map[string][]string{
		"concurrent_calls":          {"-1", "1.000", "1,5", "veel", "1000001", "99999999999999999999"},
		"calls_per_second_per_peer": {"0,5"},
		"request_bytes":             {"1.5", "1000000,1", "0,0000001", "10MB"},
		"response_milliseconds":     {"3601", "0,0001", ",5"},
	} {
		for _, v := range values {
			b.post("/services/parkeren/limits", field, v).want(t, http.StatusBadRequest, "").has(t, `href="#f-`+field+`"`, `value="`+v+`"`)
		}
	}
	b.post("/services/parkeren/limits", "concurrent_calls", "5", "concurrent_calls_per_peer", "6").want(t, http.StatusBadRequest, "").
		has(t, `href="#f-concurrent_calls_per_peer"`, "niet meer zijn dan het aantal van iedereen samen")
}

func FuzzDecimalsOfLimitsComeBackAsTheyWere(f *testing.F) {
	f.Add("12,5", int64(1))
	f.Add("0,000001", int64(2_500_000))
	f.Add("1.000", int64(1_000_000_000_000))
	f.Fuzz(func(t *testing.T, text string, n int64) {
		if v, ok := readDecimal(text, 6, ","); ok {
			if v < 0 {
				t.Errorf("%q is read as %d", text, v)
			}
			if back, ok := readDecimal(writeDecimal(v, 6, ","), 6, ","); !ok || back != v {
				t.Errorf("%q is %d, and then %d", text, v, back)
			}
		}
		if n %= limit.MaxRequestBytes; n < 0 {
			n = -n
		}
		for places := range 7 {
			if back, ok := readDecimal(writeDecimal(n, places, "."), places, "."); !ok || back != n {
				t.Errorf("%d with %d decimals comes back as %d", n, places, back)
			}
		}
	})
}
