// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// Outway is an Outway of this node.
type Outway struct {
	Name                string `json:"name"`
	Address             string `json:"address"`
	PublicKeyThumbprint string `json:"publicKeyThumbprint"`
}

// Connection is a service that our applications can call, under one grant.
type Connection struct {
	Provider Peer     `json:"provider"`
	Service  string   `json:"service"`
	Grant    GrantUse `json:"grant"`
}

// RouteForm tells which calls go to which service.
type RouteForm struct {
	Host             string     `json:"host,omitempty"`
	PathPrefix       string     `json:"pathPrefix,omitempty"`
	StripPrefix      bool       `json:"stripPrefix,omitzero"`
	ServicePeerID    fsc.PeerID `json:"servicePeerId"`
	Service          string     `json:"service"`
	Delegator        fsc.PeerID `json:"delegator,omitempty"`
	ServiceDelegator fsc.PeerID `json:"serviceDelegator,omitempty"`
}

// RouteChoice tells which contract serves a route now.
type RouteChoice struct {
	Reason     string     `json:"reason"`
	Grant      *GrantUse  `json:"grant,omitzero"`
	Candidates []GrantUse `json:"candidates"`
}

// Route is a route of our Outways.
type Route struct {
	RouteForm
	ID        string      `json:"id"`
	Origin    string      `json:"origin"`
	CreatedAt time.Time   `json:"createdAt,omitzero"`
	Provider  Peer        `json:"provider"`
	Choice    RouteChoice `json:"choice"`
}

// Program is a program that calls a service.
type Program struct {
	Language string `json:"language"`
	Code     string `json:"code"`
}

// Examples holds programs to copy.
type Examples struct {
	URL       string        `json:"url"`
	Host      string        `json:"host,omitempty"`
	GrantHash fsc.GrantHash `json:"grantHash,omitempty"`
	Programs  []Program     `json:"programs"`
}
