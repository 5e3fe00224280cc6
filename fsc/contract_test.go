// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
)

const (
	contractText = `{"fsc_version":"2.0.0","iv":"` + iv + `","group_id":"fsc-example-group",` +
		`"validity":{"not_before":1767225600,"not_after":1798761600},"grants":[{"data":` + connectionText + `}],` +
		`"hash_algorithm":"HASH_ALGORITHM_SHA3_512","created_at":1767222000}`
	connectionText = `{"type":"GRANT_TYPE_SERVICE_CONNECTION","outway":{"peer_id":"00000000000000000002","identification":` +
		`{"type":"OUTWAY_IDENTIFICATION_TYPE_PUBLIC_KEY_THUMBPRINT","public_key_thumbprint":"` + thumb + `"}},` +
		`"service":{"type":"SERVICE_TYPE_SERVICE","peer_id":"00000000000000000001","name":"example-service"}}`
	publicationText = `{"type":"GRANT_TYPE_SERVICE_PUBLICATION","directory":{"peer_id":"00000000000000000010"},` +
		`"service":{"peer_id":"00000000000000000001","name":"example-service","protocol":"PROTOCOL_TCP_HTTP_1.1"}}`
	thumbprintID = `"identification":{"type":"OUTWAY_IDENTIFICATION_TYPE_PUBLIC_KEY_THUMBPRINT","public_key_thumbprint":"` + thumb + `"}`
)

func TestContentIsHashedFromTheBytesReceived(t *testing.T) {
	raw := []byte(contractText)
	c, err := fsc.ParseContent(raw, rules())
	if err != nil {
		t.Fatal(err)
	}
	hash := c.Hash()
	clear(raw)
	if string(c.Raw()) != contractText || c.Hash() != hash {
		t.Error("the content changed with the caller's buffer")
	}
	for name, text := range map[string]string{
		"white space":            strings.ReplaceAll(contractText, ",", " ,\n\t"),
		"escapes":                replace(t, contractText, "example-service", `\u0065xample-service`),
		"the order of members":   replace(t, replace(t, contractText, `,"created_at":1767222000`, ""), `{"fsc_version"`, `{"created_at":1767222000,"fsc_version"`),
		"an escaped member name": replace(t, contractText, `"iv"`, `"\u0069v"`),
	} {
		if o, err := fsc.ParseContent([]byte(text), rules()); err != nil || o.Hash() != hash || o.Grants[0].Hash != c.Grants[0].Hash {
			t.Errorf("%s changed the hash (%v)", name, err)
		}
	}
	for name, text := range map[string]string{
		"empty properties":        replace(t, contractText, `"service":{`, `"properties":{},"service":{`),
		"the case of hex digits":  replace(t, contractText, thumb, strings.ToUpper(thumb)),
		"another fsc_version":     replace(t, contractText, `2.0.0`, `1.0.0`),
		"a second in created_at":  replace(t, contractText, `1767222000`, `1767222001`),
		"another Unicode form":    replace(t, contractText, "example-service", "example-service\u0301"),
		"the identifying hex iv":  replace(t, contractText, iv, strings.ToUpper(iv)),
		"another name of service": replace(t, contractText, "example-service", "example-service2"),
	} {
		if o, err := fsc.ParseContent([]byte(text), rules()); err != nil || o.Hash() == hash || o.Grants[0].Hash == c.Grants[0].Hash {
			t.Errorf("%s didn't change the hash (%v)", name, err)
		}
	}
}

