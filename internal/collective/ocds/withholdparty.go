// SPDX-License-Identifier: EUPL-1.2

package ocds

import "slices"

// Who made a bid that is kept back would still be known from the list of
// parties. So a party that is there as a bidder only goes and comes with its bid.

// cutBidders removes parties that are bidders and nothing else, and that
// nothing in the release names any more.
func cutBidders(tree object) {
	list, ok := tree["parties"].([]any)
	if !ok {
		return
	}
	named := namesIn(tree)
	list = slices.DeleteFunc(slices.Clone(list), func(e any) bool {
		o, isObject := e.(object)
		return isObject && bidderOnly(o) && !named[text(o, "id")]
	})
	tree["parties"] = list
	if len(list) == 0 {
		delete(tree, "parties")
	}
}

// pickBidders gives the bidders of full that the body names.
func pickBidders(body, full object) []any {
	named := namesIn(body)
	var out []any
	for _, o := range children(full, "parties") {
		if bidderOnly(o) && named[text(o, "id")] {
			out = append(out, clone(o))
		}
	}
	return out
}

func bidderOnly(party object) bool {
	roles, _ := party["roles"].([]any)
	return len(roles) > 0 && !slices.ContainsFunc(roles, func(r any) bool { return r != "tenderer" })
}

// namesIn gives every id that stands outside the list of parties. That is more
// than the references to parties; an id too many only keeps a party.
func namesIn(tree object) map[string]bool {
	out := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case object:
			out[text(v, "id")] = true
			for _, e := range v {
				walk(e)
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	for name, v := range tree {
		if name != "parties" {
			walk(v)
		}
	}
	return out
}
