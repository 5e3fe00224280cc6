// SPDX-License-Identifier: EUPL-1.2

package rule

import (
	"cmp"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// ReasonCode is a stable word for why something is as it is; pages choose texts
// by it. Tables add codes of their own.
type ReasonCode string

// The codes of this package.
const (
	ReasonUnknownType    ReasonCode = "unknown_type"         // no spec for this type of deed
	ReasonForm           ReasonCode = "form"                 // content breaks a rule of its type
	ReasonParentUnknown  ReasonCode = "parent_unknown"       // a parent isn't at hand
	ReasonParentType     ReasonCode = "parent_type"          // parents of the wrong type or number
	ReasonParentGroup    ReasonCode = "parent_group"         // a parent of another Group
	ReasonParentState    ReasonCode = "parent_state"         // a parent in a state that doesn't allow this
	ReasonParentParty    ReasonCode = "parent_party"         // a party that isn't one of the parent, in the role that is needed
	ReasonRejected       ReasonCode = "rejected"             // by Peer
	ReasonRevoked        ReasonCode = "revoked"              // by Peer
	ReasonEnded          ReasonCode = "ended"                // not_after has passed
	ReasonNotSigned      ReasonCode = "not_signed"           // not_after has passed before all had signed
	ReasonNoReceipt      ReasonCode = "no_receipt"           // a signature waits for the secretariat's receipt
	ReasonProvisional    ReasonCode = "provisional"          // a revoke or reject without receipt is honoured already
	ReasonTooLate        ReasonCode = "too_late"             // a signature came after the matter was settled
	ReasonNotAsked       ReasonCode = "not_asked"            // a signature of somebody whose signature isn't needed
	ReasonNotAParty      ReasonCode = "not_a_party"          // a signature of somebody who isn't a party in that role
	ReasonKeyRevoked     ReasonCode = "key_revoked"          // the signer's certificate was revoked afterwards
	ReasonMandateUnknown ReasonCode = "mandate_unknown"      // the mandate isn't at hand
	ReasonMandateState   ReasonCode = "mandate_not_in_force" // not yet, no longer, or never signed
	ReasonMandateKey     ReasonCode = "mandate_key"          // names another key or organisation
	ReasonMandateParty   ReasonCode = "mandate_party"        // was given by somebody who isn't the party
	ReasonMandateType    ReasonCode = "mandate_type"         // not for this type of deed
	ReasonMandateAmount  ReasonCode = "mandate_amount"       // the amount is over its ceiling
	ReasonMandateRefused ReasonCode = "mandate_refused"      // this deed can't be signed under such a mandate
	ReasonClosed         ReasonCode = "closed"               // closes_at has passed
	ReasonNotOpen        ReasonCode = "not_open"             // the parent isn't an open decision
	ReasonNotAVoter      ReasonCode = "not_a_voter"          // isn't in the electorate
	ReasonMoved          ReasonCode = "moved"                // another deed changed the state
)

// The codes of a decision's outcome.
const (
	ReasonQuorumOrganisations    ReasonCode = "quorum_organisations"
	ReasonQuorumInhabitants      ReasonCode = "quorum_inhabitants"
	ReasonThresholdOrganisations ReasonCode = "threshold_organisations"
	ReasonThresholdInhabitants   ReasonCode = "threshold_inhabitants"
	ReasonObjection              ReasonCode = "objection"           // stands in the way under consent
	ReasonObjectionNotCounted    ReasonCode = "objection_uncounted" // lacks a reason or a counter-proposal
	ReasonNobodyAgrees           ReasonCode = "nobody_agrees"
	ReasonProxySilent            ReasonCode = "proxy_silent" // the proxy has no stance of its own
)

// Reason says why, about whom, and by which rule.
type Reason struct {
	Code ReasonCode
	// Deed is the other deed that has to do with it; empty if there is none.
	Deed deed.Hash
	// Peer is the organisation it is about; empty if there is none.
	Peer fsc.PeerID
	// Field is the member of the deed's content in question, like
	// "lots[1].unit"; empty when it concerns the whole.
	Field string
	// Detail is an English sentence part for logs and the command line. It may
	// hold figures, never text of others.
	Detail string
	// Source is the clause, article or section that asks for it; may be empty.
	Source string
	// Room is what could be asked for instead, where more was asked for than there
	// is: then Detail says no more than that in English.
	Room Room
}

// Room is how much is left of what was asked for.
type Room struct {
	Of   RoomOf // empty: nothing was measured
	Left int64
}

// RoomOf is what is measured.
type RoomOf string

// What can be measured.
const (
	RoomUnits RoomOf = "units" // of a lot
	RoomCents RoomOf = "cents" // euro cents
)

// Fault is an error of [Spec.Check] with a reason of its own. Its Detail is
// written for others.
type Fault struct { //nolint:errname // reads well behind the package name
	Reason Reason
}

// Error gives the detail.
func (f *Fault) Error() string { return f.Reason.Detail }

func (r Reason) compare(o Reason) int {
	return cmp.Or(
		cmp.Compare(r.Code, o.Code), cmp.Compare(r.Deed, o.Deed), cmp.Compare(r.Peer, o.Peer),
		cmp.Compare(r.Detail, o.Detail), cmp.Compare(r.Source, o.Source), cmp.Compare(r.Field, o.Field),
	)
}
