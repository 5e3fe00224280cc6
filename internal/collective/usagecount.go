// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

const (
	// CodeCount is the code when the calls of a month can't be counted here.
	CodeCount = "count"
	// CodeSide is the code for what only buyer and supplier of a call-off may do.
	CodeSide = "not_a_side"
)

// maxTrees is how many months are held in memory, for the questions of others.
const maxTrees = 4

// treeCache holds the calls of the months that were asked for last: a comparison
// is many questions about one month.
type treeCache struct {
	mu    sync.Mutex
	trees []countedTree // the oldest first
}

type countedTree struct {
	callOff deed.Hash
	month   usage.Month
	tree    *usage.Tree
	count   int64
}

func (c *treeCache) find(callOff deed.Hash, m usage.Month) *usage.Tree {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.trees {
		if t := c.trees[i]; t.callOff == callOff && t.month == m {
			return t.tree
		}
	}
	return nil
}

// put keeps a tree, and forgets the oldest ones when there are too many, or too
// many calls in them.
func (c *treeCache) put(callOff deed.Hash, m usage.Month, t *usage.Tree, count int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trees = slices.DeleteFunc(c.trees, func(old countedTree) bool { return old.callOff == callOff && old.month == m })
	c.trees = append(c.trees, countedTree{callOff, m, t, count})
	sum := int64(0)
	for _, t := range c.trees {
		sum += t.count
	}
	for len(c.trees) > 1 && (len(c.trees) > maxTrees || sum > usage.MaxCalls) {
		sum -= c.trees[0].count
		c.trees = slices.Delete(c.trees, 0, 1)
	}
}

func (c *treeCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trees = nil
}

// count reads the calls of a month from the own log.
func (d *Desk) count(ctx context.Context, f *usageFile, m usage.Month) (*usage.Tree, error) {
	if d.cfg.Calls == nil {
		return nil, &Refusal{Code: CodeCount, Detail: "this node keeps no transaction log that can be counted"}
	}
	q := usage.Query{Outgoing: f.role == dossier.RoleBuyer}
	for _, b := range f.bindings {
		body, err := dossier.ReadBinding(b.Deed)
		if err != nil {
			return nil, err
		}
		grants, err := d.cfg.Calls.Grants(ctx, f.callOff.Deed.Hash(), body.Contract, q.Outgoing)
		if err != nil {
			return nil, err
		}
		q.GrantHashes = append(q.GrantHashes, grants...)
	}
	slices.Sort(q.GrantHashes)
	q.GrantHashes = slices.Compact(q.GrantHashes)
	tree, err := usage.Count(ctx, d.cfg.Calls, d.months, m, q)
	if r, ok := errors.AsType[*usage.Refusal](err); ok {
		return nil, &Refusal{Code: CodeCount, Field: r.Field, Detail: r.Detail}
	}
	return tree, err
}

// counted is count for a month that this side has stated: the calls have to be
// those that were signed for. A log that has changed since answers no questions.
func (d *Desk) counted(ctx context.Context, f *usageFile, m *UsageMonth) (*usage.Tree, error) {
	if t := d.trees.find(m.CallOff, m.Month); t != nil {
		return t, nil
	}
	t, err := d.count(ctx, f, m.Month)
	if err != nil {
		return nil, err
	}
	own := f.own(m)
	if sum := t.Summary(); sum.Count != own.Count || sum.Root != own.Root {
		return nil, &Refusal{Code: CodeCount, Detail: "the transaction log of Peer " + string(f.self) +
			" isn't as it was when the month was stated, so the calls can't be compared; settle the month by a number"}
	}
	d.trees.put(m.CallOff, m.Month, t, own.Count)
	return t, nil
}

// SettleMonth does what this side can do now for a month of a call-off: it states
// its calls when the month is over, or the call-off has ended in it, and, when both sides have and differ, looks
// which calls one of them hasn't. Of a month that is running it tells the count so
// far and states nothing, so it may be asked at any time and as often as one likes.
//
// It is a [*Refusal] when this Peer isn't buyer or supplier of the call-off, the
// call-off wasn't in force then, or the calls can't be counted.
func (d *Desk) SettleMonth(ctx context.Context, callOff deed.Hash, m usage.Month) (*UsageMonth, error) {
	f, err := d.usageOf(ctx, callOff)
	if err != nil {
		return nil, err
	}
	month, err := d.withReport(ctx, f, m)
	if err != nil {
		return nil, err
	}
	if f.role == "" {
		return nil, notASide()
	}
	if month.Word == UsageRunning {
		t, err := d.count(ctx, f, m)
		if err != nil {
			return nil, err
		}
		sum := t.Summary()
		month.SoFar = &sum
		return month, nil
	}
	if f.own(month) == nil {
		if err := d.stateMonth(ctx, f, m); err != nil {
			return nil, err
		}
		if f, err = d.usageOf(ctx, callOff); err != nil {
			return nil, err
		}
		if month, err = d.withReport(ctx, f, m); err != nil {
			return nil, err
		}
	}
	if month.Word != UsageDisputed && month.Word != UsageSettling || month.Report != nil && month.Report.Difference != nil {
		return month, nil
	}
	return month, d.compareMonth(ctx, f, month)
}

