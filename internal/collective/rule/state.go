// SPDX-License-Identifier: EUPL-1.2

package rule

// State is what a deed is at a moment. Those below are the generic life; a [Spec]
// may call them otherwise and add more.
type State string

// The generic life of a deed.
const (
	Waiting  State = "waiting"  // a parent isn't at hand, so nothing can be said
	Void     State = "void"     // breaks a rule of its type; final
	Proposed State = "proposed" // signatures are missing
	Pending  State = "pending"  // complete, not_before lies ahead
	InForce  State = "in_force" // complete and within its term
	Refused  State = "refused"  // complete, but against a rule at that moment; final
	Rejected State = "rejected" // by a signatory, or by the electorate; final
	Lapsed   State = "lapsed"   // not complete before its end, or no quorum; final
	Revoked  State = "revoked"  // final
	Expired  State = "expired"  // not_after has passed; final
	Open     State = "open"     // a decision takes stances
	Adopted  State = "adopted"  // a decision was taken
)

// generic tells whether s is one of the generic life.
func (s State) generic() bool {
	switch s {
	case Waiting, Void, Proposed, Pending, InForce, Refused, Rejected, Lapsed, Revoked, Expired, Open, Adopted:
		return true
	}
	return false
}

// over tells whether s ends the generic life.
func (s State) over() bool {
	switch s {
	case Void, Refused, Rejected, Lapsed, Revoked, Expired:
		return true
	default:
		return false
	}
}
