// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// RemoteHTTP reaches a Controller elsewhere.
func RemoteHTTP(patience time.Duration) *http.Client { return remoteHTTP(patience) }

// RootCommand gives the tree of commands for the reference page.
func RootCommand() *cobra.Command { return (&app{}).rootCommand() }

// Parse reads a command line as [Main] would, without doing anything.
func Parse(args []string) error {
	cmd, rest, err := RootCommand().Find(args)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if cmd.HasSubCommands() {
		return usagef("%s names no subcommand", cmd.CommandPath())
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		return err
	}
	if cmd.PreRunE == nil {
		return nil
	}
	return cmd.PreRunE(cmd, cmd.Flags().Args())
}
