// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// process is a program that runs for the whole benchmark.
type process struct {
	name    string
	cmd     *exec.Cmd
	logFile string
	exited  chan struct{}
}

// spec says which program to start.
type spec struct {
	name    string
	program string
	args    []string
	dir     string
	// credential is the user to run as; nil is our own.
	credential *syscall.Credential
	// stop is the signal that ends it; 0 is SIGTERM.
	stop syscall.Signal
}

// start runs a program in a process group of its own, that is killed when the
// rig dies without a chance to clean up.
func (r *rig) start(ctx context.Context, s spec) (*process, error) {
	p := &process{name: s.name, logFile: filepath.Join(r.dir, s.name+".log"), exited: make(chan struct{})}
	log, err := os.Create(p.logFile)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.CommandContext(ctx, s.program, s.args...) //nolint:gosec // the programs are those of the rig
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Credential: s.credential}
	stop := s.stop
	if stop == 0 {
		stop = syscall.SIGTERM
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(stop) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", s.name, err)
	}
	p.cmd = cmd
	r.running = append(r.running, p)
	go func() {
		_ = cmd.Wait() // the exit status of a program that was stopped says nothing
		close(p.exited)
	}()
	return p, nil
}

// stop asks the program to end and then kills what is left of its group.
func (p *process) stop() {
	_ = p.cmd.Cancel()
	select {
	case <-p.exited:
	case <-time.After(3 * time.Second):
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // fails when nothing is left
	<-p.exited
}

// waitFor repeats the question until it has no error, the program ends or time is up.
func (p *process) waitFor(ctx context.Context, limit time.Duration, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("%s ended: %s", p.name, p.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("%s isn't ready in %s: %w: %s", p.name, limit, err, p.lastWords())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// lastWords is the end of what the program wrote.
func (p *process) lastWords() string {
	b, err := os.ReadFile(p.logFile) //nolint:gosec // in the rig's folder
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(b[max(0, len(b)-1500):]))
}

// output runs a program to its end; the error has what it wrote to stderr.
func output(ctx context.Context, dir, program string, args ...string) ([]byte, error) {
	out, _, err := outputAndCPU(ctx, dir, program, args...)
	return out, err
}

// outputAndCPU also tells the CPU time that the program used.
func outputAndCPU(ctx context.Context, dir, program string, args ...string) ([]byte, time.Duration, error) {
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // the programs are those of the rig
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			err = errors.Join(ctx.Err(), err)
		}
		return out, 0, fmt.Errorf("%s: %w: %s", filepath.Base(program), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}
