// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// ServiceForm tells how a service is offered.
type ServiceForm struct {
	// URL of the source, http or https.
	Upstream string `json:"upstream"`
	// Further URLs of the same source; calls are spread over all.
	MoreUpstreams []string `json:"moreUpstreams,omitempty"`
	// https URL with port; absent for the Inway of this node.
	InwayAddress string `json:"inwayAddress,omitempty"`
	// Whether the service is open only under an agreement; absent leaves that as it
	// is, and a new service open.
	RequiresAgreement *bool `json:"requiresAgreement,omitempty"`
}

// Service is a service that this organisation offers.
type Service struct {
	Name     string `json:"name"`
	Upstream string `json:"upstream"`
	// Further URLs of the same source; calls are spread over all.
	MoreUpstreams []string `json:"moreUpstreams,omitempty"`
	InwayAddress  string   `json:"inwayAddress,omitempty"`
	// The service is open only under an agreement.
	RequiresAgreement bool `json:"requiresAgreement"`
}

// ServiceLimits are what a service may be asked at most; 0 is no limit.
type ServiceLimits struct {
	// Calls under way at once, of all Peers together.
	ConcurrentCalls int64 `json:"concurrentCalls,omitzero"`
	// Calls under way at once, of one Peer.
	ConcurrentCallsPerPeer int64 `json:"concurrentCallsPerPeer,omitzero"`
	// Calls of one Peer that may begin in a second; after a rest as many at once.
	CallsPerSecondPerPeer int64 `json:"callsPerSecondPerPeer,omitzero"`
	// Longest body of a request, in bytes.
	RequestBytes int64 `json:"requestBytes,omitzero"`
	// Longest wait for the head of the response, in milliseconds.
	ResponseMilliseconds int64 `json:"responseMilliseconds,omitzero"`
}

// LimitedCalls are calls of a service that one limit refused or cut off since the
// start of the node.
type LimitedCalls struct {
	// Field of ServiceLimits.
	Limit string `json:"limit"`
	Calls int64  `json:"calls"`
}

// Publication is a contract that lists a service in a Directory.
type Publication struct {
	ContentHash fsc.ContentHash   `json:"contentHash"`
	State       fsc.ContractState `json:"state"`
	Service     string            `json:"service"`
	Provider    Peer              `json:"provider"`
	Directory   Peer              `json:"directory"`
	Delegator   *Peer             `json:"delegator,omitzero"`
	Protocol    fsc.Protocol      `json:"protocol"`
	NotBefore   time.Time         `json:"notBefore"`
	NotAfter    time.Time         `json:"notAfter"`
	Awaiting    []Peer            `json:"awaiting,omitempty"`
}

// OwnService is a service that this organisation offers, with its use.
type OwnService struct {
	Service
	Publications []Publication `json:"publications"`
	Users        int           `json:"users"`
	CallsPerDay  int64         `json:"callsPerDay"`
}

// NewPublication tells where and how a service is to be listed.
type NewPublication struct {
	Directory  fsc.PeerID   `json:"directory,omitempty"`
	Protocol   fsc.Protocol `json:"protocol,omitempty"`
	Delegator  fsc.PeerID   `json:"delegator,omitempty"`
	NotBefore  time.Time    `json:"notBefore,omitzero"`
	NotAfter   time.Time    `json:"notAfter"`
	Properties []Property   `json:"properties,omitempty"`
}

// Listing is an entry of a Directory.
type Listing struct {
	Provider    Peer            `json:"provider"`
	Service     string          `json:"service"`
	Protocol    fsc.Protocol    `json:"protocol"`
	Delegator   *Peer           `json:"delegator,omitzero"`
	Properties  []Property      `json:"properties,omitempty"`
	CreatedAt   time.Time       `json:"createdAt"`
	ContentHash fsc.ContentHash `json:"contentHash"`
}

// ServiceUser tells who may use a service.
type ServiceUser struct {
	ContentHash         fsc.ContentHash `json:"contentHash"`
	GrantHash           fsc.GrantHash   `json:"grantHash"`
	Consumer            Peer            `json:"consumer"`
	Delegator           *Peer           `json:"delegator,omitzero"`
	PublicKeyThumbprint string          `json:"publicKeyThumbprint,omitempty"`
	DomainName          string          `json:"domainName,omitempty"`
	NotAfter            time.Time       `json:"notAfter"`
	CallsPerDay         int64           `json:"callsPerDay"`
}

// HourCount holds calls in one hour.
type HourCount struct {
	Hour  time.Time `json:"hour"`
	Calls int64     `json:"calls"`
}

