// SPDX-License-Identifier: EUPL-1.2

package collectivetest

import (
	"context"
	"sync/atomic"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Asked is how much was read from a store: the questions about deeds, dossiers
// and projections, and the rows in the answers to lists.
type Asked struct{ Questions, Rows int64 }

// Since gives what was asked after another count.
func (a Asked) Since(before Asked) Asked {
	return Asked{a.Questions - before.Questions, a.Rows - before.Rows}
}

// counted is a store that counts what is read from it.
type counted struct {
	collective.Store
	questions, rows atomic.Int64
}

func (c *counted) total() Asked { return Asked{c.questions.Load(), c.rows.Load()} }

func (c *counted) Update(ctx context.Context, fn func(collective.Tx) error) error {
	return c.Store.Update(ctx, func(tx collective.Tx) error { return fn(countedTx{tx, c}) })
}

func (c *counted) View(ctx context.Context, fn func(collective.Tx) error) error {
	return c.Store.View(ctx, func(tx collective.Tx) error { return fn(countedTx{tx, c}) })
}

type countedTx struct {
	collective.Tx
	count *counted
}

func (t countedTx) add(rows int) {
	t.count.questions.Add(1)
	t.count.rows.Add(int64(rows))
}

func (t countedTx) FindDeed(ctx context.Context, h deed.Hash) (*collective.Deed, error) {
	t.add(0)
	return t.Tx.FindDeed(ctx, h)
}

func (t countedTx) FindDossier(ctx context.Context, h deed.Hash) (*collective.Dossier, error) {
	t.add(0)
	return t.Tx.FindDossier(ctx, h)
}

func (t countedTx) FindState(ctx context.Context, h deed.Hash) (*collective.State, error) {
	t.add(0)
	return t.Tx.FindState(ctx, h)
}

func (t countedTx) FindSignature(ctx context.Context, h deed.Hash) (*collective.Signature, error) {
	t.add(0)
	return t.Tx.FindSignature(ctx, h)
}

func (t countedTx) ListDeeds(ctx context.Context, dossier deed.Hash) ([]collective.Deed, error) {
	out, err := t.Tx.ListDeeds(ctx, dossier)
	t.add(len(out))
	return out, err
}

func (t countedTx) ListSignatures(ctx context.Context, dossier, on deed.Hash) ([]collective.Signature, error) {
	out, err := t.Tx.ListSignatures(ctx, dossier, on)
	t.add(len(out))
	return out, err
}

func (t countedTx) ListEntries(ctx context.Context, dossier deed.Hash, after int64, limit int) ([]deed.Entry, error) {
	out, err := t.Tx.ListEntries(ctx, dossier, after, limit)
	t.add(len(out))
	return out, err
}

func (t countedTx) ListStates(ctx context.Context, f collective.StateFilter) ([]collective.State, error) {
	out, err := t.Tx.ListStates(ctx, f)
	t.add(len(out))
	return out, err
}

func (t countedTx) DueDossiers(ctx context.Context, at int64) ([]collective.Dossier, error) {
	out, err := t.Tx.DueDossiers(ctx, at)
	t.add(len(out))
	return out, err
}
