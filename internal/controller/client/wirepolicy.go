// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// AcceptanceRuleForm tells which contracts are accepted without a person. Empty lists fit everything, except delegators.
type AcceptanceRuleForm struct {
	Name                 string       `json:"name"`
	Enabled              bool         `json:"enabled"`
	Role                 string       `json:"role"`
	Services             []string     `json:"services,omitempty"`
	Providers            []fsc.PeerID `json:"providers,omitempty"`
	Consumers            []fsc.PeerID `json:"consumers,omitempty"`
	Delegators           []fsc.PeerID `json:"delegators,omitempty"`
	MaxValidityDays      int          `json:"maxValidityDays,omitzero"`
	Properties           []Property   `json:"properties,omitempty"`
	AllowOtherProperties bool         `json:"allowOtherProperties,omitzero"`
}

// AcceptanceRule is a rule for accepting contracts.
type AcceptanceRule struct {
	AcceptanceRuleForm
	ID               string            `json:"id"`
	Origin           string            `json:"origin"`
	CreatedAt        time.Time         `json:"createdAt,omitzero"`
	ProviderPeers    []Peer            `json:"providerPeers,omitempty"`
	ConsumerPeers    []Peer            `json:"consumerPeers,omitempty"`
	DelegatorPeers   []Peer            `json:"delegatorPeers,omitempty"`
	DecisionRequests []DecisionRequest `json:"decisionRequests,omitempty"`
}

// NewDryRun tells from when past proposals are tried.
type NewDryRun struct {
	Since time.Time `json:"since"`
}

// NewRuleDryRun is a rule that isn't stored, to try on past proposals.
type NewRuleDryRun struct {
	Since time.Time          `json:"since"`
	Rule  AcceptanceRuleForm `json:"rule"`
}

// DryRunProposal is a past proposal.
type DryRunProposal struct {
	Contract  Contract `json:"contract"`
	SignedNow bool     `json:"signedNow"`
	Decision  Decision `json:"decision"`
}

// DryRun tells what a rule would have done.
type DryRun struct {
	Since     time.Time        `json:"since"`
	Signs     int              `json:"signs"`
	Truncated bool             `json:"truncated"`
	Proposals []DryRunProposal `json:"proposals"`
}
