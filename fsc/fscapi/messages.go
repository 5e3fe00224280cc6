// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// Submission is a contract with one signature, as it is submitted, accepted,
// rejected and revoked (Core, POST /contracts).
type Submission struct {
	// Content is the JSON object contract_content, byte for byte as received.
	Content []byte
	// Signature is a JWS in compact form.
	Signature string
}

// DefaultLimit and MaxLimit bound how many items one page has (Core, limit).
const (
	DefaultLimit = 25
	MaxLimit     = 1000
)

// Page says which part of a list is asked for.
type Page struct {
	// Limit is the largest number of items wanted, 1 to MaxLimit. A client may
	// leave it 0 for the other Manager's default.
	Limit int
	// Ascending asks for the oldest or first item first. The standard's default
	// is descending.
	Ascending bool
	// After is nil for the first page and otherwise the Next of the page before.
	// At the server it has the parts of the last item's sort key, at the client
	// the one opaque next_cursor.
	After []string
}

// Results are one page of a list.
type Results[T any] struct {
	Items []T
	// Next is nil if there is no more; otherwise it is the After of the page
	// that follows. A Handler fills in the parts of the last item's sort key.
	Next []string
}

// ContractsRequest selects contracts (Core, GET /contracts).
type ContractsRequest struct {
	Page Page
	// GrantType keeps contracts with at least one grant of this type; empty
	// keeps all.
	GrantType fsc.GrantType
	// GrantHashes, at most MaxLimit, keep contracts with one of these grants. If
	// there are any, the rest of the request doesn't count.
	GrantHashes []fsc.GrantHash
}

// Contract is a contract as Managers exchange it (Core, schema contract). Hash
// and state aren't part of it; every Manager computes them.
type Contract struct {
	// Content is the JSON object byte for byte.
	Content []byte
	// Signatures are JWS in compact form by type and signing Peer.
	Signatures map[fsc.SignatureType]map[fsc.PeerID]string
}

// TokenRequest asks for an access token (Core, POST /token).
type TokenRequest struct {
	// GrantType is client_credentials, the only type of the standard. A client
	// may leave it empty.
	GrantType string
	// Scope is the hash of the connection grant.
	Scope fsc.GrantHash
	// ClientID is the Peer that will connect.
	ClientID fsc.PeerID
}

// TokenResponse is an access token with the time it can be used from now on.
type TokenResponse struct {
	AccessToken string
	// ExpiresIn is whole seconds on the wire. The standard doesn't have it, so
	// it is 0 if the other Manager doesn't send it: read the claim exp.
	ExpiresIn time.Duration
}

// PeerInfo describes the Peer that hosts a Manager (Core, GET /peer).
type PeerInfo struct {
	ID   fsc.PeerID
	Name string
	// FSCVersion is the version of the interface; the server sends 1.0.0, the
	// only value the standard has, if it is empty.
	FSCVersion string
	// Extensions are versions by extension name. If nil, the server sends
	// delegation and transaction logging, both 1.0.0.
	Extensions map[string]string
}

// PeersRequest selects Peers (Core, GET /peers).
type PeersRequest struct {
	Page Page
	// PeerName, 3 to 255 characters, keeps names that contain it, whatever the
	// case; empty keeps all.
	PeerName string
	// PeerIDs, at most MaxLimit, keep exactly these Peers. If there are any, the
	// rest of the request doesn't count.
	PeerIDs []fsc.PeerID
}

// ServicesRequest selects services (Core, GET /services). If both filters are
// given, a service that matches one of them is kept.
type ServicesRequest struct {
	Page   Page
	PeerID fsc.PeerID
	// ServiceName, 3 to 255 characters, keeps names that contain it, whatever
	// the case.
	ServiceName string
}

// ServiceListing is a published service (Core, schema serviceListing).
type ServiceListing struct {
	// Type may be left empty at the server: it then follows from Delegator.
	Type fsc.ServiceType
	// Peer offers the service.
	Peer     fsc.Peer
	Name     string
	Protocol fsc.Protocol
	// Delegator is the Peer the service is offered for; its zero value means
	// none. Its ManagerAddress isn't sent.
	Delegator fsc.Peer
	// Properties are the publication grant's JSON object; nil if it has none.
	Properties []byte
}

// Direction tells which side of a call wrote a log record.
type Direction string

// The directions of FSC Logging.
const (
	DirectionIncoming Direction = "DIRECTION_INCOMING" // by an Inway
	DirectionOutgoing Direction = "DIRECTION_OUTGOING" // by an Outway
)

// LogsRequest selects log records (Logging, GET /logs).
type LogsRequest struct {
	Page Page
	// After and Before are Unix seconds and exclusive; nil leaves that side open.
	After, Before *int64
	// GrantHashes and ServiceNames, at most MaxLimit each, keep a record that
	// matches one element of either list.
	GrantHashes  []fsc.GrantHash
	ServiceNames []string
	// TransactionIDs, at most MaxLimit, keep exactly these transactions. If
	// there are any, the rest of the request doesn't count.
	TransactionIDs []string
}

// LogRecord says that one request was made (Logging, schema logRecord).
type LogRecord struct {
	TransactionID string
	Direction     Direction
	GrantHash     fsc.GrantHash
	OutwayPeerID  fsc.PeerID
	// SourceDelegator is the Peer the Outway acted for; empty if none.
	SourceDelegator fsc.PeerID
	ServicePeerID   fsc.PeerID
	// DestinationDelegator is the Peer the service is offered for; empty if none.
	DestinationDelegator fsc.PeerID
	ServiceName          string
	CreatedAt            int64 // Unix seconds
	// AdditionalData is a JSON object; nil if absent.
	AdditionalData []byte
	TraceID        string // 32 hex digits or empty
	SpanID         string // 16 hex digits or empty
}
