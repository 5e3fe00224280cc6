// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
)

func TestGrantsSurviveADraft(t *testing.T) {
	domain := connectionGrant()
	domain.Outway = fsc.Outway{PeerID: consumer, DomainName: "outway.consumer.example.nl"}
	http2 := publicationGrant()
	http2.Service.Protocol = fsc.ProtocolHTTP2
	for _, want := range []fsc.Grant{connectionGrant(), delegatedConnectionGrant(), publicationGrant(), delegatedPublicationGrant(), domain, http2} {
		c := content(t, want)
		got := c.Grants[0]
		if got.Type != want.Type || got.Directory != want.Directory || got.Outway != want.Outway || got.Service != want.Service ||
			got.Delegator != want.Delegator || got.Properties != nil {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if err := c.Validate(rules(), begin); err != nil {
			t.Error(err)
		}
	}
}

func TestPartiesOfEachGrant(t *testing.T) {
	alone := connectionGrant()
	alone.Outway.PeerID = provider
	for _, c := range []struct {
		grant fsc.Grant
		want  string
	}{
		{connectionGrant(), "2 1"},
		{delegatedConnectionGrant(), "2 1 3 4"},
		{publicationGrant(), "10 1"},
		{delegatedPublicationGrant(), "10 1 3"},
		{alone, "1"},
	} {
		var got []string
		for _, p := range c.grant.Parties() {
			got = append(got, strings.TrimLeft(string(p), "0"))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: parties %v, want %s", c.grant.Type, got, c.want)
		}
	}
}

func TestKindsOfGrants(t *testing.T) {
	for typ, want := range map[fsc.GrantType][3]bool{
		fsc.GrantTypeServicePublication:          {true, false, false},
		fsc.GrantTypeServiceConnection:           {false, true, false},
		fsc.GrantTypeDelegatedServiceConnection:  {false, true, true},
		fsc.GrantTypeDelegatedServicePublication: {true, false, true},
		"":                                       {},
	} {
		if got := [3]bool{typ.IsPublication(), typ.IsConnection(), typ.IsDelegated()}; got != want {
			t.Errorf("%q: %v, want %v", typ, got, want)
		}
	}
}

type grantCase struct{ name, old, with, detail string }

func runGrantCases(t *testing.T, base string, r fsc.Rules, cases []grantCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := fsc.ParseContent([]byte(replace(t, base, c.old, c.with)), r)
			wantCode(t, err, fsc.CodeInvalidRequest)
			wantDetail(t, err, c.detail)
		})
	}
}

const idType = `"type":"OUTWAY_IDENTIFICATION_TYPE_`

