// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

func (a *app) contractShowCommand(f *nodeFlags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show CONTENT_HASH", Short: "Tell what a contract says, who signed it and whose turn it is", Args: cobra.ExactArgs(1),
		Example: "  samenspel contract show --node /var/lib/samenspel '$1$1$…'",
		RunE: a.ask(f, func(ctx context.Context, c *internalapi.Client, args []string) error {
			h, err := contentHash(args[0])
			if err != nil {
				return err
			}
			w, err := c.ShowContract(ctx, h)
			if err != nil {
				return err
			}
			if asJSON {
				return a.json(w)
			}
			return a.showContract(ctx, c, w)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with the content as received")
	return cmd
}

func (a *app) showContract(ctx context.Context, client *internalapi.Client, w internalapi.Contract) error {
	c, err := readContract(w)
	if err != nil {
		return err
	}
	peers, err := client.ListPeers(ctx)
	if err != nil {
		return err
	}
	self, err := client.Self(ctx)
	if err != nil {
		return err
	}
	name := namesOf(peers)
	if err := a.facts(
		[2]string{"contract", string(c.ContentHash)}, [2]string{"state", string(c.State)},
		[2]string{"from", moment(time.Unix(c.content.Validity.NotBefore, 0))}, [2]string{"until", moment(c.until())},
		[2]string{"awaiting", words(c.Awaiting)},
	); err != nil {
		return err
	}
	for i := range c.content.Grants {
		g := &c.content.Grants[i]
		says := sentence(g, c.until(), name)
		if err := a.facts([2]string{"grant", string(c.GrantHashes[i])}, [2]string{"says", says}, [2]string{"with", string(g.Properties)}); err != nil {
			return err
		}
	}
	if err := a.showSignatures(c, name); err != nil {
		return err
	}
	return a.line("%s", advice(c, self.PeerID, name))
}

func (a *app) showSignatures(c contract, name func(fsc.PeerID) string) error {
	var signatures, deliveries [][]string
	for _, s := range c.Signatures {
		signatures = append(signatures, []string{name(s.PeerID), string(s.Type), moment(s.SignedAt)})
	}
	for _, d := range c.Deliveries {
		deliveries = append(deliveries, deliveryRow(d, name(d.PeerID)))
	}
	if err := a.line(""); err != nil {
		return err
	}
	if err := a.table([]string{"PEER", "SIGNED", "AT"}, signatures); err != nil {
		return err
	}
	if err := a.line(""); err != nil {
		return err
	}
	if len(deliveries) == 0 {
		return nil
	}
	if err := a.table(deliveryHeader(), deliveries); err != nil {
		return err
	}
	return a.line("")
}

func deliveryHeader() []string {
	return []string{"MESSAGE", "TO", "STATUS", "ATTEMPTS", "NEXT ATTEMPT", "PROBLEM"}
}

func deliveryRow(d internalapi.Delivery, to string) []string {
	next := ""
	if d.Status == "waiting" {
		next = moment(d.NextAttempt)
	}
	return []string{string(d.Kind), to, string(d.Status), strconv.Itoa(d.Attempts), next, d.LastError}
}

// advice tells whose turn it is and what to do.
func advice(c contract, self fsc.PeerID, name func(fsc.PeerID) string) string {
	for _, d := range c.Deliveries {
		if d.Status == "failed" {
			return fmt.Sprintf("%s refused this contract's %s; solve the problem above, then: samenspel peer retry %s", name(d.PeerID), d.Kind, d.PeerID)
		}
	}
	switch c.State {
	case fsc.StateProposed:
		if slices.Contains(c.Awaiting, self) {
			return fmt.Sprintf("It is your turn: samenspel contract accept '%s'", c.ContentHash)
		}
		var names []string
		for _, p := range c.Awaiting {
			names = append(names, name(p))
		}
		return "It is the turn of " + strings.Join(names, " and ") + "."
	case fsc.StateValid:
		return "All parties have accepted; the contract can be used."
	case fsc.StateNotYetValid:
		return "All parties have accepted; the contract can be used from " + moment(time.Unix(c.content.Validity.NotBefore, 0)) + "."
	case fsc.StateRejected, fsc.StateRevoked, fsc.StateExpired:
	}
	return "The contract has ended; make a new one with samenspel contract create."
}

func namesOf(peers []internalapi.Peer) func(fsc.PeerID) string {
	names := map[fsc.PeerID]string{}
	for _, p := range peers {
		names[p.ID] = p.Name
	}
	return func(id fsc.PeerID) string {
		if names[id] == "" {
			return "Peer " + string(id)
		}
		return fmt.Sprintf("%s (%s)", names[id], id)
	}
}
