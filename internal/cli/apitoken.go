// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) apiTokenCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("api-token", "Give programs access to the management API", `A token belongs to a person, and can do no more than that person can. People make
and revoke tokens in the pages, or here with --url and the secret of a session.
On the machine of the node the tokens of everybody can be listed, and people
disable ends all tokens of a person.`,
		a.apiTokenListCommand(f), a.apiTokenCreateCommand(f), a.apiTokenRevokeCommand(f),
	)
	f.add(cmd)
	return cmd
}

func (a *app) apiTokenListCommand(f *nodeFlags) *cobra.Command {
	var own bool
	cmd := &cobra.Command{Use: "list", Short: "List the tokens of programs", Args: cobra.NoArgs}
	cmd.Flags().BoolVar(&own, "own", false, "only one's own, which takes no permission")
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		tokens, err := m.APITokens(ctx, !own)
		if err != nil {
			return err
		}
		return m.show(tokens, func() error {
			var rows [][]string
			for _, t := range tokens {
				rows = append(rows, []string{t.ID, t.Name, t.AccountID, strings.Join(t.Scopes, ","), moment(t.ExpiresAt), moment(t.UsedAt)})
			}
			return m.table([]string{"TOKEN", "NAME", "ACCOUNT", "SCOPES", "UNTIL", "USED"}, rows)
		})
	})
}

func (a *app) apiTokenCreateCommand(f *nodeFlags) *cobra.Command {
	var n client.NewAPIToken
	var validFor time.Duration
	cmd := &cobra.Command{
		Use: "create", Short: "Make a token for a program", Args: cobra.NoArgs,
		Long: `Makes a token of the person who is logged in, and prints its secret once. Keep
it where only the program can read it.`,
		Example: "  samenspel api-token create --url https://samenspel.example.nl --token-file session --name monitoring --scope read",
	}
	cmd.Flags().StringVar(&n.Name, "name", "", "`NAME` of the program")
	cmd.Flags().StringSliceVar(&n.Scopes, "scope", nil, "`SCOPE`: read, read_log, read_audit, sign, manage, people, credentials, manage_events or read_calendar; may be repeated")
	cmd.Flags().DurationVar(&validFor, "valid-for", 90*24*time.Hour, "how `LONG` it works, at most a year")
	check(cmd, func() error {
		if n.Name == "" || len(n.Scopes) == 0 || validFor <= 0 {
			return usagef("--name and --scope are required, and --valid-for is more than nothing")
		}
		return nil
	})
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		n.ExpiresAt = a.Now().Add(validFor).UTC().Truncate(time.Second)
		made, err := m.CreateAPIToken(ctx, n)
		if err != nil {
			return err
		}
		return m.show(made, func() error {
			return m.facts([2]string{"token", made.ID}, [2]string{"until", moment(made.ExpiresAt)}, [2]string{"secret", made.Secret})
		})
	})
}

func (a *app) apiTokenRevokeCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "revoke TOKEN", Short: "End a token", Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		if err := m.RevokeAPIToken(ctx, args[0]); err != nil {
			return err
		}
		return m.said(gone{args[0]}, "token %s works no more", args[0])
	})
}
