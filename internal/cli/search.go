// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) logSearchCommand(f *nodeFlags) *cobra.Command {
	var q client.TransactionFilter
	var peer, grant string
	var times period
	var limit int
	cmd := &cobra.Command{
		Use: "search", Short: "Search the transaction log, newest first", Args: cobra.NoArgs,
		Example: "  samenspel log search --peer 00000099000000001000 --direction outgoing --from 2027-01-01",
	}
	cmd.Flags().StringVar(&q.TransactionID, "transaction-id", "", "only records of this transaction `ID`, or of those that begin so; at least 8 digits")
	cmd.Flags().StringVar(&peer, "peer", "", "only calls with this `PEER`")
	cmd.Flags().StringVar(&q.Service, "service", "", "only records of the service with this `NAME`")
	cmd.Flags().StringVar(&grant, "grant", "", "only records under the grant with this `HASH`")
	cmd.Flags().StringVar(&q.Direction, "direction", "", "only calls in this `DIRECTION`: incoming or outgoing")
	times.add(cmd)
	withLimit(cmd, &limit, "records")
	check(cmd, func() error {
		q.PeerID, q.GrantHash, q.From, q.Until, q.Limit = fsc.PeerID(peer), fsc.GrantHash(grant), times.from, times.until, min(limit, longestPage)
		return nil
	})
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		records, err := take(m.Transactions(ctx, q), limit)
		if err != nil {
			return err
		}
		return m.show(records, func() error {
			var rows [][]string
			for _, r := range records {
				rows = append(rows, []string{
					moment(r.CreatedAt), r.Direction, r.TransactionID, r.Service, actingFor(string(r.Consumer.PeerID), string(id(r.ConsumerDelegator))),
					actingFor(string(r.Provider.PeerID), string(id(r.ProviderDelegator))), string(r.GrantHash),
				})
			}
			return m.table([]string{"AT", "DIRECTION", "TRANSACTION", "SERVICE", "FROM", "TO", "GRANT"}, rows)
		})
	})
}

func (a *app) contractSearchCommand(f *nodeFlags) *cobra.Command {
	var q client.ContractFilter
	var state, kind, peer, before string
	var limit int
	cmd := &cobra.Command{
		Use: "search [TEXT]", Short: "Search contracts, newest first", Args: cobra.MaximumNArgs(1),
		Long:    "TEXT is searched for in services, PeerIDs and names of Peers; or it is the beginning of a hash.",
		Example: "  samenspel contract search --awaiting-us\n  samenspel contract search duinwijk --state valid --ends-before 2027-03-01",
	}
	cmd.Flags().StringVar(&state, "state", "", "only contracts in this `STATE`, like valid or proposed")
	cmd.Flags().BoolVar(&q.AwaitingUs, "awaiting-us", false, "only what waits for our signature")
	cmd.Flags().StringVar(&kind, "type", "", "only contracts with a grant of this `TYPE`: "+grantKinds)
	cmd.Flags().StringVar(&q.Part, "part", "", "only contracts in which this Peer is `PART`, like provider or consumer")
	cmd.Flags().StringVar(&peer, "peer", "", "only contracts with this `PEER`")
	cmd.Flags().StringVar(&q.Service, "service", "", "only contracts about the service with this `NAME`")
	cmd.Flags().StringVar(&before, "ends-before", "", "only contracts that end before this `MOMENT`: 2027-01-31 or 2027-01-31T12:00:00+01:00")
	withLimit(cmd, &limit, "contracts")
	check(cmd, func() (err error) {
		q.PeerID, q.Limit = fsc.PeerID(peer), min(limit, longestPage)
		if q.EndsBefore, err = parseMoment("--ends-before", before); err != nil {
			return err
		}
		if q.GrantType, err = grantTypeOrNone(kind); err != nil {
			return err
		}
		q.State, err = contractState(state)
		return err
	})
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		if len(args) == 1 {
			q.Text = args[0]
		}
		contracts, err := take(m.Contracts(ctx, q), limit)
		if err != nil {
			return err
		}
		return m.show(contracts, func() error { return m.contractTable(contracts) })
	})
}
