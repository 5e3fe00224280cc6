// SPDX-License-Identifier: EUPL-1.2

// Package directory is what makes a Manager a Directory: the policy that says
// which publications it signs, and the list of services that follows from the
// publication contracts that are valid now.
//
// A Directory has no state of its own; it is a view on contracts. The package
// knows no HTTP and no SQL, and it doesn't know the Manager: storage comes in
// as [Store], and the node joins [Policy] to the Manager's decision to sign.
//
// For who reads a Directory it has [Compare], which tells what changed since the
// read before; a [History] keeps that.
// Clause: FSC Core, section Directory.
package directory
