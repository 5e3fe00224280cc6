// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) usageCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("usage", "Agree how much of a call-off was used", "",
		a.usageListCommand(f), a.usageShowCommand(f), a.usageSettleCommand(f), a.usageAgreeCommand(f), a.usageSavingsCommand(f),
	)
	f.add(cmd)
	return cmd
}

// sideText tells what a side stated, and whether it is on its way.
func sideText(s *client.UsageSide) string {
	switch {
	case s == nil:
		return "-"
	case s.ReceivedAt.IsZero():
		return strconv.FormatInt(s.Count, 10) + " (on its way)"
	}
	return strconv.FormatInt(s.Count, 10)
}

func (a *app) usageListCommand(f *nodeFlags) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "list CALLOFF", Short: "List the months of a call-off", Args: cobra.ExactArgs(1),
		Long: `Lists the months in which a call-off was in force, the newest first, with the
number of calls that buyer and supplier state. A month is stated by itself two
days after its end, and agreed when both state the same calls.`,
	}
	withLimit(cmd, &limit, "months")
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		all, err := take(m.Usage(ctx, args[0], min(limit, longestPage)), limit)
		if err != nil {
			return err
		}
		return m.show(all, func() error {
			var rows [][]string
			for i := range all {
				settled := "-"
				if s := all[i].Settlement; s != nil {
					settled = strconv.FormatInt(s.Count, 10)
				}
				rows = append(rows, []string{all[i].Month, all[i].State, sideText(all[i].Buyer), sideText(all[i].Supplier), settled})
			}
			return m.table([]string{"MONTH", "STATE", "BUYER", "SUPPLIER", "SETTLED"}, rows)
		})
	})
}

func (a *app) usageShowCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "show CALLOFF MONTH", Short: "Tell how a month of a call-off stands, and which calls one side hasn't", Args: cobra.ExactArgs(2),
		Example: "  samenspel usage show '$1$112$...' 2026-11",
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		u, err := m.UsageMonth(ctx, args[0], args[1])
		if err != nil {
			return err
		}
		return m.tellUsage(&u)
	})
}

func (a *app) usageSettleCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "settle CALLOFF MONTH", Short: "State a month that is over, and compare it with the other side", Args: cobra.ExactArgs(2),
		Long: `States the calls of a month that is over, without waiting for the two days after
which that happens by itself. The last month is over for this as soon as the
call-off has ended. When both sides have stated it and differ, it looks
which calls one of them hasn't; for that a contract on collective-v1 of the other
side is needed. Of a month that runs it only counts: nothing is signed, and the
month is stated as a whole later.`,
		Example: "  samenspel usage settle '$1$112$...' 2026-11",
	}
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		u, err := m.StateUsage(ctx, args[0], args[1])
		if err != nil {
			return err
		}
		return m.tellUsage(&u)
	})
}

func (a *app) usageAgreeCommand(f *nodeFlags) *cobra.Command {
	var in client.NewUsageSettlement
	cmd := &cobra.Command{
		Use: "agree CALLOFF MONTH", Short: "Settle a month in which both sides differ by a number of calls", Args: cobra.ExactArgs(2),
		Long: `Signs the settlement that the other side proposed with this number, or proposes
one. The month is settled when both have signed the same.`,
		Example: "  samenspel usage agree '$1$112$...' 2026-11 --count 48210 --reason 'Een Inway miste een dag.'",
	}
	fs := cmd.Flags()
	fs.Int64Var(&in.Count, "count", -1, "`NUMBER` of calls")
	fs.StringVar(&in.Reason, "reason", "", "`WHY` this number, for the other side")
	check(cmd, func() error {
		if in.Count < 0 || in.Reason == "" {
			return usagef("--count and --reason are required")
		}
		return nil
	})
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		u, err := m.AgreeUsage(ctx, args[0], args[1], in)
		if err != nil {
			return err
		}
		return m.tellUsage(&u)
	})
}

func (m *management) tellUsage(u *client.UsageMonth) error {
	return m.show(*u, func() error {
		lines := [][2]string{
			{"month", u.Month}, {"state", u.State}, {"buyer", sideText(u.Buyer)}, {"supplier", sideText(u.Supplier)},
		}
		if u.SoFar != nil {
			lines = append(lines, [2]string{"so far", strconv.FormatInt(*u.SoFar, 10)})
		}
		if s := u.Settlement; s != nil {
			lines = append(lines, [2]string{"settlement", strconv.FormatInt(s.Count, 10)}, [2]string{"reason", s.Reason})
			for _, p := range s.Awaiting {
				lines = append(lines, [2]string{"waits for", string(p)})
			}
		}
		var rows [][]string
		if r := u.Report; r != nil {
			var found [][2]string
			found, rows = compared(r)
			lines = append(lines, found...)
		}
		if err := m.facts(lines...); err != nil {
			return err
		}
		return m.section([]string{"TRANSACTION", "ONLY"}, rows)
	})
}

// compared tells what a comparison came to, and which calls only one side has.
func compared(r *client.UsageReport) (lines [][2]string, rows [][]string) {
	lines = [][2]string{{"compared", moment(r.At)}, {"problem", r.Problem}}
	if r.Problem != "" {
		return lines, nil
	}
	lines = append(lines, [2]string{"same calls", strconv.FormatInt(r.Equal, 10)},
		[2]string{"only here", strconv.FormatInt(r.OnlyOwn, 10)}, [2]string{"only there", strconv.FormatInt(r.OnlyOther, 10)})
	if n := r.OpenOwn + r.OpenOther; n > 0 {
		lines = append(lines, [2]string{"not looked at", strconv.FormatInt(n, 10)})
	}
	for _, id := range r.Own {
		rows = append(rows, []string{id, "here"})
	}
	for _, id := range r.Other {
		rows = append(rows, []string{id, "there"})
	}
	return lines, rows
}

func (a *app) usageSavingsCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "savings FRAMEWORK", Short: "Tell what a group saved and needs together", Args: cobra.ExactArgs(1),
		Long: `Tells what the buyers under a framework saved and need together. The organisation
that keeps the framework adds it up; other buyers ask it, and suppliers aren't told.
Savings of fewer than two buyers aren't told, needs of fewer than five neither: the
sum would tell what one of them pays or needs. Savings below zero mean that it costs
more than before.`,
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		s, err := m.Savings(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(s, func() error {
			rows := [][]string{append([]string{"saved, in cents"}, sumTexts(s.Saved)...)}
			for i := range s.Demand {
				rows = append(rows, append([]string{"needed of lot " + s.Demand[i].Lot}, sumTexts(s.Demand[i].Total)...))
			}
			return m.table([]string{"WHAT", "TOTAL", "BUYERS"}, rows)
		})
	})
}

func sumTexts(s *client.GroupSum) []string {
	if s == nil {
		return []string{"too few buyers", "-"}
	}
	return []string{strconv.FormatInt(s.Sum, 10), strconv.Itoa(s.Buyers)}
}
