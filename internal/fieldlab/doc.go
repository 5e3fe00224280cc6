// SPDX-License-Identifier: EUPL-1.2

// Package fieldlab is a whole federation in one process: a Directory, a
// national source, two municipalities and a supplier, each a real node with its
// own keys, database and log, that speak with each other over mTLS on loopback.
//
// It needs no network, no Docker, no entries in a hosts file and no ports below
// 1024. The organisations are fictional, their OINs are of the test range and
// their certificates come from a throw-away CA. Contracts are made and signed
// through the same doors a person or another Manager would use; nothing is
// reached behind a node's back, so what the fieldlab shows is what the product
// does.
//
// Beside the nodes it serves a start page that tells the story, where people
// call, revoke, break and mend, and from which they go on as one of the made-up
// people of an organisation. Nobody has a password: a one-time ticket, made when
// a button of the start page is pressed, opens the session (see tickets.go).
//
// The entry point is [Run].
package fieldlab
