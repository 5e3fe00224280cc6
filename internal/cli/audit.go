// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) auditCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("audit", "See who did what", "", a.auditListCommand(f), a.auditExportCommand(f), a.auditVerifyCommand(f))
	f.add(cmd)
	return cmd
}

// auditFlags pick events.
type auditFlags struct {
	account, act, object, text string
	period                     period
}

func (o *auditFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.account, "account", "", "only acts of the account with this `ID`")
	cmd.Flags().StringVar(&o.act, "act", "", "only this `ACT`, like contract.accept, or all of contract")
	cmd.Flags().StringVar(&o.object, "object", "", "only acts on this `OBJECT`")
	cmd.Flags().StringVar(&o.text, "text", "", "only events in which this `TEXT` stands")
	o.period.add(cmd)
}

// filter gives what was picked, in pages as long as the API allows.
func (o *auditFlags) filter(limit int) client.EventFilter {
	return client.EventFilter{
		AccountID: o.account, Act: o.act, Object: o.object, Text: o.text, From: o.period.from, Until: o.period.until, Limit: min(limit, longestPage),
	}
}

func (o *auditFlags) export() client.NewAuditExport {
	return client.NewAuditExport{AccountID: o.account, Act: o.act, Object: o.object, Text: o.text, From: o.period.from, Until: o.period.until}
}

func (a *app) auditListCommand(f *nodeFlags) *cobra.Command {
	var o auditFlags
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List the audit trail, newest first", Args: cobra.NoArgs,
		Example: "  samenspel audit list --act contract --from 2027-01-01",
	}
	o.add(cmd)
	withLimit(cmd, &limit, "events")
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		events, err := take(m.AuditEvents(ctx, o.filter(limit)), limit)
		if err != nil {
			return err
		}
		return m.show(events, func() error {
			var rows [][]string
			for _, e := range events {
				rows = append(rows, []string{strconv.FormatInt(e.Sequence, 10), moment(e.At), e.AccountName, e.Act, e.Object, e.Outcome, e.From})
			}
			return m.table([]string{"NUMBER", "AT", "WHO", "ACT", "OBJECT", "OUTCOME", "FROM"}, rows)
		})
	})
}

func (a *app) auditExportCommand(f *nodeFlags) *cobra.Command {
	var o auditFlags
	var out string
	cmd := &cobra.Command{
		Use: "export", Short: "Write the audit trail, one line of JSON for each event", Args: cobra.NoArgs,
		Long: `Writes events with the hashes that chain them, so that others can check that none
was changed or left out. The export itself is told in the audit trail.`,
		Example: "  samenspel audit export --from 2027-01-01 --out audit.ndjson",
	}
	o.add(cmd)
	withOut(cmd, &out)
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		return a.writeTo(out, func(w io.Writer) error { return writeLines(w, m.ExportAudit(ctx, o.export())) })
	})
}

func withOut(cmd *cobra.Command, out *string) {
	cmd.Flags().StringVar(out, "out", "-", "`FILE` to write, which must not exist; - for standard output")
}

// writeTo writes to standard output or to a new file that only its owner can
// read; what broke off half-way is removed.
func (a *app) writeTo(out string, write func(io.Writer) error) error {
	if out == "-" {
		return write(a.Stdout)
	}
	file, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the user names the file
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	err = write(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(out) // it holds a part only
	}
	return err
}

// writeLines writes each value as a line of JSON.
func writeLines[T any](w io.Writer, values iter.Seq2[T, error]) error {
	out := bufio.NewWriter(w)
	for v, err := range values {
		if err != nil {
			return err
		}
		if err := json.MarshalWrite(out, v, json.Deterministic(true)); err != nil {
			return err
		}
		if err := out.WriteByte('\n'); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (a *app) auditVerifyCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "verify", Short: "Check that nothing in the audit trail was changed or left out", Args: cobra.NoArgs,
		Long: `Computes the chain of hashes again and prints its end. Note the end elsewhere: it
shows later that nothing before it was replaced.`,
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		v, err := m.VerifyAudit(ctx)
		if err != nil {
			return err
		}
		err = m.show(v, func() error {
			return m.facts([2]string{"events", strconv.FormatInt(v.Events, 10)}, [2]string{"end", v.Head})
		})
		if err == nil && v.Broken {
			return fmt.Errorf("the audit trail is broken at event %d", v.BrokenAt)
		}
		return err
	})
}
