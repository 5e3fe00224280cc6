// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) secondFactorCommand(f *nodeFlags) *cobra.Command {
	return a.group("second-factor", "An app that makes codes for somebody", `Where another organisation hosts the node, each signature is released with a code
of a second factor. Setting one up needs a session: the page /account/second-factor
does the same. Without ACCOUNT a command is about who has the token.`,
		a.factorShowCommand(f), a.factorEnrolCommand(f), a.factorConfirmCommand(f), a.factorRemoveCommand(f))
}

// ownOr gives the identifier of the account that was named, or of who asks.
func (m *management) ownOr(ctx context.Context, args []string) (string, error) {
	if len(args) == 0 {
		who, err := m.Caller(ctx)
		return who.AccountID, err
	}
	p, err := m.account(ctx, args[0])
	if err != nil {
		return "", err
	}
	return p.ID, nil
}

func (a *app) factorShowCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "show [ACCOUNT]", Short: "Tell whether there is a second factor", Args: cobra.MaximumNArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		id, err := m.ownOr(ctx, args)
		if err != nil {
			return err
		}
		s, err := m.SecondFactor(ctx, id)
		if err != nil {
			return err
		}
		return m.show(s, func() error {
			return m.facts([2]string{"active", yes(s.Active)}, [2]string{"since", moment(s.Since)},
				[2]string{"recovery codes left", strconv.FormatInt(s.RecoveryCodesLeft, 10)}, [2]string{"locked until", moment(s.LockedUntil)})
		})
	})
}

func (a *app) factorEnrolCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "enrol", Short: "Begin with a second factor of your own; its key is shown once", Args: cobra.NoArgs}
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		s, err := m.EnrolSecondFactor(ctx)
		if err != nil {
			return err
		}
		return m.show(s, func() error { return m.facts([2]string{"key", s.Secret}, [2]string{"address", s.URI}) })
	})
}

func (a *app) factorConfirmCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "confirm CODE", Short: "Make it count with a first code; the recovery codes are shown once", Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		made, err := m.ConfirmSecondFactor(ctx, args[0])
		if err != nil {
			return err
		}
		return m.said(made, "%s", strings.Join(made.Codes, "\n"))
	})
}

func (a *app) factorRemoveCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "remove [ACCOUNT]", Short: "Remove a second factor, with a code of your own", Args: cobra.MaximumNArgs(1)}
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		id, err := m.ownOr(ctx, args)
		if err != nil {
			return err
		}
		if err := m.RemoveSecondFactor(ctx, id); err != nil {
			return err
		}
		return m.said(client.SecondFactor{}, "the second factor is gone")
	})
}
