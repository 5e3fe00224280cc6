// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

func (a *app) peerCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("peer", "Look at other Peers and repair what got lost between you", "",
		a.peerListCommand(f), a.peerShowCommand(f), a.peerProbeCommand(f), a.peerReconcileCommand(f), a.peerRetryCommand(f),
	)
	f.add(cmd)
	return cmd
}

func (a *app) peerListCommand(f *nodeFlags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the Peers this node knows", Args: cobra.NoArgs,
		RunE: a.ask(f, func(ctx context.Context, c *internalapi.Client, _ []string) error {
			peers, err := c.ListPeers(ctx)
			if err != nil {
				return err
			}
			if asJSON {
				return a.json(peers)
			}
			var rows [][]string
			for _, p := range peers {
				rows = append(rows, []string{string(p.ID), p.Name, p.ManagerAddress})
			}
			return a.table([]string{"PEER", "NAME", "MANAGER"}, rows)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func peerID(s string) (fsc.PeerID, error) {
	id := fsc.PeerID(s)
	if err := id.Validate(); err != nil {
		return "", usagef("%q is not a PeerID: it has 3 to 255 characters", s)
	}
	return id, nil
}

func (a *app) peerReconcileCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "reconcile PEER", Short: "Compare the common contracts with a Peer and repair both sides", Args: cobra.ExactArgs(1),
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		id, err := peerID(args[0])
		if err != nil {
			return err
		}
		r, err := m.Reconcile(ctx, id)
		if err != nil {
			return err
		}
		return m.said(r, "%d contracts compared, %d taken over, %d signatures taken over, %d messages sent again",
			r.Compared, r.Imported, r.Signatures, r.Resent)
	})
}

func (a *app) peerRetryCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "retry PEER", Short: "Send what waits for a Peer now, also what it refused before", Args: cobra.ExactArgs(1),
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		id, err := peerID(args[0])
		if err != nil {
			return err
		}
		sent, err := m.Retry(ctx, id)
		if err != nil {
			return err
		}
		return m.said(sent, "what waits for %s is sent now; see samenspel outbox list", id)
	})
}

func (a *app) outboxCommand() *cobra.Command {
	f := &nodeFlags{}
	var asJSON bool
	list := &cobra.Command{
		Use: "list", Short: "List what hasn't reached other Managers yet", Args: cobra.NoArgs,
		RunE: a.ask(f, func(ctx context.Context, c *internalapi.Client, _ []string) error {
			ds, err := c.ListDeliveries(ctx)
			if err != nil {
				return err
			}
			if asJSON {
				return a.json(ds)
			}
			var rows [][]string
			for _, d := range ds {
				rows = append(rows, append(deliveryRow(d, string(d.PeerID)), string(d.ContentHash)))
			}
			return a.table(append(deliveryHeader(), "CONTRACT"), rows)
		}),
	}
	list.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd := a.group("outbox", "Look at messages to other Managers", "", list)
	f.add(cmd)
	return cmd
}
