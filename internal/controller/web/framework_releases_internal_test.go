// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// openData gives a file that was really published.
func openData(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "collective", "ocds", "testdata", "real", name))
	must(t, err)
	return string(raw)
}

func TestAFrameworkIsTakenOverFromOpenData(t *testing.T) {
	j := newJoint(t)
	b := j.sites[office].browser(t).setUp()
	b.get("/frameworks/import").has(t, "Of neem over uit open data", `action="/frameworks/import/releases"`, `name="releases"`)
	send := func(content string) answer {
		return b.upload("/frameworks/import/releases", sentFile("releases", "open.json", content))
	}
	send("").want(t, http.StatusBadRequest, "").has(t, `href="#f-releases"`)
	b.upload("/frameworks/import/releases", sentFile("document", "open.json", "{}")).want(t, http.StatusBadRequest, "").has(t, `href="#f-releases"`, "1 MB")
	send("<x>").want(t, http.StatusBadRequest, "").has(t, `href="#f-releases"`, "geen geldige open data")
	send(openData(t, "chile-framework-open_multiple_first_stage.json")).want(t, http.StatusBadRequest, "").
		has(t, `href="#f-releases"`, "/publisher").hasNot(t, "langer dan vier jaar")
	send(openData(t, "uk-cf-network-cabling-framework-award.json")).want(t, http.StatusBadRequest, "").
		has(t, `href="#f-releases"`, "langer dan vier jaar", "artikel 33 lid 1")

	read := send(openData(t, "uk-cf-repairs-planned-works-framework-award.json"))
	read.want(t, http.StatusBadRequest, "").has(t, `value="Repairs and Planned Works Framework"`, `value="2025-04-01"`, `href="#f-eligible"`, `href="#f-l0.suppliers"`,
		`href="#f-l0.quantity"`, "in GBP en niet overgenomen", "Axis Europe PLC", "al elders gesloten", `name="source.hash"`, `value="releases.json"`).
		hasNot(t, `value="175`)
	fields := append(read.fields(), "name", "Repairs", "published", "2024-09-01", "notBefore", "2025-04-01", "notAfter", "2029-03-31", "keeper", string(office), "tailDays", "0",
		"eligible", string(town), "w0.from", "2026-11-01", "w0.until", "2027-11-01", "l0.id", "1", "l0.name", "Reparaties", "l0.quantity", "1000", "l0.unit", "woningen",
		"l0.value", "1.000.000,00", "l0.suppliers", string(source), "l0.services", "reparaties", "step", "2")
	outcome := b.post("/frameworks/new", fields...)
	outcome.want(t, http.StatusOK, "").has(t, "Nog niet bevestigd", "31 maart 2029", "releases.json")
	signed := b.post("/frameworks/new", append(outcome.fields(), "step", "sign")...)
	b.follow(signed).has(t, "wacht op bevestiging", "Repairs", "releases.json")
}
