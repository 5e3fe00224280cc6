// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) peopleCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("people", "Give people an account and take it away", `An ACCOUNT is an e-mail address or the identifier that people list shows.`,
		a.peopleListCommand(f), a.peopleAddCommand(f), a.peopleChangeCommand(f),
		a.peopleSwitchCommand(f, "disable", "Let somebody in no more, and end all that is open", true),
		a.peopleSwitchCommand(f, "enable", "Let somebody in again", false),
		a.peoplePasswordCommand(f), a.peopleLinkCommand(f), a.peopleSessionsCommand(f), a.peopleLogOutCommand(f), a.secondFactorCommand(f),
	)
	f.add(cmd)
	return cmd
}

func (a *app) peopleListCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the accounts", Args: cobra.NoArgs}
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		accounts, err := m.Accounts(ctx)
		if err != nil {
			return err
		}
		return m.show(accounts, func() error {
			var rows [][]string
			for _, p := range accounts {
				rows = append(rows, []string{p.ID, p.Name, p.Email, strings.Join(p.Roles, ","), yes(!p.Disabled), moment(p.LastLogin)})
			}
			return m.table([]string{"ACCOUNT", "NAME", "EMAIL", "ROLES", "ENABLED", "LAST LOGIN"}, rows)
		})
	})
}

const rolesText = "administrator, signer, auditor, reader, host or a role of the collective"

func (a *app) peopleAddCommand(f *nodeFlags) *cobra.Command {
	var n client.NewAccount
	var file string
	cmd := &cobra.Command{
		Use: "add EMAIL", Short: "Make an account", Args: cobra.ExactArgs(1),
		Long: `Makes an account with a password, which the person changes after the first
login. The password is the first line of a file or of standard input.`,
		Example: "  samenspel people add j.jansen@example.nl --name 'J. Jansen' --role signer --password-file first-password",
	}
	cmd.Flags().StringVar(&n.Name, "name", "", "`NAME` that others see")
	cmd.Flags().StringSliceVar(&n.Roles, "role", nil, "`ROLE`: "+rolesText+"; may be repeated")
	cmd.Flags().BoolVar(&n.BreakGlass, "break-glass", false, "an account for emergencies, which works without the identity provider")
	cmd.Flags().StringVar(&file, "password-file", "-", "`FILE` with the password, - for standard input")
	check(cmd, func() error {
		if n.Name == "" || len(n.Roles) == 0 {
			return usagef("--name and --role are required")
		}
		return nil
	})
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) (err error) {
		n.Email = args[0]
		if n.Password, err = a.password(file); err != nil {
			return err
		}
		made, err := m.CreateAccount(ctx, n)
		if err != nil {
			return err
		}
		return m.said(made, "account   %s", made.ID)
	})
}

// password reads the first line of a file.
func (a *app) password(file string) (string, error) {
	b, err := a.input(file)
	if err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

// account finds an account by e-mail address or identifier.
func (m *management) account(ctx context.Context, text string) (*client.Account, error) {
	accounts, err := m.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range accounts {
		if p.ID == text || strings.EqualFold(p.Email, text) {
			return &p, nil
		}
	}
	return nil, fmt.Errorf("there is no account %s; see samenspel people list", text)
}

func (m *management) changeAccount(ctx context.Context, text string, change func(*client.AccountForm)) (*client.Account, error) {
	p, err := m.account(ctx, text)
	if err != nil {
		return nil, err
	}
	form := client.AccountForm{Name: p.Name, Email: p.Email, Roles: p.Roles, BreakGlass: p.BreakGlass, Disabled: p.Disabled}
	change(&form)
	changed, err := m.PutAccount(ctx, p.ID, form, client.If{})
	return &changed.Value, err
}

func (a *app) peopleChangeCommand(f *nodeFlags) *cobra.Command {
	var form client.AccountForm
	cmd := &cobra.Command{Use: "change ACCOUNT", Short: "Give somebody another name, address or roles", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&form.Name, "name", "", "`NAME` that others see (default: as it is)")
	cmd.Flags().StringVar(&form.Email, "email", "", "`ADDRESS` to log in with (default: as it is)")
	cmd.Flags().StringSliceVar(&form.Roles, "role", nil, "`ROLE` in place of the present ones: "+rolesText+"; may be repeated")
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		changed, err := m.changeAccount(ctx, args[0], func(now *client.AccountForm) {
			if form.Name != "" {
				now.Name = form.Name
			}
			if form.Email != "" {
				now.Email = form.Email
			}
			if len(form.Roles) > 0 {
				now.Roles = form.Roles
			}
		})
		if err != nil {
			return err
		}
		return m.said(changed, "%s has the roles %s", changed.Email, strings.Join(changed.Roles, ", "))
	})
}

