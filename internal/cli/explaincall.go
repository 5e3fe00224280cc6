// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) explainCommand() *cobra.Command {
	f := &nodeFlags{}
	var q client.Question
	var peer, grant string
	var incoming bool
	cmd := &cobra.Command{
		Use: "explain", Short: "Tell why calls of a service don't get through, and whose turn it is", Args: cobra.NoArgs,
		Long: `Looks at everything a call needs, in that order: the publication, the contract,
keys and certificates, the Manager of the other Peer, the records of both sides.
With --look the node also goes the way of a call without making one: it connects
to the other Manager, gets an access token and connects to the Inway it names.`,
		Example: `  samenspel explain --service personen --peer 00000099000000001000
  samenspel explain --service personen --look
  samenspel explain --incoming --service personen --peer 00000099000000002000
  samenspel explain --grant '$1$3$…' --code ERROR_CODE_ACCESS_TOKEN_EXPIRED`,
	}
	cmd.Flags().StringVar(&q.Service, "service", "", "`NAME` of the service")
	cmd.Flags().StringVar(&peer, "peer", "", "`PEER` on the other side")
	cmd.Flags().BoolVar(&incoming, "incoming", false, "calls of others to our service, instead of our own calls")
	cmd.Flags().StringVar(&grant, "grant", "", "`HASH` of the grant, instead of --service")
	cmd.Flags().StringVar(&q.Code, "code", "", "error `CODE` that the caller got")
	cmd.Flags().BoolVar(&q.Look, "look", false, "also connect to the other side now")
	check(cmd, func() error {
		if q.Service == "" && grant == "" {
			return usagef("--service or --grant is required")
		}
		q.Direction, q.PeerID, q.GrantHash = "outgoing", fsc.PeerID(peer), fsc.GrantHash(grant)
		if incoming {
			q.Direction = "incoming"
		}
		return nil
	})
	f.add(cmd)
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		e, err := m.Explain(ctx, q)
		if err != nil {
			return err
		}
		return m.show(e, func() error { return m.tellExplanation(&e) })
	})
}

func (m *management) tellExplanation(e *client.Explanation) error {
	facts := [][2]string{
		{"service", e.Service}, {"with", peerText(e.Other)}, {"contract", string(e.ContentHash)}, {"grant", string(e.GrantHash)},
	}
	if e.Code != nil {
		facts = append(facts, [2]string{"code", e.Code.Code + ", given by the " + e.Code.From + "; usually mended by the " + e.Code.Mender})
	}
	if err := m.facts(facts...); err != nil {
		return err
	}
	if err := m.line(""); err != nil {
		return err
	}
	if err := m.steps(e.Steps); err != nil || e.Look == nil {
		return err
	}
	if err := errors.Join(m.line(""), m.line("looked at %s", moment(e.Look.At))); err != nil {
		return err
	}
	return m.steps(e.Look.Steps)
}

func (m *management) steps(steps []client.Step) error {
	var rows [][]string
	for _, s := range steps {
		rows = append(rows, []string{plainCode(s.Name), plainCode(s.State), plainCode(s.Reason), turnText(s), stepText(s.Facts)})
	}
	return m.table([]string{"STEP", "STATE", "REASON", "TURN", "FACTS"}, rows)
}

// plainCode makes words of a code.
func plainCode(code string) string { return strings.ReplaceAll(code, "_", " ") }

func turnText(s client.Step) string {
	var names []string
	for _, p := range s.Peers {
		names = append(names, peerText(p))
	}
	others := strings.Join(names, " and ")
	switch {
	case s.Turn == "both" && others != "":
		return "us and " + others
	case s.Turn == "them" && others != "":
		return others
	}
	return s.Turn
}

// stepText tells what a step found.
func stepText(f *client.StepFacts) string {
	if f == nil {
		return ""
	}
	var out []string
	add := func(name, value string) {
		if value != "" {
			out = append(out, name+" "+value)
		}
	}
	number := func(name string, n int64, unit string) {
		if n != 0 {
			out = append(out, name+" "+strconv.FormatInt(n, 10)+unit)
		}
	}
	add("contract", string(f.ContentHash))
	add("at", moment(f.At))
	number("days", int64(f.Days), "")
	add("key", f.Thumbprint)
	number("took", f.TookMilliseconds, " ms")
	number("apart", f.ApartMilliseconds/int64(time.Second/time.Millisecond), " s")
	number("number", int64(f.Count), "")
	add("part", f.Part)
	add("transaction", f.TransactionID)
	add("address", f.Address)
	if f.Found != nil {
		add("certificate of", peerText(*f.Found))
	}
	add("it says:", f.Detail)
	return strings.Join(out, ", ")
}
