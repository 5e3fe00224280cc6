// SPDX-License-Identifier: EUPL-1.2

package reconcile

import "github.com/samenspel/samenspel/internal/txlog/idset"

// findings are counts, and the calls to look for by ID with the key under which
// they were found.
type findings struct {
	counts       tallies
	ours, theirs map[idset.ID]Key
}

func newFindings() findings {
	return findings{tallies{}, map[idset.ID]Key{}, map[idset.ID]Key{}}
}

// merge adds findings, and names as long as there is room.
func (f *findings) merge(o findings) {
	for k, t := range o.counts {
		addTally(f.counts.of(k), *t)
	}
	for _, names := range [][2]map[idset.ID]Key{{f.ours, o.ours}, {f.theirs, o.theirs}} {
		for id, k := range names[1] {
			if len(names[0]) < MaxNamed {
				names[0][id] = k
			}
		}
	}
}

// note keeps calls to look for, as long as there is room.
func note(into map[idset.ID]Key, texts []string, k Key) error {
	for _, text := range texts {
		if len(into) >= MaxNamed {
			return nil
		}
		id, err := idset.ParseID(text)
		if err != nil {
			return theirs(err)
		}
		into[id] = k
	}
	return nil
}
