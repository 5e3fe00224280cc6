// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) frameworkPricesCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "prices FRAMEWORK", Short: "Tell what units of the lots cost and how many hours joining takes", Args: cobra.ExactArgs(1),
		Long: `Lists the prices that hold, are to begin or wait for a signature. Buyers of the
framework have all prices, a supplier its own; for others the list is empty.`,
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		all, err := m.Prices(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(all, func() error {
			var rows [][]string
			for i := range all.Prices {
				p := &all.Prices[i]
				rows = append(rows, []string{
					p.Deed.Hash, p.Lot, peerText(p.Supplier), euros(p.UnitPriceCents) + " / " + p.Unit, strconv.FormatInt(p.EffortHours, 10), moment(p.From), p.Deed.State,
				})
			}
			return m.table([]string{"PRICE", "LOT", "SUPPLIER", "UNIT PRICE", "HOURS", "FROM", "STATE"}, rows)
		})
	})
}

func (a *app) frameworkPriceCommand(f *nodeFlags) *cobra.Command {
	var in client.NewFrameworkPrice
	var supplier, from string
	var preview bool
	cmd := &cobra.Command{
		Use: "price FRAMEWORK", Short: "Write the price of a lot down and sign it, as purchasing body or supplier", Args: cobra.ExactArgs(1),
		Long: `Makes a price sheet: what one unit of a lot costs at one supplier, without VAT, and
how many working hours joining takes a municipality. This organisation signs it;
the other side, purchasing body or supplier, signs it with deed sign. It takes the place of
the former price of that supplier for the lot. Only buyers of the framework see it.
With --preview nothing is signed: it tells what would come of it.`,
		Example: "  samenspel framework price '$1$110$...' --lot 1 --unit-price-cents 1250 --effort-hours 40 --note 'Without setup.'",
	}
	fs := cmd.Flags()
	fs.StringVar(&in.Lot, "lot", "", "`LOT` of the framework")
	fs.StringVar(&supplier, "supplier", "", "`PEER` whose price it is (default: this organisation, or the only supplier of the lot)")
	fs.Int64Var(&in.UnitPriceCents, "unit-price-cents", 0, "what one unit costs without VAT, in `CENTS` of a euro")
	fs.Int64Var(&in.EffortHours, "effort-hours", 0, "working `HOURS` that joining takes a municipality, as an estimate")
	fs.StringVar(&in.Note, "note", "", "`TEXT` about what is in the price")
	fs.StringVar(&from, "from", "", "first `MOMENT`: 2027-01-31 (0:00 UTC) or 2027-01-31T12:00:00+01:00 (default: now)")
	fs.BoolVar(&preview, "preview", false, "only tell what would come of it")
	check(cmd, func() (err error) {
		if in.Lot == "" || !fs.Changed("unit-price-cents") || !fs.Changed("effort-hours") {
			return usagef("--lot, --unit-price-cents and --effort-hours are required")
		}
		in.Supplier = fsc.PeerID(supplier)
		in.From, err = parseMoment("--from", from)
		return err
	})
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		if preview {
			forecast, err := m.ForeseePrice(ctx, args[0], in)
			if err != nil {
				return err
			}
			return m.tellForecast(&forecast)
		}
		made, err := m.ProposePrice(ctx, args[0], in)
		if err != nil {
			return err
		}
		return m.said(made, "price     %s", made.Deed.Hash)
	})
}

// euros writes an amount in cents.
func euros(cents int64) string {
	if cents < 0 {
		return "-" + euros(-cents)
	}
	return strconv.FormatInt(cents/100, 10) + "." + strconv.FormatInt(cents%100+100, 10)[1:] + " euro"
}
