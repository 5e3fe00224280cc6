// SPDX-License-Identifier: EUPL-1.2

package ocds

import (
	"maps"
	"slices"
	"strconv"
)

// node is one place in a merged release: a leaf with its values over time, an
// object, or a list of objects that are told apart by id. From one tree of
// nodes follow both the compiled release (last values) and the versioned one
// (all values).
type node struct {
	kind   nodeKind
	values []moment         // leaf
	fields map[string]*node // object
	order  []string         // list: keys of elements in order of appearance
	byKey  map[string]*node // list
	id     any              // object in a list: its id, kept as it is
	gone   bool             // object in a list: a null took away the whole list
}

type nodeKind int

const (
	leafNode nodeKind = iota
	objectNode
	listNode
)

// moment is a value as one release gave it.
type moment struct {
	from  *origin
	value any
}

// origin is what a versioned value tells about its release.
type origin struct {
	id, date string
	tag      any
}

// merger adds one release to a tree of nodes by the merge routine of OCDS 1.1.
type merger struct{ from *origin }

// add merges value v at a place of shape s, which is nil when no schema knows it.
func (m *merger) add(n *node, s *shape, path string, v any) error {
	switch v := v.(type) {
	case nil:
		m.remove(n)
		return nil
	case object:
		if !n.become(objectNode) {
			return changedForm(path)
		}
		return m.object(n, s, path, v)
	case []any:
		if s.keyed(v) {
			if len(v) == 0 {
				return nil
			}
			if !n.become(listNode) {
				return changedForm(path)
			}
			return m.list(n, s, path, v)
		}
	}
	if n.kind != leafNode {
		return changedForm(path)
	}
	m.set(n, v)
	return nil
}

func changedForm(path string) error {
	return problem(path, "type", "has another form than in an earlier release of this process, so the two can't be merged")
}

// become turns a place without a value into one of the given kind.
func (n *node) become(kind nodeKind) bool {
	if n.kind == kind {
		return true
	}
	if n.kind != leafNode || slices.ContainsFunc(n.values, func(m moment) bool { return m.value != nil }) {
		return false
	}
	n.kind, n.values = kind, nil
	if kind == objectNode {
		n.fields = map[string]*node{}
	} else {
		n.byKey = map[string]*node{}
	}
	return true
}

// set notes a value if it differs from the one before.
func (m *merger) set(n *node, v any) {
	if last := len(n.values) - 1; last >= 0 && canonical(n.values[last].value) == canonical(v) {
		return
	}
	n.values = append(n.values, moment{from: m.from, value: v})
}

// remove notes null in every leaf below n.
func (m *merger) remove(n *node) {
	switch n.kind {
	case leafNode:
		m.set(n, nil)
	case objectNode:
		for _, f := range n.fields {
			m.remove(f)
		}
	case listNode:
		for _, e := range n.byKey {
			m.remove(e)
			e.gone = true
		}
	}
}

func (m *merger) object(n *node, s *shape, path string, v object) error {
	for _, name := range slices.Sorted(maps.Keys(v)) {
		f := s.field(name)
		if f != nil && f.omitted || n.id != nil && name == "id" {
			continue
		}
		if n.fields[name] == nil {
			n.fields[name] = &node{}
		}
		if err := m.add(n.fields[name], f, path+"/"+pointerToken(name), v[name]); err != nil {
			return err
		}
	}
	return nil
}

func (m *merger) list(n *node, s *shape, path string, v []any) error {
	var of *shape
	if s != nil {
		of = s.items
	}
	for i, e := range v {
		o, _ := e.(object)
		id := o["id"]
		key := canonical(id)
		if id == nil {
			key = "#" + strconv.Itoa(len(n.order)) // never the same as an id's text: each stands on its own
		}
		to := n.byKey[key]
		if to == nil {
			to = &node{kind: objectNode, fields: map[string]*node{}, id: id}
			n.byKey[key] = to
			n.order = append(n.order, key)
		}
		to.gone = false
		if err := m.object(to, of, element(path, i), o); err != nil {
			return err
		}
	}
	return nil
}

// keyed tells whether the elements of array v are merged by id; if not, the
// array is one value (whole list merge). An array of an unknown field counts by
// what is in it.
func (s *shape) keyed(v []any) bool {
	for _, e := range v {
		if _, ok := e.(object); !ok {
			return false
		}
	}
	switch {
	case s == nil:
		return len(v) > 0
	case s.wholeList:
		return false
	case s.items == nil || s.items.types == nil:
		return true
	case len(s.items.types) > 1 || !s.items.types["object"]:
		return false
	}
	return s.items.fields == nil || s.items.fields["id"] != nil
}

// last gives the current value, and whether there is one.
func (n *node) last() (any, bool) {
	switch n.kind {
	case objectNode:
		out := n.lastFields()
		return out, len(out) > 0
	case listNode:
		out := make([]any, 0, len(n.order))
		for _, key := range n.order {
			e := n.byKey[key]
			o := e.lastFields()
			onlyID := e.id != nil && len(o) == 1
			if len(o) > 0 && (!onlyID || !e.gone) {
				out = append(out, o)
			}
		}
		return out, len(out) > 0
	default:
		if len(n.values) == 0 {
			return nil, false
		}
		v := n.values[len(n.values)-1].value
		return v, v != nil
	}
}

func (n *node) lastFields() object {
	out := object{}
	if n.id != nil {
		out["id"] = n.id
	}
	for name, f := range n.fields {
		if v, ok := f.last(); ok {
			out[name] = v
		}
	}
	return out
}

// history gives all values, each with the release it came from.
func (n *node) history() any {
	switch n.kind {
	case objectNode:
		out := object{}
		if n.id != nil {
			out["id"] = n.id
		}
		for name, f := range n.fields {
			if h := f.history(); h != nil {
				out[name] = h
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case listNode:
		out := make([]any, len(n.order))
		for i, key := range n.order {
			out[i] = n.byKey[key].history()
		}
		return out
	default:
		if len(n.values) == 0 {
			return nil
		}
		out := make([]any, len(n.values))
		for i, m := range n.values {
			out[i] = object{"releaseID": m.from.id, "releaseDate": m.from.date, "releaseTag": m.from.tag, "value": m.value}
		}
		return out
	}
}
