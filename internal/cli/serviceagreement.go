// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) serviceAgreementCommand(f *nodeFlags) *cobra.Command {
	var required bool
	cmd := &cobra.Command{
		Use: "agreement NAME", Short: "Tell or say whether a service is open only under an agreement", Args: cobra.ExactArgs(1),
		Long: `Without --required it tells whether the service requires an agreement, how many
valid contracts there are on it, and how many of those have no live agreement
behind them. With --required it changes that, at once: a contract is accepted, and
a token given, only while a live agreement stands behind it. Contracts without one
stay, but get no token until they have one.`,
		Example: `  samenspel service agreement personen
  samenspel service agreement personen --required
  samenspel service agreement personen --required=false`,
	}
	cmd.Flags().BoolVar(&required, "required", false, "whether the service requires an agreement")
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		if !cmd.Flags().Changed("required") {
			return m.tellAgreement(ctx, args[0])
		}
		now, err := m.Service(ctx, args[0])
		if err != nil {
			return err
		}
		form := client.ServiceForm{Upstream: now.Value.Upstream, MoreUpstreams: now.Value.MoreUpstreams, InwayAddress: now.Value.InwayAddress, RequiresAgreement: &required}
		put, err := m.PutService(ctx, args[0], form, client.If{Match: now.ETag})
		if err != nil {
			return err
		}
		return m.said(put.Value, "an agreement is %s for service %s", requiredText(required), args[0])
	})
}

func requiredText(required bool) string {
	if required {
		return "required"
	}
	return "not required"
}

func (m *management) tellAgreement(ctx context.Context, name string) error {
	s, err := m.Service(ctx, name)
	if err != nil {
		return err
	}
	usage, err := m.ServiceUsage(ctx, name)
	if err != nil {
		return err
	}
	return m.show(s.Value, func() error {
		return m.facts([2]string{"agreement", requiredText(s.Value.RequiresAgreement)},
			[2]string{"contracts", strconv.Itoa(usage.Contracts)}, [2]string{"without agreement", strconv.Itoa(usage.WithoutAgreement)})
	})
}
