// SPDX-License-Identifier: EUPL-1.2

package ocds

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Withheld is one field that isn't public yet, with the reason and the day on
// which it will be.
type Withheld struct {
	// Path names the field from the release down, as contracts/value. A list
	// is gone through whole; one element is chosen by its id, as
	// bids/details[bid-2].
	Path   string
	Reason string    // for readers; names the ground in law
	Until  time.Time // public from this moment
}

// kept are the fields by which a release and its parts are known.
func kept() []string {
	return []string{"ocid", "id", "date", "tag", "initiationType", "language", "awardID"}
}

// step is one part of a path: a field, and for a list possibly one element.
type step struct{ field, id string }

// Withhold makes the release that is published in place of r: without the
// fields of the list that aren't public at the release's own date, and with a
// document (in its tender, or else its first award or contract) for each of
// them that tells path, reason and day. A party that is named as the bidder of a
// bid that is kept back only, goes with it. What
// is left is decided by that date alone, so making it again later gives the same
// release. A field that isn't in r isn't told.
func (s *Standard) Withhold(r Release, list []Withheld) (Release, error) {
	hidden, err := inForce(list, r.Date())
	if err != nil || len(hidden) == 0 {
		return r, err
	}
	tree := cloned(r.tree)
	var notes []any
	for _, w := range hidden {
		path, err := readPath(w.Path)
		if err != nil {
			return Release{}, err
		}
		if cut(tree, path) {
			notes = append(notes, object{
				"id": "withheld-" + w.Path, "documentType": "x_withheldInformation", "title": "Nog niet openbaar: " + w.Path,
				"description": fmt.Sprintf("%s Openbaar vanaf %s.", strings.TrimRight(w.Reason, " .")+".", w.Until.In(s.zone).Format(time.DateOnly)),
			})
		}
	}
	if len(notes) > 0 {
		cutBidders(tree)
		at := noticeBoard(tree)
		if at == nil {
			return Release{}, problem("withheld", ruleInput, "the release has no tender, award or contract in which to tell what is kept back")
		}
		documents, _ := at["documents"].([]any)
		at["documents"] = append(documents, notes...)
	}
	return s.checked(tree)
}

// noticeBoard is the first part of a release that can have documents.
func noticeBoard(tree object) object {
	if tender := child(tree, "tender"); tender != nil {
		return tender
	}
	for _, name := range []string{"awards", "contracts"} {
		if list := children(tree, name); len(list) > 0 {
			return list[0]
		}
	}
	return nil
}

// Disclose makes the later release that publishes what [Standard.Withhold] kept
// back from full and what is public at the moment at.Date. It has those fields
// only, under the ids they belong to, so that merging both gives the whole. It
// is refused when nothing has become public.
func (s *Standard) Disclose(full Release, list []Withheld, at Stamp) (Release, error) {
	then, err := inForce(list, full.Date())
	if err != nil {
		return Release{}, err
	}
	body, found := object{}, false
	for _, w := range then {
		path, err := readPath(w.Path)
		if err != nil {
			return Release{}, err
		}
		if !w.Until.After(at.Date) {
			found = pick(body, full.tree, path) || found
		}
	}
	if !found {
		return Release{}, problem("withheld", ruleInput, "nothing of this release has become public since")
	}
	body["parties"] = pickBidders(body, full.tree)
	return s.make(full.OCID(), at, body, updateTags(body)...)
}

// updateTags are the tags of a release that adds to earlier ones, by the parts it has.
func updateTags(body object) []string {
	var tags []string
	for _, part := range []struct{ field, tag string }{
		{"planning", "planningUpdate"}, {"tender", "tenderUpdate"}, {"bids", "awardUpdate"}, {"awards", "awardUpdate"}, {"contracts", "contractUpdate"},
	} {
		if body[part.field] != nil {
			tags = append(tags, part.tag)
		}
	}
	if len(tags) == 0 {
		return []string{"tenderUpdate"} // what belongs to the process as a whole
	}
	return slices.Compact(tags)
}

