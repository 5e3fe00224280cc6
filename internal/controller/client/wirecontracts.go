// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// Peer is an organisation of the Group.
type Peer struct {
	PeerID         fsc.PeerID `json:"peerId"`
	Name           string     `json:"name,omitempty"`
	ManagerAddress string     `json:"managerAddress,omitempty"`
}

// Property is a property of a grant.
type Property struct {
	Name string `json:"name"`
	// JSON text.
	Value string `json:"value"`
}

// ProposedGrant is a grant as somebody describes it. Organisations that can only be this one may be left out.
type ProposedGrant struct {
	Type             fsc.GrantType `json:"type"`
	Service          string        `json:"service"`
	Provider         fsc.PeerID    `json:"provider,omitempty"`
	Consumer         fsc.PeerID    `json:"consumer,omitempty"`
	Directory        fsc.PeerID    `json:"directory,omitempty"`
	Delegator        fsc.PeerID    `json:"delegator,omitempty"`
	ServiceDelegator fsc.PeerID    `json:"serviceDelegator,omitempty"`
	Protocol         fsc.Protocol  `json:"protocol,omitempty"`
	// Thumbprint of the Outway's public key.
	OutwayThumbprint string     `json:"outwayThumbprint,omitempty"`
	OutwayDomain     string     `json:"outwayDomain,omitempty"`
	Properties       []Property `json:"properties,omitempty"`
}

// Proposal is a contract as somebody describes it.
type Proposal struct {
	// Default is now.
	NotBefore time.Time       `json:"notBefore,omitzero"`
	NotAfter  time.Time       `json:"notAfter"`
	Grants    []ProposedGrant `json:"grants"`
	// Makes a proposal that is sent twice the same contract; goes with createdAt.
	IV        string      `json:"iv,omitempty"`
	CreatedAt time.Time   `json:"createdAt,omitzero"`
	Profile   fsc.Profile `json:"profile,omitempty"`
}

// Grant tells what one grant says.
type Grant struct {
	Type             fsc.GrantType `json:"type"`
	GrantHash        fsc.GrantHash `json:"grantHash"`
	Service          string        `json:"service"`
	Provider         Peer          `json:"provider"`
	Consumer         *Peer         `json:"consumer,omitzero"`
	Directory        *Peer         `json:"directory,omitzero"`
	Delegator        *Peer         `json:"delegator,omitzero"`
	ServiceDelegator *Peer         `json:"serviceDelegator,omitzero"`
	Protocol         fsc.Protocol  `json:"protocol,omitempty"`
	OutwayThumbprint string        `json:"outwayThumbprint,omitempty"`
	OutwayDomain     string        `json:"outwayDomain,omitempty"`
	OutwayName       string        `json:"outwayName,omitempty"`
	NotBefore        time.Time     `json:"notBefore"`
	NotAfter         time.Time     `json:"notAfter"`
	Properties       []Property    `json:"properties,omitempty"`
	// It rests on a mandate outside the Group, which a person has to check.
	ExternalReference bool `json:"externalReference"`
}

// Party is an organisation that has to accept a contract.
type Party struct {
	Peer       Peer      `json:"peer"`
	Self       bool      `json:"self"`
	Parts      []string  `json:"parts"`
	AcceptedAt time.Time `json:"acceptedAt,omitzero"`
	RejectedAt time.Time `json:"rejectedAt,omitzero"`
	RevokedAt  time.Time `json:"revokedAt,omitzero"`
	// It is its turn to accept.
	Awaited bool `json:"awaited"`
}

// Contract is a contract.
type Contract struct {
	ContentHash fsc.ContentHash   `json:"contentHash"`
	State       fsc.ContractState `json:"state"`
	CreatedAt   time.Time         `json:"createdAt"`
	NotBefore   time.Time         `json:"notBefore"`
	NotAfter    time.Time         `json:"notAfter"`
	Grants      []Grant           `json:"grants"`
	Parties     []Party           `json:"parties"`
	Awaiting    []Peer            `json:"awaiting,omitempty"`
	AwaitingUs  bool              `json:"awaitingUs"`
	Parts       []string          `json:"parts,omitempty"`
}

// Signature is a signature on a contract.
type Signature struct {
	PeerID              fsc.PeerID        `json:"peerId"`
	Type                fsc.SignatureType `json:"type"`
	SignedAt            time.Time         `json:"signedAt"`
	CertificateNotAfter time.Time         `json:"certificateNotAfter"`
	JWS                 string            `json:"jws"`
}

// Choice is an act on a contract that is possible now, or why it isn't.
type Choice struct {
	Act      string `json:"act"`
	Possible bool   `json:"possible"`
	Why      string `json:"why,omitempty"`
	Detail   string `json:"detail,omitempty"`
}

// Condition is a condition of a rule that isn't met.
type Condition struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// Misfit tells why a rule doesn't fit a grant.
type Misfit struct {
	RuleID     string      `json:"ruleId"`
	RuleName   string      `json:"ruleName"`
	Conditions []Condition `json:"conditions"`
}

