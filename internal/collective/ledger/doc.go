// SPDX-License-Identifier: EUPL-1.2

// Package ledger counts what is left of a framework: one sequencer hands out
// the units of each lot and numbers what it hands out.
//
// It owns the commands of a buyer (reserve, draw, change, release, withdraw)
// and of the framework (close a window), the receipts and refusals they give,
// the thresholds of 70, 90 and 100 percent, and the buyer's own view of its
// reservation, from which it draws while the sequencer can't be reached.
//
// Three sums hold in every state, whatever comes in and in whatever order:
// what is committed, what is reserved and what is in the pool are each zero or
// more, and together they are the lot's maximum. A command is done whole or
// not at all, and at most once: who sends it again gets the same receipt.
//
// A state is the fold of a log that the caller owns. [Ledger.Apply] decides,
// has the entry appended and only then counts it; after a crash [Restore] and
// [Ledger.Fold] give the same state again. Nothing else is kept.
//
// It knows nothing of deeds, signatures, eligibility, mandates, stores, HTTP
// or clocks, and it locks nothing: who may give a command, and one at a time,
// is for the caller. [New] is the entry point. The source is sections 3.2,
// 3.4 and 5 of the design of the collective side.
package ledger
