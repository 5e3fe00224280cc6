// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What the tale may cost at most.
const (
	firstCallSeconds = 10.0
	memoryMiB        = 250
	silenceMillis    = 5000
)

// TestTheTaleOfTheMantelPlaysWithoutABrowser runs the program as people and
// pipelines do, and looks at what it printed and left behind.
func TestTheTaleOfTheMantelPlaysWithoutABrowser(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b, err := command(t, "fieldlab", "--once", "--dir", dir).CombinedOutput()
	told := string(b)
	if err != nil {
		t.Fatalf("%v\n%s", err, told)
	}
	at := 0
	for _, scene := range []string{
		"signed the framework", "joined, reserved 500 notices and called off 250", "the rule of Formulierenhuis signed because the call-off is live",
		"a notice (verhuizing) from the form page of Gemeente Duinwijk reached Gemeente Veenhoven as VEE-",
		"a notice (overlijden) from the form page of Gemeente Duinwijk reached Gemeente Zilverbroek as ZIL-",
		"agreement_missing", "its node runs at Stelselbeheer", "Gemeente Duinwijk ended its call-off", "the next notice is refused", "not_enough",
	} {
		found := strings.Index(told[at:], scene)
		if found < 0 {
			t.Fatalf("%q doesn't come after the scene before it:\n%s", scene, told)
		}
		at += found
	}
	taleCosts(t, told)
	taleLogs(t, dir, told)
}

// number gives the first number that a pattern finds.
func number(t *testing.T, told, pattern string) float64 {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(told)
	if found == nil {
		t.Fatalf("nothing like %q is told:\n%s", pattern, told)
	}
	n, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func taleCosts(t *testing.T, told string) {
	t.Helper()
	if s := number(t, told, `First call answered ([0-9.]+) s after`); s >= firstCallSeconds {
		t.Errorf("the first call was answered after %.1f s", s)
	}
	if m := number(t, told, `uses ([0-9]+) MiB of memory`); m >= memoryMiB {
		t.Errorf("the whole takes %.0f MiB", m)
	}
	if ms := number(t, told, `gives no token any more after ([0-9]+) ms`); ms >= silenceMillis {
		t.Errorf("tokens are given for %.0f ms after the end", ms)
	}
}

// taleLogs finds both legs of each notice in the logs of both its sides, and no
// field of a notice in what the nodes logged.
func taleLogs(t *testing.T, dir, told string) {
	t.Helper()
	logs := map[string]string{}
	for name, folder := range map[string]string{
		"duinwijk": "duinwijk", "veenhoven": "veenhoven", "zilverbroek": "stelselbeheer/hosted/zilverbroek", "formulierenhuis": "formulierenhuis",
	} {
		if _, err := os.Stat(filepath.Join(dir, folder, "keys", "contract.pem")); err != nil {
			t.Errorf("%s has no certificate of its own: %v", name, err)
		}
		logs[name] = segments(t, filepath.Join(dir, folder, "log"))
	}
	legs := regexp.MustCompile(`reached Gemeente (\w+) as \S+ the second leg is transaction ([0-9a-f-]{36})`).FindAllStringSubmatch(told, -1)
	if len(legs) != 3 {
		t.Fatalf("%d notices arrived, want 3:\n%s", len(legs), told)
	}
	for _, leg := range legs {
		for _, name := range []string{"formulierenhuis", strings.ToLower(leg[1])} {
			if !strings.Contains(logs[name], leg[2]) {
				t.Errorf("transaction %s isn't in the log of %s", leg[2], name)
			}
		}
	}
	first := regexp.MustCompile(`notice: \w+ +Gemeente (\w+) +Formulierenhuis +200 +[0-9.]+ +([0-9a-f-]{36}) +yes`).FindAllStringSubmatch(told, -1)
	if len(first) != 3 {
		t.Fatalf("%d notices left, want 3:\n%s", len(first), told)
	}
	for _, leg := range first {
		for _, name := range []string{"formulierenhuis", strings.ToLower(leg[1])} {
			if !strings.Contains(logs[name], leg[2]) {
				t.Errorf("transaction %s isn't in the log of %s", leg[2], name)
			}
		}
	}
	nodes, err := os.ReadFile(filepath.Join(dir, "fieldlab.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"999990019", "999990020", "Turfkade", "Zonderling"} {
		if strings.Contains(string(nodes), field) {
			t.Errorf("a node logged %q of a notice", field)
		}
	}
	if !strings.Contains(string(nodes), `"node":"zilverbroek","host":"stelselbeheer"`) {
		t.Error("the log doesn't tell on whose machines the node of Zilverbroek runs")
	}
}

// segments reads all of a transaction log, as it lies on disk.
func segments(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, f := range slices.DeleteFunc(files, os.DirEntry.IsDir) {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return string(all)
}
