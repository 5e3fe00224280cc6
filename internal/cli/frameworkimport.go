// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) frameworkImportCommand(f *nodeFlags) *cobra.Command {
	var rationale string
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Make a draft of a framework agreement from open data (OCDS)", Args: cobra.ExactArgs(1),
		Long: `Reads a release package of OCDS 1.1 strictly, from FILE or from standard input if FILE
is -, and prints the framework agreement as JSON for framework create, with FILE as
its source. Complete what the data doesn't tell first. Organisations without an OIN
and amounts in another currency are left out, and told. Nothing is signed.`,
		Example: "  samenspel framework import release-package.json",
	}
	cmd.Flags().StringVar(&rationale, "rationale", "", "the `REASON` for more than four years, if it isn't in the file")
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		raw, err := a.input(args[0])
		if err != nil {
			return err
		}
		in := client.NewFrameworkReading{Releases: raw, TermRationale: rationale}
		if args[0] != "-" {
			in.Name = filepath.Base(args[0])
		}
		read, err := m.ReadFramework(ctx, in)
		if err != nil {
			return err
		}
		if m.asJSON {
			return m.json(read)
		}
		for _, name := range read.Unnumbered {
			if _, err := fmt.Fprintf(a.Stderr, "left out, because it has no OIN: %q\n", name); err != nil {
				return err
			}
		}
		if read.Currency != "" {
			if _, err := fmt.Fprintf(a.Stderr, "left out, because they aren't in euros: amounts in %q\n", read.Currency); err != nil {
				return err
			}
		}
		return m.json(read.Framework)
	})
}
