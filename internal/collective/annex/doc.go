// SPDX-License-Identifier: EUPL-1.2

// Package annex keeps the bytes of annexes on the disk of one Peer: the documents
// that deeds name by their hash.
//
// It owns the folder: a file for each annex, named by its digest, so the same
// bytes are kept once and no name of anybody becomes a path. What is put is hashed
// while it is written, and is there as a whole or not at all. One annex has at
// most [MaxBytes]; the folder as a whole is bounded too.
//
// The package must not know deeds, who may read an annex, what it is called or
// what kind of document it is: a name and a media type are what somebody says in a
// deed. Whether a deed names an annex is asked ([Store.Sweep]).
//
// Start with [Open]. The source is section 3.1 of the design of the collective
// side: annexes by hash, fetched from their owner.
package annex
