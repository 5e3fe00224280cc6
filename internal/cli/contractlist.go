// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

type contractFilter struct {
	state, grant, kind string
	limit              int
	asJSON             bool
}

func (a *app) contractListCommand(f *nodeFlags) *cobra.Command {
	var o contractFilter
	cmd := &cobra.Command{
		Use: "list", Short: "List contracts, newest first", Args: cobra.NoArgs,
		RunE: a.ask(f, func(ctx context.Context, c *internalapi.Client, _ []string) error {
			return a.listContracts(ctx, c, o)
		}),
	}
	cmd.Flags().StringVar(&o.state, "state", "", "only contracts in this `STATE`, like valid or proposed")
	cmd.Flags().StringVar(&o.kind, "type", "", "only contracts with a grant of this `TYPE`: "+grantKinds)
	cmd.Flags().StringVar(&o.grant, "grant", "", "only the contract in which the grant with this `HASH` stands")
	cmd.Flags().IntVar(&o.limit, "limit", 100, "at most this `NUMBER` of contracts")
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) listContracts(ctx context.Context, client *internalapi.Client, o contractFilter) error {
	state, err := contractState(o.state)
	if err != nil {
		return err
	}
	kind, err := grantTypeOrNone(o.kind)
	if err != nil {
		return err
	}
	if o.limit < 1 {
		return usagef("--limit must be at least 1")
	}
	found, rows := []internalapi.Contract{}, [][]string(nil)
	for c, err := range contracts(ctx, client, kind) {
		if err != nil {
			return err
		}
		if state != "" && c.State != state || o.grant != "" && !slices.Contains(c.GrantHashes, fsc.GrantHash(o.grant)) {
			continue
		}
		found = append(found, c.Contract)
		rows = append(rows, []string{string(c.ContentHash), string(c.State), c.summary(), moment(c.until()), words(c.Awaiting)})
		if len(found) == o.limit {
			break
		}
	}
	if o.asJSON {
		return a.json(found)
	}
	return a.table([]string{"CONTRACT", "STATE", "SAYS", "UNTIL", "AWAITING"}, rows)
}

func contractState(s string) (fsc.ContractState, error) {
	if s == "" {
		return "", nil
	}
	state := fsc.ContractState(strings.ToUpper(strings.ReplaceAll(s, "-", "_")))
	all := []fsc.ContractState{
		fsc.StateProposed, fsc.StateValid, fsc.StateRejected, fsc.StateRevoked, fsc.StateExpired, fsc.StateNotYetValid,
	}
	if !slices.Contains(all, state) {
		return "", usagef("--state is one of %s", strings.ToLower(words(all)))
	}
	return state, nil
}
