// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) callOffChangeCommand(f *nodeFlags) *cobra.Command {
	var in client.NewCallOffChange
	cmd := &cobra.Command{
		Use: "change CALLOFF", Short: "Sign another quantity for a call-off", Args: cobra.ExactArgs(1),
		Long: `Signs another quantity and value for a call-off of which this organisation is
buyer or supplier. The other signs the deed next ("samenspel deed sign"), and
then the purchasing body allocates it. Until then the quantity of before counts.
Less is always possible; more as long as the framework has it.`,
		Example: "  samenspel calloff change '$1$112$...' --quantity 400 --value-cents 32000 --reason 'A second service desk'",
	}
	fs := cmd.Flags()
	fs.Int64Var(&in.Quantity, "quantity", 0, "the whole new `NUMBER` of units of the lot")
	fs.Int64Var(&in.ValueCents, "value-cents", 0, "what the call-off costs with it over its whole term, in `CENTS` of a euro")
	fs.StringVar(&in.Reason, "reason", "", "why, in one `SENTENCE`")
	check(cmd, func() error {
		if in.Quantity < 1 || in.ValueCents < 1 || in.Reason == "" {
			return usagef("--quantity, --value-cents and --reason are required")
		}
		return nil
	})
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		made, err := m.ChangeCallOff(ctx, args[0], in)
		if err != nil {
			return err
		}
		return m.said(made, "change    %s", made.Deed.Hash)
	})
}

func (a *app) callOffDrawOwnCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "draw-own CALLOFF", Short: "Draw a call-off from the own reservation while the purchasing body doesn't answer", Args: cobra.ExactArgs(1),
		Long: `Takes the units of a call-off that both have signed from what this organisation
reserved at its accession. The call-off is live at once; the purchasing body
settles it when it is back. A node does this by itself after a minute.`,
		Example: "  samenspel calloff draw-own '$1$112$...'",
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		made, err := m.DrawOwn(ctx, args[0])
		if err != nil {
			return err
		}
		return m.said(made, "own draw  %s", made.Deed.Hash)
	})
}
