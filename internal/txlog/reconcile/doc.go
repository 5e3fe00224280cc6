// SPDX-License-Identifier: EUPL-1.2

// Package reconcile compares our transaction log with that of another Peer:
// which calls between the two does only one side have?
//
// Calls are put into sets by grant, direction and hour ([Key]). Both sides
// count each set and make its root (package idset); only sets that differ are
// gone into, down to the TransactionIDs. What remains is asked for by ID on both
// sides once more, so a clock, a slow index or a call on the border of an hour
// gives no false difference ([Comparer.Compare]).
//
// The other side is a [Session]: package reconcile/exchange makes one over the
// extension log comparison or over the standard's GET /logs. To the other
// side this node is [Comparer.Tell] and [Comparer.Answer], which give only calls
// between the one who asks and this Peer: a narrower rule than that of
// GET /logs, which also lets a delegator read.
//
// The package must not know HTTP, SQL, contracts or people. The entry point is
// [New]; docs/transaction-log.md tells the whole.
package reconcile