func (a *app) peopleSwitchCommand(f *nodeFlags, use, short string, disabled bool) *cobra.Command {
	cmd := &cobra.Command{Use: use + " ACCOUNT", Short: short, Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		changed, err := m.changeAccount(ctx, args[0], func(now *client.AccountForm) { now.Disabled = disabled })
		if err != nil {
			return err
		}
		return m.said(changed, "%s is %sd", changed.Email, use)
	})
}

func (a *app) peoplePasswordCommand(f *nodeFlags) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "password ACCOUNT", Short: "Give somebody another password", Args: cobra.ExactArgs(1),
		Long: `Sets a password and ends all sessions of the person. The password is the first
line of a file or of standard input. The person doesn't sign contracts until it
has chosen an own one with samenspel people link.`,
	}
	cmd.Flags().StringVar(&file, "password-file", "-", "`FILE` with the password, - for standard input")
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		p, err := m.account(ctx, args[0])
		if err != nil {
			return err
		}
		password, err := a.password(file)
		if err != nil {
			return err
		}
		if err := m.PutPassword(ctx, p.ID, client.NewPassword{Password: password}); err != nil {
			return err
		}
		return m.said(p, "%s has another password", p.Email)
	})
}

func (a *app) peopleLinkCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "link ACCOUNT", Short: "Make a one-time link for an own password", Args: cobra.ExactArgs(1),
		Long: `Makes the code with which somebody whose password was reset chooses an own one,
on the page /account/own-password, and may sign again. The code is shown once.
Give it to that person only. Who reset the password can't make the link: another
administrator does, or the command line of the machine.`,
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		p, err := m.account(ctx, args[0])
		if err != nil {
			return err
		}
		made, err := m.NewPasswordLink(ctx, p.ID)
		if err != nil {
			return err
		}
		return m.show(made, func() error {
			return m.facts([2]string{"page", "/account/own-password"}, [2]string{"code", made.Code}, [2]string{"until", moment(made.ExpiresAt)})
		})
	})
}

func (a *app) peopleSessionsCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "sessions [ACCOUNT]", Short: "List who is logged in", Args: cobra.MaximumNArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		sessions, err := m.Sessions(ctx, true)
		if err != nil {
			return err
		}
		if len(args) == 1 {
			p, err := m.account(ctx, args[0])
			if err != nil {
				return err
			}
			sessions = slices.DeleteFunc(sessions, func(s client.Session) bool { return s.AccountID != p.ID })
		}
		return m.show(sessions, func() error {
			var rows [][]string
			for _, s := range sessions {
				rows = append(rows, []string{s.ID, s.AccountID, moment(s.CreatedAt), moment(s.SeenAt), s.From, s.Agent})
			}
			return m.table([]string{"SESSION", "ACCOUNT", "SINCE", "SEEN", "FROM", "PROGRAM"}, rows)
		})
	})
}

func (a *app) peopleLogOutCommand(f *nodeFlags) *cobra.Command {
	var session string
	cmd := &cobra.Command{Use: "log-out ACCOUNT", Short: "End the sessions of somebody", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&session, "session", "", "only the session with this `ID`")
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		p, err := m.account(ctx, args[0])
		if err != nil {
			return err
		}
		if session != "" {
			err = m.EndSession(ctx, session)
		} else {
			err = m.EndSessions(ctx, p.ID)
		}
		if err != nil {
			return err
		}
		return m.said(p, "%s is logged out", p.Email)
	})
}
