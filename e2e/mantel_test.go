// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"bufio"
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
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
	longTale(t)
	t.Parallel()
	dir := t.TempDir()
	b, err := command(t, "fieldlab", "--once", "--dir", dir).CombinedOutput()
	told := string(b)
	if err != nil {
		t.Fatalf("%v\n%s", err, told)
	}
	at := 0
	for _, scene := range []string{
		"signed the framework", "made its price sheet", "tells that 2000 notices cost € 3000 and joining takes 24 hours", "joined, reserved 500 notices and called off 250", "the rule of Formulierenhuis signed because the call-off is live",
		"a notice (verhuizing) from the form page of Gemeente Duinwijk reached Gemeente Veenhoven as VEE-",
		"a notice (overlijden) from the form page of Gemeente Duinwijk reached Gemeente Zilverbroek as ZIL-",
		"agreement_missing", "its node runs at Stelselbeheer", "released each signature with two factors", "Gemeente Duinwijk ended its call-off", "the next notice is refused", "calls, root ", "both sides agree", "not_enough",
		"took over the framework \"Drukwerk formulieren\" from paper; Formulierenhuis and Gemeente Duinwijk confirmed it",
	} {
		found := strings.Index(told[at:], scene)
		if found < 0 {
			t.Fatalf("%q doesn't come after the scene before it:\n%s", scene, told)
		}
		at += found
	}
	taleCosts(t, told)
	nothingPersonalIn(t, dir)
	again := stayingFieldlab(t, dir)
	notices(t, dir, again)
	contracts := cli(t, "contract", "list", "--node", filepath.Join(dir, "formulierenhuis"))
	ended := regexp.MustCompile(`REVOKED +`+string(duinwijkID)+` may call service (verhuizing-doorgeven|aangifte-overlijden)`).FindAllString(contracts, -1)
	if len(ended) != 4 { // two of each run
		t.Errorf("%d contracts of Duinwijk are revoked at the supplier, want 4:\n%s", len(ended), contracts)
	}
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

// stayingFieldlab starts the fieldlab in a folder that was used before, and gives
// what it told until it stays up.
func stayingFieldlab(t *testing.T, dir string) string {
	t.Helper()
	cmd := command(t, "fieldlab", "--dir", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the fieldlab ends with %v", err)
		}
	})
	ready := make(chan string, 1)
	go func() {
		var told strings.Builder
		for lines := bufio.NewScanner(out); lines.Scan(); {
			told.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), "stays up") {
				ready <- told.String()
				_, _ = io.Copy(io.Discard, out)
				return
			}
		}
		close(ready)
	}()
	return receive(t, "the fieldlab to stay up", ready)
}

// notices finds both legs of each notice in the logs of both its sides, as the
// command line shows them.
func notices(t *testing.T, dir, told string) {
	t.Helper()
	second := regexp.MustCompile(`reached Gemeente (\w+) as \S+ the second leg is transaction ([0-9a-f-]{36})`).FindAllStringSubmatch(told, -1)
	first := regexp.MustCompile(`notice: \w+ +Gemeente (\w+) +Formulierenhuis +200 +[0-9.]+ +([0-9a-f-]{36}) +yes`).FindAllStringSubmatch(told, -1)
	if len(first) != 3 || len(second) != 3 {
		t.Fatalf("%d notices left and %d arrived, want 3 of each:\n%s", len(first), len(second), told)
	}
	logs := map[string]string{}
	for name, folder := range map[string]string{
		"Duinwijk": "duinwijk", "Veenhoven": "veenhoven", "Zilverbroek": "stelselbeheer/hosted/zilverbroek", "Formulierenhuis": "formulierenhuis",
	} {
		logs[name] = cli(t, "log", "list", "--node", filepath.Join(dir, folder), "--json")
	}
	for _, leg := range slices.Concat(first, second) {
		for _, name := range []string{"Formulierenhuis", leg[1]} {
			if !strings.Contains(logs[name], leg[2]) {
				t.Errorf("transaction %s isn't in the log of %s", leg[2], name)
			}
		}
	}
}

// nothingPersonalIn looks for fields of notices in all that the nodes and
// applications wrote to disk (deeds, transaction logs, databases, what is logged),
// and for where the hosted node ran.
func nothingPersonalIn(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		for _, field := range []string{"999990019", "999990020", "Turfkade", "Zonderling"} {
			if bytes.Contains(b, []byte(field)) {
				t.Errorf("%q of a notice is in %s", field, path)
			}
		}
		return err
	})
	if err != nil || files < 50 {
		t.Fatalf("%d files: %v", files, err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "fieldlab.log"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), `"node":"zilverbroek","host":"stelselbeheer"`) {
		t.Error("the log doesn't tell on whose machines the node of Zilverbroek runs")
	}
	if _, err := os.Stat(filepath.Join(dir, "stelselbeheer", "hosted", "zilverbroek", "keys", "contract-key.pem")); err != nil {
		t.Errorf("Zilverbroek has no key of its own: %v", err)
	}
}
