// SPDX-License-Identifier: EUPL-1.2

package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/cli"
)

func TestContractCreateFindsContradictionsBeforeItAsksANode(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no type":                         {nil, "--type is publication"},
		"no service":                      {[]string{"--type", "publication"}, "--service is required"},
		"a publication without Directory": {[]string{"--type", "publication", "--service", "abc"}, "--directory is required"},
		"an Outway in a publication":      {[]string{"--type", "publication", "--service", "abc", "--thumbprint", "12"}, "--thumbprint has no meaning in a publication"},
		"a Directory in a connection":     {[]string{"--type", "connection", "--directory", "xyz"}, "--directory has no meaning in a connection"},
		"a delegator in a connection":     {[]string{"--type", "connection", "--service", "abc", "--delegator", "xyz"}, "--type delegated-connection"},
		"a mandate without delegator":     {[]string{"--type", "delegated-connection", "--service", "abc"}, "--delegator is required"},
		"flags beside a file":             {[]string{"--file", "x.json", "--service", "abc"}, "--file and --service exclude each other"},
		"an unknown profile":              {[]string{"--profile", "v3"}, "--profile is v2 or v1"},
		"a date nobody understands":       {[]string{"--not-before", "31-12-2027"}, "2027-01-31"},
		"two ends":                        {[]string{"--not-after", "2027-01-31", "--valid-for", "1h"}, "exclude each other"},
		"no duration":                     {[]string{"--valid-for", "0s"}, "more than nothing"},
		"a word in an argument":           {[]string{"extra"}, "unknown command"},
	} {
		t.Run(name, func(t *testing.T) {
			fails(t, cli.ExitUsage, append([]string{"contract", "create", "--node", "nowhere"}, c.args...), c.want)
		})
	}
	fails(t, cli.ExitFailed, []string{
		"contract", "create", "--node", t.TempDir(), "--type", "publication", "--service", "abc", "--directory", "xyz",
	}, "there is no running node", "samenspel serve")
	fails(t, cli.ExitUsage, []string{"contract", "list"}, "SAMENSPEL_NODE")
	fails(t, cli.ExitUsage, []string{"contract", "list", "--node", "a", "--config", "b"}, "exclude each other")
	fails(t, cli.ExitUsage, []string{"token", "$1$3$" + strings.Repeat("A", 86)}, "--config is required")
}

func TestComponentWritesAccessForAnInwayOnly(t *testing.T) {
	dir := t.TempDir()
	fails(t, cli.ExitUsage, []string{"component", "--role", "cli", "--out", dir}, "--role is inway or outway")
	fails(t, cli.ExitUsage, []string{"component", "--role", "inway"}, "--out is required")
	config := filepath.Join(dir, "bad.yaml")
	if err := os.WriteFile(config, []byte("data_dir: x\nrole: manager\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fails(t, cli.ExitFailed, []string{"component", "--role", "inway", "--out", dir, "--config", config}, "role", "2")
}

func TestControlCharactersDoNotReachTheTerminal(t *testing.T) {
	r := call(t.Context(), "", "contract", "hash", "no\x1b[31m\u009bfile")
	if r.code != cli.ExitFailed || strings.ContainsAny(r.stderr, "\x1b\u009b") {
		t.Errorf("ends with %d: %q", r.code, r.stderr)
	}
}
