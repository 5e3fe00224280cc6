// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

// interfaceVersion is the only fsc_version of GET /peer and the only version
// of the extensions.
const interfaceVersion = "1.0.0"

type wirePeer struct {
	ID             fsc.PeerID `json:"id"`
	Name           string     `json:"name"`
	ManagerAddress string     `json:"manager_address"`
}

type wirePeers struct {
	Peers      []wirePeer     `json:"peers"`
	Pagination wirePagination `json:"pagination"`
}

func newWirePeers(peers []fsc.Peer) []wirePeer {
	out := make([]wirePeer, len(peers))
	for i, p := range peers {
		out[i] = wirePeer(p)
	}
	return out
}

func decodePeers(raw []byte) (Results[fsc.Peer], error) {
	var w wirePeers
	if err := lenient(raw, &w); err != nil {
		return Results[fsc.Peer]{}, err
	}
	items := make([]fsc.Peer, len(w.Peers))
	for i, p := range w.Peers {
		if p.ID == "" {
			return Results[fsc.Peer]{}, fmt.Errorf("peer %d has no id", i)
		}
		items[i] = fsc.Peer(p)
	}
	return results(items, w.Pagination), nil
}

type wirePeerInfo struct {
	ID         fsc.PeerID                `json:"peer_id"`
	Name       string                    `json:"peer_name"`
	FSCVersion string                    `json:"fsc_version"`
	Extensions map[string]jsontext.Value `json:"enabled_extensions"`
}

func newWirePeerInfo(p PeerInfo) wirePeerInfo {
	if p.FSCVersion == "" {
		p.FSCVersion = interfaceVersion
	}
	if p.Extensions == nil {
		p.Extensions = map[string]string{
			"EXTENSION_DELEGATION":          interfaceVersion,
			"EXTENSION_TRANSACTION_LOGGING": interfaceVersion,
		}
	}
	w := wirePeerInfo{ID: p.ID, Name: p.Name, FSCVersion: p.FSCVersion, Extensions: map[string]jsontext.Value{}}
	for name, version := range p.Extensions {
		text, err := jsontext.AppendQuote(nil, version)
		if err == nil {
			w.Extensions[name] = text
		}
	}
	return w
}

// decodePeerInfo skips extensions whose version isn't text: what an extension
// unknown to us says of itself is no reason to know nothing of the Peer.
func decodePeerInfo(raw []byte) (PeerInfo, error) {
	var w wirePeerInfo
	if err := lenient(raw, &w); err != nil {
		return PeerInfo{}, err
	}
	if w.ID == "" {
		return PeerInfo{}, missing("peer_id")
	}
	info := PeerInfo{ID: w.ID, Name: w.Name, FSCVersion: w.FSCVersion, Extensions: map[string]string{}}
	for name, value := range w.Extensions {
		var version string
		if value.Kind() == '"' && json.Unmarshal(value, &version) == nil {
			info.Extensions[name] = version
		}
	}
	return info, nil
}

type wireServices struct {
	Services   []wireListing  `json:"services"`
	Pagination wirePagination `json:"pagination"`
}

// wireListing has the type twice, for the standard's schema demands a member
// that it doesn't define.
type wireListing struct {
	Type fsc.ServiceType `json:"type,omitzero"`
	Data wireService     `json:"data"`
}

type wireService struct {
	Type       fsc.ServiceType `json:"type"`
	Peer       wirePeer        `json:"peer"`
	Name       string          `json:"name"`
	Protocol   fsc.Protocol    `json:"protocol"`
	Delegator  *wireDelegator  `json:"delegator,omitzero"`
	Properties jsontext.Value  `json:"properties,omitzero"`
}

type wireDelegator struct {
	ID   fsc.PeerID `json:"peer_id"`
	Name string     `json:"peer_name"`
}

func newWireServices(services []ServiceListing) []wireListing {
	out := make([]wireListing, len(services))
	for i, s := range services {
		d := wireService{Type: s.Type, Peer: wirePeer(s.Peer), Name: s.Name, Protocol: s.Protocol, Properties: s.Properties}
		if s.Delegator.ID != "" {
			d.Delegator = &wireDelegator{s.Delegator.ID, s.Delegator.Name}
		}
		switch {
		case d.Type == "" && d.Delegator != nil:
			d.Type = fsc.ServiceTypeDelegatedService
		case d.Type == "":
			d.Type = fsc.ServiceTypeService
		}
		out[i] = wireListing{d.Type, d}
	}
	return out
}

func decodeServices(raw []byte) (Results[ServiceListing], error) {
	var w wireServices
	if err := lenient(raw, &w); err != nil {
		return Results[ServiceListing]{}, err
	}
	items := make([]ServiceListing, len(w.Services))
	for i, s := range w.Services {
		d := s.Data
		if d.Peer.ID == "" || d.Name == "" {
			return Results[ServiceListing]{}, fmt.Errorf("service %d has no peer or no name", i)
		}
		items[i] = ServiceListing{Type: d.Type, Peer: fsc.Peer(d.Peer), Name: d.Name, Protocol: d.Protocol}
		if d.Delegator != nil {
			items[i].Delegator = fsc.Peer{ID: d.Delegator.ID, Name: d.Delegator.Name}
		}
		if d.Properties.Kind() == '{' {
			items[i].Properties = d.Properties
		}
	}
	return results(items, w.Pagination), nil
}
