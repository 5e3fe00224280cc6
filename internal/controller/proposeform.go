// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/operator"
)

// maxFormGrants is how many grants one form can hold.
const maxFormGrants = 100

// ProposalForm is a contract as a person or program describes it.
type ProposalForm struct {
	NotBefore time.Time   `json:"notBefore,omitzero"` // zero: now
	NotAfter  time.Time   `json:"notAfter"`
	Grants    []GrantForm `json:"grants"`
	// IV makes a form that is sent twice the same contract; empty: a fresh one.
	IV string `json:"iv,omitempty"`
	// CreatedAt goes with IV: the same contract has the same moment. Zero: now.
	CreatedAt time.Time `json:"createdAt,omitzero"`
	// Profile is v2 or v1; empty: v2.
	Profile fsc.Profile `json:"profile,omitempty"`
}

// GrantForm describes one grant. Peers that can only be this one may be empty.
type GrantForm struct {
	Type             fsc.GrantType  `json:"type"`
	Service          string         `json:"service"`
	Provider         fsc.PeerID     `json:"provider,omitempty"`
	Consumer         fsc.PeerID     `json:"consumer,omitempty"`
	Directory        fsc.PeerID     `json:"directory,omitempty"`
	Delegator        fsc.PeerID     `json:"delegator,omitempty"`
	ServiceDelegator fsc.PeerID     `json:"serviceDelegator,omitempty"`
	Protocol         fsc.Protocol   `json:"protocol,omitempty"`
	OutwayThumbprint string         `json:"outwayThumbprint,omitempty"`
	OutwayDomain     string         `json:"outwayDomain,omitempty"`
	Properties       []PropertyForm `json:"properties,omitempty"`
}

// PropertyForm is one property; Value is JSON text.
type PropertyForm struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// FieldErrors lists all problems in an error that may be told to who acted, in
// the order in which they were found.
func FieldErrors(err error) []*operator.Error {
	if err == nil {
		return nil
	}
	switch e := err.(type) { //nolint:errorlint // walks the tree itself
	case *operator.Error:
		return []*operator.Error{e}
	case interface{ Unwrap() []error }:
		var out []*operator.Error
		for _, inner := range e.Unwrap() {
			out = append(out, FieldErrors(inner)...)
		}
		return out
	case interface{ Unwrap() error }:
		return FieldErrors(e.Unwrap())
	}
	return nil
}

// trimmed gives the form without the spaces that people paste along.
func (g GrantForm) trimmed() GrantForm {
	peer := func(p fsc.PeerID) fsc.PeerID { return fsc.PeerID(strings.TrimSpace(string(p))) }
	g.Service = strings.TrimSpace(g.Service)
	g.Provider, g.Consumer, g.Directory = peer(g.Provider), peer(g.Consumer), peer(g.Directory)
	g.Delegator, g.ServiceDelegator = peer(g.Delegator), peer(g.ServiceDelegator)
	g.OutwayThumbprint = strings.ToLower(strings.TrimSpace(g.OutwayThumbprint))
	g.OutwayDomain = strings.ToLower(strings.TrimSpace(g.OutwayDomain))
	var kept []PropertyForm
	for _, p := range g.Properties {
		p.Name, p.Value = strings.TrimSpace(p.Name), strings.TrimSpace(p.Value)
		if p.Name != "" || p.Value != "" {
			kept = append(kept, p)
		}
	}
	g.Properties = kept
	return g
}

// propertiesObject makes one JSON object of the properties; nil if there are none.
func (g GrantForm) propertiesObject() ([]byte, error) {
	if len(g.Properties) == 0 {
		return nil, nil
	}
	members := map[string]jsontext.Value{}
	for _, p := range g.Properties {
		members[p.Name] = jsontext.Value(p.Value)
	}
	return json.Marshal(members, json.Deterministic(true))
}

// FormOf gives the form that would make the same contract again, without its
// validity.
func FormOf(c *fsc.Content) ProposalForm {
	f := ProposalForm{}
	if c.Profile() == fsc.ProfileV1 {
		f.Profile = fsc.ProfileV1
	}
	for i := range c.Grants {
		g := &c.Grants[i]
		gf := GrantForm{
			Type: g.Type, Service: g.Service.Name, Provider: g.Service.PeerID, Consumer: g.Outway.PeerID,
			Directory: g.Directory, Delegator: g.Delegator, ServiceDelegator: g.Service.Delegator, Protocol: g.Service.Protocol,
			OutwayThumbprint: g.Outway.PublicKeyThumbprint, OutwayDomain: g.Outway.DomainName,
		}
		for _, p := range properties(g.Properties) {
			gf.Properties = append(gf.Properties, PropertyForm(p))
		}
		f.Grants = append(f.Grants, gf)
	}
	return f
}
