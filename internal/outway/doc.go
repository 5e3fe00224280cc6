// SPDX-License-Identifier: EUPL-1.2

// Package outway is the consumer's side of a call: an application sends plain
// HTTP, and the Outway finds the grant, gets the token, writes the outgoing
// record and forwards over mutual TLS to the Inway the token names (FSC Core,
// Outway; FSC Logging).
//
// It owns the six steps of a call in [Outway.ServeHTTP], the choice between
// grants by host, path or Fsc-Grant-Hash, the cache of access tokens and the
// pools of connections to Inways. A renewed contract or a rotated certificate
// changes nothing for the application.
//
// It works on what [Outway.Update] gave last and goes on with that while its
// own Manager is away.
//
// The package must not know contracts, storage, the Manager's interface or the
// Inway. Asking for a token, and verifying its signature with the provider's
// published keys, is done by the [Tokens] it is given.
//
// Start with [New], [Outway.Update] and [Outway.ServeHTTP].
package outway
