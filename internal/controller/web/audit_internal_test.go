// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// actLiteral is how the code writes an act of the audit trail.
var actLiteral = regexp.MustCompile(`"((?:contract|service|route|rule|peer|account|session|token|request|log|audit)\.[a-z_.]*[a-z])"`)

func TestEachActOfTheAuditTrailHasWords(t *testing.T) {
	// These are put together from their parts.
	written := map[string]bool{"contract.accept": true, "contract.reject": true, "contract.revoke": true}
	for _, pattern := range []string{"../*.go", "../../operator/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no source at %s: %v", pattern, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range actLiteral.FindAllSubmatch(source, -1) {
				written[string(m[1])] = true
			}
		}
	}
	all, err := loadCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	for act := range written {
		object, _, _ := strings.Cut(act, ".")
		for _, key := range []string{"audit.act." + act, "audit.objects." + object} {
			if !all[dutch].has(key) || !all[english].has(key) {
				t.Errorf("%s has no text", key)
			}
		}
	}
	if len(written) < 30 {
		t.Errorf("only %d acts are found in the source", len(written))
	}
}
