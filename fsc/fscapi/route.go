// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/fsc"
)

const (
	basePath      = "/v1"
	pathContracts = "/contracts"
	pathKeySet    = "/.well-known/jwks.json"
)

// endpoint is one method on one path.
type endpoint struct {
	name    string
	address bool // Fsc-Manager-Address is required
	token   bool // errors in the form of RFC 6749
	do      func(*call) (reply, error)
}

func (s *server) routeTable() map[string]map[string]endpoint {
	get := func(name string, do func(*call) (reply, error)) map[string]endpoint {
		return map[string]endpoint{http.MethodGet: {name: name, do: do}}
	}
	put := func(name string, do func(*call) (reply, error)) map[string]endpoint {
		return map[string]endpoint{http.MethodPut: {name: name, address: true, do: do}}
	}
	sign := func(t fsc.SignatureType) map[string]endpoint {
		return put(string(t)+"_contract", func(c *call) (reply, error) { return s.putSignature(c, t) })
	}
	return map[string]map[string]endpoint{
		basePath + "/announce": put("announce", s.announce),
		basePath + pathContracts: {
			http.MethodPost: {name: "submit_contract", address: true, do: s.submitContract},
			http.MethodGet:  {name: "list_contracts", do: s.listContracts},
		},
		basePath + pathContracts + "/{hash}/accept": sign(fsc.SignatureTypeAccept),
		basePath + pathContracts + "/{hash}/reject": sign(fsc.SignatureTypeReject),
		basePath + pathContracts + "/{hash}/revoke": sign(fsc.SignatureTypeRevoke),
		basePath + "/token":                         {http.MethodPost: {name: "token", token: true, do: s.token}},
		basePath + "/peer":                          get("peer_info", s.peerInfo),
		basePath + "/peers":                         get("list_peers", s.listPeers),
		basePath + "/services":                      get("list_services", s.listServices),
		basePath + "/logs":                          get("list_log_records", s.listLogRecords),
		basePath + pathKeySet:                       get("key_set", s.keySet),
		pathKeySet:                                  get("key_set", s.keySet),
	}
}

// route finds the endpoint. It works on the decoded path, so that a hash may
// come with $ or %24.
func (s *server) route(c *call) (endpoint, error) {
	path := c.r.URL.Path
	if hash, action, ok := splitHashPath(path); ok {
		c.hash = fsc.ContentHash(hash)
		path = basePath + pathContracts + "/{hash}/" + action
	}
	methods, ok := s.routes[path]
	if !ok || len(c.hash) > maxHashLength {
		return endpoint{}, fsc.Errorf(fsc.CodeNotFound, "this Manager has no such path; its interface starts at %s", basePath)
	}
	method := c.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	e, ok := methods[method]
	if !ok {
		allow := slices.Sorted(maps.Keys(methods))
		if _, ok := methods[http.MethodGet]; ok {
			allow = append(allow, http.MethodHead)
		}
		c.w.Header().Set("Allow", strings.Join(allow, ", "))
		return endpoint{}, fsc.Errorf(fsc.CodeMethodUnsupported, "this path takes %s", strings.Join(allow, ", "))
	}
	return e, nil
}

// splitHashPath takes /v1/contracts/{hash}/{action} apart.
func splitHashPath(path string) (hash, action string, ok bool) {
	rest, ok := strings.CutPrefix(path, basePath+pathContracts+"/")
	if !ok {
		return "", "", false
	}
	hash, action, ok = strings.Cut(rest, "/")
	return hash, action, ok && hash != ""
}
