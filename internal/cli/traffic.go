// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) trafficCommand() *cobra.Command {
	f := &nodeFlags{}
	var q client.TrafficQuery
	var peer, grant string
	var times period
	cmd := &cobra.Command{
		Use: "traffic", Short: "Count calls by service and Peer", Args: cobra.NoArgs,
		Example: "  samenspel traffic --direction incoming --from 2027-01-01 --per-hour",
	}
	cmd.Flags().StringVar(&q.Direction, "direction", "", "only calls in this `DIRECTION`: incoming or outgoing")
	cmd.Flags().StringVar(&q.Service, "service", "", "only calls of the service with this `NAME`")
	cmd.Flags().StringVar(&peer, "peer", "", "only calls with this `PEER`")
	cmd.Flags().StringVar(&grant, "grant", "", "only calls under the grant with this `HASH`")
	cmd.Flags().BoolVar(&q.PerHour, "per-hour", false, "a row for each hour")
	cmd.Flags().BoolVar(&q.PerGrant, "per-grant", false, "a row for each grant")
	times.add(cmd)
	check(cmd, func() error {
		q.PeerID, q.GrantHash, q.From, q.Until = fsc.PeerID(peer), fsc.GrantHash(grant), times.from, times.until
		return nil
	})
	f.add(cmd)
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		counts, err := m.Traffic(ctx, q)
		if err != nil {
			return err
		}
		return m.show(counts, func() error {
			var rows [][]string
			for _, t := range counts {
				rows = append(rows, []string{
					moment(t.Hour), t.Direction, t.Service, string(t.ConsumerID), string(t.ProviderID), string(t.GrantHash), strconv.FormatInt(t.Calls, 10),
				})
			}
			return m.table([]string{"HOUR", "DIRECTION", "SERVICE", "FROM", "TO", "GRANT", "CALLS"}, rows)
		})
	})
}

func (a *app) certificateCommand() *cobra.Command {
	f := &nodeFlags{}
	list := &cobra.Command{Use: "list", Short: "List the certificates in use and until when they are valid", Args: cobra.NoArgs}
	a.managing(f, list, func(ctx context.Context, m *management, _ []string) error {
		all, err := m.Certificates(ctx)
		if err != nil {
			return err
		}
		return m.show(all, func() error {
			var rows [][]string
			for _, c := range all.Own {
				rows = append(rows, certificateRow(strings.Join(c.Uses, ","), c))
			}
			for _, c := range all.Anchors {
				rows = append(rows, certificateRow("trust anchor", c))
			}
			return m.table([]string{"USE", "SUBJECT", "UNTIL", "DAYS LEFT", "FILE"}, rows)
		})
	})
	cmd := a.group("certificate", "Look at certificates", "", list)
	f.add(cmd)
	return cmd
}

func certificateRow(use string, c client.Certificate) []string {
	return []string{use, c.Subject, moment(c.NotAfter), strconv.Itoa(c.DaysLeft), c.File}
}
