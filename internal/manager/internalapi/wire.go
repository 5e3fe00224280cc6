// SPDX-License-Identifier: EUPL-1.2

package internalapi

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// Self is this Peer, as its own components see it.
type Self struct {
	PeerID         fsc.PeerID  `json:"peer_id"`
	Name           string      `json:"name"`
	ManagerAddress string      `json:"manager_address"`
	GroupID        fsc.GroupID `json:"group_id"`
}

// Contract is a contract with what was computed from it.
type Contract struct {
	ContentHash fsc.ContentHash   `json:"content_hash"`
	Profile     fsc.Profile       `json:"profile"`
	State       fsc.ContractState `json:"state"`
	Awaiting    []fsc.PeerID      `json:"awaiting"` // whose turn it is to accept
	GrantHashes []fsc.GrantHash   `json:"grant_hashes"`
	Content     jsontext.Value    `json:"content"` // as received
	Signatures  []Signature       `json:"signatures"`
	Deliveries  []Delivery        `json:"deliveries,omitzero"` // only for one contract
}

// Signature tells who signed what and when.
type Signature struct {
	PeerID   fsc.PeerID        `json:"peer_id"`
	Type     fsc.SignatureType `json:"type"`
	SignedAt time.Time         `json:"signed_at"`
}

// Delivery is a message to another Manager and how far it is.
type Delivery struct {
	Kind        manager.DeliveryKind   `json:"kind"`
	ContentHash fsc.ContentHash        `json:"content_hash,omitzero"`
	PeerID      fsc.PeerID             `json:"peer_id"`
	Status      manager.DeliveryStatus `json:"status"`
	Attempts    int                    `json:"attempts"`
	NextAttempt time.Time              `json:"next_attempt"`
	LastError   string                 `json:"last_error,omitzero"`
}

// Proposal asks for a new contract. Grants are data objects in the standard's form.
type Proposal struct {
	NotBefore time.Time        `json:"not_before,omitzero"` // default: now
	NotAfter  time.Time        `json:"not_after"`
	Grants    []jsontext.Value `json:"grants"`
	Profile   fsc.Profile      `json:"profile,omitzero"` // default: v2
	IV        string           `json:"iv,omitzero"`      // default: a fresh one
	CreatedAt time.Time        `json:"created_at,omitzero"`
}

// Service is a service this Peer offers.
type Service struct {
	Name         string `json:"name"`
	Upstream     string `json:"upstream"`
	InwayAddress string `json:"inway_address,omitzero"`
	// MoreUpstreams are further URLs of the same source.
	MoreUpstreams []string `json:"more_upstreams,omitzero"`
	// RequiresAgreement closes the service for grants without a live agreement.
	// When a service is put, false leaves what there is; the management API can
	// take the requirement away.
	RequiresAgreement bool `json:"requires_agreement,omitzero"`
}

// Peer is another Manager.
type Peer struct {
	ID             fsc.PeerID `json:"id"`
	Name           string     `json:"name"`
	ManagerAddress string     `json:"manager_address"`
}

// Listing is a service published in a Directory.
type Listing struct {
	PeerID     fsc.PeerID     `json:"peer_id"`
	PeerName   string         `json:"peer_name"`
	Name       string         `json:"name"`
	Protocol   fsc.Protocol   `json:"protocol"`
	Delegator  fsc.PeerID     `json:"delegator_peer_id,omitzero"`
	Properties jsontext.Value `json:"properties,omitzero"`
}

// Record is a record of the transaction log (FSC Logging, schema logRecord).
type Record struct {
	TransactionID        string         `json:"transaction_id"`
	Direction            string         `json:"direction"`
	GrantHash            string         `json:"grant_hash"`
	ServiceName          string         `json:"service_name"`
	OutwayPeerID         fsc.PeerID     `json:"outway_peer_id"`
	SourceDelegator      fsc.PeerID     `json:"source_delegator_peer_id,omitzero"`
	ServicePeerID        fsc.PeerID     `json:"service_peer_id"`
	DestinationDelegator fsc.PeerID     `json:"destination_delegator_peer_id,omitzero"`
	CreatedAt            time.Time      `json:"created_at"`
	TraceID              string         `json:"trace_id,omitzero"`
	SpanID               string         `json:"span_id,omitzero"`
	AdditionalData       jsontext.Value `json:"additional_data,omitzero"`
}

// Records is a batch of a component's own log.
type Records struct {
	Source  string   `json:"source"` // name of the component's log
	Segment uint64   `json:"segment"`
	Offset  int64    `json:"offset"`
	Records []Record `json:"records"`
}

// Position is how far a component's log has been taken in.
type Position struct {
	Segment uint64 `json:"segment"`
	Offset  int64  `json:"offset"`
}

type problem struct {
	Code    fsc.ErrorCode `json:"code"`
	Message string        `json:"message"`
}

func wireContract(c *manager.Contract, now time.Time) Contract {
	w := Contract{
		ContentHash: c.Content.Hash(), Profile: c.Content.Profile(), State: c.State(now),
		Content: c.Content.Raw(), Awaiting: []fsc.PeerID{},
	}
	if w.State == fsc.StateProposed {
		w.Awaiting = c.Awaiting(now)
	}
	for i := range c.Content.Grants {
		w.GrantHashes = append(w.GrantHashes, c.Content.Grants[i].Hash)
	}
	for _, s := range c.Signatures {
		w.Signatures = append(w.Signatures, Signature{PeerID: s.PeerID, Type: s.Type, SignedAt: s.SignedAt})
	}
	return w
}

func wireDelivery(d manager.Delivery) Delivery {
	return Delivery{
		Kind: d.Kind, ContentHash: d.ContentHash, PeerID: d.Target, Status: d.Status,
		Attempts: d.Attempts, NextAttempt: d.NextAttempt, LastError: d.LastError,
	}
}

// proposal turns the request into the Manager's; grants are parsed strictly.
func (p Proposal) proposal() (manager.Proposal, error) {
	profile := p.Profile
	if profile == "" {
		profile = fsc.ProfileV2
	}
	out := manager.Proposal{NotBefore: p.NotBefore, NotAfter: p.NotAfter, Profile: profile, IV: p.IV, CreatedAt: p.CreatedAt}
	for _, raw := range p.Grants {
		g, err := fsc.ParseGrant(raw, profile)
		if err != nil {
			return out, err
		}
		out.Grants = append(out.Grants, g)
	}
	return out, nil
}
