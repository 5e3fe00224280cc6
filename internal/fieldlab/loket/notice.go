// SPDX-License-Identifier: EUPL-1.2

package loket

import "time"

// Kind is what a notice is about.
type Kind string

// The kinds of notices.
const (
	KindMove  Kind = "verhuizing"
	KindDeath Kind = "overlijden"
)

// Kinds gives both, in the order in which pages show them.
func Kinds() []Kind { return []Kind{KindMove, KindDeath} }

// Path is the last part of the address at the supplier's service.
func (k Kind) Path() string {
	if k == KindDeath {
		return "overlijdensaangiften"
	}
	return "verhuizingen"
}

// DeskPath is the last part of the address at a municipality's desk.
const DeskPath = "meldingen"

// notice is what a municipality receives: exactly one of the two.
type notice struct {
	Move  *Move  `json:"verhuizing,omitempty"`
	Death *Death `json:"overlijden,omitempty"`
}

// parseNotice reads it strictly.
func parseNotice(body []byte, now time.Time) (notice, []Fault) {
	var n notice
	if faults := decode(body, &n); faults != nil {
		return notice{}, faults
	}
	switch {
	case n.Move == nil && n.Death == nil:
		return notice{}, []Fault{fault("", faultRequired)}
	case n.Move != nil && n.Death != nil:
		return notice{}, []Fault{fault(string(KindDeath), faultNotNeeded)}
	}
	faults := n.faults(now)
	for i := range faults {
		faults[i].Field = string(n.kind()) + "." + faults[i].Field
	}
	return n, faults
}

func (n notice) faults(now time.Time) []Fault {
	if n.Move != nil {
		return n.Move.faults(now)
	}
	return n.Death.faults(now)
}

func (n notice) kind() Kind {
	if n.Move != nil {
		return KindMove
	}
	return KindDeath
}

// content is the notice itself, as the supplier takes it.
func (n notice) content() any {
	if n.Move != nil {
		return n.Move
	}
	return n.Death
}

func (n notice) key() string {
	if n.Move != nil {
		return n.Move.Key
	}
	return n.Death.Key
}

// municipality is the one the notice is for: a move goes to that of the new
// address, a death to that of the place of death. Both were checked before.
func (n notice) municipality() (Municipality, bool) {
	if n.Move != nil {
		return municipalityAt(n.Move.Postcode)
	}
	return municipalityNamed(n.Death.Place)
}

// day is the date the notice is about; empty when nobody knows it.
func (n notice) day() string {
	if n.Move != nil {
		return n.Move.Date
	}
	return n.Death.Date
}

// people is how many people the notice is about.
func (n notice) people() int {
	if n.Move != nil {
		return 1 + len(n.Move.Relatives)
	}
	return 1
}
