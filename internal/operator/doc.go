// SPDX-License-Identifier: EUPL-1.2

// Package operator is about the people of one Peer: who they are, how they log
// in, what they may do and what they did.
//
// It owns accounts, roles and permissions, passwords, single sign-on, sessions,
// tokens for automation, the second pair of eyes and the audit trail. Every way
// in (web pages, management API) asks it who somebody is, and everything that
// changes something writes an [Event] through it.
//
// The package must not know contracts, services, HTTP handlers, pages or SQL. A
// promise to other Peers is made by the organisation's key and never by a
// person; here it is only decided which person may have that key used.
//
// Start with [New] and [Operators.LogIn].
package operator
