// SPDX-License-Identifier: EUPL-1.2

// Package cli is the command line of samenspel: the commands, their flags, what
// they print and how they end.
//
// Most commands ask a running node something through its internal door, with
// the certificate the node wrote in its data folder: what people do through the
// management API there, which writes the audit trail, and some older ones
// through the door of components. With --url they ask a Controller elsewhere.
// A few work without a node.
// The package decides nothing about contracts: the Manager and the library of
// the standard do. It has no access to a node's databases and must not get any.
//
// What goes to standard output is meant for scripts and stays as it is; a
// failure is told on standard error. Text that came from other Peers is
// cleaned before it reaches a terminal. The exit code is 0 when all went well,
// 1 when something was refused or failed, and 2 when the command was used
// wrongly.
//
// The pages of the Controller show the command that does the same as the page; a
// test here reads them and parses each.
//
// There is no state outside a call of [Main], which is the entry point.
package cli
