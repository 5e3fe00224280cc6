// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

// contractPage is how many contracts are asked for at once.
const contractPage = 200

func (a *app) contractCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("contract", "Propose, read and sign contracts", `Hashes contain dollar signs: put them between single quotes, like '$1$1$…'.`,
		a.contractCreateCommand(f), a.contractListCommand(f), a.contractSearchCommand(f), a.contractShowCommand(f),
		a.contractSignCommand(f, fsc.SignatureTypeAccept, "Accept a contract that others proposed"),
		a.contractSignCommand(f, fsc.SignatureTypeReject, "Reject a contract that others proposed"),
		a.contractSignCommand(f, fsc.SignatureTypeRevoke, "End a contract for all parties"),
		a.contractImpactCommand(f), a.contractRenewCommand(f), a.contractCopyCommand(f), a.contractRetryCommand(f), a.contractHashCommand(),
	)
	f.add(cmd)
	return cmd
}

func (a *app) contractSignCommand(f *nodeFlags, t fsc.SignatureType, short string) *cobra.Command {
	cmd := &cobra.Command{
		Use: string(t) + " CONTENT_HASH", Short: short, Args: cobra.ExactArgs(1),
		Example: fmt.Sprintf("  samenspel contract %s --node /var/lib/samenspel '$1$1$…'", t),
	}
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		h, err := contentHash(args[0])
		if err != nil {
			return err
		}
		c, err := m.Sign(ctx, h, t, client.If{})
		if err != nil {
			return err
		}
		return m.tellContract(&c)
	})
}

// contentHash checks the hash of a contract; that of a grant is an easy mistake.
func contentHash(s string) (fsc.ContentHash, error) {
	h := fsc.ContentHash(s)
	if err := h.Validate(); err != nil {
		hint := "put it between single quotes, for the shell replaces dollar signs"
		if fsc.GrantHash(s).Validate() == nil {
			hint = "samenspel contract list --grant '" + s + "' shows the contract it stands in"
		}
		return "", fmt.Errorf("%w; %s", err, hint)
	}
	return h, nil
}

// contractFacts prints the lines about a contract that scripts read.
func (a *app) contractFacts(w internalapi.Contract) error {
	if err := a.facts([2]string{"contract", string(w.ContentHash)}); err != nil {
		return err
	}
	for _, h := range w.GrantHashes {
		if err := a.facts([2]string{"grant", string(h)}); err != nil {
			return err
		}
	}
	return a.facts([2]string{"state", string(w.State)}, [2]string{"awaiting", words(w.Awaiting)})
}

// contract is a contract of the node with its content read.
type contract struct {
	internalapi.Contract
	content *fsc.Content
}

func readContract(w internalapi.Contract) (contract, error) {
	c, err := fsc.RestoreContent(w.Content, w.Profile)
	if err != nil {
		return contract{}, fmt.Errorf("contract %s: %w", w.ContentHash, err)
	}
	return contract{Contract: w, content: c}, nil
}

func (c contract) until() time.Time { return time.Unix(c.content.Validity.NotAfter, 0) }

func (c contract) summary() string {
	var out []string
	for i := range c.content.Grants {
		out = append(out, summary(&c.content.Grants[i], plainID))
	}
	return strings.Join(out, "; ")
}

// contracts walks through the contracts of the node, newest first.
func contracts(ctx context.Context, door *internalapi.Client, t fsc.GrantType) iter.Seq2[contract, error] {
	return func(yield func(contract, error) bool) {
		after := ""
		for {
			page, err := door.ListContractsOfType(ctx, t, contractPage, after)
			if err != nil {
				yield(contract{}, err)
				return
			}
			for _, w := range page {
				c, err := readContract(w)
				if !yield(c, err) || err != nil {
					return
				}
				after = fmt.Sprintf("%d,%s", c.content.CreatedAt, w.ContentHash)
			}
			if len(page) < contractPage {
				return
			}
		}
	}
}
