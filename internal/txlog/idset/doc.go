// SPDX-License-Identifier: EUPL-1.2

// Package idset compares two sets of TransactionIDs that lie with two Peers,
// without either showing its set to the other.
//
// It owns the ID ([ID], and to which moment a call belongs, [ID.When]), the
// root over a set ([Summary], made by a [Counter] from a stream or by a [Tree]),
// and the exchange in which the sides find the IDs that only one of them has:
// [Diff] on the side that asks, [Tree.Answer] on the other. A root is the hash
// of a radix tree with sixteen branches, with a byte in front that tells leaf
// from node from nothing (as RFC 6962 does) and with counts and prefixes in
// every node. Only branches that differ are asked about, so three differences in
// a million calls cost some twenty kilobytes.
//
// What is in a set, a month of a call-off or an hour of a grant, is not this
// package's business, nor how questions travel. It must not know records, Peers,
// deeds or HTTP. The bytes are in docs/collective.md, "Usage". Start with [Diff].
package idset
