// SPDX-License-Identifier: EUPL-1.2

// Package deed holds the form of everything organisations agree together: a
// deed (akte). A deed is content that names its parents by hash, and signatures
// by the keys of organisations. Nothing else is ever stored; what a deed is
// worth follows from it, in package rule.
//
// The package owns the strict reading and the hash of content ([Parse]), the
// signature and its separation from contracts ([Signer], [ParseSignature]), the
// feed of a dossier as a hash chain with signed checkpoints ([Head],
// [Checkpoint]), the proof that a keeper told two stories ([Equivocation]), and
// the dossier in one file that anybody can check offline ([Verify]).
//
// It must not know what types of deeds exist or what they mean, who may sign,
// when something is in force, or where trust anchors come from: certificates
// are judged through [Authority]. It does no input or output and reads no
// clock. Instants are Unix seconds in UTC.
//
// Start with [Draft], [Parse], [Signer] and [Verify]. docs/collective.md has
// the format in a form that suffices for a second implementation; the design's
// sections 3.1 and 5 say why it is as it is.
package deed
