// SPDX-License-Identifier: EUPL-1.2

// Package internalapi is the door for a Peer's own components, for the command
// line and for automation: HTTP with JSON over TLS in which both sides show a
// certificate of the node's internal CA. It has the handlers and the client.
//
// A client certificate carries the role of its holder. An Inway or Outway may
// read its own snapshot and hand in log records, and nothing else; the command
// line may do everything. Nothing is decided here: each handler calls one
// function of the Manager. Snapshots are handed out whole; a component asks
// again with the version it has and waits until there is a newer one, so it
// keeps working on what it has when the Manager is away.
//
// Entry points: [NewServer] and [NewClient].
package internalapi
