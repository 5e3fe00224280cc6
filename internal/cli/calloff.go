// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) callOffCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("calloff", "Call off under framework agreements", "",
		a.callOffListCommand(f), a.callOffShowCommand(f), a.callOffCreateCommand(f), a.callOffSignCommand(f),
		a.callOffEndCommand(f), a.callOffConnectCommand(f), a.callOffSavingCommand(f), a.callOffChangeCommand(f), a.callOffDrawOwnCommand(f),
	)
	f.add(cmd)
	return cmd
}

func callOffHeader() []string {
	return []string{"CALL-OFF", "STATE", "LOT", "QUANTITY", "BUYER", "SUPPLIER", "UNTIL"}
}

func callOffRows(all []client.CallOff) [][]string {
	var rows [][]string
	for i := range all {
		o := &all[i]
		rows = append(rows, []string{
			o.Deed.Hash, o.Deed.State, o.LotName, strconv.FormatInt(o.Quantity, 10) + " " + o.Unit, peerText(o.Buyer), peerText(o.Supplier), moment(o.NotAfter),
		})
	}
	return rows
}

func (a *app) callOffListCommand(f *nodeFlags) *cobra.Command {
	var filter client.CallOffFilter
	var limit int
	cmd := &cobra.Command{Use: "list", Short: "List the call-offs of this organisation as buyer or supplier", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&filter.State, "state", "", "only in this `STATE`: offered, waits, planned, live, completed, terminated, refused, rejected or lapsed")
	cmd.Flags().BoolVar(&filter.AwaitingUs, "awaiting-us", false, "only what waits for our signature")
	withLimit(cmd, &limit, "call-offs")
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		filter.Limit = min(limit, longestPage)
		all, err := take(m.CallOffs(ctx, filter), limit)
		if err != nil {
			return err
		}
		return m.show(all, func() error { return m.table(callOffHeader(), callOffRows(all)) })
	})
}

func (a *app) callOffShowCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "show CALLOFF", Short: "Tell how a call-off stands and which contracts stand on it", Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		o, err := m.CallOff(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(o, func() error { return m.tellCallOff(&o) })
	})
}

func (m *management) tellCallOff(o *client.CallOff) error {
	value, drawn := "", ""
	if o.DrawnAlone {
		drawn = "from the own reservation; the purchasing body has not settled it yet"
	}
	if o.ValueCents != 0 {
		value = euros(o.ValueCents)
	}
	if err := m.tellDeed(&o.Deed, [2]string{"framework", o.FrameworkName}, [2]string{"lot", o.LotName}, [2]string{"buyer", peerText(o.Buyer)},
		[2]string{"supplier", peerText(o.Supplier)}, [2]string{"quantity", strconv.FormatInt(o.Quantity, 10) + " " + o.Unit}, [2]string{"value", value}, [2]string{"drawn", drawn},
		[2]string{"services", strings.Join(o.Services, ", ")}, [2]string{"from", moment(o.NotBefore)}, [2]string{"until", moment(o.NotAfter)}); err != nil {
		return err
	}
	var changes [][]string
	for i := range o.Changes {
		g := &o.Changes[i]
		changes = append(changes, []string{g.Deed.Hash, g.Deed.State, strconv.FormatInt(g.Quantity, 10) + " " + o.Unit, g.Reason})
	}
	if err := m.section([]string{"CHANGE", "STATE", "QUANTITY", "REASON"}, changes); err != nil {
		return err
	}
	var rows [][]string
	for i := range o.Contracts {
		rows = append(rows, []string{string(o.Contracts[i].ContentHash), o.Contracts[i].Deed.State})
	}
	return m.section([]string{"CONTRACT", "BINDING"}, rows)
}

