// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) overviewCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := &cobra.Command{
		Use: "overview", Short: "Tell what waits for us, what ends soon and what is wrong", Args: cobra.NoArgs,
		Long: "Calls of today are counted from midnight UTC.",
	}
	f.add(cmd)
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		o, err := m.Overview(ctx, a.Now().UTC().Truncate(24*time.Hour))
		if err != nil {
			return err
		}
		return m.show(o, func() error { return m.tellOverview(&o) })
	})
}

func (m *management) tellOverview(o *client.Overview) error {
	var rows [][]string
	add := func(what, which, detail string) { rows = append(rows, []string{what, which, detail}) }
	for _, c := range o.Waiting {
		add("waits for our signature", string(c.ContentHash), strings.Join(c.Services, ", "))
	}
	for _, r := range o.DecisionRequests {
		add("waits for a second person", r.ID, r.Act+" "+r.Object)
	}
	for _, r := range o.PasswordResets {
		add("password given by somebody else", r.Name, "by "+r.ByName+" at "+moment(r.At))
	}
	for _, c := range o.Expiring {
		add("contract ends in "+strconv.Itoa(c.DaysLeft)+" days", string(c.ContentHash), strings.Join(c.Services, ", "))
	}
	for _, c := range o.Certificates {
		add("certificate ends in "+strconv.Itoa(c.DaysLeft)+" days", strings.Join(c.Uses, ","), c.Subject)
	}
	for _, u := range o.Undelivered {
		add("messages don't arrive", peerText(u.Peer), u.LastError)
	}
	for _, r := range o.Refusals {
		add(strconv.FormatInt(r.Calls, 10)+" calls refused by the "+r.Component, r.Code, "")
	}
	for _, h := range o.Health.Problems {
		add("this node isn't well", h.Name, h.Problem)
	}
	if err := m.facts(
		[2]string{"contracts", strconv.Itoa(o.Contracts.ByState[fsc.StateValid]) + " valid"}, [2]string{"services", strconv.Itoa(o.Services)},
		[2]string{"today", fmt.Sprintf("%d calls from others, %d calls to others", o.IncomingToday, o.OutgoingToday)},
	); err != nil {
		return err
	}
	if err := m.line(""); err != nil {
		return err
	}
	return m.table([]string{"ATTENTION", "WHICH", "DETAIL"}, rows)
}

func (a *app) settingsCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := &cobra.Command{Use: "settings", Short: "List the settings that the node runs with", Args: cobra.NoArgs}
	f.add(cmd)
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		s, err := m.Settings(ctx)
		if err != nil {
			return err
		}
		return m.show(s, func() error {
			var rows [][]string
			for _, section := range s.Sections {
				for _, l := range section.Lines {
					value := l.Value
					if l.Hidden {
						value = "(hidden)"
					}
					rows = append(rows, []string{l.Key, value})
				}
			}
			return m.table([]string{"KEY", "VALUE"}, rows)
		})
	})
}

func (a *app) exampleCommand() *cobra.Command {
	f := &nodeFlags{}
	var q client.ExampleQuery
	var grant, language string
	cmd := &cobra.Command{
		Use: "example", Short: "Print a program that calls a service", Args: cobra.NoArgs,
		Example: "  samenspel example --grant '$1$3$…' --language python --path /v1/items",
	}
	cmd.Flags().StringVar(&q.RouteID, "route", "", "`ROUTE` to call by; see route list")
	cmd.Flags().StringVar(&grant, "grant", "", "`HASH` of the grant to call under, instead of --route")
	cmd.Flags().StringVar(&q.Path, "path", "", "`PATH` at the service (default: /)")
	cmd.Flags().StringVar(&language, "language", "curl", "`LANGUAGE` of the program: curl, go, csharp, java or python")
	check(cmd, func() error {
		if (q.RouteID == "") == (grant == "") {
			return usagef("one of --route and --grant is required")
		}
		q.GrantHash = fsc.GrantHash(grant)
		return nil
	})
	f.add(cmd)
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		e, err := m.Examples(ctx, q)
		if err != nil {
			return err
		}
		return m.show(e, func() error { return m.tellProgram(e.Programs, language) })
	})
}

func (m *management) tellProgram(programs []client.Program, language string) error {
	var known []string
	for _, p := range programs {
		known = append(known, p.Language)
		if p.Language != language {
			continue
		}
		for line := range strings.Lines(p.Code) {
			text := strings.TrimRight(line, "\r\n")
			indent := len(text) - len(strings.TrimLeft(text, "\t"))
			if err := m.line("%s%s", strings.Repeat("    ", indent), text[indent:]); err != nil {
				return err
			}
		}
		return nil
	}
	return usagef("--language is one of %s", strings.Join(known, ", "))
}
