// SPDX-License-Identifier: EUPL-1.2

// Package fsc is the Federated Service Connectivity standard as a pure
// library: contract content and its hashes, signatures, the state of a
// contract, access tokens and error codes.
//
// The default wire form is Core 2.0 ([ProfileV2]); the form of Core 1.0 to 1.1
// ([ProfileV1]) can be allowed per Group. A contract is always hashed from the
// bytes that were received, never from a re-encoded struct, so a field this
// library doesn't know can't silently change a hash.
//
// The package does no input or output. Time, keys and certificates come in as
// arguments; nothing here opens a file, a socket or a database, and nothing is
// logged. Types of the libraries used inside never appear in an exported
// signature. Exported names keep their meaning within a major version.
//
// Start with [ParseContent], [Sign], [State] and [IssueToken]. The clauses
// named in comments are those of FSC Core 2.0 and FSC Logging 1.0.
package fsc
