// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
)

// Peers, hashes and grants that fixtures of services and contracts share.
var (
	kadaster    = fsc.Peer{ID: "00000001802327497000", Name: "Kadaster", ManagerAddress: "https://fsc.kadaster.example:8443"}
	hostilePeer = fsc.Peer{ID: fsc.PeerID(hostileText), Name: hostileText, ManagerAddress: hostileText}
)

const testHash = "$1$1$3kq1bJ0Y5cYl0WJzq0mJrGxw8Vv1yq6Zb0o1hWv7mYk3l6u0f0xwqk9wqJ0l3v8r3b7eQx1m2n4p5s6t7u8v9w"

func testGrants() []controller.GrantUse {
	valid := controller.GrantUse{
		ContentHash: testHash, GrantHash: "$1$3$3kq1bJ0Y5cYl0WJzq0mJrGxw8Vv1yq6Zb0o1hWv7mYk3l6u0f0xwqk9w", State: fsc.StateValid, Outway: "main",
		PublicKeyThumbprint: strings.Repeat("ab", 32), NotBefore: testNow(), NotAfter: testNow().AddDate(1, 0, 0), CreatedAt: testNow(),
	}
	proposed, other := valid, valid
	proposed.State, proposed.Problem, proposed.Awaiting = fsc.StateProposed, controller.GrantState, []fsc.Peer{kadaster, hostilePeer}
	other.Problem, other.Outway, other.Delegator, other.ServiceDelegator = controller.GrantOtherOutway, "", kadaster, hostilePeer
	return []controller.GrantUse{valid, proposed, other, {State: fsc.StateNotYetValid, Problem: controller.GrantState, DomainName: hostileText, ContentHash: fsc.ContentHash(hostileText), NotAfter: testNow()}}
}

func testPublications() []controller.Publication {
	var out []controller.Publication
	for _, s := range []fsc.ContractState{
		fsc.StateValid, fsc.StateProposed, fsc.StateNotYetValid, fsc.StateRejected, fsc.StateRevoked, fsc.StateExpired,
	} {
		out = append(out, controller.Publication{
			ContentHash: testHash, State: s, Service: "bag", Provider: kadaster, Directory: kadaster, Protocol: fsc.ProtocolHTTP11,
			Delegator: hostilePeer, NotBefore: testNow(), NotAfter: testNow().AddDate(1, 0, 0), Awaiting: []fsc.Peer{hostilePeer},
		})
	}
	return out
}

// testSeen is a service that changed from one text to another, went and came back.
func testSeen(from, to string) []controller.SeenService {
	return []controller.SeenService{{
		Directory: kadaster, Delegator: hostilePeer,
		Observation: directory.Observation{FirstSeen: testNow().AddDate(0, -1, 0), LastSeen: testNow(), Events: []directory.Event{
			{At: testNow().AddDate(0, 0, -9), Kind: directory.EventProtocol, From: from, To: to},
			{At: testNow().AddDate(0, 0, -8), Kind: directory.EventAddress, From: from, To: to},
			{At: testNow().AddDate(0, 0, -7), Kind: directory.EventGone},
			{At: testNow().AddDate(0, 0, -6), Kind: directory.EventBack},
		}},
	}, {
		Directory: hostilePeer,
		Observation: directory.Observation{
			FirstSeen: testNow(), LastSeen: testNow(), GoneSince: testNow(), Events: []directory.Event{{At: testNow(), Kind: directory.EventGone}},
		},
	}}
}

