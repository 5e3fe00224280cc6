// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) calendarCommand() *cobra.Command {
	f := &nodeFlags{}
	var language string
	var list bool
	cmd := &cobra.Command{
		Use: "calendar", Short: "Print when agreements begin, end and can be joined, as a calendar", Args: cobra.NoArgs,
		Long: `Prints a calendar (iCalendar) with what your organisation has to do with: ends of
frameworks and call-offs, 18, 12 and 6 months before the end of a framework,
entry windows, decisions that close. With --list it prints what is to come as a
table.

A mail program reads the same at /calendar.ics of the Controller, with a token
that has the scope read_calendar and no other.`,
		Example: "  samenspel calendar --language nl",
	}
	cmd.Flags().StringVar(&language, "language", "en", "`LANGUAGE` of the entries: nl or en")
	cmd.Flags().BoolVar(&list, "list", false, "print what the next two years bring as a table instead")
	check(cmd, func() error {
		if language != "nl" && language != "en" {
			return usagef("--language is %q; it must be nl or en", language)
		}
		return nil
	})
	f.add(cmd)
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		if list {
			return m.listMoments(ctx)
		}
		c, err := m.Calendar(ctx, language)
		if err != nil {
			return err
		}
		return m.show(c, func() error {
			_, err := io.WriteString(m.Stdout, c.Text)
			return err
		})
	})
}

func (m *management) listMoments(ctx context.Context) error {
	all, err := m.UpcomingMoments(ctx, time.Time{})
	if err != nil {
		return err
	}
	return m.show(all, func() error {
		var rows [][]string
		for _, u := range all {
			kind := u.Kind
			if u.Months > 0 {
				kind += " in " + strconv.Itoa(u.Months) + " months"
			}
			rows = append(rows, []string{moment(u.At), kind, u.Name, u.Deed})
		}
		return m.table([]string{"AT", "WHAT", "FRAMEWORK", "DEED"}, rows)
	})
}
