// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

func (a *app) logCommand() *cobra.Command {
	f := &nodeFlags{}
	var filter internalapi.RecordFilter
	var asJSON bool
	list := &cobra.Command{
		Use: "list", Short: "List records of the transaction log, newest first", Args: cobra.NoArgs,
		Example: "  samenspel log list --node /var/lib/samenspel --grant '$1$3$…' --limit 10",
		RunE: a.ask(f, func(ctx context.Context, c *internalapi.Client, _ []string) error {
			records, err := c.ListRecords(ctx, filter)
			if err != nil {
				return err
			}
			if asJSON {
				return a.json(records)
			}
			var rows [][]string
			for _, r := range records {
				rows = append(rows, []string{
					r.CreatedAt.UTC().Format(time.RFC3339Nano), r.Direction, r.TransactionID, r.ServiceName,
					actingFor(string(r.OutwayPeerID), string(r.SourceDelegator)),
					actingFor(string(r.ServicePeerID), string(r.DestinationDelegator)), r.GrantHash,
				})
			}
			return a.table([]string{"AT", "DIRECTION", "TRANSACTION", "SERVICE", "FROM", "TO", "GRANT"}, rows)
		}),
	}
	list.Flags().StringVar(&filter.TransactionID, "transaction-id", "", "only records of this transaction `ID`")
	list.Flags().StringVar(&filter.ServiceName, "service", "", "only records of the service with this `NAME`")
	list.Flags().StringVar(&filter.GrantHash, "grant", "", "only records under the grant with this `HASH`")
	list.Flags().IntVar(&filter.Limit, "limit", 100, "at most this `NUMBER` of records, up to 1000")
	list.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd := a.group("log", "Read the transaction log", "", list, a.logSearchCommand(f), a.logShowCommand(f), a.logVerifyCommand(f), a.logCompareCommand(f), a.logCheckpointsCommand(f), a.logRetentionCommand(f), a.logExportCommand(f))
	f.add(cmd)
	return cmd
}

func actingFor(peer, delegator string) string {
	if delegator == "" {
		return peer
	}
	return peer + " for " + delegator
}
