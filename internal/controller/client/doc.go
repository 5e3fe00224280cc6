// SPDX-License-Identifier: EUPL-1.2

// Package client speaks with the management API of a node.
//
// It owns the form of what travels: each type here is a schema of the API's
// OpenAPI document, and the server writes and reads the same types. Moments are
// in UTC; a zero moment, an empty text and a nil pointer mean that there is none.
// A refusal comes back as *[Problem]; an act that waits for a second person as
// *[Waiting]. Only what is safe to send twice is sent twice: reading, replacing
// and removing, and making something under an Idempotency-Key.
//
// The package must not know how the server decides anything, nor any package of
// ours but fsc.
//
// Start with [New]; lists are read with the methods that give an iterator.
package client
