// SPDX-License-Identifier: EUPL-1.2

package outway

import (
	"net/http"
	"strings"
	"testing"
)

func FuzzHost(f *testing.F) {
	for _, s := range []string{"", "a.fsc", "personen.1234.fsc", "Personen.1234.FSC.localhost:80", "[::1]:80", ".fsc.fsc", "a.b.fsc.fsc.fsc", "x:", "personen.1234.fsc:80:90", "é.fsc."} {
		f.Add(s, "/a/b?c")
	}
	g := Grant{Hash: "h", Service: "personen"}
	g.ServicePeer.ID = "1234"
	s, _ := newSnapshot(&SnapshotInput{Grants: []Grant{g}, Routes: []Route{
		{Host: "a.example", PathPrefix: "/a", StripPrefix: true}, {PathPrefix: "/b"}, {Host: "a.example"},
	}}, &snapshot{})
	f.Fuzz(func(t *testing.T, host, target string) {
		name := hostName(host)
		if name != strings.ToLower(name) {
			t.Errorf("host %q gave %q", host, name)
		}
		if found := s.named(name); found != nil && name != "personen.1234.fsc" && !strings.HasPrefix(name, "personen.1234.fsc.") {
			t.Errorf("host %q led to the service", host)
		}
		r := &http.Request{RequestURI: target}
		path := rawPath(r)
		rt := match(s.routes["a.example"], path)
		if rt == nil {
			t.Fatalf("the route for any path doesn't match %q", path)
		}
		if rt.PathPrefix != "" {
			out := stripped(r, rt.PathPrefix).RequestURI
			if path != "/a" && !strings.HasPrefix(path, "/a/") || !strings.HasPrefix(out, "/") {
				t.Errorf("target %q became %q", target, out)
			}
		}
	})
}
