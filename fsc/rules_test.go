// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

func TestValidateRefuses(t *testing.T) {
	long := strings.Repeat("a", 256)
	edit := func(f func(*fsc.Grant)) fsc.Draft {
		g := delegatedConnectionGrant()
		f(&g)
		return draft(g)
	}
	change := func(f func(*fsc.Draft)) fsc.Draft {
		d := draft(connectionGrant())
		f(&d)
		return d
	}
	const broken = fsc.CodeContractValidationFailed
	for _, c := range []struct {
		name   string
		draft  fsc.Draft
		code   fsc.ErrorCode
		detail string
	}{
		{"another Group", change(func(d *fsc.Draft) { d.GroupID = "other" }), fsc.CodeIncorrectGroupID, "other"},
		{"a Group that differs in case", change(func(d *fsc.Draft) { d.GroupID = "FSC-example-group" }), fsc.CodeIncorrectGroupID, ""},
		{"no grants", draft(), broken, "at least one grant"},
		{"a publication before a connection", draft(publicationGrant(), connectionGrant()), fsc.CodeGrantCombinationNotAllowed, ""},
		{"a publication after a connection", draft(connectionGrant(), publicationGrant()), fsc.CodeGrantCombinationNotAllowed, ""},
		{"both kinds of publication", draft(publicationGrant(), delegatedPublicationGrant()), fsc.CodeGrantCombinationNotAllowed, ""},
		{"equal grants", draft(connectionGrant(), connectionGrant()), broken, "grants 0 and 1 are the same"},
		{"an upper-case iv", change(func(d *fsc.Draft) { d.IV = strings.ToUpper(iv) }), broken, "lower case"},
		{"an iv as a URN", change(func(d *fsc.Draft) { d.IV = "urn:uuid:" + iv }), broken, "UUID"},
		{"an iv in braces", change(func(d *fsc.Draft) { d.IV = "{" + iv + "}" }), broken, "UUID"},
		{"an iv without hyphens", change(func(d *fsc.Draft) { d.IV = strings.ReplaceAll(iv, "-", "") }), broken, "UUID"},
		{"an iv that isn't one", change(func(d *fsc.Draft) { d.IV = "x" }), broken, "UUID"},
		{"a created_at beyond the skew", change(func(d *fsc.Draft) { d.CreatedAt = begin.Add(61 * time.Second) }), broken, "created_at"},
		{"an empty period", change(func(d *fsc.Draft) { d.NotAfter = d.NotBefore }), broken, "later than"},
		{"a period turned round", change(func(d *fsc.Draft) { d.NotBefore = d.NotAfter.Add(time.Second) }), broken, "later than"},
		{"a period that is over", change(func(d *fsc.Draft) { d.NotBefore, d.NotAfter = created, begin }), broken, "in the past"},
		{"a short PeerID", edit(func(g *fsc.Grant) { g.Outway.PeerID = "ab" }), broken, "peer_id"},
		{"a long PeerID of the provider", edit(func(g *fsc.Grant) { g.Service.PeerID = fsc.PeerID(long) }), broken, "peer_id"},
		{"a long PeerID of the delegator", edit(func(g *fsc.Grant) { g.Delegator = fsc.PeerID(long) }), broken, "peer_id"},
		{"a long PeerID of the publication's delegator", edit(func(g *fsc.Grant) { g.Service.Delegator = fsc.PeerID(long) }), broken, "peer_id"},
		{"a short service name", edit(func(g *fsc.Grant) { g.Service.Name = "ab" }), broken, "service.name"},
		{"a service name with a slash", edit(func(g *fsc.Grant) { g.Service.Name = "abc/def" }), broken, "service.name"},
		{"large properties of a connection", edit(func(g *fsc.Grant) { g.Properties = properties(4<<10 + 1) }), broken, "at most 4096"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.draft.Content(rules())
			if err != nil {
				t.Fatal(err)
			}
			err = got.Validate(rules(), begin)
			wantCode(t, err, c.code)
			wantDetail(t, err, c.detail)
		})
	}
}

func properties(size int) []byte {
	return []byte(`{"a":"` + strings.Repeat("a", size-8) + `"}`)
}

