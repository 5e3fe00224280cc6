// SPDX-License-Identifier: EUPL-1.2

package cli_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/samenspel/samenspel/internal/cli"
)

var update = flag.Bool("update", false, "write the reference pages and golden files again")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"samenspel": func() {
			os.Exit(cli.Main(context.Background(), cli.Process{
				Args: os.Args[1:], Environ: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now,
			}))
		},
	})
}

// result is how one call ended.
type result struct {
	code           int
	stdout, stderr string
}

// call runs one command in this process.
func call(ctx context.Context, stdin string, args ...string) result {
	var out, problems bytes.Buffer
	code := cli.Main(ctx, cli.Process{Args: args, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &problems, Now: time.Now})
	return result{code, out.String(), problems.String()}
}

// must runs one command that has to succeed, and gives its output.
func must(t *testing.T, args ...string) string {
	t.Helper()
	r := call(t.Context(), "", args...)
	if r.code != cli.ExitOK {
		t.Fatalf("%q ends with %d: %s", args, r.code, r.stderr)
	}
	return r.stdout
}

// fails runs one command that has to end with code and a message that holds all of want.
func fails(t *testing.T, code int, args []string, want ...string) {
	t.Helper()
	r := call(t.Context(), "", args...)
	if r.code != code {
		t.Errorf("%q ends with %d, want %d: %s", args, r.code, code, r.stderr)
	}
	contains(t, r.stderr, want...)
}

func contains(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in:\n%s", w, text)
		}
	}
}

// fact gives the first value with the name in the output of a command.
func fact(t *testing.T, output, name string) string {
	t.Helper()
	for line := range strings.Lines(output) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), " "); ok && k == name {
			return strings.TrimSpace(v)
		}
	}
	t.Fatalf("there is no %s in:\n%s", name, output)
	return ""
}

// eventually polls until ok tells true.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("not in time: " + what)
		}
	}
}

// golden compares text with a file of the repository, or writes the file.
func golden(t *testing.T, text string, path ...string) {
	t.Helper()
	name := filepath.Join(path...)
	if *update {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != text {
		t.Errorf("%s is out of date: run go test ./internal/cli -update", name)
	}
}
