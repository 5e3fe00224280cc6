// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

// errTampered ends a verification that found something.
var errTampered = errors.New("the transaction log doesn't hold; keep it as it is, and find out who could write to it")

// errUnsigned ends one of a file without a signature: whoever made it can have made all of it.
var errUnsigned = errors.New("nothing in the file is signed, so it proves nothing; export it again after the node's next checkpoint (log.checkpoint_every)")

// progressEvery is how often a long check says how far it is.
const progressEvery = 5 * time.Second

// errDamaged ends one that found that a disk lost something.
var errDamaged = errors.New("the transaction log lost records; keep its folder as it is, and compare with the Peers of these calls: samenspel log verify --peer")

// evidenceFlags are for a log in a file.
type evidenceFlags struct {
	anchors        []string
	group, idField string
}

func (e *evidenceFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&e.anchors, "anchors", nil, "with a FILE: PEM `FILE` with trust anchors of the Group; may be given more than once")
	cmd.Flags().StringVar(&e.group, "group", "", "with a FILE: `ID` of the Group")
	cmd.Flags().StringVar(&e.idField, "peer-id-field", "", "with a FILE: subject `FIELD` with the PeerID in certificates of the Group (default: serialNumber)")
}

// orFile has a command that asks a node look into a file instead, when one is named.
func (a *app) orFile(cmd *cobra.Command, e *evidenceFlags, times *period) *cobra.Command {
	ask := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return ask(cmd, args)
		}
		return a.run(func(cmd *cobra.Command, args []string) error {
			asJSON, err := cmd.Flags().GetBool("json")
			if err != nil {
				return err
			}
			return a.checkFile(cmd.Context(), e, times, args[0], asJSON)
		})(cmd, args)
	}
	return cmd
}

func (a *app) checkFile(ctx context.Context, e *evidenceFlags, times *period, name string, asJSON bool) error {
	if e.group == "" || len(e.anchors) == 0 {
		return usagef("--group and --anchors are needed with a file: a signature says nothing without whom to trust")
	}
	var pems [][]byte
	for _, anchors := range e.anchors {
		pem, err := os.ReadFile(anchors) //nolint:gosec // the person at the keyboard names it
		if err != nil {
			return fmt.Errorf("--anchors: %w", err)
		}
		pems = append(pems, pem)
	}
	trusted, err := pki.LoadAnchors(pems...)
	if err != nil {
		return fmt.Errorf("--anchors: %w", err)
	}
	in, err := os.Open(name) //nolint:gosec // the person at the keyboard names it
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	log, err := evidence.Open(in)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if log.GroupID != fsc.GroupID(e.group) {
		return fmt.Errorf("%s: it is of the log of %s in the Group %s; give that one with --group, if you trust it", name, log.PeerID, log.GroupID)
	}
	v := &evidence.Verifier{
		Peer: log.PeerID, Group: fsc.GroupID(e.group),
		Anchors: evidence.Anchors{Trusted: func() *pki.Anchors { return trusted }, Identity: pki.IdentityRule{PeerIDField: e.idField}},
	}
	r, err := v.Check(ctx, log, evidence.Window{From: unixOf(times.from), Until: unixOf(times.until)})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := a.tellChecked(checked(r), asJSON); err != nil || r.CheckpointAt > 0 {
		return err
	}
	return errUnsigned
}

// checked gives a report in the form in which a node tells it.
func checked(r *evidence.Report) *client.LogCheck {
	c := &client.LogCheck{
		PeerID: r.PeerID, Sound: r.Sound(), Records: r.Records, Checkpoints: r.Checkpoints, StartedAt: time.Unix(r.Start.At, 0).UTC(),
		Outside: r.Outside, Pruned: r.Pruned, First: r.First, Last: r.Last, Signed: r.Sealed,
	}
	if r.CheckpointAt > 0 {
		c.SignedAt = time.Unix(r.CheckpointAt, 0).UTC()
	}
	for _, x := range r.Removed {
		c.Removed = append(c.Removed, client.LogRemoval{RetentionRule: client.RetentionRule{
			Direction: wayOf(x.Direction), PeerID: x.Peer, Service: x.Service, KeepDays: x.Days,
		}, Records: x.Count})
	}
	if p := r.Problem; p != nil {
		c.Problem = &client.LogProblem{
			Kind: string(p.Kind), Sequence: p.Sequence, LastSequence: p.Until, TransactionID: p.TransactionID, Checkpoint: p.Checkpoint, Text: p.String(),
		}
		if p.TransactionID != "" {
			c.Problem.Direction = wayOf(p.Direction)
			c.Problem.CreatedAt = time.UnixMicro(p.CreatedAt).UTC()
		}
	}
	return c
}

