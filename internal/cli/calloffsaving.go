// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) callOffSavingCommand(f *nodeFlags) *cobra.Command {
	var in client.NewCallOffSaving
	var source string
	var preview bool
	cmd := &cobra.Command{
		Use: "saving CALLOFF", Short: "State what a call-off saves, or show what was stated", Args: cobra.ExactArgs(1),
		Long: `States what the buyer of a call-off saves by it: what one unit cost before and what
it costs now, without VAT, with the document that shows the price before. The
statement has the hash of that document, which is kept on the node. Only this
organisation and who keeps the framework have the statement; the group sees totals
only. It is withdrawn with deed sign --act revoke. With --preview nothing is signed.
Without --baseline-cents it lists what was stated.`,
		Example: "  samenspel calloff saving '$1$112$...' --baseline-cents 1500 --price-cents 1250 --quantity 250 --note 'Contract 2025' --source contract-2025.pdf",
	}
	fs := cmd.Flags()
	fs.Int64Var(&in.BaselineCents, "baseline-cents", 0, "what one unit cost before, in `CENTS` of a euro")
	fs.Int64Var(&in.PriceCents, "price-cents", 0, "what one unit costs now, in `CENTS` of a euro")
	fs.Int64Var(&in.Quantity, "quantity", 0, "`NUMBER` of units over which it is saved")
	fs.StringVar(&in.Note, "note", "", "`TEXT`: what the price before was of, and when")
	fs.StringVar(&source, "source", "", "`FILE` that shows the price before: the old contract, an offer or an invoice")
	fs.BoolVar(&preview, "preview", false, "only tell what would come of it")
	check(cmd, func() error {
		set := 0
		for _, name := range []string{"baseline-cents", "price-cents", "quantity", "note", "source"} {
			if fs.Changed(name) {
				set++
			}
		}
		if set != 0 && set != 5 || preview && set == 0 {
			return usagef("--baseline-cents, --price-cents, --quantity, --note and --source belong together")
		}
		return nil
	})
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		if source == "" {
			return m.tellSavings(ctx, args[0])
		}
		document, err := documentOf(source)
		if err != nil {
			return fmt.Errorf("--source: %w", err)
		}
		in.Source = *document
		forecast, err := m.ForeseeSaving(ctx, args[0], in)
		if err != nil {
			return err
		}
		if preview {
			return m.tellSavingForecast(&forecast)
		}
		if err := m.keep(ctx, source, "--source"); err != nil {
			return err
		}
		made, err := m.StateSaving(ctx, args[0], in)
		if err != nil {
			return err
		}
		return m.said(made, "statement %s\nsaved     %s", made.Deed.Hash, savedText(forecast.SavedCents))
	})
}

func (m *management) tellSavings(ctx context.Context, callOff string) error {
	all, err := m.CallOffSavings(ctx, callOff)
	if err != nil {
		return err
	}
	return m.show(all, func() error {
		var rows [][]string
		for i := range all.Savings {
			s := &all.Savings[i]
			rows = append(rows, []string{s.Deed.Hash, s.Deed.State, savedText(s.SavedCents), euros(s.BaselineCents), euros(s.PriceCents), strconv.FormatInt(s.Quantity, 10), s.Source.Name})
		}
		return m.table([]string{"STATEMENT", "STATE", "SAVED", "BEFORE", "NOW", "QUANTITY", "SOURCE"}, rows)
	})
}

func (m *management) tellSavingForecast(f *client.SavingForecast) error {
	err := m.show(f, func() error {
		facts := [][2]string{{"outcome", f.Deed.State}, {"saved", savedText(f.SavedCents)}}
		for _, r := range f.Deed.Reasons {
			facts = append(facts, [2]string{"because", reasonText(r)})
		}
		return m.facts(facts...)
	})
	if err == nil && !f.Deed.OK {
		return fmt.Errorf("the rules don't allow it: %s", f.Deed.State)
	}
	return err
}

// savedText tells a saving below zero as what it is.
func savedText(cents int64) string {
	if cents < 0 {
		return euros(-cents) + " more than before"
	}
	return euros(cents)
}
