// SPDX-License-Identifier: EUPL-1.2

package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/cli"
	"github.com/samenspel/samenspel/internal/collective/verify"
)

func TestDossiersAreCheckedWithoutANode(t *testing.T) {
	file := func(name string) string { return filepath.Join("..", "collective", "verify", "testdata", name) }
	trust := []string{"--group", "example-group", "--anchors", file("anchors.pem")}
	proof := filepath.Join(t.TempDir(), "proof.json")
	for _, tc := range []struct {
		args []string
		code int
		want []string
	}{
		{append(trust, file("mantel.json")), cli.ExitOK, []string{"result    sound", "keeper    00000099000000000001", "Webdiensten burgerzaken", "live", "vouches for 3"}},
		{append(trust, "--at", "2030-01-01", file("mantel.json")), cli.ExitOK, []string{"expired"}},
		{append(trust, file("process.json")), cli.ExitOK, []string{"waiting", "named, and in none of these files: $1$110$"}},
		{append(trust, file("process.json"), file("mantel.json")), cli.ExitOK, []string{"active", "live"}},
		{append(trust, "--proof", proof, file("mantel.json"), file("mantel-other-story.json")), cli.ExitFailed, []string{"two stories", "don't rely"}},
		{append(trust, file("anchors.pem")), cli.ExitFailed, []string{"isn't a dossier"}},
		{append(trust, file("none.json")), cli.ExitFailed, []string{"none.json"}},
		{append(trust, "--annex", file("anchors.pem"), file("mantel.json")), cli.ExitFailed, []string{"result    sound", "anchors.pem is no annex of these deeds", "don't rely"}},
		{append(trust, "--annex", file("none.pdf"), file("mantel.json")), cli.ExitFailed, []string{"--annex", "none.pdf"}},
		{[]string{"--group", "other", "--anchors", file("anchors.pem"), file("mantel.json")}, cli.ExitFailed, []string{"NOT SOUND", "certificate"}},
		{[]string{"--group", "example-group", "--anchors", file("mantel.json"), file("mantel.json")}, cli.ExitFailed, []string{"trust anchors"}},
		{[]string{"--group", "example-group", file("mantel.json")}, cli.ExitUsage, []string{"--anchors"}},
		{append(trust, "--at", "soon", file("mantel.json")), cli.ExitUsage, []string{"--at"}},
		{trust, cli.ExitUsage, nil},
	} {
		r := call(t.Context(), "", append([]string{"deed", "verify"}, tc.args...)...)
		if r.code != tc.code {
			t.Errorf("%v: exit %d, want %d\n%s%s", tc.args, r.code, tc.code, r.stdout, r.stderr)
		}
		contains(t, r.stdout+r.stderr, tc.want...)
	}
	if raw, err := os.ReadFile(proof); err != nil || !strings.Contains(string(raw), "checkpoint") {
		t.Errorf("proof: %v %.80s", err, raw)
	}

	r := call(t.Context(), "", append([]string{"deed", "verify", "--json", file("mantel.json")}, trust...)...)
	var report verify.Report
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil || !report.Sound || report.Dossiers[0].Deeds[0].Word != "live" {
		t.Errorf("JSON: %v\n%s", err, r.stdout)
	}
}
