// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/collective/ocds"
)

func (a *app) ocdsCommand() *cobra.Command {
	return a.group("ocds", "Check open data about joint procurement", "", a.ocdsCheckCommand())
}

func (a *app) ocdsCheckCommand() *cobra.Command {
	var framework bool
	var rationale string
	cmd := &cobra.Command{
		Use: "check FILE", Short: "Check a release package of OCDS 1.1, without a node", Args: cobra.ExactArgs(1),
		Long: `Reads a release package, or one release, as JSON from FILE, or from standard
input if FILE is -. Tells everything that breaks OCDS 1.1.5, by JSON Pointer,
and the fields that neither OCDS nor the extensions lots, techniques, bid,
requirements and enquiry know. With --framework each release also has to keep
the rule of four years for framework agreements.`,
		Example: "  samenspel ocds check release-package.json\n  samenspel ocds check --framework --rationale 'Cables last twenty years' -",
		RunE: a.run(func(_ *cobra.Command, args []string) error {
			if rationale != "" && !framework {
				return usagef("--rationale belongs to --framework")
			}
			raw, err := a.input(args[0])
			if err != nil {
				return err
			}
			return a.checkReleases(raw, framework, rationale)
		}),
	}
	cmd.Flags().BoolVar(&framework, "framework", false, "hold the releases against the rule of four years as well")
	cmd.Flags().StringVar(&rationale, "rationale", "", "the `REASON` for a longer term, if it stands elsewhere")
	return cmd
}

func (a *app) checkReleases(raw []byte, framework bool, rationale string) error {
	standard, err := ocds.Load()
	if err != nil {
		return err
	}
	reading, err := standard.Read(raw, ocds.DefaultLimits())
	if err != nil {
		return problems(err)
	}
	if framework {
		for _, r := range reading.Releases {
			if err := standard.CheckFramework(r, rationale); err != nil {
				return problems(err)
			}
		}
	}
	if err := a.line("%d releases, valid OCDS 1.1.5", len(reading.Releases)); err != nil {
		return err
	}
	for _, path := range reading.Unknown {
		if err := a.line("not known to the standard: %s", path); err != nil {
			return err
		}
	}
	return nil
}

// problems puts each reason on a line of its own.
func problems(err error) error {
	invalid, ok := errors.AsType[*ocds.InvalidError](err)
	if !ok {
		return err
	}
	lines := make([]string, 0, len(invalid.Problems))
	for _, p := range invalid.Problems {
		lines = append(lines, p.String())
	}
	return fmt.Errorf("refused for %d reasons:\n  %s", len(lines), strings.Join(lines, "\n  "))
}
