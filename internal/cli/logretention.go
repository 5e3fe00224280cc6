// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) logRetentionCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "retention", Short: "Tell how long the records of calls are kept", Args: cobra.NoArgs,
		Long: `Lists the rules in the order in which they count; the last is for all other calls.
They stand in the configuration file, as log.retention and log.keep_days. A record
goes some hours after its time. log verify tells how many went, and by which rule.
Nothing is removed from a part of the log that doesn't hold, which is told below the rules.`,
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		r, err := m.LogRetention(ctx)
		if err != nil {
			return err
		}
		return m.show(r, func() error {
			var rows [][]string
			for _, x := range r {
				kept := "for ever"
				if x.KeepDays > 0 {
					kept = strconv.Itoa(x.KeepDays) + " days"
				}
				rows = append(rows, []string{callsOf(x), kept})
			}
			if err := m.table([]string{"CALLS", "KEPT"}, rows); err != nil {
				return err
			}
			return m.tellRemoval(ctx)
		})
	})
}

// tellRemoval says what keeps records from being removed, to who may know how the node
// is.
func (m *management) tellRemoval(ctx context.Context) error {
	h, err := m.Health(ctx)
	if p, ok := errors.AsType[*client.Problem](err); ok && p.Status == http.StatusForbidden {
		return nil
	}
	for _, x := range h.Problems {
		if x.Name == "log_retention" {
			err = m.line("%s", x.Problem)
		}
	}
	return err
}

// callsOf says which calls a rule is about.
func callsOf(r client.RetentionRule) string {
	name, begins := strings.CutSuffix(r.Service, "*")
	what := "service " + name
	switch {
	case begins && name == "":
		what = "all services"
	case begins:
		what = "services " + name + "…"
	}
	switch {
	case r.Direction == "":
		return "all other calls"
	case r.Direction == "incoming":
		return "incoming, " + what
	case r.PeerID == "*":
		return "outgoing to any Peer, " + what
	}
	return "outgoing to " + string(r.PeerID) + ", " + what
}
