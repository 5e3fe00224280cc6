// SPDX-License-Identifier: EUPL-1.2

package outway_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/proxy"
)

// used tells which grant the last call was recorded under.
func (s *site) used() fsc.GrantHash {
	records := s.books.all()
	if len(records) == 0 {
		return ""
	}
	return fsc.GrantHash(records[len(records)-1].GrantHash)
}

func TestHostAndPathLeadToAGrant(t *testing.T) {
	var path string
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) { path = r.RequestURI })
	grants := make([]outway.Grant, 0, 4)
	for letter, name := range map[string]string{"a": service, "b": "Parken.v1", "c": "zaken", "d": "wegen"} {
		g := s.grant(hash(letter))
		g.Service = name
		grants = append(grants, g)
	}
	s.outway.Update(outway.SnapshotInput{Grants: grants, Routes: []outway.Route{
		{Host: "brp.Intern.example", ServicePeerID: provider, Service: service},
		{Host: "api.intern.example", PathPrefix: "/zaken", StripPrefix: true, ServicePeerID: provider, Service: "zaken"},
		{Host: "api.intern.example", PathPrefix: "/zaken/wegen/", ServicePeerID: provider, Service: "wegen"},
		{PathPrefix: "/wegen", ServicePeerID: provider, Service: "wegen"},
		{Host: "weg.intern.example", ServicePeerID: provider, Service: "bestaat-niet"},
	}})
	for _, c := range []struct{ host, path, grant, sent string }{
		{"brp.intern.example", "/x", "a", "/x"},
		{"BRP.intern.example:8080", "/x?zaken=1", "a", "/x?zaken=1"},
		{"brp.intern.example.", "/", "a", "/"},
		{"api.intern.example", "/zaken", "c", "/"},
		{"api.intern.example", "/zaken?q=/zaken", "c", "/?q=/zaken"},
		{"api.intern.example", "/zaken/a%2Fb//", "c", "/a%2Fb//"},
		{"api.intern.example", "/zaken/wegen/1", "d", "/zaken/wegen/1"},
		{"api.intern.example", "/zaken/wegenbouw", "c", "/wegenbouw"},
		{"api.intern.example", "/zakenman", "", ""},
		{"api.intern.example", "/wegen/1", "d", "/wegen/1"},
		{"anders.example", "/wegen", "d", "/wegen"},
		{"anders.example", "/", "", ""},
		{named, "/wegen", "a", "/wegen"},
		{"personen.00000099000000002000.fsc", "/", "a", "/"},
		{"personen.00000099000000002000.fsc.a.b.c:80", "/", "a", "/"},
		{"parken.v1.00000099000000002000.FSC.localhost", "/", "b", "/"},
		{"personen.00000099000000003000.fsc.localhost", "/", "", ""},
		{"personen.00000099000000002000.fscx", "/", "", ""},
		{"weg.intern.example", "/", "", ""},
	} {
		t.Run(c.host+c.path, func(t *testing.T) {
			r := s.request()
			r.Host = c.host
			if r.URL.Opaque = c.path; c.grant == "" {
				s.do(r).want(t, 400, fsc.CodeUnknownGrantHashInHeader)
				return
			}
			s.do(r).want(t, 200, "")
			if s.used() != hash(c.grant) || path != c.sent {
				t.Errorf("grant …%s, path %q", string(s.used())[90:], path)
			}
		})
	}
}

func TestTheOutwayCanBeUsedAsAProxy(t *testing.T) {
	var path string
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) { path = r.RequestURI })
	s.outway.Update(outway.SnapshotInput{Grants: []outway.Grant{s.grant(hash("a"))}, Routes: []outway.Route{
		{Host: "brp.example", PathPrefix: "/v1", StripPrefix: true, ServicePeerID: provider, Service: service},
	}})
	for target, want := range map[string]string{
		"//brp.example/v1/a%2Fb?q": "/a%2Fb?q", "//brp.example:80/v1": "/", "//" + named + "/v1/x": "/v1/x", "//" + named + "?q": "/?q",
	} {
		r := s.request()
		r.URL.Opaque = target
		s.do(r).want(t, 200, "")
		if path != want {
			t.Errorf("%s: sent %q", target, path)
		}
	}
}

func TestTheHeaderGoesBeforeTheHost(t *testing.T) {
	s := newSite(t, nil)
	other := s.grant(hash("b"))
	other.Service = "parken"
	s.outway.Update(outway.SnapshotInput{Grants: []outway.Grant{s.grant(hash("a")), other}})
	s.do(s.request(head(proxy.HeaderGrantHash, string(hash("b"))))).want(t, 200, "")
	if s.used() != hash("b") {
		t.Error("the header was ignored")
	}
}

