// SPDX-License-Identifier: EUPL-1.2

package samenspel_test

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// maxDirectDependencies keeps every dependency a decision. DEPENDENCIES.md says why each one is there.
const maxDirectDependencies = 21

const goldenDependencies = "docs/deps.golden.txt"

var update = flag.Bool("update", false, "rewrite "+goldenDependencies)

// directDependencies gives the modules that go.mod requires without "// indirect".
func directDependencies(t *testing.T) []string {
	t.Helper()
	out, err := goTool("mod", "edit", "-json")
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var direct []string
	for _, r := range mod.Require {
		if !r.Indirect {
			direct = append(direct, r.Path)
		}
	}
	return direct
}

func TestDirectDependenciesAreFewAndExplained(t *testing.T) {
	direct := directDependencies(t)
	if len(direct) > maxDirectDependencies {
		t.Errorf("go.mod has %d direct dependencies, at most %d: write the few lines yourself or replace another one", len(direct), maxDirectDependencies)
	}
	text, err := os.ReadFile("DEPENDENCIES.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range direct {
		if !strings.Contains(string(text), "`"+d+"`") {
			t.Errorf("DEPENDENCIES.md doesn't say why we depend on %s: add a row", d)
		}
	}
}

// TestLinkedPackagesMatchGoldenFile makes a new dependency of the program a
// visible change in a review.
func TestLinkedPackagesMatchGoldenFile(t *testing.T) {
	w := mustWorld(t)
	program := w.ours["cmd/samenspel"]
	if program == nil {
		t.Fatal("there is no package cmd/samenspel")
	}
	linked := map[string]bool{}
	for _, d := range program.Deps {
		if p := w.all[d]; p != nil && !p.Standard && !under(d, modulePath) {
			linked[d] = true
		}
	}
	got := strings.Join(slices.Sorted(maps.Keys(linked)), "\n") + "\n"
	if *update {
		if err := os.WriteFile(goldenDependencies, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	golden, err := os.ReadFile(goldenDependencies)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(golden)), "\n")
	for name := range linked {
		if !slices.Contains(want, name) {
			t.Errorf("the program now links %s: if that is meant, run `go test . -run Golden -update` and say why in the change", name)
		}
	}
	for _, name := range want {
		if !linked[name] {
			t.Errorf("the program no longer links %s: run `go test . -run Golden -update`", name)
		}
	}
}
