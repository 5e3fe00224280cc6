// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

// errDiffers ends a comparison that found something.
var errDiffers = errors.New("the two logs differ; ask the other side what it knows of these calls")

func (a *app) logCompareCommand(f *nodeFlags) *cobra.Command {
	var n client.NewLogComparison
	var peer, grant string
	var times period
	cmd := &cobra.Command{
		Use: "compare", Short: "Compare all calls of a period with those that another Peer has", Args: cobra.NoArgs,
		Long: `Compares by grant and hour how many calls both sides have, and which. Only where
they differ it looks further, down to the calls that one side has no record of.
Without --from it goes back seven days. Hours are compared whole, once they are
over and the logs of both sides are in.

The exit code is 0 if both have the same calls, and 1 if not.`,
		Example: "  samenspel log compare --peer 00000099000000001000 --from 2027-01-01 --until 2027-02-01",
	}
	cmd.Flags().StringVar(&peer, "peer", "", "`PEER` to compare with")
	cmd.Flags().StringVar(&grant, "grant", "", "only calls under the grant with this `HASH`")
	times.add(cmd)
	check(cmd, func() (err error) {
		if peer == "" {
			return usagef("--peer is needed: whose log to compare with")
		}
		n.PeerID, err = peerID(peer)
		n.GrantHash, n.From, n.Until = fsc.GrantHash(grant), times.from, times.until
		return err
	})
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		r, err := m.compareLogs(ctx, n)
		if err != nil {
			return err
		}
		if err := m.show(r, func() error { return m.tellCompared(r) }); err != nil {
			return err
		}
		switch {
		case r.Problem != "":
			return fmt.Errorf("the log of %s can't be compared further: %s", peerText(r.Peer), r.Problem)
		case !r.Agrees:
			return errDiffers
		}
		return nil
	})
}

// compareLogs goes on until the period is done, and adds up what was found.
func (m *management) compareLogs(ctx context.Context, n client.NewLogComparison) (*client.LogComparison, error) {
	r, err := m.CompareLogs(ctx, n)
	if err != nil {
		return nil, err
	}
	for !r.Next.IsZero() {
		n.From = r.Next
		more, err := m.CompareLogs(ctx, n)
		if err != nil {
			return nil, err
		}
		if !more.Next.IsZero() && !more.Next.After(r.Next) {
			return nil, errors.New("the comparison makes no headway; compare a shorter time")
		}
		addCompared(&r, &more)
	}
	return &r, nil
}

// addCompared adds the comparison of a later period.
func addCompared(r, more *client.LogComparison) {
	r.Until, r.Next, r.Agrees, r.Problem = more.Until, more.Next, r.Agrees && more.Agrees, more.Problem
	r.ByRoots, r.Requests = r.ByRoots && more.ByRoots, r.Requests+more.Requests
	addTally(&r.LogTally, more.LogTally)
	for _, g := range more.Grants {
		i := slices.IndexFunc(r.Grants, func(o client.GrantTally) bool { return o.GrantHash == g.GrantHash && o.Direction == g.Direction })
		if i < 0 {
			r.Grants = append(r.Grants, g)
			continue
		}
		addTally(&r.Grants[i].LogTally, g.LogTally)
	}
	r.Ours, r.Theirs = append(r.Ours, more.Ours...), append(r.Theirs, more.Theirs...)
}

func addTally(t *client.LogTally, o client.LogTally) {
	t.Equal += o.Equal
	t.OnlyOurs += o.OnlyOurs
	t.OnlyTheirs += o.OnlyTheirs
	t.OpenOurs += o.OpenOurs
	t.OpenTheirs += o.OpenTheirs
	t.ExpiredHere += o.ExpiredHere
	t.ExpiredThere += o.ExpiredThere
}

func (m *management) tellCompared(r *client.LogComparison) error {
	how := "by number and hash of calls"
	if !r.ByRoots {
		how = "by its list of records"
	}
	open, expired := "", ""
	if r.ExpiredHere+r.ExpiredThere > 0 {
		expired = fmt.Sprintf("%s of theirs are older than we keep them, and %s of ours older than they do; those weren't compared", grouped(r.ExpiredHere), grouped(r.ExpiredThere))
	}
	if r.OpenOurs+r.OpenTheirs > 0 {
		open = fmt.Sprintf("%d of ours and %d of theirs are in hours that differ too much to go into", r.OpenOurs, r.OpenTheirs)
	}
	if err := m.facts(
		[2]string{"compared with", peerText(r.Peer)}, [2]string{"how", how}, [2]string{"from", moment(r.From)}, [2]string{"until", moment(r.Until)}, [2]string{"open", open}, [2]string{"not kept", expired},
	); err != nil {
		return err
	}
	var rows [][]string
	for side, list := range map[string][]client.LogDifference{"ours": r.Ours, "theirs": r.Theirs} {
		for _, d := range list {
			rows = append(rows, []string{side, d.At.UTC().Format(time.RFC3339), d.TransactionID, d.Direction, d.Service, string(d.GrantHash), string(d.OtherGrantHash)})
		}
	}
	if len(rows) > 0 {
		slices.SortFunc(rows, slices.Compare)
		if err := m.table([]string{"ONLY", "AT", "TRANSACTION", "DIRECTION", "SERVICE", "GRANT", "OTHER GRANT"}, rows); err != nil {
			return err
		}
	}
	return m.line("%s calls equal, %s only on our side, %s only on theirs", grouped(r.Equal), grouped(r.OnlyOurs), grouped(r.OnlyTheirs))
}

// grouped writes a number with a comma at each thousand.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
