// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

const (
	// maxLots bounds the lots in an answer about savings.
	maxLots = 1000
	// maxExact is the largest number that every JSON reader has exactly.
	maxExact = 1<<53 - 1
)

// wireSavings are totals of several buyers; one of too few isn't there.
type wireSavings struct {
	Saved  *wireSum  `json:"saved,omitzero"` // euro cents
	Demand []wireLot `json:"demand"`
}

// wireLot is the demand for a lot, in its unit.
type wireLot struct {
	Lot   string   `json:"lot"`
	Total *wireSum `json:"total,omitzero"`
}

type wireSum struct {
	Buyers int   `json:"buyers"`
	Sum    int64 `json:"sum"`
}

func sumOf(t usage.Total) *wireSum {
	if !t.Enough {
		return nil
	}
	return &wireSum{t.Buyers, t.Sum}
}

// total reads a sum; false when it can't be one.
func (s *wireSum) total(least int) (usage.Total, bool) {
	if s == nil {
		return usage.Total{}, true
	}
	return usage.Total{Enough: true, Buyers: s.Buyers, Sum: s.Sum}, s.Buyers >= least && s.Sum <= maxExact && s.Sum >= -maxExact
}

func (s *server) getSavings(c *call) (reply, error) {
	if err := c.named(); err != nil {
		return reply{}, err
	}
	if err := s.enter(c, &s.gates.usage); err != nil {
		return reply{}, err
	}
	got, err := reading(s, c, func(ctx context.Context) (*collective.Savings, error) {
		return s.cfg.Desk.SavingsFor(ctx, c.peer, c.deed)
	})
	if err != nil {
		return reply{}, err
	}
	out := wireSavings{Saved: sumOf(got.Saved), Demand: []wireLot{}}
	for _, l := range got.Demand {
		out.Demand = append(out.Demand, wireLot{l.Lot, sumOf(l.Demand)})
	}
	return okJSON(out)
}

// AskSavings implements [collective.Partner].
func (c *Client) AskSavings(ctx context.Context, keeper fsc.PeerID, framework deed.Hash) (*collective.Savings, error) {
	raw, err := c.ask(ctx, question{to: keeper, method: http.MethodGet, path: "/savings/" + url.PathEscape(string(framework)), answer: true}, patience)
	if err != nil {
		return nil, err
	}
	out, err := decodeSavings(raw)
	if err != nil {
		return nil, fmt.Errorf("answer of Peer %s can't be read: %w", keeper, err)
	}
	return out, nil
}

// decodeSavings reads totals. Those of fewer buyers than may be told are refused.
func decodeSavings(raw []byte) (*collective.Savings, error) {
	var w wireSavings
	if err := fsc.UnmarshalStrict(raw, &w); err != nil {
		return nil, plain(err)
	}
	if len(w.Demand) > maxLots {
		return nil, malformed("demand", fmt.Sprintf("must have at most %d lots", maxLots))
	}
	out := &collective.Savings{}
	var ok bool
	if out.Saved, ok = w.Saved.total(usage.MinSavings); !ok {
		return nil, malformed("saved", "isn't a total of several buyers")
	}
	for i, l := range w.Demand {
		demand, ok := l.Total.total(usage.MinDemand)
		if !ok || demand.Sum < 0 {
			return nil, malformed(fmt.Sprintf("demand[%d]", i), "isn't a total of several buyers")
		}
		out.Demand = append(out.Demand, collective.LotDemand{Lot: l.Lot, Demand: demand})
	}
	return out, nil
}
