// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) contractImpactCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "impact CONTENT_HASH", Short: "Tell what stops when a contract ends, by the traffic of the last days", Args: cobra.ExactArgs(1),
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		h, err := contentHash(args[0])
		if err != nil {
			return err
		}
		impact, err := m.ContractImpact(ctx, h)
		if err != nil {
			return err
		}
		return m.show(impact, func() error { return m.tellImpact(&impact) })
	})
}

func (m *management) tellImpact(i *client.Impact) error {
	text := fmt.Sprintf("%d calls a day by %d applications stop", i.CallsPerDay, i.Applications)
	if i.Unseen {
		text = "calls under this contract don't pass this node, so it can't tell what stops"
	}
	if err := m.line("%s", text); err != nil {
		return err
	}
	if err := m.line(""); err != nil {
		return err
	}
	var rows [][]string
	for _, g := range i.Grants {
		calls := "not seen here"
		if g.Counted {
			calls = strconv.FormatInt(g.Calls, 10)
		}
		rows = append(rows, []string{grantText(g.Grant), calls, string(g.Alternative)})
	}
	return m.table([]string{"SAYS", "CALLS", "ALSO ALLOWED BY"}, rows)
}

func (a *app) contractRetryCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "retry CONTENT_HASH", Short: "Send again what other Managers haven't got of a contract", Args: cobra.ExactArgs(1),
	}
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		h, err := contentHash(args[0])
		if err != nil {
			return err
		}
		sent, err := m.Resend(ctx, h)
		if err != nil {
			return err
		}
		return m.said(sent, "%d messages are sent again; see samenspel outbox list", sent.Messages)
	})
}

// tellContract prints the lines about a contract that scripts read.
func (m *management) tellContract(c *client.ContractDetail) error {
	return m.show(c, func() error {
		facts := [][2]string{{"contract", string(c.ContentHash)}}
		for _, g := range c.Grants {
			facts = append(facts, [2]string{"grant", string(g.GrantHash)})
		}
		var awaiting []fsc.PeerID
		for _, p := range c.Awaiting {
			awaiting = append(awaiting, p.PeerID)
		}
		return m.facts(append(facts, [2]string{"state", string(c.State)}, [2]string{"awaiting", words(awaiting)})...)
	})
}

func (a *app) contractRenewCommand(f *nodeFlags) *cobra.Command {
	return a.againCommand(f, &cobra.Command{
		Use: "renew CONTENT_HASH", Short: "Propose a contract that follows on another, with the same grants",
		Long: `Proposes a contract with the grants of another one. It begins where that ends and
is as long, unless the flags say otherwise. Where our Outway has another key by
now, the new contract names that.`,
		Example: "  samenspel contract renew '$1$1$…' --not-after 2028-01-01",
	}, (*client.Client).RenewalOf, func(ctx context.Context, m *management, h fsc.ContentHash, p client.Proposal) (client.ContractDetail, error) {
		return m.Renew(ctx, h, client.Renewal{NotBefore: p.NotBefore, NotAfter: p.NotAfter})
	})
}

func (a *app) contractCopyCommand(f *nodeFlags) *cobra.Command {
	return a.againCommand(f, &cobra.Command{
		Use: "copy CONTENT_HASH", Short: "Propose a contract like another one, from now",
		Long: `Proposes a contract with the grants of another one, which may have ended. It begins
now and is valid for a year, unless the flags say otherwise.`,
		Example: "  samenspel contract copy '$1$1$…' --valid-for 720h",
	}, (*client.Client).ProposalOf, func(ctx context.Context, m *management, _ fsc.ContentHash, p client.Proposal) (client.ContractDetail, error) {
		return m.Propose(ctx, p)
	})
}

// againCommand makes a contract from another one: fill gives the proposal that
// the API makes of it, and propose sends it.
func (a *app) againCommand(
	f *nodeFlags, cmd *cobra.Command,
	fill func(*client.Client, context.Context, fsc.ContentHash) (client.Proposal, error),
	propose func(context.Context, *management, fsc.ContentHash, client.Proposal) (client.ContractDetail, error),
) *cobra.Command {
	var v validityFlags
	v.add(cmd.Flags())
	for name, usage := range map[string]string{
		"not-before": "first `MOMENT`: 2027-01-31 (0:00 UTC) or 2027-01-31T12:00:00+01:00 (default: see above)",
		"valid-for":  "how `LONG` the contract is valid from its first moment (default: see above)",
	} {
		cmd.Flags().Lookup(name).Usage = usage
	}
	cmd.Flags().Lookup("valid-for").DefValue = ""
	cmd.Args = cobra.ExactArgs(1)
	changed := cmd.Flags().Changed
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		h, err := contentHash(args[0])
		if err != nil {
			return err
		}
		p, err := fill(m.Client, ctx, h)
		if err != nil {
			return err
		}
		if p.NotAfter.IsZero() || changed("not-before") || changed("not-after") || changed("valid-for") {
			if err := v.apply(cmd.Flags(), a.Now(), &p); err != nil {
				return err
			}
		}
		c, err := propose(ctx, m, h, p)
		if err != nil {
			return err
		}
		return m.tellContract(&c)
	})
}

// apply replaces what was given of the validity of a proposal; a first moment
// that wasn't given stays.
func (v *validityFlags) apply(f *pflag.FlagSet, now time.Time, p *client.Proposal) error {
	start := now
	if !p.NotBefore.IsZero() {
		start = p.NotBefore
	}
	from, until, err := v.times(f, start)
	if err != nil {
		return err
	}
	if !f.Changed("not-after") && !f.Changed("valid-for") && !p.NotAfter.IsZero() {
		until = from.Add(p.NotAfter.Sub(start))
	}
	if !from.IsZero() {
		p.NotBefore = from
	}
	p.NotAfter = until
	return nil
}
