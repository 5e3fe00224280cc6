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
// The entry point is [Run].
package fieldlab