// ServiceUsage tells who uses a service, and how much.
type ServiceUsage struct {
	CallsPerDay       int64             `json:"callsPerDay"`
	Consumers         int               `json:"consumers"`
	Users             []ServiceUser     `json:"users"`
	Waiting           []fsc.ContentHash `json:"waiting"`
	Rules             []RuleReference   `json:"rules"`
	Listed            []Listing         `json:"listed"`
	DirectoryAnswered bool              `json:"directoryAnswered"`
	Hours             []HourCount       `json:"hours"`
	Limited           []LimitedCalls    `json:"limited"`
	// Valid contracts on the service, and those of them without a live agreement.
	Contracts        int `json:"contracts"`
	WithoutAgreement int `json:"withoutAgreement"`
}

// RuleReference is an acceptance rule by name.
type RuleReference struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// UpstreamCheck tells how the source of a service answered one GET.
type UpstreamCheck struct {
	URL              string `json:"url"`
	Status           int    `json:"status,omitzero"`
	TookMilliseconds int64  `json:"tookMilliseconds"`
	Problem          string `json:"problem,omitempty"`
	ContentType      string `json:"contentType,omitempty"`
	// Somebody else's text.
	Text     string `json:"text,omitempty"`
	Location string `json:"location,omitempty"`
}

// Organisation is an organisation that offers services.
type Organisation struct {
	Peer     Peer `json:"peer"`
	Services int  `json:"services"`
}

// GrantUse is a connection grant of this organisation.
type GrantUse struct {
	ContentHash         fsc.ContentHash   `json:"contentHash"`
	GrantHash           fsc.GrantHash     `json:"grantHash"`
	State               fsc.ContractState `json:"state"`
	Awaiting            []Peer            `json:"awaiting,omitempty"`
	Delegator           *Peer             `json:"delegator,omitzero"`
	ServiceDelegator    *Peer             `json:"serviceDelegator,omitzero"`
	PublicKeyThumbprint string            `json:"publicKeyThumbprint,omitempty"`
	DomainName          string            `json:"domainName,omitempty"`
	Outway              string            `json:"outway,omitempty"`
	NotBefore           time.Time         `json:"notBefore"`
	NotAfter            time.Time         `json:"notAfter"`
	CreatedAt           time.Time         `json:"createdAt"`
	// Why it can't be used now.
	Problem string `json:"problem,omitempty"`
}

// SeenEvent is a change that this node saw in a Directory.
type SeenEvent struct {
	At time.Time `json:"at"`
	// gone, back, protocol or address (of the provider's Manager).
	Kind string `json:"kind"`
	// Before and after; absent for gone and back.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// SeenService is what this node saw of a service in one Directory.
type SeenService struct {
	Directory Peer      `json:"directory"`
	Delegator *Peer     `json:"delegator,omitzero"`
	FirstSeen time.Time `json:"firstSeen"`
	LastSeen  time.Time `json:"lastSeen"`
	// Absent while it is listed.
	GoneSince time.Time   `json:"goneSince,omitzero"`
	Events    []SeenEvent `json:"events"`
}

// PublishedService tells everything about one service of the Group.
type PublishedService struct {
	Provider Peer          `json:"provider"`
	Service  string        `json:"service"`
	Own      bool          `json:"own"`
	Callable bool          `json:"callable"`
	Awaited  bool          `json:"awaited"`
	Listings []Listing     `json:"listings"`
	Grants   []GrantUse    `json:"grants"`
	History  []Publication `json:"history"`
	// What this node saw in the Directories.
	Seen []SeenService `json:"seen"`
}

// NewOpenAPIDocument tells where a service has its OpenAPI document.
type NewOpenAPIDocument struct {
	Path string `json:"path"`
}

// OpenAPIParameter is a parameter.
type OpenAPIParameter struct {
	Name     string `json:"name"`
	In       string `json:"in"`
	Required bool   `json:"required"`
}

// OpenAPIOperation is an operation.
type OpenAPIOperation struct {
	Method     string             `json:"method"`
	Path       string             `json:"path"`
	Summary    string             `json:"summary,omitempty"`
	Parameters []OpenAPIParameter `json:"parameters,omitempty"`
	Answers    []string           `json:"answers,omitempty"`
	Deprecated bool               `json:"deprecated"`
}

// OpenAPIDocument tells what an OpenAPI document of somebody else says.
type OpenAPIDocument struct {
	OpenAPI     string             `json:"openapi"`
	Title       string             `json:"title"`
	Version     string             `json:"version"`
	Description string             `json:"description,omitempty"`
	Operations  []OpenAPIOperation `json:"operations"`
	More        int                `json:"more"`
}
