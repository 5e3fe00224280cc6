// SPDX-License-Identifier: EUPL-1.2

// Package manager holds the rules of one Peer: which contracts it takes in,
// whose signatures it believes, what it signs itself, how all of that reaches
// the other parties, and who gets an access token.
//
// Nothing in it stores a status. The state of a contract is computed from its
// content, the verified signatures and the time, whenever it is asked for.
// What still has to reach another Manager stands in an outbox that is written
// in the same transaction as the signature it carries, so a crash or a peer
// that is down can't leave a contract half-signed for good.
//
// The package knows no HTTP, no SQL and no files. Other Managers ([Peers]),
// certificates ([Certificates]), the decision to sign ([Policy]), agreements
// behind grants ([Agreements]) and storage ([Store]) come in as interfaces that
// are declared here. The entry point is [New]; the clauses are those of FSC Core,
// chapter Manager.
package manager