// GrantDecision tells what the rules say of a grant.
type GrantDecision struct {
	GrantHash fsc.GrantHash `json:"grantHash"`
	External  bool          `json:"external"`
	FitsRule  string        `json:"fitsRule,omitempty"`
	Misfits   []Misfit      `json:"misfits,omitempty"`
}

// Decision tells what the acceptance rules say of a contract.
type Decision struct {
	Accepts bool            `json:"accepts"`
	Reason  string          `json:"reason,omitempty"`
	Detail  string          `json:"detail,omitempty"`
	Grants  []GrantDecision `json:"grants,omitempty"`
}

// DecisionRequest is an act that waits for a second person, or waited.
type DecisionRequest struct {
	ID     string `json:"id"`
	Act    string `json:"act"`
	Object string `json:"object"`
	// What the act needs, as JSON text.
	Payload       string    `json:"payload,omitempty"`
	RequesterID   string    `json:"requesterId"`
	RequesterName string    `json:"requesterName"`
	CreatedAt     time.Time `json:"createdAt"`
	ExpiresAt     time.Time `json:"expiresAt"`
	Decided       string    `json:"decided,omitempty"`
	DecidedBy     string    `json:"decidedBy,omitempty"`
	DecidedAt     time.Time `json:"decidedAt,omitzero"`
}

// ContractDetail tells everything about one contract.
type ContractDetail struct {
	Contract
	IV               string            `json:"iv"`
	FSCVersion       string            `json:"fscVersion"`
	Profile          string            `json:"profile"`
	GroupID          fsc.GroupID       `json:"groupId"`
	StoredAt         time.Time         `json:"storedAt"`
	ProposedBy       *Peer             `json:"proposedBy,omitzero"`
	Signatures       []Signature       `json:"signatures"`
	Choices          []Choice          `json:"choices"`
	DecisionRequests []DecisionRequest `json:"decisionRequests,omitempty"`
	Decision         *Decision         `json:"decision,omitzero"`
}

// ContractCounts holds numbers of all contracts.
type ContractCounts struct {
	ByState    map[fsc.ContractState]int `json:"byState"`
	AwaitingUs int                       `json:"awaitingUs"`
}

// Moment is a point on the timeline of a contract.
type Moment struct {
	At         time.Time `json:"at"`
	Kind       string    `json:"kind"`
	Peer       *Peer     `json:"peer,omitzero"`
	DeliveryID string    `json:"deliveryId,omitempty"`
	Ahead      bool      `json:"ahead"`
}

// Delivery is a message to another Manager.
type Delivery struct {
	ID          string          `json:"id"`
	Kind        string          `json:"kind"`
	ContentHash fsc.ContentHash `json:"contentHash,omitempty"`
	PeerID      fsc.PeerID      `json:"peerId"`
	Status      string          `json:"status"`
	Attempts    int             `json:"attempts"`
	NextAttempt time.Time       `json:"nextAttempt,omitzero"`
	LastError   string          `json:"lastError,omitempty"`
	CreatedAt   time.Time       `json:"createdAt"`
	DeliveredAt time.Time       `json:"deliveredAt,omitzero"`
}

// Resent tells how many messages are sent again.
type Resent struct {
	Messages int `json:"messages"`
}

// NewSignature is the signature to place.
type NewSignature struct {
	Type fsc.SignatureType `json:"type"`
}

// NewSignatures tells one decision on several contracts.
type NewSignatures struct {
	Type          fsc.SignatureType `json:"type"`
	ContentHashes []fsc.ContentHash `json:"contentHashes"`
}

// Outcome tells what came of one contract of several.
type Outcome struct {
	ContentHash fsc.ContentHash   `json:"contentHash"`
	State       fsc.ContractState `json:"state,omitempty"`
	// It waits for a second person.
	Waiting bool     `json:"waiting"`
	Problem *Problem `json:"problem,omitzero"`
}

// GrantImpact tells what stops with one grant.
type GrantImpact struct {
	Grant   Grant `json:"grant"`
	Calls   int64 `json:"calls"`
	Counted bool  `json:"counted"`
	// Another valid contract that gives the same right.
	Alternative fsc.ContentHash `json:"alternative,omitempty"`
}

// Impact tells what stops when a contract ends, by the traffic of the last days.
type Impact struct {
	ContentHash  fsc.ContentHash `json:"contentHash"`
	From         time.Time       `json:"from"`
	Until        time.Time       `json:"until"`
	CallsByDay   []int64         `json:"callsByDay"`
	CallsPerDay  int64           `json:"callsPerDay"`
	Applications int             `json:"applications"`
	Unseen       bool            `json:"unseen"`
	Grants       []GrantImpact   `json:"grants"`
}

// Renewal is the validity of a contract that follows on another.
type Renewal struct {
	NotBefore time.Time `json:"notBefore,omitzero"`
	NotAfter  time.Time `json:"notAfter"`
}
