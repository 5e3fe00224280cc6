// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var startAddress = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+`)

// TestTheFieldlabHasFaces starts the program as a newcomer does, plays on the
// start page, and goes on as somebody of one of the organisations.
func TestTheFieldlabHasFaces(t *testing.T) {
	longTale(t)
	t.Parallel()
	url := fieldlabUp(t)
	b := newPerson(t, "nl")
	b.open(url)
	b.awaits("Gemeente Duinwijk")
	b.everyLook("start page nl")
	if dir := os.Getenv("SAMENSPEL_PICTURES"); dir != "" {
		(&album{browser: b, dir: dir}).keep("beeld/fieldlab", 1000)
	}
	b.leave("call", `document.querySelector("main button[value^='call:']").click()`)
	b.awaits("Gemeente Duinwijk")
	b.leave("switch", `document.querySelector("main button[name=as]").click()`)
	b.says("Overzicht")
	if strings.HasPrefix(b.location(), url) {
		t.Errorf("still on the start page: %s", b.location())
	}
	b.fine()
}

// longTale leaves a test out of the loop while you work.
func longTale(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("not in the loop while you work; make test runs it")
	}
}

// fieldlabUp starts the built program's fieldlab and gives the address of its
// start page, once its scenes have been played.
func fieldlabUp(t *testing.T) string {
	t.Helper()
	return startAddress.FindString(stayingFieldlab(t, t.TempDir()))
}
