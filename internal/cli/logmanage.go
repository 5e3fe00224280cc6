// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

func (a *app) logShowCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "show TRANSACTION_ID", Short: "Put our records of a call next to those of the other side", Args: cobra.ExactArgs(1),
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		pairs, err := m.Counterparts(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(pairs, func() error { return m.tellPairs(pairs) })
	})
}

func (m *management) tellPairs(pairs []client.RecordPair) error {
	for _, p := range pairs {
		verdict := "both sides agree"
		switch {
		case p.Problem != "":
			verdict = plainCode(p.Problem)
		case !p.Agrees:
			verdict = "the sides differ"
		}
		if err := m.facts(
			[2]string{"record", p.Ours.Direction}, [2]string{"at", moment(p.Ours.CreatedAt)}, [2]string{"service", p.Ours.Service},
			[2]string{"grant", string(p.Ours.GrantHash)}, [2]string{"other", string(p.OtherPeerID)}, [2]string{"verdict", verdict},
		); err != nil {
			return err
		}
		var rows [][]string
		for _, v := range p.Fields {
			rows = append(rows, []string{plainCode(v.Field), v.Ours, v.Theirs, plainCode(v.Outcome)})
		}
		if err := m.table([]string{"FIELD", "OURS", "THEIRS", "OUTCOME"}, rows); err != nil {
			return err
		}
		if err := m.line(""); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) logVerifyCommand(f *nodeFlags) *cobra.Command {
	var n client.NewVerification
	var peer string
	var times period
	var file evidenceFlags
	cmd := &cobra.Command{
		Use: "verify [FILE]", Short: "Check that nothing in the transaction log was changed or left out", Args: cobra.MaximumNArgs(1),
		Long: `Follows the chain of records and the checkpoints that the node signed, and names
the first record that was changed, removed, moved or put in. With --from and
--until it looks between the checkpoints that were signed around those moments.

With a FILE that log export --evidence made it asks nobody: it needs that file and
the trust anchors of the Group.

With --peer it compares our newest hundred records with those of another Peer.

The exit code is 0 if all is good, and 1 if not.`,
		Example: "  samenspel log verify --from 2027-01-01\n" +
			"  samenspel log verify --group example-group --anchors anchors.pem log.ndjson\n" +
			"  samenspel log verify --peer 00000099000000001000 --from 2027-01-01",
	}
	cmd.Flags().StringVar(&peer, "peer", "", "`PEER` to compare with")
	cmd.Flags().StringVar(&n.Service, "service", "", "with --peer: only records of the service with this `NAME`")
	times.add(cmd)
	file.add(cmd)
	check(cmd, func() (err error) {
		if peer == "" {
			if n.Service != "" {
				return usagef("--service goes with --peer: a chain has all services in it")
			}
			return nil
		}
		n.PeerID, err = peerID(peer)
		n.From, n.Until = times.from, times.until
		return err
	})
	compare := func(ctx context.Context, m *management) error {
		v, err := m.VerifyTransactions(ctx, n)
		if err != nil {
			return err
		}
		if err := m.show(v, func() error {
			return m.facts(
				[2]string{"asked", strconv.Itoa(v.Asked)}, [2]string{"equal", strconv.Itoa(v.Equal)},
				[2]string{"differ", strconv.Itoa(v.Different)}, [2]string{"missing", strconv.Itoa(v.Missing)},
			)
		}); err != nil {
			return err
		}
		if v.Problem != "" {
			return fmt.Errorf("the records of %s can't be compared: %s", peerText(v.Peer), plainCode(v.Problem))
		}
		return nil
	}
	a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		if n.PeerID != "" {
			return compare(ctx, m)
		}
		return m.checkLog(ctx, &times)
	})
	return a.orFile(cmd, &file, &times)
}

func (a *app) logExportCommand(f *nodeFlags) *cobra.Command {
	var n client.NewTransactionExport
	var peer, grant, out string
	var times period
	var proof, table bool
	cmd := &cobra.Command{
		Use: "export", Short: "Write records of the transaction log, one line of JSON for each", Args: cobra.NoArgs,
		Long: `The export itself is told in the audit trail. With --evidence it is the whole log,
in the order in which it was recorded, with its chain and what the node signed:
samenspel log verify checks that file without the node.`,
	}
	cmd.Flags().BoolVar(&proof, "evidence", false, "the whole log with its chain and checkpoints; no filter goes with it")
	cmd.Flags().BoolVar(&table, "csv", false, "with --evidence: as a table for a spreadsheet, which log verify reads as well")
	cmd.Flags().StringVar(&peer, "peer", "", "only calls with this `PEER`")
	cmd.Flags().StringVar(&n.Service, "service", "", "only records of the service with this `NAME`")
	cmd.Flags().StringVar(&grant, "grant", "", "only records under the grant with this `HASH`")
	cmd.Flags().StringVar(&n.Direction, "direction", "", "only calls in this `DIRECTION`: incoming or outgoing")
	times.add(cmd)
	withOut(cmd, &out)
	check(cmd, func() error {
		n.PeerID, n.GrantHash, n.From, n.Until = fsc.PeerID(peer), fsc.GrantHash(grant), times.from, times.until
		if proof && n != (client.NewTransactionExport{}) {
			return usagef("--evidence is about the whole log: leave out the filters")
		}
		if table && !proof {
			return usagef("--csv goes with --evidence; the page of the log downloads a filtered table")
		}
		return nil
	})
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		if table {
			return a.writeTo(out, func(w io.Writer) error { return evidence.WriteCSV(w, evidenceLines(m.ExportEvidence(ctx))) })
		}
		if proof {
			return a.writeTo(out, func(w io.Writer) error { return writeLines(w, m.ExportEvidence(ctx)) })
		}
		return a.writeTo(out, func(w io.Writer) error { return writeLines(w, m.ExportTransactions(ctx, n)) })
	})
}

// evidenceLines reads the lines of a log as they come.
func evidenceLines(values iter.Seq2[jsontext.Value, error]) iter.Seq2[evidence.Line, error] {
	return func(yield func(evidence.Line, error) bool) {
		for v, err := range values {
			var l evidence.Line
			if err == nil {
				err = fsc.UnmarshalStrict(v, &l)
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}
