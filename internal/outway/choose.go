// SPDX-License-Identifier: EUPL-1.2

package outway

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/proxy"
)

// maxChoices is the most grants an error lists.
const maxChoices = 10

// choose finds the one grant for a request: by Fsc-Grant-Hash; else by a route
// for the host; else by the host's own name of the form
// <service>.<peer_id>.fsc with anything behind it; else by a route for the path
// only. The route is nil unless one was used.
func (s *snapshot) choose(r *http.Request, now time.Time) (*grant, *Route, error) {
	if hashes := r.Header[proxy.HeaderGrantHash]; len(hashes) > 0 {
		g, err := s.byHeader(hashes, now)
		return g, nil, err
	}
	host, path := hostName(r.Host), rawPath(r)
	rt := match(s.routes[host], path)
	if rt == nil || host == "" {
		if grants := s.named(host); grants != nil {
			g, err := pick(grants, &Route{}, now)
			return g, nil, err
		}
		rt = match(s.routes[""], path)
	}
	if rt == nil {
		return nil, nil, fsc.Errorf(fsc.CodeUnknownGrantHashInHeader, "no route of this Outway and no service with a contract fits the host %.100q and this path; "+
			"send Fsc-Grant-Hash, or call http://<service>.<peer_id>.fsc.<domain of the Outway>", host)
	}
	g, err := pick(s.grants.Named(rt.name), rt, now)
	return g, rt, err
}

func (s *snapshot) byHeader(hashes []string, now time.Time) (*grant, error) {
	hash := fsc.GrantHash(hashes[0])
	if len(hashes) > 1 {
		return nil, fsc.Errorf(fsc.CodeUnknownGrantHashInHeader, "there must be one Fsc-Grant-Hash header")
	}
	if g := s.grants.Get(hash); g != nil {
		if problem := g.problem(now); problem != "" {
			return nil, fsc.Errorf(fsc.CodeUnknownGrantHashInHeader, "this Outway knows the grant in Fsc-Grant-Hash but it can't be used: %s", problem)
		}
		return g, nil
	}
	if err := hash.Validate(); err != nil {
		return nil, fsc.WrapError(fsc.CodeUnknownGrantHashInHeader, err,
			"Fsc-Grant-Hash is not the hash of a grant; a hash that begins with $1$1$ is that of a contract, those of its grants begin with $1$3$ or $1$4$")
	}
	return nil, fsc.Errorf(fsc.CodeUnknownGrantHashInHeader, "this Outway has no contract with the grant in Fsc-Grant-Hash")
}

// pick takes the newest usable grant. Renewals of one grant have the same
// delegators; grants with different ones serve different ends, and the choice
// between those isn't made by guessing.
func pick(grants []*grant, rt *Route, now time.Time) (*grant, error) {
	var best *grant
	problem := ""
	for _, g := range grants {
		if !rt.allows(g) {
			continue
		}
		switch p := g.problem(now); {
		case p != "":
			if problem == "" {
				problem = p
			}
		case best == nil:
			best = g
		case best.Delegator != g.Delegator || best.ServiceDelegator != g.ServiceDelegator:
			return nil, ambiguous(grants, rt, now)
		}
	}
	switch {
	case best != nil:
		return best, nil
	case problem != "":
		return nil, fsc.Errorf(fsc.CodeUnknownGrantHashInHeader, "there is a contract for this service but it can't be used: %s", problem)
	}
	return nil, fsc.Errorf(fsc.CodeUnknownGrantHashInHeader, "the route leads to service %q of Peer %s, for which there is no contract; propose one to that Peer", rt.Service, rt.ServicePeerID)
}

func (rt *Route) allows(g *grant) bool {
	return (rt.Service == "" || rt.Service == g.Service && rt.ServicePeerID == g.ServicePeer.ID) && (rt.Delegator == "" || rt.Delegator == g.Delegator) &&
		(rt.ServiceDelegator == "" || rt.ServiceDelegator == g.ServiceDelegator)
}

// ambiguous lists the choices: hash, service, for whom.
func ambiguous(grants []*grant, rt *Route, now time.Time) error {
	var choices []string
	for _, g := range grants {
		if !rt.allows(g) || g.problem(now) != "" {
			continue
		}
		if len(choices) == maxChoices {
			choices = append(choices, "and more")
			break
		}
		choice := fmt.Sprintf("%s for %s of Peer %s", g.Hash, g.Service, g.ServicePeer.ID)
		if g.ServiceDelegator != "" {
			choice += fmt.Sprintf(", offered on behalf of Peer %s", g.ServiceDelegator)
		}
		if g.Delegator != "" {
			choice += fmt.Sprintf(", called on behalf of Peer %s", g.Delegator)
		} else {
			choice += ", called for this Peer itself"
		}
		choices = append(choices, choice)
	}
	return fsc.Errorf(fsc.CodeGrantAmbiguous, "several grants fit; choose one with Fsc-Grant-Hash or name the delegator in the route: %s", strings.Join(choices, "; "))
}

// named gives the grants of a host <service>.<peer_id>.fsc[.anything]. The name
// of a service may have dots, so each "fsc" is tried as the end.
func (s *snapshot) named(host string) []*grant {
	for end := 0; ; end++ {
		i := strings.Index(host[end:], ".fsc")
		if i < 0 {
			return nil
		}
		end += i
		if rest := host[end+len(".fsc"):]; rest == "" || rest[0] == '.' {
			if grants := s.grants.Named(host[:end]); grants != nil {
				return grants
			}
		}
	}
}

// match gives the route with the longest prefix that ends where a segment ends.
func match(routes []Route, path string) *Route {
	for i := range routes {
		if rest, ok := strings.CutPrefix(path, routes[i].PathPrefix); ok && (rest == "" || rest[0] == '/' || routes[i].PathPrefix == "") {
			return &routes[i]
		}
	}
	return nil
}

// hostName gives the host in lower case without port and final dot.
func hostName(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// rawPath gives the path as it was received, without the query.
func rawPath(r *http.Request) string {
	path, _, _ := strings.Cut(rawTarget(r), "?")
	return path
}

// rawTarget gives path and query as they were received; of the absolute form
// that proxies are sent, what follows the host.
func rawTarget(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	if _, rest, ok := strings.Cut(r.RequestURI, "://"); ok {
		if i := strings.IndexAny(rest, "/?"); i >= 0 {
			return rest[i:]
		}
	}
	return ""
}

// stripped is r with the prefix taken off its path; nothing else is touched.
func stripped(r *http.Request, prefix string) *http.Request {
	out := *r
	out.RequestURI = strings.TrimPrefix(rawTarget(r), prefix)
	if !strings.HasPrefix(out.RequestURI, "/") {
		out.RequestURI = "/" + out.RequestURI
	}
	return &out
}
