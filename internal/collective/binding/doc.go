// SPDX-License-Identifier: EUPL-1.2

// Package binding ties a call-off (nadere overeenkomst) to an FSC contract, so
// that the agreement is the authorisation: data flows only while a live
// call-off stands behind the grant.
//
// It owns the grant property that names the call-off ([Reference]), the rules by
// which a grant fits a call-off ([Check]), and what a provider does with both:
// before it accepts a contract and each time it issues a token ([Gate]).
// docs/extensions/agreement-reference.md is the same as text, written for makers
// of other Managers.
//
// The package must not know how call-offs are signed, kept or found: they come
// in through [CallOffs]. It must not know the Manager, HTTP or SQL.
//
// Start with [NewGate].
package binding
