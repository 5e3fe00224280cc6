// SPDX-License-Identifier: EUPL-1.2

// Package dossier says what deeds mean: the bodies of a framework agreement
// (mantel), an accession to it (inhaken), a call-off (nadere overeenkomst) and
// the deeds around them, such as allocations, bindings, changes, organisations,
// groups, decisions and processes, and the invariants that each has to keep.
//
// A body is read strictly from the bytes of its deed ([ReadFramework],
// [ReadAccession], [ReadCallOff]); what a deed says about itself is checked
// there. What it has to be in the light of the deeds before it is judged apart
// ([JudgeAccession], [JudgeCallOff]), as a pure function of those deeds, the
// decisive time and what the ledger says is left. A [Refusal] has a reason, the
// article or rule it rests on, and the member in question.
//
// The limits of the law are data ([Law]), not code: they have a source and a date.
//
// The package must not know how deeds travel, are signed or kept, how a quota is
// counted, or what a page looks like.
package dossier
