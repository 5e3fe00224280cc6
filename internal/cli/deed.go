// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) deedCommand() *cobra.Command {
	return a.group("deed", "Deeds that organisations sign together", "", a.deedShowCommand(), a.deedSignCommand(),
		a.deedExportCommand(), a.deedVerifyCommand(), a.deedRebuildCommand())
}

func (a *app) deedShowCommand() *cobra.Command {
	f := &nodeFlags{}
	var at string
	cmd := &cobra.Command{
		Use: "show HASH", Short: "Tell what a deed says and how it stands", Args: cobra.ExactArgs(1),
		Long: `Tells what a deed says and how it stands; with --at only how it stood at a moment in
the past, by all that this node knows today.`,
		Example: "  samenspel deed show '$1$110$...' --at 2026-12-31",
	}
	cmd.Flags().StringVar(&at, "at", "", "`MOMENT` in the past: 2026-12-31 (0:00 UTC) or 2026-12-31T12:00:00+01:00")
	f.add(cmd)
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		moment, err := parseMoment("--at", at)
		if err != nil {
			return err
		}
		if !moment.IsZero() {
			d, err := m.DeedStateAt(ctx, args[0], moment)
			if err != nil {
				return err
			}
			return m.show(d, func() error { return m.tellDeed(&d) })
		}
		d, err := m.Deed(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(d, func() error {
			if err := m.tellDeed(&d.Deed, [2]string{"dossier", d.Dossier}, [2]string{"follows", strings.Join(d.Parents, " ")}); err != nil {
				return err
			}
			return m.line("%s", d.Content)
		})
	})
}

func (a *app) deedSignCommand() *cobra.Command {
	f := &nodeFlags{}
	var act string
	cmd := &cobra.Command{
		Use: "sign HASH", Short: "Accept, reject or revoke a deed", Args: cobra.ExactArgs(1),
		Long: `Signs a deed with the key of the organisation, in the roles in which it can.
A reject or revoke can't be taken back.`,
		Example: "  samenspel deed sign '$1$112$...' --act accept",
	}
	cmd.Flags().StringVar(&act, "act", "accept", "what to `DO`: accept, reject or revoke")
	f.add(cmd)
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		d, err := m.SignDeed(ctx, args[0], act)
		if err != nil {
			return err
		}
		return m.said(d, "state     %s", d.Deed.State)
	})
}

// tellDeed prints what every deed has, with more facts after its hash.
func (m *management) tellDeed(d *client.DeedState, more ...[2]string) error {
	var waits []string
	for _, p := range d.Parties {
		if p.Turn {
			waits = append(waits, peerText(p.Peer))
		}
	}
	state := d.State
	if len(d.Overlays) > 0 {
		state += " (" + strings.Join(d.Overlays, ", ") + ")"
	}
	facts := append([][2]string{{"deed", d.Hash}}, more...)
	facts = append(facts, [2]string{"state", state}, [2]string{"since", moment(d.Since)}, [2]string{"waits for", strings.Join(waits, ", ")})
	for _, x := range d.Annexes {
		facts = append(facts, [2]string{"annex", fmt.Sprintf("%s (%d bytes, of %s) %s", x.Name, x.Size, peerText(x.Owner), x.Hash)})
	}
	for _, r := range d.Reasons {
		facts = append(facts, [2]string{"because", reasonText(r)})
	}
	return m.facts(facts...)
}

// reasonText tells a reason with its source.
func reasonText(r client.DeedReason) string {
	text := strings.ReplaceAll(r.Code, "_", " ")
	if r.Detail != "" {
		text += ": " + r.Detail
	}
	if r.Source != "" {
		text += " (" + r.Source + ")"
	}
	return text
}

// tellForecast prints what would come of a deed. The error says that it can't be.
func (m *management) tellForecast(f *client.DeedForecast) error {
	err := m.show(f, func() error {
		facts := [][2]string{{"outcome", f.State}}
		for _, p := range f.Signers {
			facts = append(facts, [2]string{"signs", peerText(p)})
		}
		for _, r := range f.Reasons {
			facts = append(facts, [2]string{"because", reasonText(r)})
		}
		return m.facts(facts...)
	})
	if err == nil && !f.OK {
		return fmt.Errorf("the rules don't allow it: %s", f.State)
	}
	return err
}
