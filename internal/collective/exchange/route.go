// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	_ "embed"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// apiVersion is info.version in the OpenAPI document.
const apiVersion = "1.0.0"

//go:embed openapi.json
var document []byte

type handler func(*call) (reply, error)

// route finds the handler of a request.
func (s *server) route(c *call) (handler, error) {
	methods := s.endpoint(c)
	if methods == nil {
		return nil, &failure{status: http.StatusNotFound, code: codeNotFound, detail: "there is nothing at this path"}
	}
	do, ok := methods[c.r.Method]
	if !ok {
		allow := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
		c.w.Header().Set("Allow", allow)
		return nil, &failure{status: http.StatusMethodNotAllowed, code: "method_not_allowed", detail: "this path takes " + allow}
	}
	if c.r.URL.Path != "/feed" && c.r.URL.RawQuery != "" {
		return nil, invalid("query", "", "takes_none", "this path takes no query")
	}
	return do, nil
}

// endpoint gives the methods of a path and takes the hashes out of it.
func (s *server) endpoint(c *call) map[string]handler {
	parts, ok := segments(c.r.URL.EscapedPath())
	if !ok {
		return nil
	}
	if len(parts) > 1 {
		c.deed = deed.Hash(parts[1])
	}
	get, put, post := http.MethodGet, http.MethodPut, http.MethodPost
	switch {
	case len(parts) == 4 && parts[0] == "deeds" && parts[2] == "signatures":
		c.signature = deed.Hash(parts[3])
		return map[string]handler{put: s.putSignature}
	case len(parts) == 3 && parts[0] == "deeds" && parts[2] == "signatures":
		return map[string]handler{get: s.getSignatures}
	case len(parts) == 4 && parts[0] == "usage" && parts[3] == "question":
		c.month = parts[2]
		return map[string]handler{post: s.postQuestion}
	case len(parts) == 3 && parts[0] == "usage":
		c.month = parts[2]
		return map[string]handler{get: s.getUsage}
	case len(parts) == 2 && parts[0] == "deeds":
		return map[string]handler{get: s.getDeed, put: s.putDeed}
	case len(parts) == 2 && parts[0] == "annexes":
		return map[string]handler{get: s.getAnnex}
	case len(parts) == 2 && parts[0] == "savings":
		return map[string]handler{get: s.getSavings}
	case len(parts) == 2 && parts[0] == "state":
		return map[string]handler{get: s.getState}
	case len(parts) == 2 && parts[0] == "dossiers":
		return map[string]handler{get: s.getDossier}
	case len(parts) != 1:
		return nil
	}
	return map[string]map[string]handler{
		"feed":         {get: s.getFeed},
		"checkpoints":  {post: s.postCheckpoints},
		"openapi.json": {get: func(*call) (reply, error) { return reply{http.StatusOK, mediaJSON, document}, nil }},
	}[parts[0]]
}

// segments takes a path apart. A hash may come with $ or %24; a slash in it can't
// make two segments of one.
func segments(escaped string) ([]string, bool) {
	rest, ok := strings.CutPrefix(escaped, "/")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) > 4 {
		return nil, false
	}
	for i, p := range parts {
		plain, err := url.PathUnescape(p)
		if err != nil || plain == "" || len(plain) > maxHash {
			return nil, false
		}
		parts[i] = plain
	}
	return parts, true
}

// named checks that the path names a deed.
func (c *call) named() error {
	if _, err := c.deed.Type(); err != nil {
		return &failure{status: http.StatusNotFound, code: codeNotFound, detail: "the path must name a deed by its hash", cause: err}
	}
	return nil
}

// mustName checks that a hash in the path is that of what came in the body.
func mustName(inPath, inBody deed.Hash, what string) error {
	if inPath == inBody {
		return nil
	}
	return invalid("path", what, string(deed.CodeHash), fmt.Sprintf("the %s in the body has the hash %s, which isn't the one in the path", what, inBody))
}
