// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) groupCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("group", "Groups of organisations that decide together", "",
		a.groupListCommand(f), a.groupShowCommand(f), a.groupProposeCommand(f), a.groupFoundCommand(f), a.groupJoinCommand(f))
	f.add(cmd)
	return cmd
}

func (a *app) groupListCommand(f *nodeFlags) *cobra.Command {
	var text string
	var limit int
	cmd := &cobra.Command{Use: "list", Short: "List the groups that the node knows", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&text, "text", "", "`TEXT` in names")
	withLimit(cmd, &limit, "groups")
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		all, err := take(m.Groups(ctx, text), limit)
		if err != nil {
			return err
		}
		return m.show(all, func() error {
			var rows [][]string
			for i := range all {
				g := &all[i]
				rows = append(rows, []string{g.Deed.Hash, g.Name, g.Kind, g.Deed.State, strconv.Itoa(g.Members), g.Class})
			}
			return m.table([]string{"GROUP", "NAME", "KIND", "STATE", "MEMBERS", "WE ARE"}, rows)
		})
	})
}

func (a *app) groupShowCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "show GROUP", Short: "Tell who takes part in a group and what it decides", Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		d, err := m.Group(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(d, func() error {
			if err := m.tellDeed(&d.Group.Deed, [2]string{"name", d.Group.Name}, [2]string{"kind", d.Group.Kind}, [2]string{"we are", d.Group.Class},
				[2]string{"can join as", strings.Join(d.Classes, ", ")}, [2]string{"silent", strconv.Itoa(len(d.Silent))}); err != nil {
				return err
			}
			var rows [][]string
			for i := range d.Members {
				one := &d.Members[i]
				rows = append(rows, []string{peerText(one.Member), one.Class, strconv.Itoa(one.Inhabitants), one.Deed.State})
			}
			if err := m.section([]string{"MEMBER", "CLASS", "INHABITANTS", "STATE"}, rows); err != nil {
				return err
			}
			return m.section(decisionHeader(), decisionRows(d.Decisions))
		})
	})
}

func (a *app) groupProposeCommand(f *nodeFlags) *cobra.Command {
	var in client.GroupSource
	cmd := &cobra.Command{
		Use: "propose", Short: "Tell which group follows from the register", Args: cobra.NoArgs,
		Long:    "Tells which municipalities belong together by the register. Nobody is a member by it.",
		Example: "  samenspel group propose --inhabitants 100000",
	}
	cmd.Flags().IntVar(&in.Inhabitants, "inhabitants", 0, "municipalities with at least this `NUMBER` of inhabitants")
	cmd.Flags().StringVar(&in.Province, "province", "", "municipalities of this `PROVINCE`")
	cmd.Flags().StringVar(&in.Arrangement, "arrangement", "", "participants of the arrangement with this `NUMBER`")
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		p, err := m.ProposeGroup(ctx, in)
		if err != nil {
			return err
		}
		return m.show(p, func() error {
			var rows [][]string
			for i := range p.Candidates {
				rows = append(rows, municipalityRow(&p.Candidates[i]))
			}
			return m.table(municipalityHeader(), rows)
		})
	})
}

func (a *app) groupFoundCommand(f *nodeFlags) *cobra.Command {
	var in client.NewGroup
	var invited []string
	var keeper string
	cmd := &cobra.Command{
		Use: "found NAME", Short: "Found a group", Args: cobra.ExactArgs(1),
		Long:    "Founds a group. Who is invited is a member only when it signs itself: see group join.",
		Example: "  samenspel group found 'Samen slim' --kind association",
	}
	cmd.Flags().StringVar(&in.Kind, "kind", "association", "`KIND`: association, programme, region, size_class or arrangement")
	cmd.Flags().StringVar(&in.Basis, "basis", "", "`RULE` or number that the group follows from")
	cmd.Flags().StringArrayVar(&invited, "invite", nil, "`PEER` that may become a voting member; may be repeated (default: whoever fits)")
	cmd.Flags().StringVar(&keeper, "keeper", "", "`PEER` that keeps the dossier (default: the first secretariat of the configuration)")
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		in.Name, in.Keeper = args[0], fsc.PeerID(keeper)
		for _, p := range invited {
			in.Invited = append(in.Invited, fsc.PeerID(p))
		}
		d, err := m.FoundGroup(ctx, in)
		return m.tellMade(d, err)
	})
}

func (a *app) groupJoinCommand(f *nodeFlags) *cobra.Command {
	var class string
	cmd := &cobra.Command{
		Use: "join GROUP", Short: "Take part in a group", Args: cobra.ExactArgs(1),
		Long: "States that this organisation takes part in a group. To leave, revoke the membership with deed sign --act revoke.",
	}
	cmd.Flags().StringVar(&class, "class", "voting", "as what: `CLASS` voting, guest, observer or supplier")
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		d, err := m.JoinGroup(ctx, args[0], class)
		return m.tellMade(d, err)
	})
}

func (a *app) decisionCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("decision", "Decisions of several organisations, and the stances on them", "",
		a.decisionListCommand(f), a.decisionShowCommand(f), a.decisionOpenCommand(f), a.decisionStanceCommand(f))
	f.add(cmd)
	return cmd
}

func decisionHeader() []string {
	return []string{"DECISION", "TITLE", "STATE", "CLOSES", "STATED", "WE SAID"}
}

