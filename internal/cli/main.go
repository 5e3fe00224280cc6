// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

// The exit codes of [Main].
const (
	ExitOK     = 0
	ExitFailed = 1 // refused, or failed
	ExitUsage  = 2 // the command was used wrongly
)

// Process is what the operating system gives a program. All fields but Args and
// Environ are required.
type Process struct {
	Args    []string // without the name of the program
	Environ []string // like os.Environ
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Now     func() time.Time
}

// app is one call of the program.
type app struct {
	Process
	// running is set once arguments and flags were found to be good.
	running bool
}

// usageError is a wrong use that only the command itself could see.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// Main runs one command until it is done or ctx ends, and gives the exit code.
func Main(ctx context.Context, p Process) int {
	a := &app{Process: p}
	root := a.rootCommand() //nolint:contextcheck // commands take theirs from ExecuteContextC
	root.SetArgs(p.Args)
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return ExitOK
	}
	_, wrong := errors.AsType[*usageError](err)
	if wrong || !a.running {
		a.complain(fmt.Sprintf("%s; see %s --help", err, cmd.CommandPath()))
		return ExitUsage
	}
	a.complain(explain(err))
	return ExitFailed
}

// complain writes one message; further lines are indented, so that every
// message can be recognised by its start.
func (a *app) complain(text string) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = clean(lines[i])
	}
	_, _ = fmt.Fprintf(a.Stderr, "samenspel: %s\n", strings.Join(lines, "\n  ")) // nobody is left to tell
}

// explain puts what a node or the standard says before its code.
func explain(err error) string {
	if p, ok := errors.AsType[*client.Problem](err); ok {
		return explainProblem(p)
	}
	e, ok := errors.AsType[*fsc.Error](err)
	if !ok {
		return err.Error()
	}
	text := strings.Replace(err.Error(), e.Error(), e.Detail, 1)
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text + " (" + string(e.Code) + ")"
}

// explainProblem puts everything the management API says on lines of its own,
// before its code.
func explainProblem(p *client.Problem) string {
	lines := []string{p.Detail}
	for _, e := range p.Errors {
		if e.Detail != p.Detail {
			lines = append(lines, strings.TrimSpace(strings.TrimPrefix(e.Pointer, "#/")+" "+e.Detail))
		}
	}
	return strings.Join(lines, "\n") + " (" + p.Code + ")"
}

// run marks the point from which a failure isn't a wrong use any more.
func (a *app) run(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a.running = true
		return f(cmd, args)
	}
}
