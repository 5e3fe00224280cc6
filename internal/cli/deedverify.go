// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/verify"
	"github.com/samenspel/samenspel/internal/pki"
)

// errUnsound ends a verification that found something.
var errUnsound = errors.New("not everything in these files holds; don't rely on them, and ask the keeper named above")

// verifyFlags are those of deed verify.
type verifyFlags struct {
	anchors, annexes          []string
	group, at, idField, proof string
	asJSON                    bool
}

func (a *app) deedVerifyCommand() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use: "verify FILE…", Short: "Check dossiers of deeds, without a node", Args: cobra.MinimumNArgs(1),
		Long: `Reads dossiers as a node exports them, and tells whether they hold: every
signature, every certificate up to the trust anchors of the Group, and the feed
that the keeper signed. For each deed it tells its state at a moment and why. It
asks nobody: it needs the files and the anchors alone, no node and no network.

Give the files of several dossiers when deeds lean on one another. Two copies of
one dossier are compared: if the keeper told two stories, that is shown, and
--proof writes the proof to a file.

With --annex it tells which deeds name a document, by the hash of its bytes. A
document that no deed names isn't the one that was signed, and is a fault.

A deed or annex that is named and was not given is told, and is no fault. The exit
code is 0 if all is sound, and 1 if not.`,
		Example: "  samenspel deed verify --group example-group --anchors anchors.pem mantel.json\n" +
			"  samenspel deed verify --group example-group --anchors anchors.pem --at 2027-01-31 --json mantel.json besluit.json",
		RunE: a.run(func(_ *cobra.Command, args []string) error { return a.verifyFiles(&f, args) }),
	}
	cmd.Flags().StringArrayVar(&f.anchors, "anchors", nil, "PEM `FILE` with trust anchors of the Group; may be given more than once")
	cmd.Flags().StringArrayVar(&f.annexes, "annex", nil, "`FILE` that should be an annex of a deed; may be given more than once")
	cmd.Flags().StringVar(&f.group, "group", "", "`ID` of the Group")
	cmd.Flags().StringVar(&f.at, "at", "", "tell the states at this `MOMENT`: 2027-01-31 (0:00 UTC) or 2027-01-31T12:00:00+01:00 (default: now)")
	cmd.Flags().StringVar(&f.idField, "peer-id-field", "", "subject `FIELD` with the PeerID in certificates of the Group (default: serialNumber)")
	cmd.Flags().StringVar(&f.proof, "proof", "", "write the proof of two stories to this `FILE`")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) verifyFiles(f *verifyFlags, names []string) error {
	switch {
	case f.group == "" || len(f.anchors) == 0:
		return usagef("--group and --anchors are needed: a signature says nothing without whom to trust")
	case len(names) > verify.MaxFiles:
		return usagef("at most %d files can be checked together", verify.MaxFiles)
	}
	moment, err := parseMoment("--at", f.at)
	if err != nil {
		return err
	}
	if moment.IsZero() {
		moment = a.Now()
	}
	cfg := verify.Config{Group: fsc.GroupID(f.group), Identity: pki.IdentityRule{PeerIDField: f.idField}}
	for _, name := range f.anchors {
		pem, err := os.ReadFile(name) //nolint:gosec // the person at the keyboard names it
		if err != nil {
			return fmt.Errorf("--anchors: %w", err)
		}
		cfg.Anchors = append(cfg.Anchors, pem)
	}
	v, err := verify.New(cfg)
	if err != nil {
		return err
	}
	files := make([]verify.File, 0, len(names))
	for _, name := range names {
		raw, err := readDossier(name)
		if err != nil {
			return err
		}
		files = append(files, verify.File{Name: filepath.Base(name), Raw: raw})
	}
	r, err := v.Verify(moment.Unix(), files...)
	if err != nil {
		return err
	}
	for _, name := range f.annexes {
		named, err := documentOf(name)
		if err != nil {
			return fmt.Errorf("--annex: %w", err)
		}
		r.Compare(name, deed.Hash(named.Hash))
	}
	return a.tellVerified(f, r)
}

// readDossier reads a file that isn't too large to be a dossier.
func readDossier(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > deed.MaxDossierBytes {
		return nil, fmt.Errorf("%s is larger than a dossier can be (%d MiB)", name, deed.MaxDossierBytes>>20)
	}
	return os.ReadFile(name) //nolint:gosec // the person at the keyboard names it
}

