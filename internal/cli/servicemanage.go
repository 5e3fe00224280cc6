// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) serviceCheckCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "check NAME", Short: "Send a request to the source of a service", Args: cobra.ExactArgs(1),
		Long: `Asks the source behind the service for its root, as the Inway would, and tells
what it answers. An answer of any status means that the source is there.`,
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		c, err := m.CheckUpstream(ctx, args[0])
		if err != nil {
			return err
		}
		if err := m.show(c, func() error { return m.tellUpstream(&c) }); err != nil {
			return err
		}
		if c.Problem != "" {
			return fmt.Errorf("the source %s doesn't answer: %s", c.URL, c.Problem)
		}
		return nil
	})
}

func (m *management) tellUpstream(c *client.UpstreamCheck) error {
	status := ""
	if c.Status != 0 {
		status = strconv.Itoa(c.Status)
	}
	return m.facts(
		[2]string{"source", c.URL}, [2]string{"status", status}, [2]string{"took", strconv.FormatInt(c.TookMilliseconds, 10) + " ms"},
		[2]string{"type", c.ContentType}, [2]string{"location", c.Location},
	)
}

func (a *app) serviceUsersCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "users NAME", Short: "Tell who uses a service", Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		u, err := m.ServiceUsage(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(u, func() error {
			var rows [][]string
			for _, v := range u.Users {
				rows = append(rows, []string{
					peerText(v.Consumer), optionalPeer(v.Delegator), cmp.Or(v.DomainName, v.PublicKeyThumbprint),
					strconv.FormatInt(v.CallsPerDay, 10), moment(v.NotAfter), string(v.GrantHash),
				})
			}
			return m.table([]string{"CONSUMER", "ON BEHALF OF", "OUTWAY", "CALLS A DAY", "UNTIL", "GRANT"}, rows)
		})
	})
}