func notASide() *Refusal {
	return &Refusal{Code: CodeSide, Field: "call_off", Detail: "only the buyer and the supplier of a call-off state its usage"}
}

// stateMonth counts and issues the own statement.
func (d *Desk) stateMonth(ctx context.Context, f *usageFile, m usage.Month) error {
	if err := d.nothingComes(ctx, f, m); err != nil {
		return err
	}
	t, err := d.count(ctx, f, m)
	if err != nil {
		return err
	}
	sum := t.Summary()
	body, err := json.Marshal(usage.Statement{Month: m, Count: sum.Count, Root: sum.Root})
	if err != nil {
		return err
	}
	// By rule: what the own log counts isn't anybody's to decide.
	_, err = d.proposeByRule(ctx, deed.Draft{
		Type: usage.TypeStatement, Parents: []deed.Hash{f.callOff.Deed.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne}, Body: body,
		Parties: []deed.Party{{PeerID: f.self, Role: f.role}},
	}, Act{Act: deed.Accept, Role: f.role})
	return err
}

// nothingComes refuses a month that isn't over while a contract under the call-off
// that ended still stands here: contracts follow their call-off some seconds later,
// and a call in between would make the statement wrong.
func (d *Desk) nothingComes(ctx context.Context, f *usageFile, m usage.Month) error {
	_, until, err := d.months(m.Year, m.Month)
	if err != nil || f.now >= until || d.cfg.Calls == nil {
		return err
	}
	for _, b := range f.bindings {
		body, err := dossier.ReadBinding(b.Deed)
		if err != nil {
			return err
		}
		stands, err := d.cfg.Calls.Stands(ctx, body.Contract)
		if err != nil {
			return err
		}
		if stands {
			return &Refusal{Code: CodeCount, Field: "month", Detail: "the call-off has ended, but its contract " + string(body.Contract) +
				" hasn't yet here; that takes some seconds. Try again then, or state " + m.String() + " when it is over"}
		}
	}
	return nil
}

// AgreeMonth settles a month about which both sides differ by a number of calls,
// with the reason. It signs the settlement that the other side proposed with that
// number, or proposes one. It gives the settlement's deed.
func (d *Desk) AgreeMonth(ctx context.Context, callOff deed.Hash, m usage.Month, count int64, reason string) (deed.Hash, error) {
	f, err := d.usageOf(ctx, callOff)
	if err != nil {
		return "", err
	}
	month, err := d.withReport(ctx, f, m)
	if err != nil {
		return "", err
	}
	accept := Act{Act: deed.Accept, Role: f.role}
	switch {
	case f.role == "":
		return "", notASide()
	case month.Word == UsageSettling && month.Settlement.Count == count:
		if slices.Contains(month.Settlement.Awaiting, f.self) {
			return month.Settlement.Deed, d.Sign(ctx, month.Settlement.Deed, accept)
		}
		return month.Settlement.Deed, nil
	case month.Word != UsageDisputed && month.Word != UsageSettling:
		return "", &Refusal{Code: CodeOutdated, Field: "month", Detail: month.Month.String() + " is " + string(month.Word) +
			"; a number is agreed when both sides have stated the month and differ"}
	}
	body, err := json.Marshal(usage.Settlement{Month: m, Count: count, Reason: reason})
	if err != nil {
		return "", err
	}
	return d.Propose(ctx, deed.Draft{
		Type: usage.TypeSettlement, Parents: []deed.Hash{callOff, month.Buyer.Deed, month.Supplier.Deed}, Rule: deed.Rule{Kind: deed.RuleAll}, Body: body,
		Parties: []deed.Party{{PeerID: month.Buyer.Peer, Role: dossier.RoleBuyer}, {PeerID: month.Supplier.Peer, Role: dossier.RoleSupplier}},
	}, accept)
}