func TestTheRenewedContractIsUsed(t *testing.T) {
	s := newSite(t, nil)
	older, newer, future, stuck := s.grant(hash("a")), s.grant(hash("b")), s.grant(hash("c")), s.grant(hash("d"))
	newer.CreatedAt += 10
	future.CreatedAt += 20
	future.NotBefore = s.clock.Now().Add(time.Hour)
	stuck.CreatedAt += 30
	stuck.Problem = "Peer 00000099000000002000 has to accept it"
	s.outway.Update(outway.SnapshotInput{Grants: []outway.Grant{older, newer, future, stuck}})
	s.do(s.request()).want(t, 200, "")
	if s.used() != hash("b") {
		t.Errorf("used %s", s.used())
	}
	s.clock.Advance(time.Hour)
	s.do(s.request()).want(t, 200, "")
	if s.used() != hash("c") {
		t.Errorf("used %s", s.used())
	}
}

func TestAChoiceBetweenDelegatorsIsNotGuessed(t *testing.T) {
	s := newSite(t, nil)
	own, forOther, offered := s.grant(hash("a")), s.grant(hash("b")), s.grant(hash("c"))
	forOther.Delegator = delegator
	offered.ServiceDelegator = delegator
	s.outway.Update(outway.SnapshotInput{Grants: []outway.Grant{own, forOther, offered}, Routes: []outway.Route{
		{Host: "namens.example", ServicePeerID: provider, Service: service, Delegator: delegator},
	}})
	s.do(s.request()).want(t, 409, fsc.CodeGrantAmbiguous).says(t,
		string(hash("a"))+" for personen of Peer 00000099000000002000, called for this Peer itself",
		string(hash("b"))+" for personen of Peer 00000099000000002000, called on behalf of Peer 00000099000000003000",
		string(hash("c"))+" for personen of Peer 00000099000000002000, offered on behalf of Peer 00000099000000003000", "Fsc-Grant-Hash")
	s.do(s.request(func(r *http.Request) { r.Host = "namens.example" })).want(t, 200, "")
	if got := s.books.all()[0]; got.GrantHash != string(hash("b")) || got.SourceDelegator != delegator {
		t.Errorf("recorded %+v", got)
	}
	s.do(s.request(head(proxy.HeaderGrantHash, string(hash("c"))))).want(t, 200, "")
	if got := s.books.all()[1]; got.DestinationDelegator != delegator {
		t.Errorf("recorded %+v", got)
	}
}

func TestALongListOfChoicesIsCutOff(t *testing.T) {
	s := newSite(t, nil)
	grants := make([]outway.Grant, 0, 12)
	for i := range 12 {
		g := s.grant(hash(string(rune('a' + i))))
		g.Delegator = fsc.PeerID("peer-" + string(rune('a'+i)))
		grants = append(grants, g)
	}
	s.outway.Update(outway.SnapshotInput{Grants: grants})
	a := s.do(s.request()).want(t, 409, fsc.CodeGrantAmbiguous)
	if n := strings.Count(a.err.Message, "$1$3$"); n != 10 || !strings.Contains(a.err.Message, "and more") {
		t.Errorf("%d choices: %s", n, a.err.Message)
	}
}

func TestAGrantThatCantBeUsedSaysWhy(t *testing.T) {
	s := newSite(t, nil)
	stuck, past := s.grant(hash("a")), s.grant(hash("b"))
	stuck.Problem = "it waits for the signature of Peer 00000099000000002000"
	past.Service = "parken"
	past.NotAfter = s.clock.Now()
	s.outway.Update(outway.SnapshotInput{Grants: []outway.Grant{stuck, past}})
	const content = "$1$1$"
	for _, c := range []struct {
		name, hash, says string
		host             string
	}{
		{"by host", "", stuck.Problem, named},
		{"by hash", string(hash("a")), stuck.Problem, named},
		{"ended", string(hash("b")), "its contract ended at", named},
		{"unknown", string(hash("z")), "no contract with the grant", named},
		{"content hash", content + string(hash("a"))[5:], "hash of a grant; a hash that begins with $1$1$ is that of a contract", named},
		{"nonsense", "x", "not the hash of a grant", named},
		{"empty", "", "http://<service>.<peer_id>.fsc", "elders.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := s.request(func(r *http.Request) { r.Host = c.host })
			if c.hash != "" {
				r.Header.Set(proxy.HeaderGrantHash, c.hash)
			}
			s.do(r).want(t, 400, fsc.CodeUnknownGrantHashInHeader).says(t, c.says)
		})
	}
	s.do(s.request(head(proxy.HeaderGrantHash, string(hash("a")), string(hash("b"))))).want(t, 400, fsc.CodeUnknownGrantHashInHeader)
	if s.calls.Load() != 0 || len(s.books.all()) != 0 || s.tokens.fetched.Load() != 0 {
		t.Error("something was sent, recorded or fetched")
	}
}