// inForce gives the entries that keep something back at a moment, all checked.
func inForce(list []Withheld, at time.Time) ([]Withheld, error) {
	found, out := &findings{}, make([]Withheld, 0, len(list))
	for i, w := range list {
		field := fmt.Sprintf("withheld[%d]", i)
		if strings.TrimSpace(w.Reason) == "" {
			found.add(field+".reason", ruleInput, "a field is kept back for a reason only; give it")
		}
		if w.Until.IsZero() {
			found.add(field+".until", ruleInput, "a field is kept back until a day; give it")
		}
		if w.Until.After(at) {
			out = append(out, w)
		}
	}
	return out, found.err()
}

// readPath reads a path such as bids/details[bid-2].
func readPath(path string) ([]step, error) {
	var out []step
	for part := range strings.SplitSeq(path, "/") {
		field, id, chosen := strings.Cut(part, "[")
		if field == "" || (chosen && (!strings.HasSuffix(id, "]") || id == "]")) {
			return nil, problem("path", ruleInput, "%q isn't a path such as contracts/value or bids/details[bid-2]", path)
		}
		out = append(out, step{field: field, id: strings.TrimSuffix(id, "]")})
	}
	if slices.Contains(kept(), out[len(out)-1].field) {
		return nil, problem("path", ruleInput, "%q is what a release is known by; it can't be kept back", path)
	}
	return out, nil
}

// matches tells whether an element of a list is meant.
func (st step) matches(o object) bool { return st.id == "" || text(o, "id") == st.id }

// cut removes the field at path from tree and tells whether it was there.
func cut(tree object, path []step) bool {
	st, last := path[0], len(path) == 1
	switch v := tree[st.field].(type) {
	case nil:
		return false
	case []any:
		return cutList(tree, v, path)
	case object:
		if !last {
			return cut(v, path[1:])
		}
	}
	if last && st.id == "" {
		delete(tree, st.field)
		return true
	}
	return false
}

func cutList(tree object, list []any, path []step) bool {
	st, found := path[0], false
	if len(path) == 1 && st.id == "" {
		delete(tree, st.field)
		return true
	}
	left := make([]any, 0, len(list))
	for _, e := range list {
		o, ok := e.(object)
		switch {
		case !ok || !st.matches(o):
			left = append(left, e)
		case len(path) == 1:
			found = true
		default:
			found = cut(o, path[1:]) || found
			left = append(left, e)
		}
	}
	tree[st.field] = left
	if len(left) == 0 {
		delete(tree, st.field) // an empty list would be invalid in places, and says nothing
	}
	return found
}

// pick copies the field at path from one tree into another, with the ids and
// other needed fields of what it stands in.
func pick(into, from object, path []step) bool {
	st, last := path[0], len(path) == 1
	switch v := from[st.field].(type) {
	case nil:
		return false
	case object:
		if !last {
			to := child(into, st.field)
			if to == nil {
				to = anchors(v)
			}
			if !pick(to, v, path[1:]) {
				return false
			}
			into[st.field] = to
			return true
		}
	case []any:
		if !last || st.id != "" {
			return pickList(into, v, path)
		}
	}
	if st.id != "" || !last {
		return false
	}
	into[st.field] = clone(from[st.field])
	return true
}

func pickList(into object, list []any, path []step) bool {
	st, found := path[0], false
	out, _ := into[st.field].([]any)
	for _, e := range list {
		o, ok := e.(object)
		if !ok || !st.matches(o) {
			continue
		}
		to, known := withID(out, o["id"])
		switch {
		case len(path) == 1:
			maps.Copy(to, cloned(o))
		case pick(to, o, path[1:]):
			maps.Copy(to, anchors(o))
		default:
			continue
		}
		found = true
		if !known {
			out = append(out, to)
		}
	}
	if found {
		into[st.field] = out
	}
	return found
}

// withID finds the element that was picked before, or gives a new one.
func withID(list []any, id any) (object, bool) {
	for _, e := range list {
		if o, ok := e.(object); ok && id != nil && canonical(o["id"]) == canonical(id) {
			return o, true
		}
	}
	return object{}, false
}

// anchors are the fields that say what an object is.
func anchors(o object) object {
	out := object{}
	for _, name := range []string{"id", "awardID"} {
		if v, ok := o[name]; ok {
			out[name] = v
		}
	}
	return out
}
