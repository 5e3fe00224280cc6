// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) peerShowCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "show PEER", Short: "Tell what there is between a Peer and us", Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		id, err := peerID(args[0])
		if err != nil {
			return err
		}
		p, err := m.Peer(ctx, id)
		if err != nil {
			return err
		}
		return m.show(p, func() error { return m.tellPeer(&p) })
	})
}

func (m *management) tellPeer(p *client.PeerDetail) error {
	undelivered := fmt.Sprintf("%d messages, of which %d were refused", p.Undelivered, p.Failed)
	if p.Undelivered+p.Failed == 0 {
		undelivered = ""
	}
	if err := m.facts(
		[2]string{"peer", string(p.PeerID)}, [2]string{"name", p.Name}, [2]string{"manager", p.ManagerAddress},
		[2]string{"waiting", undelivered},
		[2]string{"calls", fmt.Sprintf("%d a day from it, %d a day to it", p.ReceivedPerDay, p.SentPerDay)},
	); err != nil {
		return err
	}
	if err := m.line(""); err != nil {
		return err
	}
	return m.contractTable(p.Contracts)
}

func (m *management) contractTable(contracts []client.Contract) error {
	var rows [][]string
	for i := range contracts {
		c := &contracts[i]
		rows = append(rows, []string{string(c.ContentHash), string(c.State), saysOf(c), moment(c.NotAfter)})
	}
	return m.table([]string{"CONTRACT", "STATE", "SAYS", "UNTIL"}, rows)
}

func (a *app) peerProbeCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "probe PEER", Short: "Connect to the Manager of a Peer and tell what it says of itself", Args: cobra.ExactArgs(1),
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		id, err := peerID(args[0])
		if err != nil {
			return err
		}
		p, err := m.Probe(ctx, id)
		if err != nil {
			return err
		}
		if err := m.show(p, func() error { return m.tellProbe(&p) }); err != nil {
			return err
		}
		if p.Problem != "" {
			return fmt.Errorf("the Manager of %s can't be reached: %s", id, p.Problem)
		}
		return nil
	})
}

func (m *management) tellProbe(p *client.Probe) error {
	if p.Problem != "" {
		return nil
	}
	facts := [][2]string{
		{"version", p.Version}, {"extends", strings.Join(p.Extensions, ", ")}, {"took", strconv.FormatInt(p.TookMilliseconds, 10) + " ms"},
	}
	if c := p.Certificate; c != nil {
		facts = append(facts, [2]string{"subject", c.Subject}, [2]string{"issuer", c.Issuer}, [2]string{"until", moment(c.NotAfter)})
	}
	return m.facts(facts...)
}
