// SPDX-License-Identifier: EUPL-1.2

// Package exchange carries deeds between Peers: the FSC service collective-v1,
// its server and its client.
//
// It owns the wire form with its strict codec, the routes, what a Peer may ask at
// most, the waiting polls of a feed, who a caller is by its access token
// ([TokenAuth]), and what an answer of another Peer means: to be tried again, or
// a [collective.Refused]. The server is the upstream of an Inway, so the layer
// below has checked certificate, contract and limits of the service; the client
// calls through the own Outway and needs no certificate.
//
// What a deed is worth is in its signatures, never in who brings it. The caller
// counts only for limits, and for who may found a dossier.
//
// The package must not know stores, the rules of deeds, how feeds are followed or
// made ([Desk] does), or how grants are found.
//
// Start with [NewServer] and [NewClient]. docs/collective-exchange.md has the wire
// form in words, openapi.json for programs; the design's sections 3.1 and 3.9
// are the source.
package exchange
