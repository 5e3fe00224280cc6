// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
)

func (a *app) componentCommand() *cobra.Command {
	var config, role, out string
	cmd := &cobra.Command{
		Use: "component", Short: "Let an Inway or Outway on another machine in", Args: cobra.NoArgs,
		Long: `Makes a certificate of this node's internal CA for an Inway or Outway that runs
on another machine, and writes it, its key and the CA to a folder. Run it where
the Manager runs, copy the folder, and name the files under internal in the
configuration there.`,
		Example: "  samenspel component --config node.yaml --role outway --out outway-1",
	}
	cmd.RunE = a.run(func(*cobra.Command, []string) error {
		if role != string(internalapi.RoleInway) && role != string(internalapi.RoleOutway) {
			return usagef("--role is inway or outway")
		}
		if out == "" {
			return usagef("--out is required")
		}
		cfg, err := node.LoadConfig(config, a.Environ)
		if err != nil {
			return err
		}
		if err := node.WriteAccess(cfg.DataDir, internalapi.Role(role), out, a.Now()); err != nil {
			return err
		}
		return a.facts(
			[2]string{"ca", filepath.Join(out, "ca.pem")},
			[2]string{"certificate", filepath.Join(out, role+".pem")},
			[2]string{"key", filepath.Join(out, role+"-key.pem")},
		)
	})
	cmd.Flags().StringVar(&config, "config", "", "configuration `FILE` of the node with the Manager")
	cmd.Flags().StringVar(&role, "role", "", "`ROLE` of the component: inway or outway")
	cmd.Flags().StringVar(&out, "out", "", "folder `DIR` to write to")
	return cmd
}
