// SPDX-License-Identifier: EUPL-1.2

package reconcile

import (
	"context"

	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// Session is the other side of one comparison: its log, as it tells of it. All
// that it gives comes from outside; its errors may be shown to people here.
type Session interface {
	// Whole tells between which hours the other side says its log is whole; the
	// second isn't included.
	Whole(ctx context.Context) (from, until Hour, err error)
	// Kept is [Comparer.Kept] of the other side, as far as it says; its directions are
	// ours. It is asked after Whole.
	Kept() Kept
	// Parts gives what the other side has in some hours that lie within Whole: in
	// order, each key once, with at least one call each. Their directions are ours:
	// what the other side calls incoming is outgoing here.
	Parts(ctx context.Context, from, until Hour) ([]Part, error)
	// Records gives the other side's records of transactions, at most
	// [txlog.MaxTransactionIDs], in its own directions.
	Records(ctx context.Context, ids []string) ([]txlog.Record, error)
	// ByRoots tells whether the other side has the extension, and Requests how many
	// were sent. They are asked at the end.
	ByRoots() bool
	Requests() int
}

// Part is a set of the other side.
type Part struct {
	Told
	// Ask puts a question about it.
	Ask func(ctx context.Context, q *idset.Question) (*idset.Answer, error)
}
