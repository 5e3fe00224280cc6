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
		114: "binding", 115: "usage", 116: "settlement", 117: "saving", 118: "price", 120: "organization", 121: "group", 122: "membership", 123: "decision", 124: "process",
		125: "confirmation", 126: "change", 127: "owndraw", 128: "calloffchange",
	}
	if name, ok := names[t]; ok {
		return name
	}
	return "type" + strconv.Itoa(int(t))
}

// allocated is the overlay of a call-off that the ledger of its framework has
// given a receipt.
const allocated = "allocated"

// wordOf gives a state the word that events have for it (design, section 3.6).
// States of the generic life and the words of a type's own come to the same;
// what isn't named here keeps its own word.
func wordOf(t deed.Type, state string, overlays []string) string {
	words := map[string]map[string]string{
		"framework": {"in_force": "live", "expired": "ended", "revoked": "ended", "terminated": "ended", "annulled": "ended"},
		"accession": {"in_force": "effective", "void": "refused", "expired": "ended", "revoked": "ended"},
		"calloff":   {"in_force": "signed", "expired": "ended", "revoked": "ended", "completed": "ended", "terminated": "ended"},
		"binding":   {"in_force": "bound", "expired": "cut", "revoked": "cut"},
		"decision":  {"open": "opened"},
	}
	word, ok := words[nameOf(t)][state]
	if !ok {
		word = clean(state)
	}
	if nameOf(t) == "calloff" && word == "signed" && slices.Contains(overlays, allocated) {
		return "live" // data flows from here on, and not before
	}
	return word
}

// overlayWord gives an overlay its word.
func overlayWord(overlay string) string {
	if percent, ok := strings.CutPrefix(overlay, "used_"); ok {
		return "threshold." + clean(percent)
	}
	return clean(overlay)
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
	word := wordOf(t.Type, t.To, t.Overlays)
	if t.From == "" || wordOf(t.Type, t.From, before) != word {
		out = append(out, happened{name + word, key})
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
