// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) ruleCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("rule", "Decide which contracts are accepted without a person", `A rule describes grants that this node accepts by itself. A proposal is accepted
when each of its grants fits a rule that is enabled.`,
		a.ruleListCommand(f), a.ruleAddCommand(f),
		a.ruleSwitchCommand(f, "enable", "Put a rule in force", true),
		a.ruleSwitchCommand(f, "disable", "Put a rule out of force", false),
		a.ruleDeleteCommand(f), a.ruleDryRunCommand(f),
	)
	f.add(cmd)
	return cmd
}

func (a *app) ruleListCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the acceptance rules", Args: cobra.NoArgs}
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		rules, err := m.AcceptanceRules(ctx)
		if err != nil {
			return err
		}
		return m.show(rules, func() error {
			var rows [][]string
			for _, r := range rules {
				rows = append(rows, []string{r.ID, r.Name, yes(r.Enabled), r.Role, strings.Join(r.Services, ","), words(r.Providers), words(r.Consumers), r.Origin})
			}
			return m.table([]string{"RULE", "NAME", "ENABLED", "ROLE", "SERVICES", "PROVIDERS", "CONSUMERS", "FROM"}, rows)
		})
	})
}

// ruleFlags describe a rule.
type ruleFlags struct {
	form                             client.AcceptanceRuleForm
	providers, consumers, delegators []string
	properties                       []string
	disabled                         bool
}

func (r *ruleFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.form.Name, "name", "", "`NAME` by which people recognise the rule")
	f.StringVar(&r.form.Role, "role", "", "`ROLE` of this Peer in the grant: provider, consumer, delegator or publication_delegator")
	f.StringSliceVar(&r.form.Services, "service", nil, "`NAME` of a service it is limited to; may be repeated")
	f.StringSliceVar(&r.providers, "provider", nil, "`PEER` that may offer the service; may be repeated")
	f.StringSliceVar(&r.consumers, "consumer", nil, "`PEER` that may call the service; may be repeated")
	f.StringSliceVar(&r.delegators, "delegator", nil, "`PEER` that may be acted for; may be repeated (default: nobody)")
	f.IntVar(&r.form.MaxValidityDays, "max-validity-days", 0, "longest validity of the contract in `DAYS` (default: no limit)")
	f.StringArrayVar(&r.properties, "property", nil, "property that the grant must have, as `NAME=JSON`; may be repeated")
	f.BoolVar(&r.form.AllowOtherProperties, "allow-other-properties", false, "let the grant have other properties too")
	f.BoolVar(&r.disabled, "disabled", false, "don't put the rule in force yet")
	check(cmd, r.complete)
}

func (r *ruleFlags) complete() error {
	if r.form.Name == "" || r.form.Role == "" {
		return usagef("--name and --role are required")
	}
	r.form.Enabled = !r.disabled
	for _, list := range []struct {
		from []string
		to   *[]fsc.PeerID
	}{{r.providers, &r.form.Providers}, {r.consumers, &r.form.Consumers}, {r.delegators, &r.form.Delegators}} {
		*list.to = nil
		for _, text := range list.from {
			id, err := peerID(text)
			if err != nil {
				return err
			}
			*list.to = append(*list.to, id)
		}
	}
	var err error
	r.form.Properties, err = propertyList(r.properties)
	return err
}

// propertyList reads NAME=JSON texts.
func propertyList(list []string) ([]client.Property, error) {
	if _, err := parseProperties(list); err != nil {
		return nil, err
	}
	var out []client.Property
	for _, p := range list {
		name, value, _ := strings.Cut(p, "=")
		out = append(out, client.Property{Name: name, Value: value})
	}
	return out, nil
}

func (a *app) ruleAddCommand(f *nodeFlags) *cobra.Command {
	var r ruleFlags
	cmd := &cobra.Command{
		Use: "add", Short: "Make an acceptance rule", Args: cobra.NoArgs,
		Long: `Makes a rule. Everything that is given has to fit a grant. Try it first on the
proposals of the past with --disabled and then rule dry-run.`,
		Example: "  samenspel rule add --name 'Neighbours' --role provider --service personen --consumer 00000099000000002000 --max-validity-days 366",
	}
	r.add(cmd)
	return a.signing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		rule, err := m.CreateAcceptanceRule(ctx, r.form)
		if err != nil {
			return err
		}
		return m.said(rule, "rule      %s", rule.ID)
	})
}

func (a *app) ruleSwitchCommand(f *nodeFlags, use, short string, on bool) *cobra.Command {
	cmd := &cobra.Command{Use: use + " RULE", Short: short, Args: cobra.ExactArgs(1)}
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		rule, err := m.AcceptanceRule(ctx, args[0])
		if err != nil {
			return err
		}
		form := rule.Value.AcceptanceRuleForm
		form.Enabled = on
		changed, err := m.PutAcceptanceRule(ctx, args[0], form, client.If{Match: rule.ETag})
		if err != nil {
			return err
		}
		return m.said(changed.Value, "rule %s is %sd", args[0], use)
	})
}

func (a *app) ruleDeleteCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "delete RULE", Short: "Remove an acceptance rule", Args: cobra.ExactArgs(1)}
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		if err := m.DeleteAcceptanceRule(ctx, args[0], client.If{}); err != nil {
			return err
		}
		return m.said(gone{args[0]}, "rule %s is removed", args[0])
	})
}

// gone is the JSON of what was removed.
type gone struct {
	Removed string `json:"removed"`
}

func (a *app) ruleDryRunCommand(f *nodeFlags) *cobra.Command {
	var days int
	cmd := &cobra.Command{
		Use: "dry-run RULE", Short: "Tell which proposals of the past a rule would have accepted", Args: cobra.ExactArgs(1),
	}
	cmd.Flags().IntVar(&days, "days", 365, "how many `DAYS` to look back")
	check(cmd, func() error {
		if days < 1 {
			return usagef("--days must be at least 1")
		}
		return nil
	})
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		run, err := m.DryRun(ctx, args[0], client.NewDryRun{Since: a.Now().UTC().AddDate(0, 0, -days)})
		if err != nil {
			return err
		}
		return m.show(run, func() error { return m.tellDryRun(&run) })
	})
}

func (m *management) tellDryRun(run *client.DryRun) error {
	var rows [][]string
	for _, p := range run.Proposals {
		rows = append(rows, []string{string(p.Contract.ContentHash), moment(p.Contract.CreatedAt), yes(p.Decision.Accepts), saysOf(&p.Contract)})
	}
	if err := m.table([]string{"CONTRACT", "PROPOSED", "ACCEPTS", "SAYS"}, rows); err != nil {
		return err
	}
	more := ""
	if run.Truncated {
		more = ", of the newest ones"
	}
	return m.line("%d of %d proposals would be accepted%s", run.Signs, len(run.Proposals), more)
}

// saysOf tells in a few words what a contract allows.
func saysOf(c *client.Contract) string {
	var out []string
	for _, g := range c.Grants {
		out = append(out, grantText(g))
	}
	return strings.Join(out, "; ")
}

func grantText(g client.Grant) string {
	full := fsc.Grant{Type: g.Type, Delegator: id(g.Delegator), Directory: id(g.Directory)}
	full.Service.Name, full.Service.PeerID, full.Service.Delegator = g.Service, g.Provider.PeerID, id(g.ServiceDelegator)
	full.Outway.PeerID = id(g.Consumer)
	return summary(&full, plainID)
}
