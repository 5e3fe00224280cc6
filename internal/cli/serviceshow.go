// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) serviceShowCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "show PEER NAME", Short: "Show a service of the Group and what was seen of it", Args: cobra.ExactArgs(2),
		Long: `Shows what the Directories tell of a service now and what this node saw of it
there: since when it is listed, whether it went away, and what changed.`,
		Example: "  samenspel service show 00000001802327497000 bag",
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		s, err := m.PublishedService(ctx, fsc.PeerID(args[0]), args[1])
		if err != nil {
			return err
		}
		return m.show(s, func() error { return m.tellPublished(&s) })
	})
}

func (m *management) tellPublished(s *client.PublishedService) error {
	err := m.facts([2]string{"service", s.Service}, [2]string{"provider", peerText(s.Provider)},
		[2]string{"listed", yes(len(s.Listings) > 0)}, [2]string{"callable", yes(s.Callable)})
	if err != nil {
		return err
	}
	for _, l := range s.Listings {
		if err := m.facts([2]string{"protocol", string(l.Protocol)}, [2]string{"behalf of", optionalPeer(l.Delegator)}); err != nil {
			return err
		}
	}
	var rows [][]string
	for _, o := range s.Seen {
		rows = append(rows, seenRows(&o)...)
	}
	return m.table([]string{"AT", "SEEN", "DIRECTORY", "ON BEHALF OF"}, rows)
}

// seenRows are the lines about one Directory, oldest first.
func seenRows(o *client.SeenService) [][]string {
	line := func(at, text string) []string {
		return []string{at, text, peerText(o.Directory), optionalPeer(o.Delegator)}
	}
	rows := [][]string{line(moment(o.FirstSeen), "seen for the first time")}
	for _, e := range o.Events {
		rows = append(rows, line(moment(e.At), eventText(e)))
	}
	if o.GoneSince.IsZero() {
		rows = append(rows, line(moment(o.LastSeen), "seen last"))
	}
	return rows
}

func eventText(e client.SeenEvent) string {
	switch e.Kind {
	case "gone":
		return "gone from the Directory"
	case "back":
		return "back in the Directory"
	}
	return fmt.Sprintf("%s changed from %s to %s", e.Kind, e.From, e.To)
}