func TestParseContentRefuses(t *testing.T) {
	for _, c := range []struct {
		name, old, with string
		code            fsc.ErrorCode
		detail          string
	}{
		{"a duplicate member", `"iv":`, `"group_id":"x","iv":`, fsc.CodeInvalidRequest, `"group_id"`},
		{"a duplicate inner member", `"not_after":`, `"not_before":1,"not_after":`, fsc.CodeInvalidRequest, `"validity.not_before"`},
		{"a duplicate in properties", `"service":{`, `"properties":{"a":{"b":1,"b":2}},"service":{`, fsc.CodeInvalidRequest, `properties.a.b`},
		{"an unknown member", `"iv":`, `"extra":1,"iv":`, fsc.CodeInvalidRequest, `"extra"`},
		{"an unknown member of validity", `"not_after":`, `"extra":1,"not_after":`, fsc.CodeInvalidRequest, `"validity.extra"`},
		{"an unknown member of a grant", `{"data":`, `{"extra":1,"data":`, fsc.CodeInvalidRequest, `"grants.0.extra"`},
		{"a member in another case", `"iv":`, `"IV":`, fsc.CodeInvalidRequest, `"IV"`},
		{"no iv", `"iv":"` + iv + `",`, ``, fsc.CodeInvalidRequest, "field iv is required"},
		{"no group_id", `"group_id":"fsc-example-group",`, ``, fsc.CodeInvalidRequest, "field group_id is required"},
		{"no validity", `"validity":{"not_before":1767225600,"not_after":1798761600},`, ``, fsc.CodeInvalidRequest, "field validity is required"},
		{"no not_before", `"not_before":1767225600,`, ``, fsc.CodeInvalidRequest, "field validity.not_before is required"},
		{"no not_after", `,"not_after":1798761600`, ``, fsc.CodeInvalidRequest, "field validity.not_after is required"},
		{"no grants", `"grants":[{"data":` + connectionText + `}],`, ``, fsc.CodeInvalidRequest, "field grants is required"},
		{"no data", `{"data":` + connectionText + `}`, `{}`, fsc.CodeInvalidRequest, "field grants.data is required"},
		{"no hash_algorithm", `"hash_algorithm":"HASH_ALGORITHM_SHA3_512",`, ``, fsc.CodeInvalidRequest, "field hash_algorithm is required"},
		{"no created_at", `,"created_at":1767222000`, ``, fsc.CodeInvalidRequest, "field created_at is required"},
		{"no fsc_version", `"fsc_version":"2.0.0",`, ``, fsc.CodeUnknownFSCVersion, "fsc_version is missing"},
		{"an empty fsc_version", `"2.0.0"`, `""`, fsc.CodeUnknownFSCVersion, "not accepted"},
		{"an unknown fsc_version", `2.0.0`, `3.0.0`, fsc.CodeUnknownFSCVersion, "3.0.0"},
		{"a null fsc_version", `"2.0.0"`, `null`, fsc.CodeInvalidRequest, `"fsc_version" can't be null`},
		{"a null iv", `"` + iv + `"`, `null`, fsc.CodeInvalidRequest, "iv"},
		{"a null validity", `{"not_before":1767225600,"not_after":1798761600}`, `null`, fsc.CodeInvalidRequest, "validity"},
		{"a null created_at", `1767222000`, `null`, fsc.CodeInvalidRequest, "created_at"},
		{"a null grant", `{"data":` + connectionText + `}`, `null`, fsc.CodeInvalidRequest, "null"},
		{"null grants", `[{"data":` + connectionText + `}]`, `null`, fsc.CodeInvalidRequest, "grants"},
		{"null data", `{"data":` + connectionText + `}`, `{"data":null}`, fsc.CodeInvalidRequest, "null"},
		{"data that is a text", `{"data":` + connectionText + `}`, `{"data":"x"}`, fsc.CodeInvalidRequest, "grants.data"},
		{"grants that are an object", `[{"data":` + connectionText + `}]`, `{}`, fsc.CodeInvalidRequest, `"grants"`},
		{"a numeric iv", `"` + iv + `"`, `1`, fsc.CodeInvalidRequest, `"iv"`},
		{"a created_at in text", `1767222000`, `"1767222000"`, fsc.CodeInvalidRequest, `"created_at"`},
		{"a float created_at", `1767222000`, `1767222000.0`, fsc.CodeInvalidRequest, `"created_at"`},
		{"a fraction", `1767225600`, `1767225600.5`, fsc.CodeInvalidRequest, `"validity.not_before"`},
		{"an exponent", `1798761600`, `1.7987616e9`, fsc.CodeInvalidRequest, `"validity.not_after"`},
		{"an unsafe integer", `1798761600`, `9007199254740992`, fsc.CodeInvalidRequest, `"validity.not_after"`},
		{"a negative created_at", `1767222000`, `-1`, fsc.CodeInvalidRequest, "negative"},
		{"a negative not_before", `1767225600`, `-1`, fsc.CodeInvalidRequest, "negative"},
		{"a negative not_after", `1798761600`, `-1`, fsc.CodeInvalidRequest, "negative"},
		{"another hash algorithm", `SHA3_512`, `SHA2_512`, fsc.CodeUnknownHashAlgorithmHash, "SHA2_512"},
		{"a lone surrogate", `example-service`, `\ud800`, fsc.CodeInvalidRequest, ""},
		{"invalid UTF-8", `example-service`, "\xff", fsc.CodeInvalidRequest, ""},
		{"trailing data", `"created_at":1767222000}`, `"created_at":1767222000}{}`, fsc.CodeInvalidRequest, "followed by"},
		{"an array", contractText, `[]`, fsc.CodeInvalidRequest, "top level"},
		{"a null", contractText, `null`, fsc.CodeInvalidRequest, ""},
		{"nothing", contractText, ``, fsc.CodeInvalidRequest, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := fsc.ParseContent([]byte(replace(t, contractText, c.old, c.with)), rules())
			wantCode(t, err, c.code)
			wantDetail(t, err, c.detail)
			if got != nil {
				t.Error("content and error both")
			}
		})
	}
}

