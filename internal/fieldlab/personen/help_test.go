// SPDX-License-Identifier: EUPL-1.2

package personen_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/fieldlab/personen"
)

const path = "/haalcentraal/api/brp/personen"

// reply is a response in the shape of either an answer or a problem.
type reply struct {
	status int
	header http.Header

	Type          string              `json:"type"`
	Persons       []map[string]any    `json:"personen"`
	Title         string              `json:"title"`
	Status        int                 `json:"status"`
	Detail        string              `json:"detail"`
	Instance      string              `json:"instance"`
	Code          string              `json:"code"`
	InvalidParams []map[string]string `json:"invalidParams"`
}

// shared is one source for all tests: it does not change after it is made.
var shared = sync.OnceValues(func() (*personen.Source, error) {
	return personen.New(personen.WithClock(func() time.Time {
		return time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)
	}))
})

// newSource is the source on 15 June 2026.
func newSource(tb testing.TB) *personen.Source {
	tb.Helper()
	source, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	return source
}

func request(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

func do(tb testing.TB, handler http.Handler, r *http.Request) reply {
	tb.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	got := reply{status: w.Code, header: w.Header()}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		tb.Fatalf("response is not JSON: %v: %s", err, w.Body)
	}
	return got
}

// ask posts a body and wants an answer.
func ask(tb testing.TB, body string) []map[string]any {
	tb.Helper()
	got := do(tb, newSource(tb).Handler(), request(body))
	if got.status != http.StatusOK {
		tb.Fatalf("status %d: %+v", got.status, got)
	}
	return got.Persons
}

// raadpleeg asks fields of one person by BSN and gives them as JSON.
func raadpleeg(tb testing.TB, bsn, fields string) string {
	tb.Helper()
	persons := ask(tb, `{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["`+bsn+
		`"],"fields":["`+strings.ReplaceAll(fields, ",", `","`)+`"]}`)
	if len(persons) != 1 {
		tb.Fatalf("%d persons, want 1", len(persons))
	}
	return asJSON(tb, persons[0])
}

func asJSON(tb testing.TB, value any) string {
	tb.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// sameJSON compares without regard to the order of members.
func sameJSON(tb testing.TB, got, want string) {
	tb.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		tb.Fatalf("got: %v: %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		tb.Fatalf("want: %v: %s", err, want)
	}
	if asJSON(tb, g) != asJSON(tb, w) {
		tb.Errorf("got  %s\nwant %s", asJSON(tb, g), asJSON(tb, w))
	}
}
