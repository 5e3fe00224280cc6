// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The document that says which test shows which promise names tests that exist.
func TestThePromisesNameTestsThatExist(t *testing.T) {
	root := filepath.Join("..", "..")
	raw, err := os.ReadFile(filepath.Join(root, "docs", "collective-rows.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Example)\w+)\(`)
	for _, dir := range []string{"internal", "e2e"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			for _, m := range declared.FindAllSubmatch(source, -1) {
				found[string(m[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	named := regexp.MustCompile("`((?:Test|Example)\\w+)`").FindAllSubmatch(raw, -1)
	if len(named) < 30 {
		t.Errorf("only %d tests are named", len(named))
	}
	// What the design calls step 1, each with at least one test.
	for row := range strings.FieldsSeq("5 6 11 12 14 17 19 20 23 27 29 54 55 57 62 65 66 68 69 70") {
		if !regexp.MustCompile(`(?m)^\| ` + row + ` \|.*\x60Test`).Match(raw) {
			t.Errorf("row %s names no test", row)
		}
	}
	for _, m := range named {
		if !found[string(m[1])] {
			t.Errorf("no test is called %s", m[1])
		}
	}
}
