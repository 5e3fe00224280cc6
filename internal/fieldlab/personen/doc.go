// SPDX-License-Identifier: EUPL-1.2

// Package personen is the fieldlab's source of persons: the fictitious
// records of the public BRP test set behind the operation POST /personen of
// the BRP API Personen 2.7.0 (Haal Centraal), as an http.Handler.
//
// It owns the records and their answers: looking up by BSN, searching by
// surname and birth date, searching by postcode and house number, selecting
// fields, and the errors of that API. It does not know FSC, Peers, Contracts
// or transport: who may ask what is decided before a request arrives here.
// It logs nothing, so no BSN can end up in a log.
//
// The records are facts of the RvIG test set "persoonslijsten proefomgeving
// GBA-V", published under the EUPL-1.2 in BRP-API/Haal-Centraal-BRP-bevragen
// at commit e995b9ea. No real person is in it. PROVENANCE.md says what was
// taken from where; command generate beside this file carried it over.
//
// Left out, so never in an answer: inOnderzoek, rni, verificatie, gezag,
// verblijfstitel, kiesrecht, the curatele and gezag indications, and of
// adressering the aanhef, aanschrijfwijze and gebruikInLopendeTekst. Asking
// for these fields is allowed, as in the real API, and gives no value. The
// field aliases ending in "Binnenland" and the other search types of the API
// are refused. A part of the addresses is not in the public set; a person
// without one has no verblijfplaats.
//
// [New] is the entry point.
package personen

//go:generate go run ./generate -in ../../../lo3_pl_data.sql.gz -supplement generate/supplement.jsonl -out persons.jsonl.gz
