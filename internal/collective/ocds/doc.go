// SPDX-License-Identifier: EUPL-1.2

// Package ocds speaks OCDS 1.1.5, the Open Contracting Data Standard: it writes
// what buyers do together as releases that anybody can read, and reads the
// releases of others.
//
// It owns four things: the export of a framework, its award, accessions and
// call-offs ([Framework], [Award], [Accession], [CallOff]); a strict validator
// over the facts of the published schemas; the merge of releases to a compiled
// and a versioned record; and a reader that refuses what breaks the standard
// or, for a framework, the rule of four years.
//
// A [Release] never changes after it was made: what is public later
// ([Standard.Disclose]) or different later is another release with its own id.
//
// The package knows no deeds, signatures, SQL, HTTP or clock; whoever exports
// gives it facts and dates. Start with [Load]; docs/ocds.md has the mapping.
package ocds