func wayOf(d txlog.Direction) string {
	return strings.ToLower(strings.TrimPrefix(string(d), "DIRECTION_"))
}

func unixOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func (m *management) checkLog(ctx context.Context, times *period) error {
	told := m.Now()
	r, err := m.FollowLogCheck(ctx, client.NewLogCheck{From: times.from, Until: times.until}, func(looked, of int64) {
		if now := m.Now(); now.Sub(told) >= progressEvery {
			told = now
			_, _ = fmt.Fprintf(m.Stderr, "%d of %d records\n", looked, of) // the result doesn't depend on it
		}
	})
	if err != nil {
		return err
	}
	return m.tellChecked(r, m.asJSON)
}

// tellChecked says what came out, and ends badly when something doesn't hold.
func (a *app) tellChecked(r *client.LogCheck, asJSON bool) error {
	var err error
	if asJSON {
		err = a.json(r)
	} else {
		err = a.printChecked(r)
	}
	switch {
	case err != nil || r.Sound:
		return err
	case r.Problem == nil:
		return errDamaged
	}
	return errTampered
}

func (a *app) printChecked(r *client.LogCheck) error {
	var outside, pruned, unsigned string
	if r.Outside > 0 {
		outside = fmt.Sprintf("%d records are from before the chain, which began at %s; they prove nothing", r.Outside, moment(r.StartedAt))
	}
	if r.Pruned > 0 {
		pruned = fmt.Sprintf("records 1 to %d were removed by the keeper of the log, who signed that", r.Pruned)
	}
	if r.Last > r.Signed {
		unsigned = fmt.Sprintf("%d records are chained and not signed yet", r.Last-max(r.Signed, r.First-1))
	}
	err := a.facts([2]string{"log of", string(r.PeerID)}, [2]string{"signed", moment(r.SignedAt)}, [2]string{"removed", pruned},
		[2]string{"outside", outside}, [2]string{"unsigned", unsigned})
	if err != nil {
		return err
	}
	for _, x := range r.Removed {
		if err := a.line("%d records were removed after %d days, as the node signed: %s", x.Records, x.KeepDays, callsOf(x.RetentionRule)); err != nil {
			return err
		}
	}
	for _, d := range r.Damage {
		if err := a.line("%s", damageLine(d)); err != nil {
			return err
		}
	}
	held := fmt.Sprintf("%d records, %d checkpoints", r.Records, r.Checkpoints)
	switch {
	case r.Sound:
		if r.Records > 0 && r.SignedAt.IsZero() {
			return a.line("%s: all records agree, and nothing is signed yet", held)
		}
		return a.line("%s, all good", held)
	case r.Problem == nil:
		return a.line("%s hold; segments of the log that lost records: %d", held, len(r.Damage))
	}
	return a.line("%s hold; the first that doesn't: %s", held, r.Problem.Text)
}

func damageLine(d client.LogDamage) string {
	line := fmt.Sprintf("segment %d lost records: readable up to byte %d of %d", d.Segment, d.Readable, d.Expected)
	if d.Expected == 0 {
		line = fmt.Sprintf("segment %d can't be read: its header is damaged", d.Segment)
	}
	if d.Behind > 0 {
		line += fmt.Sprintf("; %d records behind that are not in the log", d.Behind)
	}
	if d.File != "" {
		line += "; kept as " + d.File
	}
	return line
}

func (a *app) logCheckpointsCommand(f *nodeFlags) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "checkpoints", Short: "List what the node signed about its transaction log, newest first", Args: cobra.NoArgs,
		Long: `Lists checkpoints as they are stored; log verify tells whether they hold. Keep one
elsewhere now and then, with its head: it shows later that the log wasn't cut back
to before it. With --json the signatures and certificates are printed as well.`,
	}
	withLimit(cmd, &limit, "checkpoints")
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		found, err := take(m.LogCheckpoints(ctx), limit)
		if err != nil {
			return err
		}
		return m.show(found, func() error {
			var rows [][]string
			for _, c := range found {
				row := []string{strconv.FormatInt(c.Number, 10), moment(c.At), "", "", c.Head}
				if c.Head != "" {
					row[2], row[3] = fmt.Sprintf("%d-%d", c.First, c.Last), strconv.FormatInt(c.Pruned, 10)
				}
				rows = append(rows, row)
			}
			return m.table([]string{"NUMBER", "SIGNED", "RECORDS", "REMOVED UP TO", "HEAD"}, rows)
		})
	})
}
