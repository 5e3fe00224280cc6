// SPDX-License-Identifier: EUPL-1.2

package fsc

import "time"

// ContractState is computed whenever it is asked for; it is never stored or
// sent (Core, states of a contract).
type ContractState string

// The states; the last is ours: accepted by all, not_before lies ahead.
const (
	StateProposed    ContractState = "PROPOSED"
	StateValid       ContractState = "VALID"
	StateRejected    ContractState = "REJECTED"
	StateRevoked     ContractState = "REVOKED"
	StateExpired     ContractState = "EXPIRED"
	StateNotYetValid ContractState = "NOT_YET_VALID"
)

// Mark is a verified signature as the state of a contract sees it.
type Mark struct {
	PeerID   PeerID
	Type     SignatureType
	SignedAt time.Time
	// CertificateNotAfter ends an accept: after it the party has to sign again.
	// A reject or revoke stands for ever.
	CertificateNotAfter time.Time
}

// State computes the state of a contract from its content, the verified
// signatures and the time. Marks of Peers that aren't a party don't count.
func State(c *Content, marks []Mark, now time.Time) ContractState {
	end := time.Unix(c.Validity.NotAfter, 0)
	over := !now.Before(end)
	at := now
	if over {
		at = end
	}
	accepted := len(Awaiting(c, marks, at)) == 0
	switch {
	case hasMark(c, marks, SignatureTypeReject):
		return StateRejected
	case hasMark(c, marks, SignatureTypeRevoke): // final, so it comes before the end date
		return StateRevoked
	case over && !accepted:
		return StateRejected
	case over:
		return StateExpired
	case !accepted:
		return StateProposed
	case now.Before(time.Unix(c.Validity.NotBefore, 0)):
		return StateNotYetValid
	}
	return StateValid
}

// Awaiting lists the parties whose accept is missing, or rests on a certificate
// that has expired at now: it is their turn.
func Awaiting(c *Content, marks []Mark, now time.Time) []PeerID {
	var missing []PeerID
	for _, p := range c.Parties() {
		ok := false
		for i := range marks {
			m := &marks[i]
			if m.PeerID == p && m.Type == SignatureTypeAccept && !now.After(m.CertificateNotAfter) {
				ok = true
			}
		}
		if !ok {
			missing = append(missing, p)
		}
	}
	return missing
}

func hasMark(c *Content, marks []Mark, t SignatureType) bool {
	for i := range marks {
		if marks[i].Type == t && c.HasParty(marks[i].PeerID) {
			return true
		}
	}
	return false
}
