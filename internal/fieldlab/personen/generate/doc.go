// SPDX-License-Identifier: EUPL-1.2

// Command generate carries the fictitious persons of the public BRP test set
// over into the compact file that package personen embeds.
//
// It reads the SQL dump of the test set, keeps the current facts of each
// person, and adds what the dump refers to but does not hold: addresses and
// the descriptions of codes. Those come from supplement.jsonl beside this
// file, our own format too.
//
//	go run ./internal/fieldlab/personen/generate -in lo3_pl_data.sql.gz
//
// With -testset (the CSV edition of the same test set) and -tables (the
// folder of the national code tables) it first renews the supplement. The
// lines of the output depend on the input alone; their compression may differ
// between Go releases.
//
// It knows nothing of HTTP. See PROVENANCE.md for where the inputs come from.
package main
