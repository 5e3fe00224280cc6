// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"context"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/operator"
)

// maxOpenStatements bounds how many statements are looked at for what waits for us.
const maxOpenStatements = 500

// UsageTask is a month of a call-off that waits for us: the other side stated it and
// we didn't, or both did and differ. One in which a settlement waits for a signature
// stands among the deeds to sign.
type UsageTask struct {
	CallOff deed.Hash
	Month   usage.Month
	Word    collective.UsageWord // stated or disputed
	Title   string               // of the framework and the lot
	Other   fsc.Peer             // the other side
}

// usageTasks lists the months that wait for us, the oldest month first.
func (c *Controller) usageTasks(ctx context.Context, a operator.Actor, desk *collective.Desk) ([]UsageTask, error) {
	states, err := desk.States(ctx, collective.StateFilter{
		Types: []deed.Type{usage.TypeStatement}, States: []rule.State{"issued", "disputed"}, Limit: maxOpenStatements,
	})
	if err != nil {
		return nil, err
	}
	var out []UsageTask
	for _, s := range states {
		one, err := c.usageTask(ctx, a, desk, s)
		if err != nil {
			return nil, err
		}
		if one != nil {
			out = append(out, *one)
		}
	}
	slices.SortStableFunc(out, func(x, y UsageTask) int {
		return cmp.Or(cmp.Compare(x.Month.Year, y.Month.Year), cmp.Compare(x.Month.Month, y.Month.Month))
	})
	return out, nil
}

// usageTask tells what a statement asks of us; nil when it is nothing. Of two that
// differ our own counts, so that a month stands in the list once.
func (c *Controller) usageTask(ctx context.Context, a operator.Actor, desk *collective.Desk, s collective.State) (*UsageTask, error) {
	own := slices.ContainsFunc(s.Parties, func(p collective.PartyTurn) bool { return p.PeerID == desk.Self() })
	if disputed := s.State == "disputed"; own != disputed {
		return nil, nil //nolint:nilnil // nothing is asked of us
	}
	raw, err := desk.Deed(ctx, s.Deed)
	if err != nil {
		return nil, told(err)
	}
	content, err := deed.Parse(raw)
	if err != nil {
		return nil, err
	}
	said, err := usage.ReadStatement(content)
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // void
	}
	callOff := content.Parents[0]
	above, err := desk.State(ctx, callOff)
	if err != nil {
		return nil, told(err)
	}
	if !slices.ContainsFunc(above.Parties, func(p collective.PartyTurn) bool { return p.PeerID == desk.Self() }) {
		return nil, nil //nolint:nilnil // we only keep it
	}
	months, err := desk.Usage(ctx, callOff)
	if err != nil {
		return nil, told(err)
	}
	i := slices.IndexFunc(months, func(m collective.UsageMonth) bool { return m.Month == said.Month })
	if i < 0 || months[i].Word != collective.UsageStated && months[i].Word != collective.UsageDisputed {
		return nil, nil //nolint:nilnil // it was settled or is about to be
	}
	o, _, err := c.oneCallOff(ctx, a, callOff)
	if err != nil {
		return nil, err
	}
	one := &UsageTask{CallOff: callOff, Month: said.Month, Word: months[i].Word, Title: o.FrameworkName + ", " + o.LotName, Other: o.Buyer}
	if o.Part != partSupplier {
		one.Other = o.Supplier
	}
	return one, nil
}
