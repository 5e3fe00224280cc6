// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// KnownPeer is an organisation that this node knows.
type KnownPeer struct {
	Peer
	Self        bool `json:"self"`
	Directory   bool `json:"directory"`
	Undelivered int  `json:"undelivered"`
	Failed      int  `json:"failed"`
}

// PeerDetail tells everything about one organisation.
type PeerDetail struct {
	KnownPeer
	Contracts      []Contract `json:"contracts"`
	More           bool       `json:"more"`
	Deliveries     []Delivery `json:"deliveries"`
	ReceivedPerDay int64      `json:"receivedPerDay"`
	SentPerDay     int64      `json:"sentPerDay"`
}

// Reconciliation tells what came of comparing contracts with another Manager.
type Reconciliation struct {
	Compared   int `json:"compared"`
	Imported   int `json:"imported"`
	Signatures int `json:"signatures"`
	Resent     int `json:"resent"`
}

// KeyUse is a grant that names a key.
type KeyUse struct {
	ContentHash fsc.ContentHash `json:"contentHash"`
	GrantHash   fsc.GrantHash   `json:"grantHash"`
	Service     string          `json:"service"`
	Provider    Peer            `json:"provider"`
	NotAfter    time.Time       `json:"notAfter"`
	Usable      bool            `json:"usable"`
}

// Certificate is a certificate.
type Certificate struct {
	Uses                []string  `json:"uses"`
	Subject             string    `json:"subject"`
	Issuer              string    `json:"issuer"`
	SerialNumber        string    `json:"serialNumber"`
	Thumbprint          string    `json:"thumbprint"`
	PublicKeyThumbprint string    `json:"publicKeyThumbprint"`
	NotBefore           time.Time `json:"notBefore"`
	NotAfter            time.Time `json:"notAfter"`
	File                string    `json:"file,omitempty"`
	DaysLeft            int       `json:"daysLeft"`
	Urgency             string    `json:"urgency,omitempty"`
	NotYet              bool      `json:"notYet"`
	Grants              []KeyUse  `json:"grants,omitempty"`
	// More tells that there may be others, in older contracts.
	More bool `json:"more"`
}

// Certificates is the key pairs in use and the anchors of the Group.
type Certificates struct {
	Own     []Certificate `json:"own"`
	Anchors []Certificate `json:"anchors"`
}

// Probe tells how a Manager answered.
type Probe struct {
	At               time.Time    `json:"at"`
	Problem          string       `json:"problem,omitempty"`
	Version          string       `json:"version,omitempty"`
	Extensions       []string     `json:"extensions,omitempty"`
	Certificate      *Certificate `json:"certificate,omitzero"`
	TookMilliseconds int64        `json:"tookMilliseconds"`
}
