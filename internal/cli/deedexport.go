// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

func (a *app) deedExportCommand() *cobra.Command {
	f := &nodeFlags{}
	var name string
	cmd := &cobra.Command{
		Use: "export HASH", Short: "Write the dossier that a deed stands in to a file", Args: cobra.ExactArgs(1),
		Long: `Writes all deeds of a dossier, with their signatures and certificates and the feed
that its keeper signed, to a file that anybody can check with deed verify. A file
that is there stays as it is. Annexes aren't in it: it tells which ones belong to it,
and annex get fetches them.

A supplier gets an excerpt with its own call-offs. Who asks needs the permission
to read the audit trail.`,
		Example: "  samenspel deed export '$1$110$...' -o mantel.json",
	}
	cmd.Flags().StringVarP(&name, "output", "o", "", "write to this `FILE` (default: standard output)")
	f.add(cmd)
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		raw, err := m.DeedDossier(ctx, args[0])
		if err != nil {
			return err
		}
		if name == "" {
			_, err = a.Stdout.Write(append(raw, '\n'))
			return err
		}
		if err := writeNew(name, raw); err != nil {
			return err
		}
		out := exported{File: name, Bytes: len(raw)}
		if out.Annexes, err = annexesIn(raw); err != nil {
			return err
		}
		return m.show(out, func() error {
			if err := m.line("wrote %d bytes to %s", out.Bytes, name); err != nil {
				return err
			}
			for _, x := range out.Annexes {
				if err := m.line("annex %s (%d bytes, of %s): samenspel annex get '%s'", x.Name, x.Size, x.Owner, x.Hash); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// exported tells which file was written, and which annexes belong to it.
type exported struct {
	File    string       `json:"file"`
	Bytes   int          `json:"bytes"`
	Annexes []deed.Annex `json:"annexes,omitempty"`
}

// annexesIn lists the annexes that the deeds of a dossier name, each once.
func annexesIn(dossier []byte) ([]deed.Annex, error) {
	d, err := deed.ParseDossier(dossier)
	if err != nil {
		return nil, fmt.Errorf("read dossier: %w", err)
	}
	var out []deed.Annex
	for _, c := range d.Deeds {
		for _, x := range c.Annexes {
			if !slices.ContainsFunc(out, func(had deed.Annex) bool { return had.Hash == x.Hash }) {
				out = append(out, x)
			}
		}
	}
	return out, nil
}

// writeNew writes a file that isn't there yet.
func writeNew(name string, raw []byte) (err error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the person at the keyboard names it
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; choose another name", name)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = file.Write(raw)
	return err
}

func (a *app) deedRebuildCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := &cobra.Command{
		Use: "rebuild", Short: "Make the states of all deeds anew and compare them with those kept", Args: cobra.NoArgs,
		Long: `The states that the node shows follow from deeds and signatures. This makes them
anew from those and compares the outcome byte for byte with what was kept. The
exit code is 1 if they differed.`,
	}
	f.add(cmd)
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		r, err := m.RebuildDeeds(ctx)
		if err != nil {
			return err
		}
		if err := m.said(r, "%d deeds, %d with another state than was kept", r.Deeds, r.Changed); err != nil {
			return err
		}
		if r.Changed > 0 {
			return fmt.Errorf("%d states differed from what the deeds say; they are right now", r.Changed)
		}
		return nil
	})
}
