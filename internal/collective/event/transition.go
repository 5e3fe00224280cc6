// SPDX-License-Identifier: EUPL-1.2

package event

import (
	"slices"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Prefix begins every type of event.
const Prefix = "nl.collective"

// Transition is that a deed came into another state, or got other overlays, as
// the node that folds deeds tells it.
type Transition struct {
	Number        int64 // from 1, rising
	Deed, Dossier deed.Hash
	Type          deed.Type
	From, To      string   // states; From is empty for a deed that is new here
	Overlays      []string // after it
	At            int64    // Unix seconds
}

// nameOf gives a type of deed its place in the types of events.
func nameOf(t deed.Type) string {
	names := map[deed.Type]string{
		100: "stance", 101: "mandate", 110: "framework", 111: "accession", 112: "calloff", 113: "allocation",
		114: "binding", 115: "usage", 120: "organization", 121: "group", 122: "membership", 123: "decision", 124: "process",
	}
	if name, ok := names[t]; ok {
		return name
	}
	return "type" + strconv.Itoa(int(t))
}

// wordOf gives a state the word that events have for it (design, section 3.6).
// States of the generic life and the words of a type's own come to the same;
// what isn't named here keeps its own word. A call-off that is in force isn't
// live yet: the framework's ledger has to allocate it first.
func wordOf(t deed.Type, s string) string {
	words := map[string]map[string]string{
		"framework": {
			"in_force": "live", "expired": "ended", "revoked": "ended", "terminated": "ended", "annulled": "ended",
		},
		"accession": {"in_force": "effective", "void": "refused", "expired": "ended", "revoked": "ended"},
		"calloff":   {"expired": "ended", "revoked": "ended", "completed": "ended", "terminated": "ended"},
		"binding":   {"in_force": "bound", "expired": "cut", "revoked": "cut"},
		"decision":  {"open": "opened"},
	}
	if word, ok := words[nameOf(t)][s]; ok {
		return word
	}
	return clean(s)
}

// overlayWord gives an overlay its word. What stands behind a colon, such as the
// lot of a framework, tells overlays of one kind apart and isn't part of it.
func overlayWord(overlay string) string {
	kind, _, _ := strings.Cut(overlay, ":")
	if percent, ok := strings.CutPrefix(kind, "threshold_"); ok {
		return "threshold." + clean(percent)
	}
	return clean(kind)
}

// clean keeps what may stand in a type: lower case letters, digits and "_".
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, s)
}

// happened is a type of event and what else makes it the one it is.
type happened struct{ typ, key string }

// eventsOf tells what a transition brings, given the overlays before it.
func eventsOf(t *Transition, before []string) []happened {
	name, key := Prefix+"."+nameOf(t.Type)+".", strconv.FormatInt(t.Number, 10)
	var out []happened
	if t.From == "" || wordOf(t.Type, t.From) != wordOf(t.Type, t.To) {
		out = append(out, happened{name + wordOf(t.Type, t.To), key})
	}
	for _, o := range t.Overlays {
		if !slices.Contains(before, o) {
			out = append(out, happened{name + overlayWord(o), key + " " + o})
		}
	}
	for _, o := range before {
		if !slices.Contains(t.Overlays, o) {
			out = append(out, happened{name + overlayWord(o) + ".cleared", key + " " + o})
		}
	}
	return out
}
