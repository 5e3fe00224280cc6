// SPDX-License-Identifier: EUPL-1.2

// Package controller is what people of one Peer do with their node: every act
// and every view, whichever way somebody comes in.
//
// It owns the order of an act: may this person do it, does it need a second
// person, do it, write the audit event. Web pages (web) and the management API
// (restapi) only translate; they never decide who may do what.
//
// The package must not know HTML, SQL or the requests it is asked by. It speaks
// HTTP itself in one place: to try whether a source of ours, or the specification
// of a service, can be fetched.
//
// Start with [New]; each act takes the operator.Actor who does it.
package controller
