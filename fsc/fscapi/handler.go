// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"context"
	"crypto/x509"

	"github.com/samenspel/samenspel/fsc"
)

// Caller is the Peer that sent a request.
type Caller struct {
	// Peer has ID and Name from the TLS client certificate; its ManagerAddress
	// is empty.
	Peer fsc.Peer
	// Certificate is the TLS client certificate, already verified.
	Certificate *x509.Certificate
	// ManagerAddress is the header Fsc-Manager-Address, which says where the
	// Caller wants to be reached. Its form is checked, its truth isn't: connect
	// to it and compare PeerIDs before use. Empty where the standard doesn't
	// ask for it and it is absent or malformed.
	ManagerAddress string
}

// Handler does what a Manager's interface promises. Errors that may be told to
// the caller are [fsc.Error], for Token also [fsc.TokenError]; everything else is
// answered with 500 and a fixed text. Implementations serve requests
// concurrently.
type Handler interface {
	// Announce is PUT /announce: the Caller says where its Manager is.
	Announce(ctx context.Context, caller Caller) error
	// SubmitContract is POST /contracts; the signature has type accept. The
	// same contract with the same signature again is no error.
	SubmitContract(ctx context.Context, caller Caller, s Submission) error
	// PutSignature is PUT /contracts/{hash}/accept, reject or revoke. The hash
	// is the path's text, unchecked: compare it with the hash of the content
	// before any other use ([fsc.CodeURLPathContentHashMismatch]).
	PutSignature(ctx context.Context, caller Caller, t fsc.SignatureType, hash fsc.ContentHash, s Submission) error
	// ListContracts is GET /contracts: only contracts the Caller is on.
	ListContracts(ctx context.Context, caller Caller, req ContractsRequest) (Results[Contract], error)
	// Token is POST /token. The request's ClientID equals the Caller's PeerID.
	Token(ctx context.Context, caller Caller, req TokenRequest) (TokenResponse, error)
	// PeerInfo is GET /peer.
	PeerInfo(ctx context.Context) (PeerInfo, error)
	// ListPeers is GET /peers.
	ListPeers(ctx context.Context, caller Caller, req PeersRequest) (Results[fsc.Peer], error)
	// ListServices is GET /services.
	ListServices(ctx context.Context, caller Caller, req ServicesRequest) (Results[ServiceListing], error)
	// KeySet is GET /.well-known/jwks.json: every key that still matters for a
	// contract signature or an access token.
	KeySet(ctx context.Context) (KeySet, error)
	// ListLogRecords is GET /logs: only records that name the Caller.
	ListLogRecords(ctx context.Context, caller Caller, req LogsRequest) (Results[LogRecord], error)
}
