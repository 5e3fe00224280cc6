// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

const (
	maxText     = 2000 // characters
	maxName     = 200  // characters
	maxLots     = 100
	maxWindows  = 50
	maxEligible = 1000
	maxServices = 100
	maxNumber   = 1 << 53 // the largest whole number that every JSON reader has exactly
)

// Framework is the body of a framework agreement. Its deed is signed by the
// purchasing body and all suppliers, and holds from NotBefore up to NotAfter.
type Framework struct {
	Name string `json:"name"`
	// Published is when the tender was published (Unix seconds): from then on the
	// eligible buyers and the maxima are fixed.
	Published int64 `json:"published"`
	// ExtensionUntil is the end with all options used (Unix seconds); 0 without
	// options.
	ExtensionUntil int64 `json:"extension_until,omitzero"`
	// TermRationale says why it may last more than four years, options included.
	TermRationale string `json:"term_rationale,omitzero"`
	// TailDays is how long after the framework's end a call-off may run on.
	TailDays int64 `json:"tail_days"`
	// Eligible are the buyers who may accede, frozen at publication.
	Eligible []fsc.PeerID `json:"eligible"`
	Windows  []Window     `json:"entry_windows"`
	Lots     []Lot        `json:"lots"`
	// Source is the document of a framework that was concluded elsewhere, an annex
	// of the deed. Such a framework is asserted until supplier and buyer have
	// countersigned.
	Source deed.Hash `json:"source,omitzero"`
}

// Window is when one can accede: from From up to and not at Until (Unix seconds).
type Window struct {
	From  int64 `json:"from"`
	Until int64 `json:"until"`
}

// Lot is a part (perceel) of a framework. MaximumQuantity is in Unit,
// MaximumValue in euro cents, of all buyers together.
type Lot struct {
	ID              string       `json:"id"`
	Name            string       `json:"name"`
	Unit            string       `json:"unit"`
	MaximumQuantity int64        `json:"maximum_quantity"`
	MaximumValue    int64        `json:"maximum_value_cents"`
	Suppliers       []fsc.PeerID `json:"suppliers"`
	Services        []string     `json:"services"`
}

// Lot finds a lot.
func (f *Framework) Lot(id string) (*Lot, bool) {
	i := slices.IndexFunc(f.Lots, func(l Lot) bool { return l.ID == id })
	if i < 0 {
		return nil, false
	}
	return &f.Lots[i], true
}

// End is when the framework is over with all its options used.
func (f *Framework) End(c *deed.Content) time.Time {
	return time.Unix(max(c.NotAfter, f.ExtensionUntil), 0)
}

// ReadFramework reads and checks the body of a framework's deed. law has to be
// that of the day of publication.
func ReadFramework(c *deed.Content, law Law) (*Framework, error) {
	var f Framework
	if err := read(c, TypeFramework, &f); err != nil {
		return nil, err
	}
	if err := f.checkParties(c); err != nil {
		return nil, err
	}
	if err := f.checkTerm(c, law); err != nil {
		return nil, err
	}
	if err := f.checkEntry(c); err != nil {
		return nil, err
	}
	return &f, f.checkLots(c)
}

// Asserted tells whether a framework's deed is one that the purchasing body alone
// signs: what was concluded elsewhere is asserted, and proven when suppliers and
// a buyer confirm it (design, section 3.9).
func Asserted(c *deed.Content) bool {
	return c.Rule.Kind == deed.RuleAllOfRole && c.Rule.Role == RolePurchasingBody
}

// read reads a body strictly.
func read(c *deed.Content, want deed.Type, body any) error {
	if c.Type != want {
		return malformed("type", "the deed is of type %d, not %d", c.Type, want)
	}
	if err := deed.Unmarshal(c.Body, body); err != nil {
		return &Refusal{Reason: ReasonMalformed, Field: "body", Detail: err.Error()}
	}
	return nil
}

func (f *Framework) checkParties(c *deed.Content) error {
	if len(c.PeersInRole(RolePurchasingBody)) != 1 || len(c.PeersInRole(RoleSupplier)) == 0 {
		return refuse(ReasonSignatories, "", "one purchasing body and every supplier have to sign")
	}
	if c.Rule.Kind != deed.RuleAll && (f.Source == "" || !Asserted(c)) {
		return refuse(ReasonSignatories, "", "the purchasing body signs alone only for a framework that was concluded elsewhere, with the document as its source")
	}
	for _, p := range c.PeersInRole(RoleSupplier) {
		if c.HasParty(p, RolePurchasingBody) || slices.Contains(f.Eligible, p) {
			return refuse(ReasonRoles, lawConflict, "Peer %s is a supplier of this framework, and can't buy under it or run it as well", p)
		}
	}
	if c.NotAfter == 0 {
		return refuse(ReasonTerm, law33, "a framework has an end")
	}
	if !text(f.Name, maxName) {
		return malformed("name", "must have 1 to %d characters", maxName)
	}
	if f.Source != "" && !slices.ContainsFunc(c.Annexes, func(a deed.Annex) bool { return a.Hash == f.Source }) {
		return malformed("source", "isn't an annex of the deed")
	}
	return nil
}

