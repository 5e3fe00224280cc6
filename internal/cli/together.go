// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) taskCommand() *cobra.Command {
	f := &nodeFlags{}
	list := &cobra.Command{Use: "list", Short: "List deeds to sign, decisions to speak on, and what went wrong", Args: cobra.NoArgs}
	cmd := a.group("task", "What acting together asks of you now", "", a.managing(f, list, func(ctx context.Context, m *management, _ []string) error {
		t, err := m.Tasks(ctx)
		if err != nil {
			return err
		}
		return m.show(t, func() error { return m.tellTasks(&t) })
	}))
	f.add(cmd)
	return cmd
}

func (m *management) tellTasks(t *client.Tasks) error {
	var rows [][]string
	for i := range t.Turn {
		rows = append(rows, []string{"sign", t.Turn[i].Deed.Hash, t.Turn[i].Title, ""})
	}
	for i := range t.Votes {
		rows = append(rows, []string{"state a stance", t.Votes[i].Deed.Hash, t.Votes[i].Title, moment(t.Votes[i].ClosesAt)})
	}
	for i := range t.Months {
		u := &t.Months[i]
		rows = append(rows, []string{"usage is " + u.State, u.CallOff, u.Title + ", with " + peerText(u.Other), u.Month})
	}
	for _, r := range t.Refused {
		rows = append(rows, []string{"refused by " + peerText(r.Peer), r.Subject, r.Problem, ""})
	}
	for _, r := range t.Alarms {
		rows = append(rows, []string{r.Code + " of " + peerText(r.Peer), r.Dossier, r.Detail, moment(r.At)})
	}
	return m.table([]string{"TASK", "DEED", "ABOUT", "WHEN"}, rows)
}

func (a *app) obligationCommand() *cobra.Command {
	f := &nodeFlags{}
	var filter client.ObligationFilter
	var limit int
	list := &cobra.Command{Use: "list", Short: "List what this organisation has to keep to, the first to end first", Args: cobra.NoArgs}
	list.Flags().StringVar(&filter.Text, "text", "", "`TEXT` in titles and names of others")
	list.Flags().IntVar(&filter.Type, "type", 0, "only deeds of this `TYPE`, like 111 for accessions")
	list.Flags().BoolVar(&filter.Over, "over", false, "also what is over")
	withLimit(list, &limit, "obligations")
	cmd := a.group("obligation", "What this organisation promised or was promised", "", a.managing(f, list, func(ctx context.Context, m *management, _ []string) error {
		filter.Limit = min(limit, longestPage)
		all, err := take(m.Obligations(ctx, filter), limit)
		if err != nil {
			return err
		}
		return m.show(all, func() error {
			var rows [][]string
			for i := range all {
				o := &all[i]
				rows = append(rows, []string{o.Deed.Hash, strconv.Itoa(o.Deed.Type), o.Title, strings.Join(o.Roles, ", "), o.Deed.State, moment(o.Ends), nextNotice(o)})
			}
			return m.table([]string{"DEED", "TYPE", "ABOUT", "AS", "STATE", "ENDS", "DECIDE BY"}, rows)
		})
	}))
	f.add(cmd)
	return cmd
}

// nextNotice is the first moment to decide that hasn't passed.
func nextNotice(o *client.Obligation) string {
	for _, n := range o.Notices {
		if !n.Passed {
			return moment(n.At)
		}
	}
	return ""
}

func (a *app) processCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("process", "The process board: what municipalities can do together", "",
		a.processListCommand(f), a.processShowCommand(f), a.processTakeUpCommand(f))
	f.add(cmd)
	return cmd
}

func (a *app) processListCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the processes with how far they are", Args: cobra.NoArgs}
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		all, err := m.Board(ctx)
		if err != nil {
			return err
		}
		return m.show(all, func() error {
			var rows [][]string
			for i := range all {
				p := &all[i]
				rows = append(rows, []string{p.Code, p.Title, p.Stage, strconv.Itoa(p.Need + p.Agreement + p.Acceded + p.Connected), strconv.Itoa(len(p.Frameworks))})
			}
			return m.table([]string{"PROCESS", "TITLE", "STAGE", "TAKE PART", "FRAMEWORKS"}, rows)
		})
	})
}

func (a *app) processShowCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "show PROCESS", Short: "Tell who takes part in a process, and why others don't now", Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		d, err := m.Client.Process(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(d, func() error {
			facts := [][2]string{{"process", d.Process.Code}, {"title", d.Process.Title}, {"stage", d.Process.Stage}}
			for _, h := range d.Process.Frameworks {
				facts = append(facts, [2]string{"framework", h})
			}
			for _, c := range d.Process.NotNow {
				facts = append(facts, [2]string{"not now", fmt.Sprintf("%s: %d", c.Code, c.Count)})
			}
			if err := m.facts(facts...); err != nil {
				return err
			}
			var rows [][]string
			for _, p := range d.Participants {
				rows = append(rows, []string{peerText(p.Peer), p.Stage})
			}
			return m.section([]string{"TAKES PART", "STAGE"}, rows)
		})
	})
}

func (a *app) processTakeUpCommand(f *nodeFlags) *cobra.Command {
	var in client.NewProcessDeed
	cmd := &cobra.Command{
		Use: "take-up PROCESS", Short: "State that this organisation takes a process up", Args: cobra.ExactArgs(1),
		Example: "  samenspel process take-up P29 --framework '$1$110$...'",
	}
	cmd.Flags().StringArrayVar(&in.Frameworks, "framework", nil, "`HASH` of a framework agreement that serves it; may be repeated. Without any it is a need")
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		d, err := m.TakeUpProcess(ctx, args[0], in)
		return m.tellMade(d, err)
	})
}

// tellMade tells the hash of a deed that was sealed.
func (m *management) tellMade(d client.DeedMade, err error) error {
	if err != nil {
		return err
	}
	return m.said(d, "deed      %s", d.Hash)
}

// endOfDay reads a day and gives its end on this machine's clock.
func endOfDay(flag, text string) (time.Time, error) {
	day, err := time.ParseInLocation(time.DateOnly, text, time.Local)
	if err != nil {
		return day, usagef("--%s is %q; it must be a day like 2027-01-31", flag, text)
	}
	return day.AddDate(0, 0, 1), nil
}
