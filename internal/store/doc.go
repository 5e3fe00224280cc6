// SPDX-License-Identifier: EUPL-1.2

// Package store keeps what a node knows in a database: contracts, signatures,
// Peers, services and the outbox for the Manager, listings for the Directory,
// deeds and feeds of organisations that act together, and the searchable copy of
// the transaction log. All SQL of the project is here; the interfaces it fills
// are declared by the packages that use them (manager.Store, directory.Store,
// directory.History, operator.Store, collective.Store, event.Store,
// usage.Log, reconcile.Log, txlog.Index, txlog.Reader).
//
// Two files are used, node.db and txlog.db, so that records of calls never
// wait for contracts. Each has one connection that writes and a few that read.
// One text of each query serves every engine; what differs stands in the
// struct dialect and in the folders of migrations. Migrations only go forward.
//
// Nothing derived is stored of contracts: that one is VALID is computed in SQL from
// the same facts as fsc.State does, and content is hashed again when it is
// read. What a listing can be filtered by has an index in the order of the
// listing, so a page costs what the page holds, not what the table holds.
// Records of calls repeat much: what those of one connection share, among which
// the Peers that may read them, is a row in the table kinds, and a record names
// that row. A listing merges the records of the kinds it is about. Records are
// counted by hour and day in the transaction that stores them, so figures are
// read without the records, and a search knows which kinds have any.
//
// Deeds, signatures and feeds are only added to, which the database itself
// holds. The state of a deed is stored as a projection, beside them: it can be
// dropped and made anew. Each thing it can be listed by is a row of its own,
// counted by type and state, so a page and a count cost the same at any size.
//
// The package decides nothing: it knows no HTTP, no keys, no rules of a Group.
// The entry point is [OpenSQLite].
package store
