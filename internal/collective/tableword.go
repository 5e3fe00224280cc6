// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"slices"

	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// Word is what a framework, accession or call-off is for people: its state and
// overlays in one stable word, by which pages choose their text.
type Word string

// The words. Those a deed shares with the generic life have the same text.
const (
	WordProposed   Word = "proposed"   // signatures are missing
	WordPlanned    Word = "planned"    // agreed, begins later
	WordAsserted   Word = "asserted"   // imported; suppliers and a buyer have not confirmed it
	WordLive       Word = "live"       // a framework one can join; a call-off under which data flows
	WordSuspended  Word = "suspended"  // nothing new for the time being
	WordExhausted  Word = "exhausted"  // every lot has reached its maximum
	WordExpired    Word = "expired"    // a framework at its end
	WordTerminated Word = "terminated" // ended by a party before its time
	WordAnnulled   Word = "annulled"   // by a court
	WordRequested  Word = "requested"  // an accession the buyer has not sealed, or that waits for a receipt
	WordEffective  Word = "effective"  // an accession that holds
	WordEnded      Word = "ended"      // an accession that was given up, taken over, or whose framework ended
	WordOffered    Word = "offered"    // a call-off that not both have signed
	WordWaits      Word = "waits"      // signed by both; the purchasing body has to allocate its quantity
	WordCompleted  Word = "completed"  // a call-off at its end
	WordRefused    Word = "refused"    // against a rule, which the reasons name
	WordRejected   Word = "rejected"   // by one who had to sign
	WordLapsed     Word = "lapsed"     // its term ended before all had signed
	WordVoid       Word = "void"       // breaks a rule of its type
	WordWaiting    Word = "waiting"    // a deed it follows isn't here
)

// FrameworkState gives the word for a framework.
func FrameworkState(s rule.Status) Word {
	switch {
	case s.State == rule.Pending:
		return WordPlanned
	case (s.State == stateLive || s.State == stateAsserted) && slices.Contains(s.Overlays, OverlaySuspended):
		return WordSuspended
	}
	return Word(s.State)
}

// AccessionState gives the word for an accession.
func AccessionState(s rule.Status) Word {
	if s.State == rule.Pending {
		return WordPlanned
	}
	return Word(s.State)
}

// CallOffState gives the word for a call-off. Data flows under [WordLive] alone.
func CallOffState(s rule.Status) Word {
	switch allocated := slices.Contains(s.Overlays, OverlayAllocated); {
	case s.State == stateSigned && allocated:
		return WordLive
	case s.State == stateSigned, s.State == rule.Pending && !allocated:
		return WordWaits
	case s.State == rule.Pending:
		return WordPlanned
	}
	return Word(s.State)
}

// knownKind tells whether the register has this kind of organisation.
func knownKind(kind string) bool {
	return slices.Contains([]register.Kind{
		register.KindMunicipality, register.KindProvince, register.KindWaterBoard, register.KindMinistry,
		register.KindBody, register.KindSupplier, register.KindOther,
	}, register.Kind(kind))
}