func (a *app) callOffCreateCommand(f *nodeFlags) *cobra.Command {
	var in client.NewCallOff
	var supplier, from, until, variation string
	var preview bool
	cmd := &cobra.Command{
		Use: "create ACCESSION", Short: "Sign a call-off and offer it to the supplier", Args: cobra.ExactArgs(1),
		Long: `Calls off under an accession of this organisation. The supplier signs it next,
and then the purchasing body allocates the quantity. With --preview nothing is
signed: it tells what would come of it.`,
		Example: "  samenspel calloff create '$1$111$...' --lot 1 --quantity 250 --value-cents 20000 --not-after 2027-12-31",
	}
	fs := cmd.Flags()
	fs.StringVar(&in.Lot, "lot", "", "`LOT` of the framework")
	fs.StringVar(&supplier, "supplier", "", "`PEER` that supplies (default: the only supplier of the lot)")
	fs.Int64Var(&in.Quantity, "quantity", 0, "`NUMBER` of units of the lot")
	fs.Int64Var(&in.ValueCents, "value-cents", 0, "what it costs over its whole term, in `CENTS` of a euro")
	fs.StringArrayVar(&in.Services, "service", nil, "`NAME` of a service to open; may be repeated (default: all of the lot)")
	fs.StringVar(&from, "not-before", "", "first `MOMENT`: 2027-01-31 (0:00 UTC) or 2027-01-31T12:00:00+01:00 (default: now)")
	fs.StringVar(&until, "not-after", "", "`MOMENT` from which it is over")
	fs.StringVar(&variation, "variation", "", "`FILE` with what this buyer has of its own: texts, logo, opening hours")
	fs.BoolVar(&preview, "preview", false, "only tell what would come of it")
	check(cmd, func() (err error) {
		if in.Lot == "" || in.Quantity < 1 || in.ValueCents < 1 || until == "" {
			return usagef("--lot, --quantity, --value-cents and --not-after are required")
		}
		in.Supplier = fsc.PeerID(supplier)
		if in.NotBefore, err = parseMoment("--not-before", from); err != nil {
			return err
		}
		in.NotAfter, err = parseMoment("--not-after", until)
		return err
	})
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		in.Accession = args[0]
		var err error
		if in.Variation, err = documentIf(variation, "--variation"); err != nil {
			return err
		}
		if preview {
			forecast, err := m.ForeseeCallOff(ctx, in)
			if err != nil {
				return err
			}
			return m.tellForecast(&forecast)
		}
		if err := m.keep(ctx, variation, "--variation"); err != nil {
			return err
		}
		made, err := m.OfferCallOff(ctx, in)
		if err != nil {
			return err
		}
		return m.said(made, "call-off  %s", made.Deed.Hash)
	})
}

func (a *app) callOffSignCommand(f *nodeFlags) *cobra.Command {
	var reject bool
	cmd := &cobra.Command{Use: "sign CALLOFF", Short: "Sign a call-off that a buyer offers, or reject it", Args: cobra.ExactArgs(1)}
	cmd.Flags().BoolVar(&reject, "reject", false, "reject it, which can't be taken back")
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		act := "accept"
		if reject {
			act = "reject"
		}
		return m.signCallOff(ctx, args[0], act)
	})
}

func (a *app) callOffEndCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "end CALLOFF", Short: "End a call-off before its time", Args: cobra.ExactArgs(1),
		Long: `Revokes a call-off, which can't be taken back. No data flows under it any more:
the contracts that stand on it are revoked.`,
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		return m.signCallOff(ctx, args[0], "revoke")
	})
}

func (m *management) signCallOff(ctx context.Context, hash, act string) error {
	if _, err := m.CallOff(ctx, hash); err != nil { // nothing else is signed here
		return err
	}
	d, err := m.SignDeed(ctx, hash, act)
	if err != nil {
		return err
	}
	return m.said(d, "state     %s", d.Deed.State)
}

func (a *app) callOffConnectCommand(f *nodeFlags) *cobra.Command {
	var service string
	cmd := &cobra.Command{
		Use: "connect CALLOFF", Short: "Make the contract with which a service of a call-off is called", Args: cobra.ExactArgs(1),
		Example: "  samenspel calloff connect '$1$112$...' --service verhuizing-doorgeven",
	}
	cmd.Flags().StringVar(&service, "service", "", "`NAME` of the service")
	check(cmd, func() error {
		if service == "" {
			return usagef("--service is required")
		}
		return nil
	})
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		made, err := m.ConnectCallOff(ctx, args[0], service)
		if err != nil {
			return err
		}
		return m.said(made, "contract  %s", made.ContentHash)
	})
}