func TestContentHasLimits(t *testing.T) {
	big := replace(t, contractText, `"service":{`, `"properties":{"a":"`+strings.Repeat("a", 2<<20)+`"},"service":{`)
	c, err := fsc.ParseContent([]byte(big), rules())
	if err != nil {
		t.Fatal(err)
	}
	err = c.Validate(rules(), begin)
	wantCode(t, err, fsc.CodeContractValidationFailed)
	wantDetail(t, err, "at most 4096")
	r := rules()
	r.MaxContentBytes = 1 << 20
	_, err = fsc.ParseContent([]byte(big), r)
	wantCode(t, err, fsc.CodeRequestTooLarge)
	_, err = fsc.ParseContent(bytes.Repeat([]byte(" "), 8<<20+1), rules())
	wantCode(t, err, fsc.CodeRequestTooLarge)

	grant := `{"data":` + connectionText + `}`
	many := func(n int) []byte {
		return []byte(replace(t, contractText, grant, strings.TrimSuffix(strings.Repeat(grant+",", n), ",")))
	}
	if _, err := fsc.ParseContent(many(100), rules()); err != nil {
		t.Error(err)
	}
	_, err = fsc.ParseContent(many(101), rules())
	wantCode(t, err, fsc.CodeContractValidationFailed)
	r.MaxGrants = 1
	_, err = fsc.ParseContent(many(2), r)
	wantDetail(t, err, "at most 1")
}

