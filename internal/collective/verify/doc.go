// SPDX-License-Identifier: EUPL-1.2

// Package verify checks dossiers that somebody has as files, without a server:
// it says whether they hold, what state each deed in them is in at a moment, and
// why.
//
// It owns the way from files to one report: [deed.Verify] for each, the fold of
// all their deeds together, so that a parent in one file counts for a child in
// another, and the comparison of copies of one dossier, which shows a keeper
// that told two stories. The command line, the pages and the program that runs
// in a browser give the same answer because all three ask this package.
//
// It must not know files, HTTP, stores or what a page looks like: bytes come in
// and a [Report] goes out, which can be written as JSON. It reads no clock.
//
// Start with [New] and [Verifier.Verify]. The source is section 5 of the design
// of the collective side (audit) and docs/collective.md, "A dossier in a file".
package verify