func TestConnectionGrantRefuses(t *testing.T) {
	const outwayPeer, servicePeer = `"peer_id":"00000000000000000002"`, `"peer_id":"00000000000000000001"`
	runGrantCases(t, contractText, rules(), []grantCase{
		{"an unknown grant type", `GRANT_TYPE_SERVICE_CONNECTION`, `GRANT_TYPE_PEER_REGISTRATION`, "is not a grant type"},
		{"no grant type", `"type":"GRANT_TYPE_SERVICE_CONNECTION",`, ``, "is not a grant type"},
		{"an unknown member", `"service":{`, `"extra":1,"service":{`, "unknown"},
		{"an unknown member of outway", outwayPeer, outwayPeer + `,"name":"x"`, "unknown"},
		{"an unknown member of service", servicePeer, servicePeer + `,"extra":"x"`, "unknown"},
		{"an unknown member of identification", `"public_key_thumbprint"`, `"extra":1,"public_key_thumbprint"`, "unknown"},
		{"no outway", `"outway":{` + outwayPeer + `,` + thumbprintID + `},`, ``, "data.outway is required"},
		{"no service", `,"service":{"type":"SERVICE_TYPE_SERVICE",` + servicePeer + `,"name":"example-service"}`, ``, "data.service is required"},
		{"no outway.peer_id", outwayPeer + `,`, ``, "data.outway.peer_id is required"},
		{"no service.peer_id", servicePeer + `,`, ``, "data.service.peer_id is required"},
		{"no service.name", `,"name":"example-service"`, ``, "data.service.name is required"},
		{"no service.type", `"type":"SERVICE_TYPE_SERVICE",`, ``, "is not a service type"},
		{"an unknown service.type", `SERVICE_TYPE_SERVICE`, `SERVICE_TYPE_OTHER`, "is not a service type"},
		{"a null outway", `{` + outwayPeer + `,` + thumbprintID + `}`, `null`, "null"},
		{"a null peer_id", `"00000000000000000002"`, `null`, "null"},
		{"a null name", `"example-service"`, `null`, "null"},
		{"a null delegator", `"service":{`, `"delegator":null,"service":{`, "null"},
		{"a null service.delegator", `"name":"example-service"`, `"name":"example-service","delegator":null`, "null"},
		{"null properties", `"service":{`, `"properties":null,"service":{`, "properties must be a JSON object"},
		{"properties in a list", `"service":{`, `"properties":[],"service":{`, "properties must be a JSON object"},
		{"properties in text", `"service":{`, `"properties":"{}","service":{`, "properties must be a JSON object"},
		{"a numeric peer_id", `"00000000000000000002"`, `2`, "peer_id"},
		{"a delegator", `"service":{`, `"delegator":{"peer_id":"123"},"service":{`, "delegated grants"},
		{"no delegator in a delegated grant", `GRANT_TYPE_SERVICE`, `GRANT_TYPE_DELEGATED_SERVICE`, "delegated grants"},
		{"a directory", `"service":{`, `"directory":{"peer_id":"123"},"service":{`, "connection grant"},
		{"a protocol", `"name":`, `"protocol":"PROTOCOL_TCP_HTTP_2","name":`, "connection grant"},
		{"a delegator of a plain service", `"name":`, `"delegator":{"peer_id":"123"},"name":`, "SERVICE_TYPE_DELEGATED_SERVICE"},
		{"no delegator of a delegated service", `SERVICE_TYPE_SERVICE`, `SERVICE_TYPE_DELEGATED_SERVICE`, "SERVICE_TYPE_DELEGATED_SERVICE"},
		{"an empty delegator of the service", `"type":"SERVICE_TYPE_SERVICE"`, `"delegator":{},"type":"SERVICE_TYPE_DELEGATED_SERVICE"`, "data.service.delegator.peer_id is required"},
		{"no identification", `,` + thumbprintID, ``, "identification is required"},
		{"a thumbprint outside identification", thumbprintID, `"public_key_thumbprint":"` + thumb + `"`, "identification is required"},
		{"a thumbprint in both places", thumbprintID, thumbprintID + `,"public_key_thumbprint":"` + thumb + `"`, "belongs inside"},
		{"an unknown identification", `PUBLIC_KEY_THUMBPRINT`, `IP_ADDRESS`, "doesn't go with its members"},
		{"no identification.type", idType + `PUBLIC_KEY_THUMBPRINT",`, ``, "doesn't go with its members"},
		{"a domain next to a thumbprint", `"public_key_thumbprint"`, `"domain_name":"a.nl","public_key_thumbprint"`, "doesn't go with its members"},
		{"a thumbprint of a domain", idType + `PUBLIC_KEY_THUMBPRINT"`, idType + `DOMAIN_NAME","domain_name":"a.nl"`, "must be a host name"},
		{"no thumbprint", `,"public_key_thumbprint":"` + thumb + `"`, ``, "64 hex digits"},
		{"a short thumbprint", thumb, thumb[1:], "64 hex digits"},
		{"a long thumbprint", thumb, thumb + "0", "64 hex digits"},
		{"a thumbprint that isn't hex", thumb, "g" + thumb[1:], "64 hex digits"},
		{"a thumbprint with a line break", thumb, thumb[1:] + `\n`, "64 hex digits"},
	})
}

func TestDelegatedGrantRefusesAnEmptyDelegator(t *testing.T) {
	text := replace(t, contractText, `GRANT_TYPE_SERVICE`, `GRANT_TYPE_DELEGATED_SERVICE`)
	_, err := fsc.ParseContent([]byte(replace(t, text, `"service":{`, `"delegator":{},"service":{`)), rules())
	wantDetail(t, err, "data.delegator.peer_id is required")
}

