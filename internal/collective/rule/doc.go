// SPDX-License-Identifier: EUPL-1.2

// Package rule says what deeds are worth: who must sign, how organisations
// decide, and in which state each deed is at a moment. State is a pure function
// of deeds, verified signatures with their receipts, and the time ([Fold]); it
// is never stored as a fact. The same deeds and signatures in any order, with
// doubles, give the same state, so every node finds the same answer.
//
// The package owns the generic life of a deed, decision rules and their count
// ([Decision]), stances ([Stance]), mandates ([Mandate]) and the calendar of the
// Netherlands ([Calendar]). What a type of deed adds to that stands in a table,
// a [Spec] per type, which a package above fills in.
//
// It must not know any type but stances and mandates, nor certificates, stores
// or HTTP. All arithmetic is on integers: percentages, inhabitants, euro cents
// and Unix seconds. Where a time decides, it is that of the secretariat's
// receipt, not that of the signer.
//
// Start with [NewTable] and [Fold]. The design's sections 3.1 to 3.3 and 5 are
// the source of the rules; docs/collective.md describes them for engineers.
package rule
