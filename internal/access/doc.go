// SPDX-License-Identifier: EUPL-1.2

// Package access decides about a single call, beyond the contract that allows it:
// which methods and paths, for whom, and whether a decision point agrees.
//
// It owns three sources of a decision and their order: the operations that a
// grant names in its properties ([Property]), a file with rules ([Rules]), and a
// decision point that speaks AuthZEN in the NLGov profile ([PDP]). All that are
// set have to allow the call; what can't be decided is refused. It owns the one
// form in which a path is held against rules, and refuses paths that a service
// might read otherwise. It owns the Authorization Decision Log ([Log]): one
// durable record per decision, with the TransactionID, before the call goes on.
//
// The package must not know the Inway, the Outway, the Manager, storage or
// metrics: Inway and Outway ask through interfaces of their own, and what happens
// is told to an [Observer].
//
// docs/policy.md tells administrators, docs/extensions/connection-operations.md
// makers of other Managers. Start with [New] and [Policy.Inway].
package access
