// SPDX-License-Identifier: EUPL-1.2

// Package fscapi is the HTTP interface of a Manager (FSC Core, manager.yaml,
// and /logs of FSC Logging): paths, headers, bodies, errors, both as a server
// and as a client.
//
// It owns the form of what travels between Managers. Incoming JSON is read
// strictly and contract content is handed on as the very bytes that came in;
// lists are paged with cursors that can't be forged; errors leave in the shape
// of the standard and their causes stay behind.
//
// It decides nothing. Whether a contract is acceptable, who may see a record
// and which certificates are trusted is up to the [Handler], the function that
// identifies a caller and the http.Client that is passed in. It knows no
// storage, no TLS policy and no schedule for retries.
//
// Start with [NewServer] to be a Manager and with [NewClient] to talk to one.
// A [Page] asks for a part of a list and [Results] hold it, on both sides.
// Types of the JSON library used inside never appear in an exported signature.
package fscapi
