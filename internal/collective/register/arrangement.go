// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"errors"
	"slices"
	"strings"
)

// Arrangements gives all inter-municipal arrangements, as the source has them.
func (r *Register) Arrangements() []Arrangement {
	all := slices.Clone(r.data.Arrangements)
	for i := range all {
		all[i] = all[i].clone()
	}
	return all
}

func (a Arrangement) clone() Arrangement {
	a.Areas, a.Members = slices.Clone(a.Areas), slices.Clone(a.Members)
	return a
}

// Arrangement finds an arrangement by its number in the national register.
func (r *Register) Arrangement(roo string) (Arrangement, bool) {
	for _, a := range r.data.Arrangements {
		if a.ROO == roo {
			return a.clone(), true
		}
	}
	return Arrangement{}, false
}

// Member is a participant of an arrangement on a day, after successions.
type Member struct {
	Code Code
	// Name is that of today; for organisations without a code it is the key.
	Name string
	// Joined is the earliest day on which it, or one it took over from, joined.
	Joined Date
	// Via are those that joined and ended since, in the order of their codes;
	// empty when the member joined itself.
	Via []Code
}

// Members gives who takes part in an arrangement on a day. Participation goes
// over to the successor (article 41 of the Wet algemene regels herindeling);
// the tables name municipalities that ended long after they did. Who joined
// later than the day isn't there yet. Those whose split is undecided come
// second, so that nobody silently disappears.
func (r *Register) Members(a Arrangement, at Date) ([]Member, []Succession) {
	var undecided []Succession
	found := map[string]Member{}
	for _, p := range a.Members {
		if p.Joined > at {
			continue
		}
		heir, _, err := r.successions.Heir(p.Code, at)
		if split, ok := errors.AsType[*SplitError](err); ok {
			undecided = append(undecided, split.Succession)
			continue
		}
		key := string(heir) + p.Name
		m, known := found[key]
		if !known {
			m = Member{Code: heir, Name: p.Name, Joined: p.Joined}
			if heir != "" {
				m.Name = r.Name(heir)
			}
		}
		m.Joined = min(m.Joined, p.Joined)
		if heir != p.Code {
			m.Via = append(m.Via, p.Code)
			slices.Sort(m.Via)
		}
		found[key] = m
	}
	out := make([]Member, 0, len(found))
	for _, m := range found {
		out = append(out, m)
	}
	slices.SortFunc(out, func(x, y Member) int {
		return strings.Compare(string(x.Code)+x.Name, string(y.Code)+y.Name)
	})
	return out, undecided
}

// Kind is what sort of organisation takes part in something.
type Kind string

// The kinds of organisations. Suppliers are never in the register: they are
// known by their certificate and their own statements.
const (
	KindMunicipality Kind = "municipality"
	KindProvince     Kind = "province"
	KindWaterBoard   Kind = "water_board"
	KindMinistry     Kind = "ministry"
	KindBody         Kind = "body"
	KindSupplier     Kind = "supplier"
	KindOther        Kind = "other"
)

// KindOf tells the kind of an organisation from the form of its code.
func KindOf(code Code) Kind {
	switch {
	case code.Municipal():
		return KindMunicipality
	case strings.HasPrefix(string(code), "pv"):
		return KindProvince
	case strings.HasPrefix(string(code), "ws"):
		return KindWaterBoard
	case strings.HasPrefix(string(code), "mnre"):
		return KindMinistry
	case strings.HasPrefix(string(code), "so"):
		return KindBody
	default:
		return KindOther
	}
}
