// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"regexp"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

type wireGrant struct {
	Data jsontext.Value `json:"data"`
}

type wireGrantData struct {
	Type       GrantType      `json:"type"`
	Directory  *wirePeer      `json:"directory,omitzero"`
	Outway     *wireOutway    `json:"outway,omitzero"`
	Service    *wireService   `json:"service,omitzero"`
	Delegator  *wirePeer      `json:"delegator,omitzero"`
	Properties jsontext.Value `json:"properties,omitzero"`
}

type wirePeer struct {
	PeerID PeerID `json:"peer_id"`
}

type wireOutway struct {
	PeerID              PeerID              `json:"peer_id"`
	PublicKeyThumbprint *string             `json:"public_key_thumbprint,omitzero"`
	Identification      *wireIdentification `json:"identification,omitzero"`
}

type wireIdentification struct {
	Type                string  `json:"type"`
	PublicKeyThumbprint *string `json:"public_key_thumbprint,omitzero"`
	DomainName          *string `json:"domain_name,omitzero"`
}

type wireService struct {
	Type      ServiceType `json:"type,omitzero"`
	PeerID    PeerID      `json:"peer_id"`
	Name      string      `json:"name"`
	Protocol  Protocol    `json:"protocol,omitzero"`
	Delegator *wirePeer   `json:"delegator,omitzero"`
}

const (
	identificationThumbprint = "OUTWAY_IDENTIFICATION_TYPE_PUBLIC_KEY_THUMBPRINT"
	identificationDomainName = "OUTWAY_IDENTIFICATION_TYPE_DOMAIN_NAME"
)

var (
	thumbprintPattern = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
	domainPattern     = regexp.MustCompile(`^([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)*[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$`)
)

func parseGrant(data []byte, p Profile) (Grant, error) {
	var w wireGrantData
	if err := decode(data, &w); err != nil {
		return Grant{}, err
	}
	g := Grant{Type: w.Type}
	if g.Type.hashType() == 0 {
		return g, Errorf(CodeInvalidRequest, "data.type %.60q is not a grant type", w.Type)
	}
	if w.Service == nil {
		return g, missing("data.service")
	}
	if (w.Delegator != nil) != g.Type.IsDelegated() {
		return g, Errorf(CodeInvalidRequest, "data.delegator belongs to delegated grants, and only to those")
	}
	if w.Delegator != nil {
		g.Delegator = w.Delegator.PeerID
	}
	g.Service = Service{Type: w.Service.Type, PeerID: w.Service.PeerID, Name: w.Service.Name, Protocol: w.Service.Protocol}
	if err := g.setProperties(w.Properties, p); err != nil {
		return g, err
	}
	if g.Type.IsPublication() {
		return g, g.setPublication(&w)
	}
	return g, g.setConnection(&w, p)
}

func (g *Grant) setProperties(raw jsontext.Value, p Profile) error {
	if raw == nil {
		return nil
	}
	if p == ProfileV1 {
		return Errorf(CodeInvalidRequest, "data.properties can't stand in a contract of FSC 1.x: no signature would cover them")
	}
	if raw.Kind() != '{' {
		return Errorf(CodeInvalidRequest, "data.properties must be a JSON object")
	}
	g.Properties = []byte(raw)
	return nil
}

func (g *Grant) setPublication(w *wireGrantData) error {
	switch {
	case w.Directory == nil:
		return missing("data.directory")
	case w.Outway != nil || w.Service.Type != "" || w.Service.Delegator != nil:
		return Errorf(CodeInvalidRequest, "data has members that don't belong to a publication grant")
	case g.Service.Protocol != ProtocolHTTP11 && g.Service.Protocol != ProtocolHTTP2:
		return Errorf(CodeInvalidRequest, "data.service.protocol %.60q is not a protocol of the standard", g.Service.Protocol)
	}
	g.Directory = w.Directory.PeerID
	return checkPeerIDs(g)
}

func (g *Grant) setConnection(w *wireGrantData, p Profile) error {
	switch {
	case w.Outway == nil:
		return missing("data.outway")
	case w.Directory != nil || w.Service.Protocol != "":
		return Errorf(CodeInvalidRequest, "data has members that don't belong to a connection grant")
	case g.Service.Type != ServiceTypeService && g.Service.Type != ServiceTypeDelegatedService:
		return Errorf(CodeInvalidRequest, "data.service.type %.60q is not a service type", g.Service.Type)
	case (w.Service.Delegator != nil) != (g.Service.Type == ServiceTypeDelegatedService):
		return Errorf(CodeInvalidRequest, "data.service.delegator belongs to SERVICE_TYPE_DELEGATED_SERVICE, and only to that")
	}
	if w.Service.Delegator != nil {
		g.Service.Delegator = w.Service.Delegator.PeerID
	}
	if err := g.setOutway(w.Outway, p); err != nil {
		return err
	}
	return checkPeerIDs(g)
}