func TestPublicationGrantRefuses(t *testing.T) {
	runGrantCases(t, replace(t, contractText, connectionText, publicationText), rules(), []grantCase{
		{"no directory", `"directory":{"peer_id":"00000000000000000010"},`, ``, "data.directory is required"},
		{"an empty directory", `{"peer_id":"00000000000000000010"}`, `{}`, "data.directory.peer_id is required"},
		{"an outway", `"service":{`, `"outway":{"peer_id":"123"},"service":{`, "publication grant"},
		{"a service.type", `"name":`, `"type":"SERVICE_TYPE_SERVICE","name":`, "publication grant"},
		{"a service.delegator", `"name":`, `"delegator":{"peer_id":"123"},"name":`, "publication grant"},
		{"no protocol", `,"protocol":"PROTOCOL_TCP_HTTP_1.1"`, ``, "not a protocol"},
		{"an unknown protocol", `HTTP_1.1`, `HTTP_3`, "not a protocol"},
		{"no service.name", `"name":"example-service",`, ``, "data.service.name is required"},
	})
}

func TestOldFormsRefuse(t *testing.T) {
	old := replace(t, replace(t, contractText, `"fsc_version":"2.0.0",`, ``), thumbprintID, `"public_key_thumbprint":"`+thumb+`"`)
	cases := []grantCase{
		{"identification", `"public_key_thumbprint":"` + thumb + `"`, thumbprintID, "identification is unknown"},
		{"no thumbprint", `,"public_key_thumbprint":"` + thumb + `"`, ``, "64 hex digits"},
		{"null properties", `"service":{`, `"properties":null,"service":{`, "properties"},
	}
	runGrantCases(t, old, rulesFor(fsc.ProfileDev), cases)
	runGrantCases(t, old, rulesFor(fsc.ProfileV1), append(cases,
		grantCase{"empty properties", `"service":{`, `"properties":{},"service":{`, "no signature would cover them"}))
}

func TestDomainNameOfAnOutway(t *testing.T) {
	label := strings.Repeat("a", 63)
	good := []string{"outway.example.nl", "a", "localhost", "xn--a-1.nl", "1.2", "A.NL", label + ".nl"}
	bad := []string{
		"", ".", "a.", ".a", "a..b", "-a.nl", "a-.nl", "a.-nl", "a.nl-", "a b", "*.example.nl", "a_b.nl", "é.nl", "a/b", "a:1",
		label + "a.nl", strings.Repeat(label+".", 4) + "nl", "a.nl\\n",
	}
	text := replace(t, contractText, thumbprintID, `"identification":{"type":"OUTWAY_IDENTIFICATION_TYPE_DOMAIN_NAME","domain_name":"NAME"}`)
	for _, name := range slices.Concat(good, bad) {
		_, err := fsc.ParseContent([]byte(strings.Replace(text, "NAME\"}", name+"\"}", 1)), rules())
		if ok := err == nil; ok != slices.Contains(good, name) {
			t.Errorf("%q: %v", name, err)
		}
	}
	_, err := fsc.ParseContent([]byte(replace(t, text, `,"domain_name":"NAME"`, ``)), rules())
	wantDetail(t, err, "must be a host name")
}

func TestDataOfAGrantIsReadBack(t *testing.T) {
	for _, want := range []fsc.Grant{connectionGrant(), delegatedConnectionGrant(), publicationGrant(), delegatedPublicationGrant()} {
		for _, p := range []fsc.Profile{fsc.ProfileV1, fsc.ProfileDev, fsc.ProfileV2} {
			data, err := want.Data(p)
			if err != nil {
				t.Fatal(err)
			}
			got, err := fsc.ParseGrant(data, p)
			if err != nil {
				t.Fatal(err)
			}
			again, err := got.Data(p)
			if err != nil || string(again) != string(data) || got.Hash != "" {
				t.Errorf("%s: got %s with hash %q (%v), want %s", p, again, got.Hash, err, data)
			}
		}
	}
	for name, text := range map[string]string{
		"a name twice": `{"type":"x","type":"x"}`, "an unknown member": `{"extra":1}`, "the form of Core 1": `{"type":"GRANT_TYPE_SERVICE_CONNECTION",` +
			`"outway":{"peer_id":"123","public_key_thumbprint":"` + thumb + `"},"service":{"type":"SERVICE_TYPE_SERVICE","peer_id":"123","name":"abc"}}`,
	} {
		_, err := fsc.ParseGrant([]byte(text), fsc.ProfileV2)
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	broken := connectionGrant()
	broken.Properties = []byte("{")
	_, err := broken.Data(fsc.ProfileV2)
	wantCode(t, err, fsc.CodeInvalidRequest)
}
