// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) frameworkCreateCommand(f *nodeFlags) *cobra.Command {
	var source string
	var preview bool
	cmd := &cobra.Command{
		Use: "create FILE", Short: "Draft a framework agreement, or import one, and sign it for the purchasing body", Args: cobra.ExactArgs(1),
		Long: `Reads a framework agreement as JSON in the form of the management API
(NewFramework), signs it for this organisation as its purchasing body and sends it
to the suppliers. With --source it is one that was concluded elsewhere: the hash of
that document goes along, the document itself is kept on the node for who asks for
it, and the agreement is asserted until suppliers and a buyer confirm it. With --preview nothing is signed.`,
		Example: "  samenspel framework create mantel.json --source overeenkomst.pdf --preview",
	}
	cmd.Flags().StringVar(&source, "source", "", "`FILE` of the agreement that was concluded elsewhere")
	cmd.Flags().BoolVar(&preview, "preview", false, "only tell what would come of it")
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		in, err := readFramework(args[0], source)
		if err != nil {
			return err
		}
		if preview {
			forecast, err := m.ForeseeFramework(ctx, *in)
			if err != nil {
				return err
			}
			return m.tellForecast(&forecast)
		}
		if err := m.keep(ctx, source, "--source"); err != nil {
			return err
		}
		made, err := m.ProposeFramework(ctx, *in)
		if err != nil {
			return err
		}
		return m.said(made, "framework %s", made.Deed.Hash)
	})
}

// readFramework reads a framework and the hash of the document it comes from.
func readFramework(file, source string) (*client.NewFramework, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the file that was named
	if err != nil {
		return nil, err
	}
	var in client.NewFramework
	if err := json.Unmarshal(text, &in, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if source == "" {
		return &in, nil
	}
	if in.Source, err = documentIf(source, "--source"); err != nil {
		return nil, err
	}
	return &in, nil
}

func (a *app) frameworkConfirmCommand(f *nodeFlags) *cobra.Command {
	var buyer string
	cmd := &cobra.Command{
		Use: "confirm FRAMEWORK", Short: "Confirm an imported framework agreement as a supplier or buyer", Args: cobra.ExactArgs(1),
		Long: `Says that an imported framework agreement is as the purchasing body asserted it.
All its suppliers and a buyer sign the confirmation; who is next finds it with
deed show. A supplier names the buyer that confirms along.`,
	}
	cmd.Flags().StringVar(&buyer, "buyer", "", "`PEER` that may join, when a supplier confirms")
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		made, err := m.ConfirmFramework(ctx, args[0], client.NewFrameworkConfirmation{Buyer: fsc.PeerID(buyer)})
		if err != nil {
			return err
		}
		return m.said(made, "deed      %s", made.Deed.Hash)
	})
}
