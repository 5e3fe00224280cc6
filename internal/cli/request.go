// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) requestCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("request", "Decide about acts that need a second person", `Only a person decides: in the pages, or with --url and the secret of a session.
Acts that need a second person can only be asked for by somebody with an account.`,
		a.requestListCommand(f),
		a.requestDecideCommand(f, "approve", "Agree, so that the act is done"),
		a.requestDecideCommand(f, "refuse", "Refuse what somebody asked for"),
		a.requestDecideCommand(f, "withdraw", "Take back what one asked for oneself"),
	)
	f.add(cmd)
	return cmd
}

func (a *app) requestListCommand(f *nodeFlags) *cobra.Command {
	var all bool
	cmd := &cobra.Command{Use: "list", Short: "List what waits for a second person", Args: cobra.NoArgs}
	cmd.Flags().BoolVar(&all, "all", false, "also what was decided or has expired")
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		requests, err := m.DecisionRequests(ctx, all)
		if err != nil {
			return err
		}
		return m.show(requests, func() error {
			var rows [][]string
			for _, r := range requests {
				rows = append(rows, []string{
					r.ID, r.Act, r.Object, r.RequesterName, moment(r.CreatedAt), moment(r.ExpiresAt), cmp.Or(r.Decided, "waiting"),
				})
			}
			return m.table([]string{"REQUEST", "ACT", "OBJECT", "ASKED BY", "AT", "UNTIL", "DECIDED"}, rows)
		})
	})
}

func (a *app) requestDecideCommand(f *nodeFlags, decision, short string) *cobra.Command {
	cmd := &cobra.Command{Use: decision + " REQUEST", Short: short, Args: cobra.ExactArgs(1)}
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		r, err := m.Decide(ctx, args[0], client.NewDecision{Decision: decision})
		if err != nil {
			return err
		}
		return m.said(r, "%s of %s: %s", r.Act, r.Object, r.Decided)
	})
}
