// SPDX-License-Identifier: EUPL-1.2

package loket_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/fieldlab/loket"
)

const (
	mark    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	mover   = "999990019"
	partner = "999990020"
	realBSN = "123456708" // passes the test of eleven, and is nobody's test number
)

// testNow is a Sunday in winter.
func testNow() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// object is a notice as JSON, to be spoilt.
type object = map[string]any

func move() object {
	return object{
		"kenmerk": mark, "bsn": mover, "verhuisdatum": "2026-12-01", "postcode": "0201BB", "huisnummer": "7", "straatnaam": "Turfkade",
		"woonplaats": "Veenhoven", "meeverhuizendeGezinsleden": []any{object{"bsn": partner, "voornamen": "Ommeke", "achternaam": "Zonderling"}},
		"toestemmingHoofdbewoner": object{"naam": "Hoofdbewoner", "bsn": "999990032", "akkoord": true},
	}
}

func death() object {
	return object{
		"kenmerk": mark, "plaatsVanOverlijden": "Duinwijk", "aangever": object{"bsn": partner},
		"overledene":  object{"heeftBSN": true, "bsn": mover, "voornamen": "Ommeke", "achternaam": "Zonderling", "geboortedatum": "1940-02-29"},
		"datumBekend": true, "datumOverlijden": "2026-11-21", "tijdstipBekend": true, "tijdstipOverlijden": "23:59",
		"aardOverlijden": "natuurlijk", "doktersverklaring": "A-1", "soortLijkbezorging": "cremeren",
	}
}

// with changes a notice: the value at a path with points, nil to leave it out.
func with(o object, path string, value any) object {
	at := o
	parts := strings.Split(path, ".")
	for _, p := range parts[:len(parts)-1] {
		next, ok := at[p].(object)
		if !ok {
			panic("no object at " + path)
		}
		at = next
	}
	if last := parts[len(parts)-1]; value == nil {
		delete(at, last)
	} else {
		at[last] = value
	}
	return o
}

func text(t testing.TB, value any) string {
	t.Helper()
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// answer is what a service answered: a receipt or a problem.
type answer struct {
	status       int
	Municipality string        `json:"gemeente"`
	Reference    string        `json:"referentie"`
	Received     time.Time     `json:"ontvangen"`
	Code         string        `json:"code"`
	Refusal      string        `json:"foutcode"`
	Detail       string        `json:"detail"`
	Faults       []loket.Fault `json:"invalidParams"`
}

// post sends a body to a handler.
func post(t testing.TB, h http.Handler, path, body string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return do(t, h, r)
}

func do(t testing.TB, h http.Handler, r *http.Request) answer {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	a := answer{status: w.Code}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("answer is not JSON: %v: %s", err, w.Body)
	}
	return a
}

// newDesk is the desk of a municipality.
func newDesk(t testing.TB, municipality string, log *lines) *loket.Desk {
	t.Helper()
	d, err := loket.NewDesk(loket.DeskConfig{Municipality: municipality, Now: testNow, Logger: log.logger()})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
