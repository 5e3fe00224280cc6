// SPDX-License-Identifier: EUPL-1.2

package idset

import (
	"slices"
	"sort"
)

// Tree is the set of one side, kept to answer questions about parts of it:
// 16 bytes for each call. It doesn't change, and may be used
// by several goroutines.
type Tree struct{ ids []ID }

// NewTree makes a Tree of IDs in any order; doubles count once. It sorts ids in
// place and keeps the slice.
func NewTree(ids []ID) *Tree {
	slices.SortFunc(ids, ID.Compare)
	return &Tree{slices.Compact(ids)}
}

// Summary gives number and root of all calls. It hashes them all.
func (t *Tree) Summary() Summary { return t.Subtree("") }

// Subtree gives number and root of the calls whose IDs begin with a valid
// prefix: what [Tree.Summary] would give if there were no others.
func (t *Tree) Subtree(p Prefix) Summary { return summarize(t.under(p)) }

// IDs gives the calls whose IDs begin with a valid prefix, in order. Don't
// change them.
func (t *Tree) IDs(p Prefix) []ID { return t.under(p) }

func (t *Tree) under(p Prefix) []ID { return cut(t.ids, p) }

// cut gives the part of sorted ids that begins with p.
func cut(ids []ID, p Prefix) []ID {
	from := sort.Search(len(ids), func(i int) bool { return p.compare(ids[i]) >= 0 })
	rest := ids[from:]
	return rest[:sort.Search(len(rest), func(i int) bool { return p.compare(rest[i]) > 0 })]
}

// summarize is for IDs that are sorted, each once.
func summarize(ids []ID) Summary {
	var c Counter
	for _, id := range ids {
		if err := c.Add(id); err != nil {
			return Summary{} // never: the IDs of a Tree are in order
		}
	}
	return c.Summary()
}

// split gives the prefix that all ids share, and what follows it; for two IDs or
// more.
func split(ids []ID) (Prefix, []branch) {
	common := ids[0].prefix(shared(ids[0], ids[len(ids)-1]))
	var out []branch
	for d := range byte(len(hexDigits)) {
		if part := cut(ids, common+Prefix(hexDigits[d:d+1])); len(part) > 0 {
			out = append(out, branch{d, summarize(part)})
		}
	}
	return common, out
}
