// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) accessionCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("accession", "Join framework agreements", "", a.accessionCreateCommand(f), a.accessionShowCommand(f))
	f.add(cmd)
	return cmd
}

func (a *app) accessionCreateCommand(f *nodeFlags) *cobra.Command {
	var lots, predecessors []string
	var preview bool
	var in client.NewAccession
	cmd := &cobra.Command{
		Use: "create FRAMEWORK", Short: "Join a framework agreement", Args: cobra.ExactArgs(1),
		Long: `Joins a framework agreement with the seal of the organisation. For each lot say
what is needed and, after a slash, what is to be reserved: at most 120 percent of
the need. With --preview nothing is signed: it tells what would come of it.`,
		Example: "  samenspel accession create '$1$110$...' --lot 1=400/300",
	}
	cmd.Flags().StringArrayVar(&lots, "lot", nil, "`LOT=NEED/RESERVED` in the unit of the lot; may be repeated")
	cmd.Flags().StringArrayVar(&predecessors, "predecessor", nil, "`HASH` of the accession of an organisation whose legal successor this one is; may be repeated")
	cmd.Flags().BoolVar(&preview, "preview", false, "only tell what would come of it")
	check(cmd, func() (err error) {
		in.Predecessors = predecessors
		in.Lots, err = reservations(lots)
		return err
	})
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		in.Framework = args[0]
		if preview {
			forecast, err := m.ForeseeAccession(ctx, in)
			if err != nil {
				return err
			}
			return m.tellForecast(&forecast)
		}
		made, err := m.Accede(ctx, in)
		if err != nil {
			return err
		}
		return m.said(made, "accession %s", made.Deed.Hash)
	})
}

// reservations reads LOT=NEED/RESERVED.
func reservations(texts []string) ([]client.NewReservation, error) {
	if len(texts) == 0 {
		return nil, usagef("--lot is required")
	}
	var out []client.NewReservation
	for _, text := range texts {
		at := strings.LastIndexByte(text, '=')
		if at < 1 {
			return nil, usagef("--lot is %q; it must look like 1=400/300", text)
		}
		need, reserved, _ := strings.Cut(text[at+1:], "/")
		r := client.NewReservation{Lot: text[:at]}
		var err error
		if r.Need, err = strconv.ParseInt(need, 10, 64); err == nil && reserved != "" {
			r.Reserved, err = strconv.ParseInt(reserved, 10, 64)
		}
		if err != nil || r.Need < 1 || r.Reserved < 0 {
			return nil, usagef("--lot is %q; it must look like 1=400/300", text)
		}
		out = append(out, r)
	}
	return out, nil
}

func (a *app) accessionShowCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "show ACCESSION", Short: "Tell how an accession stands", Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		v, err := m.Accession(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(v, func() error {
			if err := m.tellDeed(&v.Deed, [2]string{"framework", v.FrameworkName}, [2]string{"", v.Framework}, [2]string{"buyer", peerText(v.Buyer)}); err != nil {
				return err
			}
			var rows [][]string
			for _, l := range v.Lots {
				rows = append(rows, []string{l.Lot, l.Name, fmt.Sprintf("%d %s", l.Need, l.Unit), strconv.FormatInt(l.Reserved, 10), strconv.FormatInt(l.Held, 10)})
			}
			return m.section([]string{"LOT", "NAME", "NEED", "RESERVED", "STILL HELD"}, rows)
		})
	})
}
