// SPDX-License-Identifier: EUPL-1.2

// Package collective is one Peer acting together with others: it drafts and
// signs deeds with the key of its organisation, keeps the dossiers it is the
// secretariat of, follows those of others, and knows the state of every deed.
//
// It owns the way of a deed through a node: who may hand it in ([Desk.Receive]),
// what makes it to the keeper ([Desk.Run]), how the feed of another Peer is
// checked before it counts, the projections that follow from all that, and
// their transitions. The rules of each type of deed are the [rule.Table] that
// [NewTable] makes; the count of a framework is in package ledger, and the
// [Sequencer] here draws on it.
//
// A state is never decided here: it follows from deeds, signatures and the clock
// by package rule. What is kept of it is a projection, which [Desk.Rebuild]
// makes anew from the deeds with the same bytes.
//
// It must not know SQL, HTTP, the Manager, contracts of the layer or what a page
// looks like: [Store], [Remote], [Keys] and [deed.Authority] are given to it.
//
// Start with [New]. The source is section 3 of the design of the collective side.
package collective