func TestGrantsThatDifferOnlyInWhiteSpaceAreEqual(t *testing.T) {
	one := replace(t, connectionText, `"service":{`, `"properties":{"a":1},"service":{`)
	two := replace(t, connectionText, `"service":{`, `"properties":{ "a" : 1.0 },"service":{`)
	c, err := fsc.ParseContent([]byte(replace(t, contractText, connectionText+"}", one+`},{"data":`+two+"}")), rules())
	if err != nil {
		t.Fatal(err)
	}
	wantDetail(t, c.Validate(rules(), begin), "are the same")
}

func TestValidateAccepts(t *testing.T) {
	second := connectionGrant()
	second.Properties = []byte(`{}`)
	other := publicationGrant()
	other.Service.Name = "another-service"
	withProperties := func(g fsc.Grant, size int) fsc.Grant { g.Properties = properties(size); return g }
	shifted := func(f func(*fsc.Draft)) fsc.Draft {
		d := draft(connectionGrant())
		f(&d)
		return d
	}
	for name, d := range map[string]fsc.Draft{
		"connections of both kinds":        draft(connectionGrant(), delegatedConnectionGrant()),
		"publications of one kind":         draft(publicationGrant(), other),
		"grants that differ in properties": draft(connectionGrant(), second),
		"a created_at within the skew":     shifted(func(d *fsc.Draft) { d.CreatedAt = begin.Add(time.Minute) }),
		"an iv of version 4":               shifted(func(d *fsc.Draft) { d.IV = "3f333df6-90a4-4fda-8dd3-9485d27cee36" }),
		"a not_after one second ahead":     shifted(func(d *fsc.Draft) { d.NotBefore, d.NotAfter = created, begin.Add(time.Second) }),
		"properties of 4 KiB":              draft(withProperties(connectionGrant(), 4<<10)),
		"published properties of 64 KiB":   draft(withProperties(publicationGrant(), 64<<10)),
	} {
		c, err := d.Content(rules())
		if err != nil {
			t.Fatal(name, err)
		}
		if err := c.Validate(rules(), begin); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGroupCanSetItsOwnLimits(t *testing.T) {
	r := rules()
	r.MaxConnectionProperties, r.MaxPublicationProperties, r.ClockSkew = 10, 20, time.Hour
	g, p := connectionGrant(), publicationGrant()
	g.Properties, p.Properties = properties(11), properties(21)
	wantDetail(t, content(t, g).Validate(r, begin), "at most 10")
	wantDetail(t, content(t, p).Validate(r, begin), "at most 20")
	if err := content(t, connectionGrant()).Validate(r, created.Add(-time.Hour)); err != nil {
		t.Error(err)
	}
	wantDetail(t, content(t, connectionGrant()).Validate(r, created.Add(-time.Hour-time.Second)), "created_at")
}

func TestNamesAndIDs(t *testing.T) {
	long := strings.Repeat("é", 255)
	for _, c := range []struct {
		name string
		err  error
		ok   bool
	}{
		{"a PeerID of 3", fsc.PeerID("abc").Validate(), true},
		{"a PeerID of 255 characters", fsc.PeerID(long).Validate(), true},
		{"a PeerID of 256 characters", fsc.PeerID(long + "a").Validate(), false},
		{"a PeerID of 2", fsc.PeerID("ab").Validate(), false},
		{"a PeerID that isn't UTF-8", fsc.PeerID("abc\xff").Validate(), false},
		{"a GroupID", fsc.GroupID("a.b/c_d-1").Validate(), true},
		{"a GroupID of 100", fsc.GroupID(strings.Repeat("a", 100)).Validate(), true},
		{"a GroupID of 101", fsc.GroupID(strings.Repeat("a", 101)).Validate(), false},
		{"no GroupID", fsc.GroupID("").Validate(), false},
		{"a GroupID with a space", fsc.GroupID("a b").Validate(), false},
		{"a GroupID with a line break", fsc.GroupID("a\n").Validate(), false},
		{"a service name", fsc.ValidateServiceName("a-b._1"), true},
		{"a service name of 2", fsc.ValidateServiceName("ab"), false},
		{"a service name of 100", fsc.ValidateServiceName(strings.Repeat("a", 100)), true},
		{"a service name of 101", fsc.ValidateServiceName(strings.Repeat("a", 101)), false},
		{"a service name with a line break", fsc.ValidateServiceName("abc\n"), false},
	} {
		if c.ok != (c.err == nil) {
			t.Errorf("%s: %v", c.name, c.err)
		}
		if !c.ok {
			wantCode(t, c.err, fsc.CodeContractValidationFailed)
		}
	}
}
