// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) eventsCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("events", "Tell programs what happens to agreements", `An endpoint of your organisation gets a notification when something happens to
the deeds that your organisation has to do with: frameworks, accessions,
call-offs, bindings, decisions. Notifications are signed with a secret that is
shown once, when the endpoint is added. What can't be delivered is tried for three
days and then given up; it stays in the list, and can be sent again.`,
		a.eventsListCommand(f), a.eventsSubscribeCommand(f), a.eventsUnsubscribeCommand(f), a.eventsSentCommand(f), a.eventsSendAgainCommand(f),
	)
	f.add(cmd)
	return cmd
}

func (a *app) eventsListCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the endpoints, those that ended too", Args: cobra.NoArgs}
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		all, err := m.EventSubscriptions(ctx)
		if err != nil {
			return err
		}
		return m.show(all, func() error {
			var rows [][]string
			for _, s := range all {
				rows = append(rows, []string{s.ID, s.URL, strings.Join(s.Types, ","), moment(s.CreatedAt), moment(s.EndedAt), s.Ended})
			}
			return m.table([]string{"SUBSCRIPTION", "URL", "TYPES", "SINCE", "ENDED", "WHY"}, rows)
		})
	})
}

func (a *app) eventsSubscribeCommand(f *nodeFlags) *cobra.Command {
	var types []string
	cmd := &cobra.Command{
		Use: "subscribe URL", Short: "Add an endpoint and print its secret, this once", Args: cobra.ExactArgs(1),
		Example: "  samenspel events subscribe https://zaken.example.nl/events --type nl.collective.framework --type nl.collective.calloff",
	}
	cmd.Flags().StringSliceVar(&types, "type", nil, "`TYPE` of events to tell, or the beginning of types; may be repeated (default: all)")
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		made, err := m.CreateEventSubscription(ctx, client.NewEventSubscription{URL: args[0], Types: types})
		if err != nil {
			return err
		}
		return m.show(made, func() error {
			return m.facts([2]string{"subscription", made.ID}, [2]string{"url", made.URL}, [2]string{"secret", made.Secret})
		})
	})
}

func (a *app) eventsUnsubscribeCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "unsubscribe SUBSCRIPTION", Short: "Tell an endpoint nothing more", Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		if err := m.DeleteEventSubscription(ctx, args[0]); err != nil {
			return err
		}
		return m.said(gone{args[0]}, "subscription %s has ended", args[0])
	})
}

func (a *app) eventsSentCommand(f *nodeFlags) *cobra.Command {
	var filter client.EventDeliveryFilter
	var limit int
	cmd := &cobra.Command{Use: "sent", Short: "List what was sent, waits or was given up, newest first", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&filter.SubscriptionID, "subscription", "", "only to this `SUBSCRIPTION`")
	cmd.Flags().StringVar(&filter.State, "state", "", "only with this `STATE`: waiting, delivered or given_up")
	withLimit(cmd, &limit, "deliveries")
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		filter.Limit = min(limit, longestPage)
		all, err := take(m.EventDeliveries(ctx, filter), limit)
		if err != nil {
			return err
		}
		return m.show(all, func() error {
			var rows [][]string
			for _, d := range all {
				rows = append(rows, []string{
					strconv.FormatInt(d.Number, 10), moment(d.At), d.Type, d.Deed, d.Host, d.SubscriptionID, d.State, strconv.Itoa(d.Attempts), problemOf(&d),
				})
			}
			return m.table([]string{"EVENT", "AT", "TYPE", "DEED", "HOST", "SUBSCRIPTION", "STATE", "ATTEMPTS", "PROBLEM"}, rows)
		})
	})
}

// problemOf tells what the last attempt came to.
func problemOf(d *client.EventDelivery) string {
	if d.Problem != "" && d.Status != 0 {
		return d.Problem + " " + strconv.Itoa(d.Status)
	}
	return d.Problem
}

func (a *app) eventsSendAgainCommand(f *nodeFlags) *cobra.Command {
	var number int64
	cmd := &cobra.Command{
		Use: "send-again SUBSCRIPTION EVENT", Short: "Try once more to deliver an event that was given up or waits", Args: cobra.ExactArgs(2),
		Example: "  samenspel events send-again 7QK2LZ5WJ4XH3MFA6TNCY2RBEQ 12",
		PreRunE: func(_ *cobra.Command, args []string) (err error) {
			if number, err = strconv.ParseInt(args[1], 10, 64); err != nil || number < 1 {
				return usagef("EVENT is %q; it must be the number of an event, as samenspel events sent tells", args[1])
			}
			return nil
		},
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		again := client.NewEventDelivery{SubscriptionID: args[0], Number: number}
		if err := m.SendEventAgain(ctx, again); err != nil {
			return err
		}
		return m.said(again, "event %d is tried once more", number)
	})
}