func TestProfileFollowsFromShapeAndRules(t *testing.T) {
	v1 := replace(t, replace(t, contractText, `"fsc_version":"2.0.0",`, ``), thumbprintID, `"public_key_thumbprint":"`+thumb+`"`)
	only := func(p ...fsc.Profile) fsc.Rules { return fsc.Rules{GroupID: group, Profiles: p} }
	for _, c := range []struct {
		name  string
		text  string
		rules fsc.Rules
		want  fsc.Profile
		code  fsc.ErrorCode
	}{
		{"v2 by default", contractText, rules(), fsc.ProfileV2, ""},
		{"v1 where it is allowed", v1, only(fsc.ProfileV2, fsc.ProfileV1), fsc.ProfileV1, ""},
		{"v2 next to v1", contractText, only(fsc.ProfileV1, fsc.ProfileV2), fsc.ProfileV2, ""},
		{"dev where it is allowed", v1, only(fsc.ProfileDev), fsc.ProfileDev, ""},
		{"no downgrade to v1", v1, rules(), "", fsc.CodeUnknownFSCVersion},
		{"no downgrade to dev", v1, only(fsc.ProfileV2), "", fsc.CodeUnknownFSCVersion},
		{"no v2 where only v1 is allowed", contractText, only(fsc.ProfileV1), "", fsc.CodeUnknownFSCVersion},
		{"no v2 shape without a version", replace(t, contractText, `"fsc_version":"2.0.0",`, ``), only(fsc.ProfileV1, fsc.ProfileV2), "", fsc.CodeInvalidRequest},
		{"no v2 shape without a version in dev", replace(t, contractText, `"fsc_version":"2.0.0",`, ``), only(fsc.ProfileDev), "", fsc.CodeInvalidRequest},
		{"no v1 shape with a version", replace(t, v1, `{"iv"`, `{"fsc_version":"2.0.0","iv"`), only(fsc.ProfileV1, fsc.ProfileV2), "", fsc.CodeInvalidRequest},
		{"no text for an iv in v1", replace(t, v1, iv, "x"), only(fsc.ProfileV1), "", fsc.CodeContractValidationFailed},
		{"version 1.0.0 by default", replace(t, contractText, "2.0.0", "1.0.0"), rules(), fsc.ProfileV2, ""},
		{"no version outside the Group's list", contractText, fsc.Rules{Versions: []string{"1.0.0"}}, "", fsc.CodeUnknownFSCVersion},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := fsc.ParseContent([]byte(c.text), c.rules)
			if c.code != "" {
				wantCode(t, err, c.code)
				return
			}
			if err != nil || got.Profile() != c.want {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestDraftObeysTheRulesOfOthers(t *testing.T) {
	c := content(t, connectionGrant())
	if c.FSCVersion != fsc.DefaultFSCVersion || c.Profile() != fsc.ProfileV2 || c.IV != iv || c.GroupID != group ||
		c.Validity != (fsc.Validity{NotBefore: begin.Unix(), NotAfter: end.Unix()}) || c.CreatedAt != created.Unix() {
		t.Errorf("got %+v", c)
	}
	if !json.Valid(c.Raw()) {
		t.Errorf("raw is %s", c.Raw())
	}
	d := draft(connectionGrant())
	d.FSCVersion = "1.0.0"
	if c, err := d.Content(rules()); err != nil || c.FSCVersion != "1.0.0" {
		t.Errorf("got %v", err)
	}
	d.Profile = fsc.ProfileV1
	_, err := d.Content(rules())
	wantCode(t, err, fsc.CodeUnknownFSCVersion)

	bad := connectionGrant()
	bad.Properties = []byte(`{"a":1,"a":2}`)
	_, err = draft(bad).Content(rules())
	wantCode(t, err, fsc.CodeInvalidRequest)
	d = draft(connectionGrant())
	d.IV = "\xff"
	_, err = d.Content(rules())
	wantCode(t, err, fsc.CodeInvalidRequest)
}

func TestPropertiesSurviveADraft(t *testing.T) {
	for _, g := range []fsc.Grant{connectionGrant(), publicationGrant()} {
		g.Properties = []byte(`{"z":1.50,"a":[null,{"€":"<&>"}],"":{}}`)
		c := content(t, g)
		if string(c.Grants[0].Properties) != string(g.Properties) {
			t.Errorf("got %s", c.Grants[0].Properties)
		}
	}
}

func TestPartiesOfAContract(t *testing.T) {
	c := content(t, connectionGrant(), delegatedConnectionGrant())
	want := []fsc.PeerID{consumer, provider, "00000000000000000003", "00000000000000000004"}
	if got := c.Parties(); len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i, p := range c.Parties() {
		if p != want[i] || !c.HasParty(p) {
			t.Errorf("party %d is %s, want %s", i, p, want[i])
		}
	}
	if c.HasParty("00000000000000000010") || c.HasParty("") {
		t.Error("an outsider is a party")
	}
}

func TestContentIsRestoredAfterTheRulesChanged(t *testing.T) {
	for _, v := range loadVectors[[]contractVector](t, "contracts.json") {
		if v.HasProperties {
			continue
		}
		c, err := fsc.RestoreContent([]byte(v.Content), v.Profile)
		if err != nil {
			t.Fatal(v.ID, err)
		}
		checkVector(t, c, v)
	}
	future := replace(t, contractText, "2.0.0", "2.7.0")
	if c, err := fsc.RestoreContent([]byte(future), fsc.ProfileV2); err != nil || c.FSCVersion != "2.7.0" {
		t.Errorf("got %v", err)
	}
	for name, text := range map[string]string{
		"a name twice":    replace(t, contractText, `"iv":`, `"iv":"x","iv":`),
		"no version":      replace(t, contractText, `"fsc_version":"2.0.0",`, ``),
		"broken JSON":     contractText[1:],
		"a null":          "null",
		"nothing":         "",
		"a float":         replace(t, contractText, "1767222000", "1.5"),
		"another profile": replace(t, contractText, thumbprintID, `"public_key_thumbprint":"`+thumb+`"`),
	} {
		if _, err := fsc.RestoreContent([]byte(text), fsc.ProfileV2); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
