// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"bytes"
	"slices"
)

// GrantType tells which of the four rights a grant gives (Core, schema grantType).
type GrantType string

// The grant types of Core.
const (
	GrantTypeServicePublication          GrantType = "GRANT_TYPE_SERVICE_PUBLICATION"
	GrantTypeServiceConnection           GrantType = "GRANT_TYPE_SERVICE_CONNECTION"
	GrantTypeDelegatedServiceConnection  GrantType = "GRANT_TYPE_DELEGATED_SERVICE_CONNECTION"
	GrantTypeDelegatedServicePublication GrantType = "GRANT_TYPE_DELEGATED_SERVICE_PUBLICATION"
)

// IsPublication tells whether the grant lists a service in a Directory.
func (t GrantType) IsPublication() bool {
	return t == GrantTypeServicePublication || t == GrantTypeDelegatedServicePublication
}

// IsConnection tells whether the grant lets an Outway call a service.
func (t GrantType) IsConnection() bool {
	return t == GrantTypeServiceConnection || t == GrantTypeDelegatedServiceConnection
}

// IsDelegated tells whether somebody else is acted for.
func (t GrantType) IsDelegated() bool {
	return t == GrantTypeDelegatedServiceConnection || t == GrantTypeDelegatedServicePublication
}

func (t GrantType) hashType() HashType {
	switch t {
	case GrantTypeServicePublication:
		return HashTypeServicePublicationGrant
	case GrantTypeServiceConnection:
		return HashTypeServiceConnectionGrant
	case GrantTypeDelegatedServiceConnection:
		return HashTypeDelegatedServiceConnectionGrant
	case GrantTypeDelegatedServicePublication:
		return HashTypeDelegatedServicePublicationGrant
	}
	return 0
}

// numberV1 is the number inside the bytes of Core 1.x; it isn't the hash type.
func (t GrantType) numberV1() uint32 {
	switch t {
	case GrantTypeServicePublication:
		return 1
	case GrantTypeServiceConnection:
		return 2
	case GrantTypeDelegatedServiceConnection:
		return 3
	case GrantTypeDelegatedServicePublication:
		return 4
	}
	return 0
}

// ServiceType tells whether the provider offers a service for itself or for
// another Peer.
type ServiceType string

// The service types of Core.
const (
	ServiceTypeService          ServiceType = "SERVICE_TYPE_SERVICE"
	ServiceTypeDelegatedService ServiceType = "SERVICE_TYPE_DELEGATED_SERVICE"
)

func (t ServiceType) numberV1() uint32 {
	if t == ServiceTypeDelegatedService {
		return 2
	}
	return 1
}

// Protocol is what Outway and Inway speak with each other for a service.
type Protocol string

// The protocols of Core.
const (
	ProtocolHTTP11 Protocol = "PROTOCOL_TCP_HTTP_1.1"
	ProtocolHTTP2  Protocol = "PROTOCOL_TCP_HTTP_2"
)

// Outway is the consumer's end of a connection. Exactly one of
// PublicKeyThumbprint (64 hex digits) and DomainName is set.
type Outway struct {
	PeerID              PeerID
	PublicKeyThumbprint string
	DomainName          string
}

// Service is the provider's end. Type and Delegator belong to connection
// grants, Protocol to publication grants.
type Service struct {
	Type      ServiceType
	PeerID    PeerID
	Name      string
	Protocol  Protocol
	Delegator PeerID
}

// Grant is the typed view of one grant. Fields that don't belong to its Type
// are empty.
type Grant struct {
	Type      GrantType
	Hash      GrantHash
	Directory PeerID
	Outway    Outway
	Service   Service
	// Delegator is the Peer acted for: of the connection, or of the publication.
	Delegator PeerID
	// Properties is the JSON object as received, or nil when the member is absent.
	Properties []byte
}

// Parties are the Peers that each have to accept the grant, without doubles
// (Core, signature requirements of the grant).
func (g *Grant) Parties() []PeerID {
	var all []PeerID
	if g.Type.IsPublication() {
		all = []PeerID{g.Directory, g.Service.PeerID, g.Delegator}
	} else {
		all = []PeerID{g.Outway.PeerID, g.Service.PeerID, g.Delegator, g.Service.Delegator}
	}
	var parties []PeerID
	for _, p := range all {
		if p != "" && !slices.Contains(parties, p) {
			parties = append(parties, p)
		}
	}
	return parties
}

// same tells whether two grants give the same right to the same Peers.
func (g *Grant) same(o *Grant) bool {
	return g.Type == o.Type && g.Directory == o.Directory && g.Outway == o.Outway &&
		g.Service == o.Service && g.Delegator == o.Delegator && bytes.Equal(g.Properties, o.Properties)
}
