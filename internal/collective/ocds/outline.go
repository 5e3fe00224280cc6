// SPDX-License-Identifier: EUPL-1.2

package ocds

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
)

// Outline is what the releases of others say of one framework, for who takes it
// over. Facts that they don't have are zero: many publishers give no lots, no
// maximum and no numbers of organisations that we know.
type Outline struct {
	Framework
	// Published is the moment of the first release of a tender; zero without one.
	Published time.Time
	// Suppliers are those of the awards, by lot. A lot for which no award is named
	// has those of awards that name no lot.
	Suppliers map[string][]Organisation
}

// maxOutlineLots is how many lots a framework that is taken over may have.
const maxOutlineLots = 100

// Outline gives what releases say of a framework: of the one process that says
// that it is a framework agreement, or of the only process there is. The rule of
// four years holds as in [Standard.CheckFramework]; a reason that stands elsewhere
// lifts it. The error is an [*InvalidError].
func (s *Standard) Outline(releases []Release, rationale string) (*Outline, error) {
	ocid, err := frameworkOf(releases)
	if err != nil {
		return nil, err
	}
	var own []Release
	for _, r := range releases {
		if r.OCID() == ocid {
			own = append(own, r)
		}
	}
	history, err := s.Merge(own...)
	if err != nil {
		return nil, err
	}
	compiled := history.Compiled()
	if n := len(children(child(compiled.tree, "tender"), "lots")); n > maxOutlineLots {
		return nil, problem("/tender/lots", ruleLimit, "has %d lots, at most %d are taken over", n, maxOutlineLots)
	}
	if err := s.CheckFramework(compiled, rationale); err != nil {
		return nil, err
	}
	out := outline(compiled.tree)
	if strings.TrimSpace(rationale) != "" {
		out.TermRationale = rationale
	}
	for _, r := range history.Releases() {
		if slices.Contains(r.Tags(), "tender") {
			out.Published = r.Date()
			break
		}
	}
	return out, nil
}

// frameworkOf chooses the process.
func frameworkOf(releases []Release) (string, error) {
	var all, declared []string
	for _, r := range releases {
		all = append(all, r.OCID())
		if r.IsFramework() {
			declared = append(declared, r.OCID())
		}
	}
	for _, list := range [][]string{declared, all} {
		slices.Sort(list)
		if list = slices.Compact(list); len(list) == 1 {
			return list[0], nil
		}
	}
	return "", problem("/releases", ruleInput, "are of several processes, of which not exactly one says that it is a framework agreement; give the releases of one framework")
}

func outline(tree object) *Outline {
	tender := child(tree, "tender")
	agreement := child(child(tender, "techniques"), "frameworkAgreement")
	out := &Outline{
		Framework: Framework{
			OCID: text(tree, "ocid"), ID: text(tender, "id"), Title: text(tender, "title"), TermRationale: text(agreement, "periodRationale"),
			Maximum: readMoney(child(agreement, "value")),
		},
		Suppliers: map[string][]Organisation{},
	}
	if out.Maximum == (Money{}) {
		out.Maximum = readMoney(child(tender, "value"))
	}
	out.Term = outlineTerm(tree, tender, agreement)
	known := map[string]Organisation{}
	for _, p := range children(tree, "parties") {
		o := readOrganisation(p)
		known[o.ID] = o
		if roles, _ := p["roles"].([]any); slices.Contains(roles, any("buyer")) {
			out.Eligible = append(out.Eligible, o)
		}
	}
	out.Lots = outlineLots(tender)
	out.Windows = outlineWindows(tender)
	outlineSuppliers(out, tree, known)
	return out
}

// outlineTerm takes the first period with both ends: of the tender, of the
// agreement, of an award.
func outlineTerm(tree, tender, agreement object) Period {
	all := []object{child(tender, "contractPeriod"), child(agreement, "period")}
	for _, a := range children(tree, "awards") {
		all = append(all, child(a, "contractPeriod"))
	}
	for _, o := range all {
		if p, _ := readPeriod(o); !p.Start.IsZero() && !p.last().IsZero() {
			return p
		}
	}
	return Period{}
}

