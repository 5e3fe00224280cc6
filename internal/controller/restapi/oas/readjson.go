// SPDX-License-Identifier: EUPL-1.2

package oas

import (
	"bytes"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Number is a JSON number as it was written.
type Number string

// Object is a JSON object.
type Object map[string]any

const (
	// maxDepth is how deep a body may nest.
	maxDepth = 32
	// maxProblems is how many problems are told; more help nobody.
	maxProblems = 100
)

// ReadJSON reads one JSON value: string, [Number], bool, nil, []any or
// [Object]. Members that stand there twice are all told; text that isn't JSON
// gives one problem and no value.
func ReadJSON(raw []byte) (any, []Problem) {
	r := &reader{d: jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true))}
	v, ok := r.value("#", 0)
	if ok {
		if _, err := r.d.ReadToken(); err != io.EOF { //nolint:errorlint // the decoder gives it plainly
			ok = false
			r.malformed()
		}
	}
	if !ok {
		return nil, r.found
	}
	return v, r.found
}

type reader struct {
	d     *jsontext.Decoder
	found []Problem
}

// malformed tells where the text stops being JSON; what was found before it
// doesn't count.
func (r *reader) malformed() {
	r.found = []Problem{{"#", "json", "is not JSON at byte " + strconv.FormatInt(r.d.InputOffset(), 10)}}
}

func (r *reader) value(at string, depth int) (any, bool) {
	if depth > maxDepth {
		r.found = []Problem{{at, "depth", "is nested too deeply"}}
		return nil, false
	}
	t, err := r.d.ReadToken()
	if err != nil {
		r.malformed()
		return nil, false
	}
	switch t.Kind() { //nolint:exhaustive // the others are null, or can't begin a value
	case '{':
		return r.object(at, depth)
	case '[':
		return r.array(at, depth)
	case '"':
		return t.String(), true
	case '0':
		return Number(t.String()), true
	case 't', 'f':
		return t.Bool(), true
	}
	return nil, true
}

func (r *reader) object(at string, depth int) (any, bool) {
	o := Object{}
	for r.d.PeekKind() != '}' {
		t, err := r.d.ReadToken()
		if err != nil {
			r.malformed()
			return nil, false
		}
		name := t.String()
		if _, twice := o[name]; twice && len(r.found) < maxProblems {
			r.found = append(r.found, Problem{at + "/" + escape(name), "duplicate", "stands here twice"})
		}
		v, ok := r.value(at+"/"+escape(name), depth+1)
		if !ok {
			return nil, false
		}
		o[name] = v
	}
	return o, r.end()
}

func (r *reader) array(at string, depth int) (any, bool) {
	list := []any{}
	for r.d.PeekKind() != ']' {
		v, ok := r.value(at+"/"+strconv.Itoa(len(list)), depth+1)
		if !ok {
			return nil, false
		}
		list = append(list, v)
	}
	return list, r.end()
}

func (r *reader) end() bool {
	if _, err := r.d.ReadToken(); err != nil {
		r.malformed()
		return false
	}
	return true
}

// escape makes a member's name a part of a JSON pointer in a URI fragment, and
// bounds it: it may be anybody's text.
func escape(name string) string {
	const most = 100
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	return url.PathEscape(strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1"))
}

// Clip gives the first problems of a list that is too long to tell.
func Clip(found []Problem) []Problem { return found[:min(len(found), maxProblems)] }
