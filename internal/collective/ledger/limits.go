// SPDX-License-Identifier: EUPL-1.2

package ledger

// Limits on what comes from outside. With MaxQuantity no sum or product in this
// package can leave an int64.
const (
	MaxQuantity      = 1_000_000_000_000 // units of a lot, of a need, and of any command
	MaxID            = 200               // bytes of the name of a request, lot, buyer or call-off
	MaxLots          = 200               // lots of one framework
	MaxEntries       = 1_000_000         // entries of one framework
	MaxPending       = 1_000             // draws that a buyer makes alone before it settles
	MaxSnapshotBytes = 512 << 20
)

// A reservation is at most six fifths of the need that the buyer stated: who
// reserves more keeps others from what it won't use (design, section 5).
const (
	reservePart  = 6
	reserveWhole = 5
)

// thresholds are the percentages of the maximum at which people are warned.
func thresholds() []int { return []int{70, 90, 100} }

// validID takes what hashes, UUIDs and Peer IDs are written with. Anything else
// doesn't belong in a name that ends up on pages and in logs.
func validID(s string) bool {
	if s == "" || len(s) > MaxID {
		return false
	}
	for i := range len(s) {
		switch b := s[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9':
		case b == '-', b == '_', b == '.', b == ':', b == '$', b == '/', b == '+', b == '=':
		default:
			return false
		}
	}
	return true
}
