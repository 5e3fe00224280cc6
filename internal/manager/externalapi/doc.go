// SPDX-License-Identifier: EUPL-1.2

// Package externalapi is the door for other Peers: it puts the Manager, the
// Directory and the transaction log behind the HTTP interface of the standard
// (package fscapi), over mTLS.
//
// It decides nothing. Who calls comes from the client certificate; each handler
// calls one function of a domain package and translates names. What the caller
// may not see is already left out by the query it asks: contracts by party,
// log records by the reading rules of FSC Logging.
//
// The entry point is [New].
package externalapi
