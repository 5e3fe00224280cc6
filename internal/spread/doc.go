// SPDX-License-Identifier: EUPL-1.2

// Package spread chooses between places that can all take a call: the Inways of a
// service as its Outway sees them, and the sources behind a service as its Inway
// sees them.
//
// It owns how many calls each place has under way, and what is known of its health.
// Nobody is asked how it is: only calls tell. A place where a call failed is put
// aside for a time that grows from one failure to the next; after that a single
// call is its trial. Of the places that aren't aside the one with the fewest calls
// under way is taken, and of equals the next in turn.
//
// What failed is for the caller to judge, and so is whether a call may be made
// again somewhere else.
//
// The package must not know calls, connections, tokens or addresses. It reads no
// clock. A choice takes no lock and makes no allocation.
//
// Start with [Target] and [Choose].
package spread