func decisionRows(all []client.JointDecision) [][]string {
	var rows [][]string
	for i := range all {
		d := &all[i]
		rows = append(rows, []string{d.Deed.Hash, d.Title, d.Deed.State, moment(d.ClosesAt), fmt.Sprintf("%d/%d", d.Stated, d.Voters), d.OurStance})
	}
	return rows
}

func (a *app) decisionListCommand(f *nodeFlags) *cobra.Command {
	var open bool
	var limit int
	cmd := &cobra.Command{Use: "list", Short: "List the decisions that the node knows", Args: cobra.NoArgs}
	cmd.Flags().BoolVar(&open, "open", false, "only those that still take stances")
	withLimit(cmd, &limit, "decisions")
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		all, err := take(m.JointDecisions(ctx, open), limit)
		if err != nil {
			return err
		}
		return m.show(all, func() error { return m.table(decisionHeader(), decisionRows(all)) })
	})
}

func (a *app) decisionShowCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "show DECISION", Short: "Tell how a decision stands, with both bars", Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		d, err := m.JointDecision(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(d, func() error { return m.tellDecision(&d) })
	})
}

func (m *management) tellDecision(d *client.JointDecisionDetail) error {
	share := func(part, whole client.VoteCount, need client.VoteShare) string {
		return fmt.Sprintf("%d of %d organisations (%d%% needed), %d of %d inhabitants (%d%% needed)",
			part.Organisations, whole.Organisations, need.Organisations, part.Inhabitants, whole.Inhabitants, need.Inhabitants)
	}
	outcome := d.Outcome
	if !d.Counted {
		outcome += ", so far"
	}
	facts := [][2]string{
		{"title", d.Decision.Title},
		{"closes", moment(d.Decision.ClosesAt)},
		{"method", d.Method},
		{"spoke", share(d.Stated, d.Electorate, d.Quorum)},
		{"agree", share(d.Agree, d.Stated, d.Threshold)},
		{"outcome", outcome},
	}
	for _, r := range d.Why {
		facts = append(facts, [2]string{"for", reasonText(r)})
	}
	if err := m.tellDeed(&d.Decision.Deed, facts...); err != nil {
		return err
	}
	var rows [][]string
	for _, v := range d.Voices {
		rows = append(rows, []string{peerText(v.Peer), strconv.FormatInt(v.Inhabitants, 10), v.Stance, v.Code, v.Reason})
	}
	return m.section([]string{"ORGANISATION", "INHABITANTS", "STANCE", "CODE", "REASON"}, rows)
}

func (a *app) decisionOpenCommand(f *nodeFlags) *cobra.Command {
	var in client.NewJointDecision
	var closes, document string
	cmd := &cobra.Command{
		Use: "open GROUP", Short: "Let the voting members of a group decide", Args: cobra.ExactArgs(1),
		Long: `Puts a proposal to the voting members of a group. It is adopted when a quarter of
the organisations and inhabitants speaks, and of those 55 percent of the
organisations agrees, with half of the inhabitants. It binds nobody who doesn't
accede itself.`,
		Example: "  samenspel decision open '$1$121$...' --title 'One form' --text 'We take the same form.' --closes 2027-01-31",
	}
	cmd.Flags().StringVar(&in.Title, "title", "", "`TITLE` of the proposal")
	cmd.Flags().StringVar(&in.Text, "text", "", "`TEXT` of the proposal")
	cmd.Flags().StringVar(&closes, "closes", "", "last `DAY` on which a stance counts, like 2027-01-31")
	cmd.Flags().StringVar(&in.Method, "method", "majority", "`METHOD`: majority or consent")
	cmd.Flags().StringVar(&document, "document", "", "`FILE` that is decided about; the voters can fetch it")
	cmd.Flags().StringArrayVar(&in.About, "about", nil, "`HASH` of a deed that it is about; may be repeated")
	check(cmd, func() (err error) {
		if in.Title == "" || in.Text == "" {
			return usagef("--title and --text are required")
		}
		in.ClosesAt, err = endOfDay("closes", closes)
		return err
	})
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		in.Group = args[0]
		var err error
		if in.Document, err = documentIf(document, "--document"); err != nil {
			return err
		}
		if err := m.keep(ctx, document, "--document"); err != nil {
			return err
		}
		d, err := m.OpenDecision(ctx, in)
		return m.tellMade(d, err)
	})
}

func (a *app) decisionStanceCommand(f *nodeFlags) *cobra.Command {
	var in client.NewStance
	var proxy string
	cmd := &cobra.Command{
		Use: "stance DECISION", Short: "State what this organisation thinks of a proposal", Args: cobra.ExactArgs(1),
		Long:    "States a stance. The last one before the closing counts.",
		Example: "  samenspel decision stance '$1$123$...' --say not_now --code hours",
	}
	cmd.Flags().StringVar(&in.Stance, "say", "agree", "`STANCE`: agree, abstain, object, not_now or by_proxy")
	cmd.Flags().StringVar(&in.Reason, "reason", "", "`TEXT`, with object and not_now")
	cmd.Flags().StringVar(&in.Proposal, "proposal", "", "`TEXT` with object: what this organisation would agree with")
	cmd.Flags().StringVar(&in.Code, "code", "", "`CODE` with not_now: timing, already_arranged, running_contract, hours, money, reorganisation or other")
	cmd.Flags().StringVar(&proxy, "proxy", "", "`PEER` with by_proxy: who speaks for this organisation")
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		in.Proxy = fsc.PeerID(proxy)
		d, err := m.StateStance(ctx, args[0], in)
		return m.tellMade(d, err)
	})
}
