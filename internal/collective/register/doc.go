// SPDX-License-Identifier: EUPL-1.2

// Package register is what everybody may know about the buyers: the Dutch
// municipalities with their identities and inhabitants, the inter-municipal
// arrangements and who takes part in them, which municipality took over from
// which, the thirty processes of the board, and the facts of frameworks that
// were tendered elsewhere.
//
// It owns the data (facts.txt, our own compact form, see PROVENANCE.md) and
// the rules over it: who is meant by an identity, who succeeds whom, who may
// accede under a frozen list, where a quota goes after a merger, which groups
// can be proposed, who votes in them, and who counts as a neighbour. All
// rules are pure functions of their arguments and a [Date].
//
// An identity is never computed from another one: an OIN is looked up or
// unknown. Membership of a group is always the member's own statement; what
// follows from the data is a proposal.
//
// It knows nothing of deeds, signatures, stores, HTTP or clocks. [Load] is the
// entry point; [Parse] and [Format] are the form of the data file. The source
// is sections 3.2, 5 and 6 of the design of the collective side.
package register
