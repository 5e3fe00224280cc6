// SPDX-License-Identifier: EUPL-1.2

// Package node is one organisation's node: the configuration, the composition
// root that joins the parts, and what keeps them running and tells how they are.
//
// It is the only package that knows everybody. The parts know each other only
// through interfaces they declare themselves; the adapters between them are
// here. Rules of the standard don't belong here: a decision made in this
// package that changes who may do what is in the wrong place.
//
// A node runs any subset of its roles. With the role manager it holds contracts
// and hands snapshots to its Inways and Outways; without it, the Inway or Outway
// gets its snapshots from the Manager's internal door.
//
// Entry points: [LoadConfig], [New], [Node.Run].
package node