func directoryFixtures() []fixture {
	rows := []directoryRow{
		{Listing: directory.Listing{Peer: kadaster, Name: "bag"}, URL: directoryURL(kadaster.ID, "bag"), Protocol: "directory.protocol.http11", Own: true},
		{Listing: directory.Listing{Peer: hostilePeer, Name: hostileText, Delegator: hostilePeer}, URL: directoryURL(hostilePeer.ID, hostileText), Protocol: "directory.protocol.other"},
	}
	organisations := []directoryOrganisation{
		{controller.PublishedOrganisation{Peer: kadaster, Services: 1}, "/directory?peer=1"},
		{controller.PublishedOrganisation{Peer: hostilePeer, Services: 12345}, "/directory?" + url.Values{"peer": {hostileText}}.Encode()},
	}
	protocols := []option{{"", "Alle"}, {"x", "y"}}
	service := &controller.PublishedService{Provider: kadaster, Name: "bag", Grants: testGrants(), History: testPublications()}
	service.Listings = []controller.PublishedListing{{
		Listing:    directory.Listing{Peer: kadaster, Name: "bag", Protocol: fsc.ProtocolHTTP2, Delegator: hostilePeer},
		Properties: []controller.Property{{Name: hostileText, Value: `"` + hostileText + `"`}, {Name: "docs", Value: `"javascript:alert(1)"`}},
	}}
	service.Seen = testSeen(string(fsc.ProtocolHTTP11), string(fsc.ProtocolHTTP2))
	hostile := &controller.PublishedService{Provider: hostilePeer, Name: hostileText, Seen: testSeen(hostileText, hostileText)}
	detail := func(p *controller.PublishedService) *directoryDetail {
		return &directoryDetail{
			PublishedService: p, Grants: grantRows(p.Grants), History: publicationRows(p.History), Seen: seenRows(p.Seen),
			AskURL: askURL(p), OpenAPIURL: directoryURL(p.Provider.ID, p.Name) + "/openapi", CLI: "samenspel " + p.Name, ShowCLI: "samenspel " + p.Name,
		}
	}
	spec := &controller.Spec{OpenAPI: "3.0.3", Title: "BAG", Version: "2", About: "Adressen", More: 1, Operations: []controller.SpecOperation{{
		Method: "GET", Path: "/adressen/{id}", Summary: "Een adres", Answers: []string{"200", "404"}, Deprecated: true,
		Parameters: []controller.SpecParameter{{Name: "id", In: "path", Required: true}, {Name: "x"}},
	}}}
	evil := &controller.Spec{OpenAPI: hostileText, Title: hostileText, Version: hostileText, About: hostileText, Operations: []controller.SpecOperation{{
		Method: hostileText, Path: hostileText, Summary: hostileText, Answers: []string{hostileText}, Parameters: []controller.SpecParameter{{Name: hostileText}},
	}}}
	return []fixture{
		{page: "directory", name: "full", path: "/directory?sort=-service&cursor=after:x", data: &directoryPage{View: "services", Rows: rows, Total: 2, Protocols: protocols, Cursors: cursors{"before:" + hostileText, "after:x"}}},
		{page: "directory", name: "organisations", path: "/directory?view=organisations&peer=x", data: &directoryPage{View: "organisations", Organisations: organisations, Total: 2}},
		{page: "directory", name: "empty", data: &directoryPage{View: "services", Protocols: protocols}},
		{page: "directory", name: "none found", data: &directoryPage{View: "organisations", Filtered: true}},
		{page: "directory", name: "away", data: &directoryPage{View: "services", Away: true}},
		{page: "directory_service", name: "full", data: detail(service)},
		{page: "directory_service", name: "hostile", data: detail(hostile)},
		{page: "directory_service", name: "own", data: &directoryDetail{PublishedService: &controller.PublishedService{Provider: kadaster, Name: "bag", Own: true}, OpenAPIURL: "/x"}},
		{page: "directory_openapi", name: "empty", data: &directoryReaderPage{Provider: kadaster, Name: "bag", URL: "/x", Back: "/y"}},
		{page: "directory_openapi", name: "full", data: &directoryReaderPage{Provider: kadaster, Name: "bag", URL: "/x", Back: "/y", Callable: true, Paths: controller.SpecPaths(), Spec: spec}},
		{page: "directory_openapi", name: "nothing in it", data: &directoryReaderPage{Provider: kadaster, Name: "bag", URL: "/x", Back: "/y", Spec: &controller.Spec{}}},
		{page: "directory_openapi", name: "hostile", form: url.Values{"document": {hostileText}}, problems: problems{{"document", hostileText}}, data: &directoryReaderPage{Provider: hostilePeer, Name: hostileText, URL: "/x", Back: "/y", Spec: evil}},
	}
}

func TestACursorLeadsToItsPlace(t *testing.T) {
	for cursor, want := range map[string]controller.Place{
		"": {}, "after:a:b/c": {After: "a:b/c"}, "before:x": {Before: "x"}, "elsewhere:x": {},
	} {
		q := pageRequest(t, "/directory?"+url.Values{"cursor": {cursor}}.Encode())
		if got := q.places(); got != want {
			t.Errorf("%q gives %+v", cursor, got)
		}
	}
	if got := pageRequest(t, "/directory?format=csv&cursor=after:x").places(); got.After != "" || got.Limit != exportLimit {
		t.Errorf("a file begins at %+v", got)
	}
}

func TestACommandLineCannotBeBrokenOutOf(t *testing.T) {
	for word, want := range map[string]string{
		"bag": "bag", "00000001802327497000": "00000001802327497000", "https://x.test/a": "https://x.test/a",
		"": "''", "a b": "'a b'", "$(reboot)": "'$(reboot)'", "x'; reboot #": `'x'\''; reboot #'`, "--help": "'--help'",
	} {
		if got := shellWord(word); got != want {
			t.Errorf("%q becomes %s, want %s", word, got, want)
		}
	}
}

func TestAServicePageTellsWhatWasSeenOfIt(t *testing.T) {
	p := &controller.PublishedService{Provider: kadaster, Name: "bag", Seen: testSeen(string(fsc.ProtocolHTTP11), string(fsc.ProtocolHTTP2))}
	f := fixture{page: "directory_service", name: "seen", data: &directoryDetail{PublishedService: p, Seen: seenRows(p.Seen), ShowCLI: "samenspel service show x bag"}}
	page := draw(t, testServer(t), "nl", f)
	rest := page
	for _, text := range []string{
		"Voor het eerst gezien", "Protocol veranderd", "van HTTP/1.1 naar HTTP/2", "Adres van de Manager veranderd", "Verdwenen uit de Directory",
		"Terug in de Directory", "Voor het laatst gezien", "Voor het eerst gezien", "Verdwenen uit de Directory", "samenspel service show x bag",
	} {
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Fatalf("the page lacks %q in its place", text)
		}
		rest = after
	}
	if strings.Contains(rest, "Voor het laatst gezien") {
		t.Error("a service that is gone was seen last after that")
	}
}
