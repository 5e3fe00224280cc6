// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// bold is how the user's documents write a word that stands on a page.
var bold = regexp.MustCompile(`\*\*([^*]+)\*\*`)

// TestUserDocumentsNameWhatThePagesSay keeps the documents for users and the
// texts of the pages together: a button that gets another name has to get it in
// both. It also finds pictures that no document shows.
func TestUserDocumentsNameWhatThePagesSay(t *testing.T) {
	t.Parallel()
	pages := strings.ToLower(readAll(t, "../internal/controller/web/catalogue/nl/*.yaml"))
	files, err := filepath.Glob("../docs/gebruik/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, file := range files {
		for _, m := range bold.FindAllStringSubmatch(readAll(t, file), -1) {
			if words := strings.ToLower(strings.Join(strings.Fields(m[1]), " ")); !strings.Contains(pages, strings.TrimRight(words, ".:")) {
				t.Errorf("%s speaks of %q, which no page says", filepath.Base(file), m[1])
			}
		}
	}
	shown := readAll(t, "../docs/gebruik/*.md") + readAll(t, "../README.md")
	pictures, err := filepath.Glob("../docs/gebruik/beeld/*.png")
	if err != nil || len(pictures) == 0 {
		t.Fatalf("no pictures: %v", err)
	}
	for _, p := range pictures {
		if !strings.Contains(shown, "beeld/"+filepath.Base(p)) {
			t.Errorf("%s is in no document", p)
		}
	}
}

// readAll gives the texts of all files that fit a pattern.
func readAll(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	return b.String()
}
