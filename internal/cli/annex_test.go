// SPDX-License-Identifier: EUPL-1.2

package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/cli"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// paperFramework is a framework that the provider imports.
const paperFramework = `{"name":"Riolering","published":"2020-01-15T00:00:00Z","notBefore":"2026-01-01T00:00:00Z","notAfter":"2029-01-01T00:00:00Z","tailDays":30,
"eligible":["00000099000000009000"],"entryWindows":[{"from":"2026-01-01T00:00:00Z","until":"2028-06-01T00:00:00Z"}],
"lots":[{"id":"1","name":"Inspectie","unit":"meter","maximumQuantity":1000,"maximumValueCents":25000000,"suppliers":["00000099000000008000"],"services":["riool"]}]}`

func TestDocumentsAreKeptNamedAndSavedByCommands(t *testing.T) {
	ca, err := localca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := writeKeys(ca, filepath.Join(dir, "pki")); err != nil {
		t.Fatal(err)
	}
	config, _ := serveWith(t, dir, "provider", "[]", "collective: {take_part: true}\n")
	file := func(name string) string { return filepath.Join(dir, name) }
	document := bytes.Repeat([]byte("perceel\n"), 1<<20) // more than a body of JSON may have
	write(t, file("overeenkomst.pdf"), strings.TrimSuffix(string(document), "\n"))
	write(t, file("mantel.json"), paperFramework)
	h := string(deed.AnnexHash(document))
	if got := strings.TrimSpace(must(t, "annex", "add", file("overeenkomst.pdf"), "--config", config)); got != h {
		t.Fatalf("added as %s, want %s", got, h)
	}
	made := must(t, "framework", "create", file("mantel.json"), "--source", file("overeenkomst.pdf"), "--config", config)
	framework := fact(t, made, "framework")
	contains(t, must(t, "deed", "show", framework, "--config", config), "overeenkomst.pdf (8388608 bytes", h)
	contains(t, must(t, "annex", "show", h, "--config", config), "here      yes", "overeenkomst.pdf", framework)
	contains(t, must(t, "annex", "get", h, "-o", file("saved.pdf"), "--config", config), "wrote 8388608 bytes")
	if saved, err := os.ReadFile(file("saved.pdf")); err != nil || !bytes.Equal(saved, document) {
		t.Errorf("saved %d bytes: %v", len(saved), err)
	}
	fails(t, cli.ExitFailed, []string{"annex", "get", h, "-o", file("saved.pdf"), "--config", config}, "is there already")
	fails(t, cli.ExitUsage, []string{"annex", "get", h, "--config", config}, "--output is required")
	fails(t, cli.ExitFailed, []string{"annex", "get", "$1$900$" + strings.Repeat("A", 86), "-o", file("none.pdf"), "--config", config}, "no such annex")
	if _, err := os.Stat(file("none.pdf")); err == nil {
		t.Error("a file is left of a document that isn't there")
	}
	write(t, file("large.pdf"), strings.Repeat("x", 25<<20+1))
	fails(t, cli.ExitFailed, []string{"annex", "add", file("large.pdf"), "--config", config}, "larger than 25 MiB")

	exported := must(t, "deed", "export", framework, "-o", file("dossier.json"), "--config", config)
	contains(t, exported, "annex overeenkomst.pdf", "samenspel annex get '"+h+"'")
	verified := func(more ...string) []string {
		return append([]string{"deed", "verify", "--group", "samenspel-test", "--anchors", file("pki/anchor.pem"), file("dossier.json")}, more...)
	}
	contains(t, must(t, verified()...), "not given; "+providerID+" has it")
	contains(t, must(t, verified("--annex", file("saved.pdf"))...), "is the file "+file("saved.pdf"))
	fails(t, cli.ExitFailed, verified("--annex", file("mantel.json")), "don't rely")
	var report struct {
		Dossiers []struct {
			Deeds []struct{ Annexes []struct{ File string } }
		}
	}
	if err := json.Unmarshal([]byte(must(t, verified("--annex", file("saved.pdf"), "--json")...)), &report); err != nil || report.Dossiers[0].Deeds[0].Annexes[0].File != file("saved.pdf") {
		t.Errorf("JSON: %v %+v", err, report)
	}
}
