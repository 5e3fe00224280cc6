// SPDX-License-Identifier: EUPL-1.2

package ocds

import (
	"cmp"
	"slices"
)

// History is one contracting process with all its releases merged.
type History struct {
	root     *node
	ocid     string
	last     *origin
	releases []Release
}

// Merge merges the releases of one process by the merge routine of OCDS 1.1, in
// order of date; releases of the same moment in order of id, so that everybody
// gets the same. A release that stands twice counts once. It is refused when
// there is none, when they are of several processes, and when two differ under one id.
func (s *Standard) Merge(releases ...Release) (*History, error) {
	list, err := Append(nil, releases...)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || list[0].OCID() == "" {
		return nil, problem("", ruleInput, "there are no releases to merge")
	}
	slices.SortStableFunc(list, func(a, b Release) int {
		return cmp.Or(a.Date().Compare(b.Date()), cmp.Compare(a.ID(), b.ID()))
	})
	h := &History{root: &node{kind: objectNode, fields: map[string]*node{}}, ocid: list[0].OCID(), releases: list}
	for _, r := range list {
		if r.OCID() != h.ocid {
			return nil, problem("ocid", ruleInput, "releases of %s and %s are of different processes", h.ocid, r.OCID())
		}
		h.last = &origin{id: r.ID(), date: text(r.tree, "date"), tag: r.tree["tag"]}
		m := merger{from: h.last}
		if err := m.object(h.root, s.release, "", r.tree); err != nil {
			return nil, err
		}
	}
	delete(h.root.fields, "ocid") // not versioned; put back below
	return h, nil
}

// Releases are the merged releases, oldest first.
func (h *History) Releases() []Release { return slices.Clone(h.releases) }

// Compiled is the state after the last release: a release with the tag
// compiled, the date of the last one, and an id of process and date.
func (h *History) Compiled() Release {
	tree := h.root.lastFields()
	tree["ocid"], tree["date"], tree["id"] = h.ocid, h.last.date, h.ocid+"-"+h.last.date
	tree["tag"] = []any{"compiled"}
	return Release{tree: tree}
}

// Versioned is the process with every value each field had, as JSON: each with
// the id, date and tag of the release that brought it.
func (h *History) Versioned() ([]byte, error) { return encode(h.versioned()) }

func (h *History) versioned() object {
	out, ok := h.root.history().(object)
	if !ok {
		out = object{}
	}
	out["ocid"] = h.ocid
	return out
}

// Record makes a record package: for each process, in order of first
// appearance, its releases, the compiled and the versioned release.
func (s *Standard) Record(m Meta, releases ...Release) ([]byte, error) {
	byProcess := map[string][]Release{}
	var order []string
	for _, r := range releases {
		if byProcess[r.OCID()] == nil {
			order = append(order, r.OCID())
		}
		byProcess[r.OCID()] = append(byProcess[r.OCID()], r)
	}
	records := make([]any, 0, len(order))
	for _, ocid := range order {
		h, err := s.Merge(byProcess[ocid]...)
		if err != nil {
			return nil, err
		}
		list := make([]any, len(h.releases))
		for i, r := range h.releases {
			list[i] = r.tree
		}
		records = append(records, object{
			"ocid": ocid, "releases": list, "compiledRelease": h.Compiled().tree, "versionedRelease": h.versioned(),
		})
	}
	pack := s.envelope(m)
	pack["records"] = records
	return encode(pack)
}
