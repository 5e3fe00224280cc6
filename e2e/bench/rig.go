// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// rig holds the programs of one run and the folder they live in.
type rig struct {
	*options
	dir     string
	log     io.Writer
	started time.Time
	group   *group
	running []*process
	// postgres and dsn are those of [rig.database].
	postgres *process
	dsn      string
	flushes  []float64 // see [report]
}

func newRig(o *options, log io.Writer) (*rig, error) {
	if err := checkPrograms("go", "wrk", "nginx", "haproxy"); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(o.dir, "samenspel-bench-")
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	// The database server runs as another user and has its folder in this one.
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // keys in it have modes of their own
		return nil, err
	}
	r := &rig{options: o, dir: dir, log: log, started: time.Now()}
	r.group, err = newGroup(filepath.Join(dir, "keys"))
	return r, err
}

// checkPrograms looks for what the rig needs, also where servers often are and a
// user's PATH isn't. What is built is built like a release.
func checkPrograms(names ...string) error {
	path := os.Getenv("PATH")
	err := errors.Join(os.Setenv("PATH", path+":/usr/sbin:/sbin:/usr/local/sbin"), os.Setenv("CGO_ENABLED", "0"))
	if err != nil {
		return err
	}
	for _, n := range names {
		if _, err := exec.LookPath(n); err != nil {
			return fmt.Errorf("%s is not installed; scripts/bench-deps.sh installs what the benchmark needs", n)
		}
	}
	return nil
}

// close ends all programs, last started first, and removes the folder.
func (r *rig) close() error {
	for _, p := range slices.Backward(r.running) {
		p.stop()
	}
	return os.RemoveAll(r.dir) //nolint:gosec // made by the rig
}

// say tells the person at the keyboard how far the run is.
func (r *rig) say(format string, args ...any) {
	since := time.Since(r.started).Round(time.Second)
	_, _ = fmt.Fprintf(r.log, "%6s  %s\n", since, fmt.Sprintf(format, args...))
}

// write puts a file into the rig's folder and gives its path.
func (r *rig) write(name, text string) (string, error) {
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // no secrets in these
		return "", err
	}
	return path, os.WriteFile(path, []byte(text), 0o600) //nolint:gosec // in the rig's folder
}

// freePorts gives ports of the loopback address that nobody listens on now.
func freePorts(ctx context.Context, n int) ([]int, error) {
	var ports []int
	var lc net.ListenConfig
	for range n {
		l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }() // at the end, so that all differ
		tcp, ok := l.Addr().(*net.TCPAddr)
		if !ok {
			return nil, errors.New("listener has no TCP address")
		}
		ports = append(ports, tcp.Port)
	}
	return ports, nil
}

func local(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }
