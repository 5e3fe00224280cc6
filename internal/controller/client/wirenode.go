// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// SettingLine is a line of the configuration.
type SettingLine struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Hidden bool   `json:"hidden"`
}

// SettingSection holds lines that belong together.
type SettingSection struct {
	Name  string        `json:"name"`
	Lines []SettingLine `json:"lines"`
}

// Settings is the configuration without secrets.
type Settings struct {
	Self        Peer             `json:"self"`
	GroupID     fsc.GroupID      `json:"groupId"`
	GroupType   string           `json:"groupType"`
	Directories []Peer           `json:"directories"`
	Sections    []SettingSection `json:"sections"`
}

// Question tells why don't calls get through? A service or a grant is required.
type Question struct {
	Direction string        `json:"direction,omitempty"`
	Service   string        `json:"service,omitempty"`
	PeerID    fsc.PeerID    `json:"peerId,omitempty"`
	GrantHash fsc.GrantHash `json:"grantHash,omitempty"`
	Code      string        `json:"code,omitempty"`
	// Look has the node go the way of a call as well, see [Look].
	Look bool `json:"look,omitzero"`
}

// ErrorCode is an error code and who can mend it.
type ErrorCode struct {
	Code   string `json:"code"`
	From   string `json:"from"`
	Mender string `json:"mender"`
	Status int    `json:"status"`
}

// StepFacts tells what a step found.
type StepFacts struct {
	ContentHash       fsc.ContentHash `json:"contentHash,omitempty"`
	At                time.Time       `json:"at,omitzero"`
	Days              int             `json:"days,omitzero"`
	Thumbprint        string          `json:"thumbprint,omitempty"`
	TookMilliseconds  int64           `json:"tookMilliseconds,omitzero"`
	ApartMilliseconds int64           `json:"apartMilliseconds,omitzero"`
	Count             int             `json:"count,omitzero"`
	Part              string          `json:"part,omitempty"`
	Detail            string          `json:"detail,omitempty"`
	TransactionID     string          `json:"transactionId,omitempty"`
	// Address is the host and port that was looked at, Found the Peer that its
	// certificate names.
	Address string `json:"address,omitempty"`
	Found   *Peer  `json:"found,omitzero"`
}

// Look is what the node found when it went the way of a call: connections and
// the token.
type Look struct {
	At    time.Time `json:"at"`
	Steps []Step    `json:"steps"`
}

// Step tells one thing that has to be right.
type Step struct {
	Name   string     `json:"name"`
	State  string     `json:"state"`
	Reason string     `json:"reason,omitempty"`
	Turn   string     `json:"turn,omitempty"`
	Peers  []Peer     `json:"peers,omitempty"`
	Facts  *StepFacts `json:"facts,omitzero"`
}

// Refusal holds calls refused for one reason since the start.
type Refusal struct {
	Component string `json:"component"`
	Code      string `json:"code"`
	Calls     int64  `json:"calls"`
}

// Explanation tells what a call needs, step by step.
type Explanation struct {
	Direction   string          `json:"direction"`
	Service     string          `json:"service"`
	GrantHash   fsc.GrantHash   `json:"grantHash,omitempty"`
	Self        Peer            `json:"self"`
	Other       Peer            `json:"other"`
	ContentHash fsc.ContentHash `json:"contentHash,omitempty"`
	Code        *ErrorCode      `json:"code,omitzero"`
	Steps       []Step          `json:"steps"`
	Refusals    []Refusal       `json:"refusals"`
	Look        *Look           `json:"look,omitzero"`
}

// HealthCheck is a part of this node that isn't well.
type HealthCheck struct {
	Name    string `json:"name"`
	Problem string `json:"problem"`
}

// Health tells how this node is.
type Health struct {
	Status string `json:"status"`
	// Parts that are well.
	Healthy  int           `json:"healthy"`
	Problems []HealthCheck `json:"problems"`
}

// ContractLine is a contract in a short list.
type ContractLine struct {
	ContentHash fsc.ContentHash `json:"contentHash"`
	CreatedAt   time.Time       `json:"createdAt"`
	NotAfter    time.Time       `json:"notAfter"`
	DaysLeft    int             `json:"daysLeft"`
	Services    []string        `json:"services"`
	Others      []Peer          `json:"others"`
	Publication bool            `json:"publication"`
}

// UndeliveredTo holds messages that haven't reached one Manager.
type UndeliveredTo struct {
	Peer      Peer      `json:"peer"`
	Waiting   int       `json:"waiting"`
	Failed    int       `json:"failed"`
	Oldest    time.Time `json:"oldest"`
	LastError string    `json:"lastError,omitempty"`
}

// Overview tells what waits, what ends, what goes wrong and how much is called.
type Overview struct {
	Now              time.Time         `json:"now"`
	Contracts        ContractCounts    `json:"contracts"`
	Services         int               `json:"services"`
	Waiting          []ContractLine    `json:"waiting"`
	Expiring         []ContractLine    `json:"expiring"`
	DecisionRequests []DecisionRequest `json:"decisionRequests"`
	Certificates     []Certificate     `json:"certificates"`
	Undelivered      []UndeliveredTo   `json:"undelivered"`
	Refusals         []Refusal         `json:"refusals"`
	IncomingToday    int64             `json:"incomingToday"`
	OutgoingToday    int64             `json:"outgoingToday"`
	Health           Health            `json:"health"`
	// PasswordResets are only told to who manages people.
	PasswordResets []PasswordReset `json:"passwordResets,omitempty"`
}

// Caller tells who asks, and where.
type Caller struct {
	Self        Peer        `json:"self"`
	GroupID     fsc.GroupID `json:"groupId"`
	GroupType   string      `json:"groupType"`
	AccountID   string      `json:"accountId,omitempty"`
	Name        string      `json:"name"`
	Roles       []string    `json:"roles"`
	Permissions []string    `json:"permissions"`
	TokenID     string      `json:"tokenId,omitempty"`
	SessionID   string      `json:"sessionId,omitempty"`
}

// Suggestions tells what a proposal can choose from; other values are right too.
type Suggestions struct {
	Peers       []Peer             `json:"peers"`
	Directories []Peer             `json:"directories"`
	Services    []SuggestedService `json:"services"`
	OwnServices []string           `json:"ownServices"`
	Outways     []Outway           `json:"outways"`
}

// SuggestedService is a published service.
type SuggestedService struct {
	Service   string     `json:"service"`
	Provider  Peer       `json:"provider"`
	Delegator fsc.PeerID `json:"delegator,omitempty"`
}
