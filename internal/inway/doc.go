// SPDX-License-Identifier: EUPL-1.2

// Package inway is the provider's side of a call: it lets in what another
// Peer's Outway sends over mutual TLS, checks the access token, writes the
// incoming record and forwards to the service (FSC Core, Inway; FSC Logging).
//
// It owns the six steps of a call in [Inway.ServeHTTP], the snapshot they work
// on, the cache of verified tokens and the window of recent TransactionIDs.
// Limits of a service are held between the checks and the record. Signature
// Signature results are cached; everything that can differ per call (expiry,
// binding to the certificate, Group, contract, service, limits) is checked each
// time.
//
// It works on what [Inway.Update] gave last and goes on with that while the
// Manager is away. Before the first Update every token is refused.
//
// The package must not know contracts, storage, the Manager or the Outway.
// Listening, TLS settings and limits on headers belong to whoever runs the
// server; [Inway.ConnContext] has to be installed on that server.
//
// Start with [New], [Inway.Update] and [Inway.ServeHTTP].
package inway
