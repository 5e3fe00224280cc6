// SPDX-License-Identifier: EUPL-1.2

package directory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/directory"
)

const (
	anna fsc.PeerID = "00000099000000001000"
	bart fsc.PeerID = "00000099000000002000"
	dirk fsc.PeerID = "00000099000000004000"
)

func publication(provider fsc.PeerID, service string) fsc.Grant {
	return fsc.Grant{
		Type: fsc.GrantTypeServicePublication, Directory: dirk,
		Service: fsc.Service{PeerID: provider, Name: service, Protocol: fsc.ProtocolHTTP11},
	}
}

func TestPolicySigns(t *testing.T) {
	connection := fsc.Grant{
		Type:    fsc.GrantTypeServiceConnection,
		Outway:  fsc.Outway{PeerID: bart, PublicKeyThumbprint: strings.Repeat("ab", 32)},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: dirk, Name: "persons"},
	}
	elsewhere := publication(dirk, "persons")
	elsewhere.Directory = anna
	delegated := publication(anna, "persons")
	delegated.Type, delegated.Delegator = fsc.GrantTypeDelegatedServicePublication, bart
	referenced := publication(anna, "persons")
	referenced.Properties = []byte(`{"delegation.publication.external_contract_reference":{"reference":"x"}}`)
	described := publication(anna, "persons")
	described.Properties = []byte(`{"documentation":"https://docs.test"}`)
	automatic := directory.Policy{Automatic: true}
	for _, test := range []struct {
		name   string
		policy directory.Policy
		grants []fsc.Grant
		want   bool
	}{
		{"nothing by default", directory.Policy{Peers: []fsc.PeerID{anna}}, []fsc.Grant{publication(anna, "persons")}, false},
		{"a publication", automatic, []fsc.Grant{publication(anna, "persons")}, true},
		{"two publications", automatic, []fsc.Grant{publication(anna, "persons"), publication(anna, "addresses")}, true},
		{"a publication for another Peer", automatic, []fsc.Grant{delegated}, true},
		{"with properties", automatic, []fsc.Grant{described}, true},
		{"a provider on the list", directory.Policy{Automatic: true, Peers: []fsc.PeerID{bart, anna}}, []fsc.Grant{publication(anna, "persons")}, true},
		{"a provider that isn't", directory.Policy{Automatic: true, Peers: []fsc.PeerID{bart}}, []fsc.Grant{publication(anna, "persons")}, false},
		{"one of two that isn't", directory.Policy{Automatic: true, Peers: []fsc.PeerID{anna}}, []fsc.Grant{publication(anna, "persons"), publication(bart, "persons")}, false},
		{"as long as allowed", directory.Policy{Automatic: true, MaxValidity: time.Hour}, []fsc.Grant{publication(anna, "persons")}, true},
		{"longer than allowed", directory.Policy{Automatic: true, MaxValidity: time.Hour - time.Second}, []fsc.Grant{publication(anna, "persons")}, false},
		{"another Directory", automatic, []fsc.Grant{elsewhere}, false},
		{"a connection", automatic, []fsc.Grant{connection}, false},
		{"a reference to a contract elsewhere", automatic, []fsc.Grant{referenced}, false},
		{"a reference behind another grant", automatic, []fsc.Grant{publication(bart, "persons"), referenced}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := time.Unix(1_800_000_000, 0)
			c, err := fsc.Draft{
				IV: "00000000-0000-7000-8000-000000000001", GroupID: "test-group", NotBefore: at, NotAfter: at.Add(time.Hour), CreatedAt: at,
				Grants: test.grants,
			}.Content(fsc.Rules{GroupID: "test-group"})
			if err != nil {
				t.Fatal(err)
			}
			ok, reason := test.policy.Signs(dirk, c)
			if ok != test.want || (reason == "") != test.want {
				t.Errorf("signs: %t, %q", ok, reason)
			}
		})
	}
}
