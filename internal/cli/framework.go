// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) frameworkCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("framework", "Framework agreements: what organisations bought together", "", a.frameworkListCommand(f), a.frameworkShowCommand(f),
		a.frameworkCreateCommand(f), a.frameworkImportCommand(f), a.frameworkConfirmCommand(f), a.frameworkPricesCommand(f), a.frameworkPriceCommand(f))
	f.add(cmd)
	return cmd
}

func (a *app) frameworkListCommand(f *nodeFlags) *cobra.Command {
	var filter client.FrameworkFilter
	var limit int
	cmd := &cobra.Command{Use: "list", Short: "List the framework agreements that the node knows", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&filter.Text, "text", "", "`TEXT` in names of frameworks and lots, and in services")
	cmd.Flags().StringVar(&filter.State, "state", "", "only in this `STATE`: live, proposed, planned, asserted, suspended, exhausted, expired, terminated or annulled")
	cmd.Flags().BoolVar(&filter.Ours, "ours", false, "only those in which this organisation has a part")
	withLimit(cmd, &limit, "frameworks")
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		filter.Limit = min(limit, longestPage)
		all, err := take(m.Frameworks(ctx, filter), limit)
		if err != nil {
			return err
		}
		return m.show(all, func() error {
			var rows [][]string
			for i := range all {
				v := &all[i]
				rows = append(rows, []string{v.Deed.Hash, v.Name, v.Deed.State, moment(v.Until), leastLeft(v), fmt.Sprintf("%d/%d", v.Participants, v.Eligible)})
			}
			return m.table([]string{"FRAMEWORK", "NAME", "STATE", "UNTIL", "LEFT", "JOINED"}, rows)
		})
	})
}

// leastLeft tells of which lot the smallest part is left.
func leastLeft(f *client.Framework) string {
	text, least := "", int64(101)
	for _, l := range f.Lots {
		if part := l.Left * 100 / max(l.Maximum, 1); part < least {
			text, least = fmt.Sprintf("%d%% of %s", part, l.ID), part
		}
	}
	return text
}

func (a *app) frameworkShowCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "show FRAMEWORK", Short: "Tell how a framework agreement stands: what is left, who takes part, what was called off", Args: cobra.ExactArgs(1),
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		d, err := m.Framework(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(d, func() error { return m.tellFramework(&d) })
	})
}

func (m *management) tellFramework(d *client.FrameworkDetail) error {
	v := &d.Framework
	if err := m.tellDeed(&v.Deed, [2]string{"name", v.Name}, [2]string{"buys", optionalPeer(v.PurchasingBody)},
		[2]string{"from", moment(v.NotBefore)}, [2]string{"until", moment(v.Until)}, [2]string{"may join", yes(d.MayJoin)}, [2]string{"joined as", v.Joined}); err != nil {
		return err
	}
	var rows [][]string
	for _, w := range v.EntryWindows {
		rows = append(rows, []string{moment(w.From), moment(w.Until), yes(w.Open)})
	}
	if err := m.section([]string{"JOIN FROM", "UNTIL", "OPEN"}, rows); err != nil {
		return err
	}
	rows = nil
	for _, l := range v.Lots {
		rows = append(rows, []string{
			l.ID, l.Name, strconv.FormatInt(l.Maximum, 10) + " " + l.Unit, strconv.FormatInt(l.Committed, 10), strconv.FormatInt(l.Reserved, 10), strconv.FormatInt(l.Left, 10),
		})
	}
	if err := m.section([]string{"LOT", "NAME", "MAXIMUM", "CALLED OFF", "RESERVED", "LEFT"}, rows); err != nil {
		return err
	}
	rows = nil
	for i := range d.Accessions {
		one := &d.Accessions[i]
		rows = append(rows, []string{one.Deed.Hash, peerText(one.Buyer), one.Deed.State, moment(one.Deed.Since)})
	}
	if err := m.section([]string{"ACCESSION", "BUYER", "STATE", "SINCE"}, rows); err != nil {
		return err
	}
	return m.section(callOffHeader(), callOffRows(d.CallOffs))
}

// section prints a table after an empty line; nothing without rows.
func (m *management) section(header []string, rows [][]string) error {
	if len(rows) == 0 {
		return nil
	}
	if err := m.line(""); err != nil {
		return err
	}
	return m.table(header, rows)
}
