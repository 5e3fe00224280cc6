// SPDX-License-Identifier: EUPL-1.2

package cli

import "github.com/spf13/cobra"

// RootCommand gives the tree of commands for the reference page.
func RootCommand() *cobra.Command { return (&app{}).rootCommand() }
