// SPDX-License-Identifier: EUPL-1.2

// Package pki holds the certificates of this Peer and the trust in those of
// others: key pairs and their reload from disk, the Trust Anchors of a Group,
// the identity of a Peer as read from its certificate, revocation, and the TLS
// settings that follow from them (FSC Core, sections Trust Anchor, Peer
// identification and Transport security).
//
// Two kinds of trust live here and never mix. [TLS] is for other Peers and
// knows only the Group's anchors. [InternalTLS] is for the components of this
// Peer and knows only the [InternalCA] the node made itself.
//
// Every decision about a connection is made in VerifyConnection, because that
// hook is also called when a session is resumed; the hooks that are not would
// let a revoked or removed Peer in until its ticket expires.
//
// The package must not know contracts, tokens, HTTP handlers or the node's
// configuration file. It starts no goroutine by itself: [Reloader.Run] and
// [RevocationChecker.Run] are run by whoever owns them.
//
// Start with [ParseKeyPair], [LoadAnchors] and [TLS].
package pki
