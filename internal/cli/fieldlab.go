// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/fieldlab"
)

func (a *app) fieldlabCommand() *cobra.Command {
	var o fieldlab.Options
	var verbose bool
	var level string
	cmd := &cobra.Command{
		Use: "fieldlab", Short: "Run a whole Group of made-up organisations on this machine", Args: cobra.NoArgs,
		Long: `Runs several organisations with their nodes, sources and applications in one
process, performs the scenes in which they work together, and stays up until it
gets SIGINT or SIGTERM. Its certificates are made on the spot and are good for
nothing else.

What the nodes log goes to fieldlab.log in --dir, or to standard error with
--verbose.`,
		Example: "  samenspel fieldlab --dir fieldlab",
		RunE: a.run(func(cmd *cobra.Command, _ []string) error {
			logger, err := newLogger(a.Stderr, level)
			if err != nil {
				return err
			}
			if verbose {
				o.Logger = logger
			}
			o.Out, o.Program = a.Stdout, programLine()
			return fieldlab.Run(cmd.Context(), o)
		}),
	}
	cmd.Flags().StringVar(&o.Dir, "dir", "", "folder `DIR` that keeps everything for the next time (default: a temporary one)")
	cmd.Flags().BoolVar(&o.Once, "once", false, "perform the scenes and stop")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "log to standard error")
	cmd.Flags().StringVar(&level, "log-level", "info", "least `LEVEL` that --verbose logs: debug, info, warn or error")
	return cmd
}

// programLine is how this program is called again from a shell: its path, or go
// run when that is how it was started, for then the path lives as long as it does.
func programLine() string {
	exe, err := os.Executable()
	switch {
	case err != nil:
		return "samenspel"
	case strings.Contains(exe, "go-build"):
		return "go run ./cmd/samenspel"
	}
	return exe
}