func (g *Grant) setOutway(w *wireOutway, p Profile) error {
	g.Outway.PeerID = w.PeerID
	thumbprint, id := w.PublicKeyThumbprint, w.Identification
	if p == ProfileV2 {
		if thumbprint != nil || id == nil {
			return Errorf(CodeInvalidRequest, "data.outway.identification is required since FSC 2.0; public_key_thumbprint belongs inside it")
		}
		if id.Type == identificationDomainName {
			return g.setDomainName(id)
		}
		if id.Type != identificationThumbprint || id.DomainName != nil {
			return Errorf(CodeInvalidRequest, "data.outway.identification.type %.60q doesn't go with its members", id.Type)
		}
		thumbprint = id.PublicKeyThumbprint
	} else if id != nil {
		return Errorf(CodeInvalidRequest, "data.outway.identification is unknown in contracts without fsc_version")
	}
	if thumbprint == nil || !thumbprintPattern.MatchString(*thumbprint) {
		return Errorf(CodeInvalidRequest, "data.outway: public_key_thumbprint must be 64 hex digits")
	}
	g.Outway.PublicKeyThumbprint = *thumbprint
	return nil
}

func (g *Grant) setDomainName(id *wireIdentification) error {
	if id.PublicKeyThumbprint != nil || id.DomainName == nil || len(*id.DomainName) > 253 || !domainPattern.MatchString(*id.DomainName) {
		return Errorf(CodeInvalidRequest, "data.outway.identification.domain_name must be a host name")
	}
	g.Outway.DomainName = *id.DomainName
	return nil
}

func checkPeerIDs(g *Grant) error {
	if g.Type.IsConnection() && g.Outway.PeerID == "" {
		return missing("data.outway.peer_id")
	}
	if g.Service.PeerID == "" {
		return missing("data.service.peer_id")
	}
	if g.Service.Name == "" {
		return missing("data.service.name")
	}
	if g.Type.IsPublication() && g.Directory == "" {
		return missing("data.directory.peer_id")
	}
	if g.Type.IsDelegated() && g.Delegator == "" {
		return missing("data.delegator.peer_id")
	}
	if g.Service.Type == ServiceTypeDelegatedService && g.Service.Delegator == "" {
		return missing("data.service.delegator.peer_id")
	}
	return nil
}

func missing(field string) *Error {
	return Errorf(CodeInvalidRequest, "field %s is required", field)
}

// wire turns a grant into what is sent, in the shape of profile p.
func (g *Grant) wire(p Profile) wireGrantData {
	w := wireGrantData{
		Type:       g.Type,
		Service:    &wireService{Type: g.Service.Type, PeerID: g.Service.PeerID, Name: g.Service.Name, Protocol: g.Service.Protocol},
		Properties: jsontext.Value(g.Properties),
	}
	if g.Delegator != "" {
		w.Delegator = &wirePeer{PeerID: g.Delegator}
	}
	if g.Type.IsPublication() {
		w.Directory = &wirePeer{PeerID: g.Directory}
		return w
	}
	if g.Service.Delegator != "" {
		w.Service.Delegator = &wirePeer{PeerID: g.Service.Delegator}
	}
	w.Outway = &wireOutway{PeerID: g.Outway.PeerID}
	switch {
	case p != ProfileV2:
		w.Outway.PublicKeyThumbprint = &g.Outway.PublicKeyThumbprint
	case g.Outway.DomainName != "":
		w.Outway.Identification = &wireIdentification{Type: identificationDomainName, DomainName: &g.Outway.DomainName}
	default:
		w.Outway.Identification = &wireIdentification{Type: identificationThumbprint, PublicKeyThumbprint: &g.Outway.PublicKeyThumbprint}
	}
	return w
}

// ParseGrant reads the data object of one grant strictly, as it stands in
// contract content of the profile; for tools that draft contracts. The hash
// stays empty, since it depends on the contract.
func ParseGrant(data []byte, p Profile) (Grant, error) {
	if err := CheckJSON(data); err != nil {
		return Grant{}, err
	}
	return parseGrant(data, p)
}

// Data gives the data object of the grant as it would be sent in the profile.
func (g *Grant) Data(p Profile) ([]byte, error) {
	data, err := json.Marshal(g.wire(p))
	if err != nil {
		return nil, jsonError(err)
	}
	return data, nil
}
