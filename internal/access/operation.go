// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/internal/http1"
)

const (
	maxMethods = 20
	maxPaths   = 200
	maxPattern = 1024 // bytes
)

// operation is a set of methods and paths. Empty methods or paths mean all.
type operation struct {
	methods []string
	paths   []pattern
}

// pattern is a path in which a segment * stands for any one segment, and ** at
// the end for all that follows, also nothing.
type pattern struct {
	segments []step
	rest     bool
}

type step struct {
	wild bool
	text string
}

// newOperation reads methods and patterns. The error names the field.
func newOperation(methods, paths []string) (operation, error) {
	o := operation{methods: methods}
	if len(methods) > maxMethods {
		return o, fmt.Errorf("methods: at most %d", maxMethods)
	}
	for i, m := range methods {
		if !http1.Token(m) || len(m) > 40 {
			return o, fmt.Errorf("methods[%d] is %.40q; it must be a method such as GET", i, m)
		}
	}
	if len(paths) > maxPaths {
		return o, fmt.Errorf("paths: at most %d", maxPaths)
	}
	for i, text := range paths {
		p, ok := newPattern(text)
		if !ok {
			return o, fmt.Errorf("paths[%d] is %.100q; it must be a path such as /v1/persons/*, or end in /**, without query, dot segments, "+
				"double or encoded slashes and semicolons", i, text)
		}
		o.paths = append(o.paths, p)
	}
	return o, nil
}

func newPattern(text string) (p pattern, ok bool) {
	if len(text) > maxPattern {
		return p, false
	}
	segments, err := splitPath(text)
	if err != nil {
		return p, false
	}
	written := strings.Split(text[1:], "/") // an encoded asterisk is only an asterisk
	for i, s := range segments {
		switch {
		case written[i] == "**" && i == len(segments)-1:
			p.rest = true
		case written[i] == "*":
			p.segments = append(p.segments, step{wild: true})
		case strings.ContainsAny(written[i], "*{}"):
			return p, false
		default:
			p.segments = append(p.segments, step{text: s})
		}
	}
	return p, true
}

// allows tells whether the operation has exactly this method and path.
func (o *operation) allows(method string, path []string) bool {
	return (len(o.methods) == 0 || slices.Contains(o.methods, method)) &&
		(len(o.paths) == 0 || slices.ContainsFunc(o.paths, func(p pattern) bool { return p.matches(path, func(a, b string) bool { return a == b }) }))
}

// touches is for rules that refuse: upper and lower case are the same to it, and so
// are a slash at the end and points and spaces at the end of a segment, because they
// are to some services.
func (o *operation) touches(method string, path []string) bool {
	if n := len(path) - 1; n > 0 && path[n] == "" {
		path = path[:n]
	}
	return (len(o.methods) == 0 || slices.ContainsFunc(o.methods, func(m string) bool { return strings.EqualFold(m, method) })) &&
		(len(o.paths) == 0 || slices.ContainsFunc(o.paths, func(p pattern) bool { return p.bare().matches(path, alike) }))
}

func alike(a, b string) bool {
	return strings.EqualFold(strings.TrimRight(a, ". "), strings.TrimRight(b, ". "))
}

// bare is the pattern without a slash at its end.
func (p pattern) bare() pattern {
	if n := len(p.segments) - 1; n > 0 && !p.rest && p.segments[n] == (step{}) {
		p.segments = p.segments[:n]
	}
	return p
}

func (p pattern) matches(path []string, equal func(a, b string) bool) bool {
	if len(path) < len(p.segments) || len(path) > len(p.segments) && !p.rest {
		return false
	}
	for i, s := range p.segments {
		if s.wild && path[i] == "" || !s.wild && !equal(s.text, path[i]) {
			return false
		}
	}
	return true
}
