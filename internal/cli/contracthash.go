// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
)

// maxInput bounds files that are read as a whole; content has a lower limit of its own.
const maxInput = 16 << 20

func (a *app) contractHashCommand() *cobra.Command {
	var profile string
	cmd := &cobra.Command{
		Use: "hash FILE", Short: "Compute the hashes of contract content, without a node", Args: cobra.ExactArgs(1),
		Long: `Reads contract content as JSON from FILE, or from standard input if FILE is -,
and prints its content hash and then the hash of each grant, one a line. The
profile (v2: FSC 2.0, v1: FSC 1.x) is seen from the content: v1 has no
fsc_version. With --profile it has to be that one.`,
		Example: "  samenspel contract hash content.json\n  samenspel contract hash --profile v2 - < content.json",
		RunE: a.run(func(_ *cobra.Command, args []string) error {
			want := fsc.Profile(profile)
			if want != "" && want != fsc.ProfileV2 && want != fsc.ProfileV1 {
				return usagef("--profile is v2 or v1, not %q", profile)
			}
			raw, err := a.input(args[0])
			if err != nil {
				return err
			}
			c, err := fsc.ParseContent(raw, fsc.Rules{Profiles: []fsc.Profile{fsc.ProfileV2, fsc.ProfileV1}})
			if err != nil {
				return err
			}
			if want != "" && want != c.Profile() {
				return fmt.Errorf("this is content of profile %s, not %s; only v2 has fsc_version", c.Profile(), want)
			}
			return a.printHashes(c)
		}),
	}
	cmd.Flags().StringVar(&profile, "profile", "", "the `PROFILE` the content must have: v2 or v1")
	return cmd
}

func (a *app) printHashes(c *fsc.Content) error {
	if err := a.line("%s", c.Hash()); err != nil {
		return err
	}
	for i := range c.Grants {
		if err := a.line("%s", c.Grants[i].Hash); err != nil {
			return err
		}
	}
	return nil
}

// input reads a file, or standard input if its name is -.
func (a *app) input(name string) ([]byte, error) {
	r := a.Stdin
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the user names the file
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		r = f
	}
	b, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(b) > maxInput {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, maxInput)
	}
	return b, nil
}