func (f *Framework) checkTerm(c *deed.Content, law Law) error {
	switch {
	case f.ExtensionUntil != 0 && f.ExtensionUntil <= c.NotAfter:
		return malformed("extension_until", "must be later than the end of the deed")
	case f.TailDays < 0 || f.TailDays > law.MaxTailDays:
		return malformed("tail_days", "must be 0 to %d", law.MaxTailDays)
	case f.TermRationale != "" && !text(f.TermRationale, maxText):
		return malformed("term_rationale", "must have at most %d characters", maxText)
	case f.Published <= 0 || f.Published > c.NotBefore:
		return malformed("published", "must lie before the framework begins")
	}
	last := law.addYears(time.Unix(c.NotBefore, 0), law.MaxYears)
	if f.End(c).After(last) && f.TermRationale == "" {
		return &Refusal{
			Reason: ReasonTerm, Basis: law.TermBasis, Field: "term_rationale",
			Detail: "with its options the framework lasts longer than " + law.years() + "; say why that is justified, or end it by " + law.day(last),
		}
	}
	return nil
}

func (f *Framework) checkEntry(c *deed.Content) error {
	if len(f.Eligible) == 0 || len(f.Eligible) > maxEligible {
		return malformed("eligible", "must have 1 to %d buyers", maxEligible)
	}
	seen := map[fsc.PeerID]bool{}
	for i, p := range f.Eligible {
		if !deed.ValidPeer(p) || seen[p] {
			return malformed(item("eligible", i, "peer_id"), "isn't a Peer, or stands there twice")
		}
		seen[p] = true
	}
	if len(f.Windows) == 0 || len(f.Windows) > maxWindows {
		return malformed("entry_windows", "must be 1 to %d", maxWindows)
	}
	for i, w := range f.Windows {
		if w.From <= 0 || w.Until <= w.From || w.Until > f.End(c).Unix() {
			return malformed(item("entry_windows", i, "until"), "must be later than from and within the framework")
		}
		if i > 0 && w.From < f.Windows[i-1].Until {
			return malformed(item("entry_windows", i, "from"), "must not overlap the window before it")
		}
	}
	return nil
}

func (f *Framework) checkLots(c *deed.Content) error {
	if len(f.Lots) == 0 || len(f.Lots) > maxLots {
		return malformed("lots", "must be 1 to %d", maxLots)
	}
	seen := map[string]bool{}
	for i := range f.Lots {
		l := &f.Lots[i]
		if seen[l.ID] {
			return malformed(item("lots", i, "id"), "stands there twice")
		}
		seen[l.ID] = true
		if field, why := l.fault(c); field != "" {
			return malformed(item("lots", i, field), "%s", why)
		}
	}
	return nil
}

// fault names the first member that is wrong, and why.
func (l *Lot) fault(c *deed.Content) (field, why string) {
	suppliers := c.PeersInRole(RoleSupplier)
	switch {
	case !text(l.ID, 100):
		return "id", "must have 1 to 100 characters"
	case !text(l.Name, maxName):
		return "name", "must have 1 to 200 characters"
	case !text(l.Unit, 50):
		return "unit", "must have 1 to 50 characters"
	case l.MaximumQuantity <= 0 || l.MaximumQuantity > maxNumber:
		return "maximum_quantity", "a framework states the most that can be bought of a lot, " + caseMaximum
	case l.MaximumValue <= 0 || l.MaximumValue > maxNumber:
		return "maximum_value_cents", "a framework states the most that can be spent on a lot, " + caseMaximum
	case len(l.Suppliers) == 0 || !subset(l.Suppliers, suppliers):
		return "suppliers", "must be among the suppliers that sign the framework, each once"
	case len(l.Services) > maxServices || !subset(l.Services, l.Services) || slices.ContainsFunc(l.Services, func(s string) bool { return !text(s, 255) }):
		return "services", "must be at most 100 names, each once"
	}
	return "", ""
}

// subset tells whether all of part are in whole, none of them twice.
func subset[T comparable](part, whole []T) bool {
	for i, v := range part {
		if !slices.Contains(whole, v) || slices.Contains(part[:i], v) {
			return false
		}
	}
	return true
}

func text(s string, most int) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= most
}