func (a *app) tellVerified(f *verifyFlags, r *verify.Report) error {
	if f.proof != "" && len(r.Copies) > 0 {
		if err := os.WriteFile(f.proof, r.Copies[0].Proof, 0o600); err != nil {
			return fmt.Errorf("--proof: %w", err)
		}
	}
	if err := a.printVerified(f, r); err != nil {
		return err
	}
	if !r.Sound {
		return errUnsound
	}
	return nil
}

func (a *app) printVerified(f *verifyFlags, r *verify.Report) error {
	if f.asJSON {
		return a.json(r)
	}
	for i := range r.Dossiers {
		if err := a.printDossier(&r.Dossiers[i]); err != nil {
			return err
		}
	}
	var lines []string
	for _, u := range r.Unread {
		lines = append(lines, fmt.Sprintf("%s isn't a dossier: %s (%s)", u.File, u.Detail, u.Code))
	}
	for _, c := range r.Copies {
		lines = append(lines, fmt.Sprintf("%s: the keeper %s told two stories of dossier %s", strings.Join(c.Files, " and "), c.Keeper, c.Dossier))
	}
	for _, h := range r.Missing {
		lines = append(lines, fmt.Sprintf("named, and in none of these files: %s", h))
	}
	for _, name := range r.Unnamed {
		lines = append(lines, name+" is no annex of these deeds: other bytes than were signed, or of another dossier")
	}
	for _, l := range lines {
		if err := a.line("%s", l); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printDossier(d *verify.Dossier) error {
	result := "sound"
	if !d.Sound {
		result = "NOT SOUND"
	}
	feed := "none: nobody received these deeds"
	if d.Entries > 0 {
		feed = fmt.Sprintf("%d entries; the keeper vouches for %d", d.Entries, d.Covered)
		if d.CheckpointAt > 0 {
			feed += ", signed at " + moment(time.Unix(d.CheckpointAt, 0))
		}
	}
	err := a.facts([2]string{"file", d.File}, [2]string{"dossier", string(d.Root)}, [2]string{"result", result}, [2]string{"group", string(d.Group)},
		[2]string{"keeper", cmp.Or(string(d.Keeper), "nobody")}, [2]string{"feed", feed}, [2]string{"deeds", fmt.Sprintf("%d, with %d signatures that hold", len(d.Deeds), d.Signatures)})
	if err != nil {
		return err
	}
	if len(d.Withheld) > 0 {
		if err := a.line("an excerpt: %d things that the keeper received were left out, so a state may be another one in the whole dossier", len(d.Withheld)); err != nil {
			return err
		}
	}
	for _, f := range d.Findings {
		if err := a.line("doesn't hold: %s (%s) %s", f.Detail, f.Code, f.Subject); err != nil {
			return err
		}
	}
	if d.Equivocations > 0 {
		if err := a.line("doesn't hold: the keeper told two stories; the file has %d proofs", d.Equivocations); err != nil {
			return err
		}
	}
	rows := make([][]string, 0, len(d.Deeds))
	for i := range d.Deeds {
		rows = append(rows, deedRow(&d.Deeds[i]))
	}
	if err := a.table([]string{"DEED", "KIND", "NAME", "STATE", "SINCE", "WAITS FOR", "WHY"}, rows); err != nil {
		return err
	}
	for i := range d.Deeds {
		for _, x := range d.Deeds[i].Annexes {
			result := "not given; " + string(x.Owner) + " has it"
			if x.File != "" {
				result = "is the file " + x.File
			}
			if err := a.line("annex %s (%s): %s", x.Name, x.Hash, result); err != nil {
				return err
			}
		}
	}
	return a.line("")
}

func deedRow(d *verify.Deed) []string {
	since, kind := "", cmp.Or(d.Kind, fmt.Sprint(d.Type))
	if d.Since > 0 {
		since = moment(time.Unix(d.Since, 0))
	}
	var awaiting, why []string
	for _, p := range d.Awaiting {
		awaiting = append(awaiting, string(p.PeerID))
	}
	for _, r := range slices.Concat(d.Reasons, d.Notes) {
		why = append(why, strings.TrimSpace(cmp.Or(r.Detail, strings.ReplaceAll(string(r.Code), "_", " "))+" "+string(r.Peer)))
	}
	state := string(d.Word)
	if len(d.Overlays) > 0 {
		state += " (" + strings.Join(d.Overlays, ", ") + ")"
	}
	return []string{string(d.Hash), kind, d.Name, state, since, strings.Join(awaiting, ", "), strings.Join(why, "; ")}
}