func outlineLots(tender object) []Lot {
	counted := map[string]object{} // by lot, the first item with a number of units
	for _, item := range children(tender, "items") {
		if lot := text(item, "relatedLot"); counted[lot] == nil && units(item) > 0 {
			counted[lot] = item
		}
	}
	var out []Lot
	for _, l := range children(tender, "lots") {
		lot := Lot{ID: text(l, "id"), Title: text(l, "title"), Description: text(l, "description"), Status: text(l, "status"), Maximum: readMoney(child(l, "value"))}
		if item := counted[lot.ID]; item != nil {
			lot.Quantity, lot.Unit = units(item), text(child(item, "unit"), "name")
		}
		out = append(out, lot)
	}
	return out
}

// units is a whole number of units; 0 for none.
func units(item object) int64 {
	number, _ := item["quantity"].(json.Number)
	n, err := number.Int64()
	if err != nil {
		return 0
	}
	return n
}

// outlineWindows reads windows as [Standard.Tender] writes them: two milestones each.
func outlineWindows(tender object) []EntryWindow {
	var out []EntryWindow
	closes := map[string]time.Time{}
	for _, m := range children(tender, "milestones") {
		due, err := time.Parse(time.RFC3339, text(m, "dueDate"))
		if err != nil {
			continue
		}
		if id, opens := strings.CutSuffix(text(m, "id"), "-opens"); opens {
			out = append(out, EntryWindow{ID: id, Title: text(m, "title"), Opens: due})
		} else if id, ends := strings.CutSuffix(text(m, "id"), "-closes"); ends {
			closes[id] = due
		}
	}
	for i := range out {
		out[i].Closes = closes[out[i].ID]
	}
	return slices.DeleteFunc(out, func(w EntryWindow) bool { return !w.Closes.After(w.Opens) })
}

// outlineSuppliers spreads the suppliers of the awards over the lots; without lots
// they stand under the empty id.
func outlineSuppliers(out *Outline, tree object, known map[string]Organisation) {
	type place struct{ lot, id string }
	had := map[place]bool{}
	add := func(lot string, list []Organisation) {
		for _, o := range list {
			if at := (place{lot, o.ID}); !had[at] {
				had[at] = true
				out.Suppliers[lot] = append(out.Suppliers[lot], o)
			}
		}
	}
	var all []Organisation
	for _, a := range children(tree, "awards") {
		var here []Organisation
		for _, s := range children(a, "suppliers") {
			o, ok := known[text(s, "id")]
			if !ok {
				o = readOrganisation(s)
			}
			here = append(here, o)
		}
		lots, _ := a["relatedLots"].([]any)
		if len(lots) == 0 {
			all = append(all, here...)
		}
		for _, l := range lots {
			if id, ok := l.(string); ok {
				add(id, here)
			}
		}
	}
	if len(out.Lots) == 0 {
		add("", all)
	}
	for _, l := range out.Lots {
		if len(out.Suppliers[l.ID]) == 0 {
			add(l.ID, all)
		}
	}
}

// readOrganisation reads a party. ID is that in the file; numbers are taken only
// from the schemes that say what they are.
func readOrganisation(o object) Organisation {
	out := Organisation{ID: text(o, "id"), Name: text(o, "name")}
	for _, n := range append([]object{child(o, "identifier")}, children(o, "additionalIdentifiers")...) {
		id := text(n, "id")
		switch scheme := text(n, "scheme"); {
		case scheme == "NL-OIN" && oinForm.MatchString(id):
			out.OIN = id
		case scheme == "NL-KVK" && kvkForm.MatchString(id):
			out.KVK = id
		case scheme == "NL-CBS" && cbsForm.MatchString(id):
			out.CBS = id
		}
	}
	return out
}

// maxCents is far above any framework, and exact as a float.
const maxCents = 1 << 50

// readMoney reads an amount in hundredths; zero without one, or for one that can't
// be that of a framework.
func readMoney(o object) Money {
	number, _ := o["amount"].(json.Number)
	amount, err := number.Float64()
	if cents := math.Round(amount * 100); err == nil && cents > 0 && cents <= maxCents {
		return Money{Cents: int64(cents), Currency: text(o, "currency")}
	}
	return Money{}
}
