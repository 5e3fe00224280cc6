// SPDX-License-Identifier: EUPL-1.2

package samenspel_test

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// The document that says which test provokes which fault names tests that exist,
// and each of its rows names one.
func TestTheFaultsNameTestsThatExist(t *testing.T) {
	declared, found := regexp.MustCompile(`(?m)^func (Test\w+)\(`), map[string]bool{}
	for _, name := range repoFiles(t) {
		if !strings.HasSuffix(path.Base(name), "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllSubmatch(source, -1) {
			found[string(m[1])] = true
		}
	}
	text, err := os.ReadFile("docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	named, rows := regexp.MustCompile("`(Test\\w+)`"), 0
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| fault") {
			continue
		}
		rows++
		tests := named.FindAllStringSubmatch(line, -1)
		if len(tests) == 0 && !strings.HasSuffix(strings.TrimSpace(line), "| the same |") {
			t.Errorf("no test is named for %s", line)
		}
		for _, m := range tests {
			if !found[m[1]] {
				t.Errorf("no test is called %s", m[1])
			}
		}
	}
	if rows < 20 {
		t.Errorf("only %d faults are told", rows)
	}
}
