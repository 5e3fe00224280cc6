// SPDX-License-Identifier: EUPL-1.2

package rule

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// TypeMandate is the type of a deed by which one organisation lets a key sign
// for it. Its first role is [RoleMandator]; its body is read by [ParseMandate].
// The term is that of the deed, which must have an end.
const TypeMandate deed.Type = 101

// RoleMandator is the role of the organisation that gives a mandate.
const RoleMandator deed.Role = "mandator"

const maxMandateTypes = 50

var thumbprintPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Mandate is what may be done under a mandate (design, section 3.2).
type Mandate struct {
	// Mandatary is the organisation that may sign; the mandator itself for an
	// officer with a key of his own.
	Mandatary fsc.PeerID
	// KeyThumbprint is the one public key that may sign (SHA-256, lower-case hex).
	KeyThumbprint string
	DeedTypes     []deed.Type
	Ceiling       int64 // euro cents per deed; 0: no deed with an amount
}

type wireMandate struct {
	Mandatary     fsc.PeerID  `json:"mandatary"`
	KeyThumbprint string      `json:"key_thumbprint"`
	DeedTypes     []deed.Type `json:"deed_types"`
	Ceiling       *int64      `json:"ceiling"`
}

// ParseMandate reads the body of a mandate strictly. A mandate can't be for
// mandates: there are no chains.
func ParseMandate(body []byte) (Mandate, error) {
	var w wireMandate
	if err := deed.Unmarshal(body, &w); err != nil {
		return Mandate{}, err
	}
	switch {
	case !deed.ValidPeer(w.Mandatary):
		return Mandate{}, bad("mandatary", "must be the PeerID of an organisation")
	case !thumbprintPattern.MatchString(w.KeyThumbprint):
		return Mandate{}, bad("key_thumbprint", "must be 64 lower-case hex digits")
	case len(w.DeedTypes) == 0 || len(w.DeedTypes) > maxMandateTypes:
		return Mandate{}, bad("deed_types", "must name 1 to %d types", maxMandateTypes)
	case w.Ceiling == nil || *w.Ceiling < 0:
		return Mandate{}, bad("ceiling", "must be euro cents, 0 or more")
	}
	for i, t := range w.DeedTypes {
		if !t.Valid() || t == TypeMandate || slices.Contains(w.DeedTypes[:i], t) {
			return Mandate{}, bad(fmt.Sprintf("deed_types[%d]", i), "must be the type of a deed other than a mandate, once")
		}
	}
	return Mandate{Mandatary: w.Mandatary, KeyThumbprint: w.KeyThumbprint, DeedTypes: w.DeedTypes, Ceiling: *w.Ceiling}, nil
}

// covers gives the code of what stands in the way of signing a deed of this
// type and amount, or "".
func (m *Mandate) covers(s *deed.Signed, t deed.Type, amount int64) ReasonCode {
	switch {
	case m.Mandatary != s.Signer || !fsc.EqualThumbprints(m.KeyThumbprint, s.KeyThumbprint):
		return ReasonMandateKey
	case !slices.Contains(m.DeedTypes, t):
		return ReasonMandateType
	case amount > m.Ceiling:
		return ReasonMandateAmount
	}
	return ""
}
