// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/internal/controller/restapi/oas"
)

// routes finds operations by method and path. A path is compared as it was
// sent, so that a value may hold an escaped slash, and is never cleaned: a path
// with a slash too many is another path.
type routes struct{ list []route }

type route struct {
	segments []string // {name} for a value
	op       *oas.Operation
	handle   handler
}

func (rs *routes) add(base string, op *oas.Operation, h handler) {
	rs.list = append(rs.list, route{strings.Split(base+op.Path, "/"), op, h})
}

// find gives the route and the values in the path. Without a route, allowed are
// the methods that the path has.
func (rs *routes) find(method, escapedPath string) (found *route, values map[string]string, allowed []string) {
	segments := strings.Split(escapedPath, "/")
	for i := range rs.list {
		r := &rs.list[i]
		v, ok := r.match(segments)
		if !ok {
			continue
		}
		if r.op.Method == method || method == http.MethodHead && r.op.Method == http.MethodGet {
			return r, v, nil
		}
		allowed = append(allowed, r.op.Method)
		if r.op.Method == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
	}
	slices.Sort(allowed)
	return nil, nil, slices.Compact(allowed)
}

func (r *route) match(segments []string) (map[string]string, bool) {
	if len(segments) != len(r.segments) {
		return nil, false
	}
	values := map[string]string{}
	for i, want := range r.segments {
		name, isValue := strings.CutPrefix(want, "{")
		if !isValue {
			if segments[i] != want {
				return nil, false
			}
			continue
		}
		v, err := url.PathUnescape(segments[i])
		if err != nil || v == "" {
			return nil, false
		}
		values[strings.TrimSuffix(name, "}")] = v
	}
	return values, true
}
