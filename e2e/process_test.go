// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

// binaries is the folder for the built program, removed after the last test.
var binaries string

// program builds the binary once for all tests of one run.
var program = sync.OnceValues(func() (string, error) {
	file := filepath.Join(binaries, "samenspel")
	out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", file, "../cmd/samenspel").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return file, nil
})

func TestMain(m *testing.M) {
	if settings := os.Getenv(identityVariable); settings != "" {
		os.Exit(provideIdentities(settings))
	}
	os.Exit(withBinaries(m.Run))
}

func withBinaries(run func() int) int {
	dir, err := os.MkdirTemp("", "samenspel-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binaries = dir
	return run()
}

// command makes a call of the program.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return exec.CommandContext(context.WithoutCancel(t.Context()), file, args...)
}

// cli runs a command of the program and gives what it prints.
func cli(t *testing.T, args ...string) string {
	t.Helper()
	cmd := command(t, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("samenspel %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// process is a node in a process of its own.
type process struct {
	*setup
	cmd       *exec.Cmd
	addresses map[string]string
	door      *internalapi.Client // nil without the role manager
	exited    chan error
}

// launch starts `samenspel serve` and waits until its doors are open.
func launch(t *testing.T, s *setup) *process {
	t.Helper()
	p := &process{setup: s, cmd: command(t, "serve", "--config", s.file), exited: make(chan error, 1)}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	running := make(chan map[string]string, 1)
	go func() {
		readLog(stdout, running)
		p.exited <- p.cmd.Wait()
	}()
	t.Cleanup(func() { p.kill(t) })
	p.addresses = receive(t, "start of "+s.file, running)
	if p.addresses == nil {
		t.Fatalf("%s doesn't start", s.file)
	}
	if a := p.addresses["manager"]; a != "" {
		p.peer.ManagerAddress = localhost(a)
		p.door = openDoor(t, filepath.Join(s.dir, s.data))
	}
	return p
}

// readLog finds the line that says where the doors are, and drains the rest.
func readLog(log io.Reader, running chan<- map[string]string) {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Msg       string            `json:"msg"`
			Addresses map[string]string `json:"addresses"`
		}
		if os.Getenv("E2E_LOG") != "" {
			fmt.Fprintln(os.Stderr, lines.Text())
		}
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "node runs" {
			running <- line.Addresses
			_, _ = io.Copy(io.Discard, log)
		}
	}
	close(running)
}

func (p *process) inway() string  { return localhost(p.addresses["inway"]) }
func (p *process) outway() string { return "http://" + p.addresses["outway"] }

// kill ends the process as a power cut would, and waits until it is gone.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	_ = p.wait(t) // a killed process ends with an error
}

// terminate asks the process to end, and gives how it ended.
func (p *process) terminate(t *testing.T) error {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	return p.wait(t)
}

func (p *process) wait(t *testing.T) error {
	t.Helper()
	err := receive(t, "end of "+p.file, p.exited)
	p.exited <- err
	return err
}
