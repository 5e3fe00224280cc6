// SPDX-License-Identifier: EUPL-1.2

package cli_test

import (
	"encoding/base32"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/cli"
	"github.com/samenspel/samenspel/internal/operator/secondfactor"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// hostedNode starts a node that another organisation runs.
func hostedNode(t *testing.T) (config, address string) {
	t.Helper()
	ca, err := localca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := writeKeys(ca, filepath.Join(dir, "pki")); err != nil {
		t.Fatal(err)
	}
	config, ports := serveWith(t, dir, "provider", "[]", "hosted: {host: Regio Noord}\n")
	return config, "http://127.0.0.1:" + ports["controller"]
}

func TestTheHostOfANodeSignsNothingByCommand(t *testing.T) {
	config, address := hostedNode(t)
	secret := setUp(t, config, address)
	session := filepath.Join(t.TempDir(), "session")
	write(t, session, secret)
	remote := func(args ...string) []string { return append(args, "--url", address, "--token-file", session) }

	// At the machine, with all its files.
	proposal := []string{"contract", "create", "--config", config, "--type", "connection", "--service", "personen", "--provider", providerID}
	fails(t, cli.ExitFailed, proposal, "Regio Noord", "second factor")
	add := []string{"rule", "add", "--name", "Buren", "--role", "provider"}
	fails(t, cli.ExitFailed, append(add, "--config", config), "Regio Noord", "forbidden")
	fails(t, cli.ExitFailed, append(add, "--config", config, "--release-code", "123456"), "Regio Noord", "forbidden")
	file := filepath.Join(t.TempDir(), "password")
	write(t, file, password+"\n")
	fails(t, cli.ExitFailed, []string{"people", "add", "x@example.nl", "--name", "X", "--role", "signer", "--config", config, "--password-file", file}, "Regio Noord")
	fails(t, cli.ExitFailed, []string{"people", "second-factor", "enrol", "--config", config}, "only a person")

	// As the organisation's administrator.
	fails(t, cli.ExitFailed, remote(add...), "no second factor", "forbidden")
	var made struct{ Secret, URI string }
	if err := json.Unmarshal([]byte(must(t, remote("people", "second-factor", "enrol", "--json")...)), &made); err != nil {
		t.Fatal(err)
	}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(made.Secret, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	key := secondfactor.Secret(raw)
	step := secondfactor.Step(time.Now())
	codes := strings.Fields(must(t, remote("people", "second-factor", "confirm", key.Code(step))...))
	fails(t, cli.ExitFailed, remote(add...), "Regio Noord", "second_factor")
	contains(t, must(t, append(remote(add...), "--release-code", codes[0])...), "rule")
	fails(t, cli.ExitFailed, append(remote(add...), "--release-code", codes[0]), "used before")
	contains(t, must(t, remote("people", "second-factor", "show")...), "9")
	contains(t, must(t, append(remote("people", "second-factor", "remove"), "--release-code", codes[1])...), "is gone")
}
