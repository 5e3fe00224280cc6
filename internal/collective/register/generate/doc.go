// SPDX-License-Identifier: EUPL-1.2

// Command generate carries the public facts about municipalities, arrangements,
// processes and frameworks over into the compact file that package register
// embeds.
//
// It reads the CSV and JSON files named in PROVENANCE.md of package register
// from one folder, adds the successions that are newer than the published
// table (later.go), and writes facts.txt:
//
//	go run ./internal/collective/register/generate -in folder -out internal/collective/register/facts.txt
//
// The same input always gives the same bytes. It refuses input with unknown
// columns or members, and writes nothing that [register.Parse] would refuse.
// It computes no identity from another one.
package main
