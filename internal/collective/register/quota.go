// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Holding is what one buyer has of a lot: reserved and committed units. Both
// are zero or more.
type Holding struct {
	Owner     Code
	Reserved  int64
	Committed int64
}

// Division is what those who got the territory of a split municipality decided
// about its holding. The shares add up to the holding exactly.
type Division struct {
	From   Code
	Shares []Holding
}

// ErrQuota is wrapped by errors about holdings or divisions that don't add up.
var ErrQuota = errors.New("register: the quota doesn't add up")

// Move gives the holdings as they are on a day: whatever an organisation that
// ended had is its heir's, added to what the heir has itself. The total never
// changes. A split needs a division of all that ended up at the one that was
// split; without it the error is a *[SplitError] and nothing moves. The result
// is in the order of the owners.
func (s Successions) Move(holdings []Holding, at Date, divisions ...Division) ([]Holding, error) {
	pending := slices.Clone(holdings)
	for {
		settled, stuck, err := s.settle(pending, at)
		if err != nil || stuck == nil {
			return settled, err
		}
		i := slices.IndexFunc(divisions, func(d Division) bool { return d.From == stuck.From })
		if i < 0 {
			return nil, &SplitError{Succession: *stuck}
		}
		// The one that was split holds its part under its own code here.
		own := slices.IndexFunc(settled, func(h Holding) bool { return h.Owner == stuck.From })
		if err := divisions[i].check(*stuck, settled[own]); err != nil {
			return nil, err
		}
		pending = append(slices.Delete(settled, own, own+1), divisions[i].Shares...)
	}
}

// settle adds up the holdings where their chains end: at an heir, or at one
// that was split. Of the latter it gives the one that was split first.
func (s Successions) settle(holdings []Holding, at Date) ([]Holding, *Succession, error) {
	sums := map[Code]Holding{}
	var stuck *Succession
	for _, h := range holdings {
		if h.Owner == "" || h.Reserved < 0 || h.Committed < 0 {
			return nil, nil, fmt.Errorf("%w: the holding of %q is less than nothing", ErrQuota, h.Owner)
		}
		place, _, err := s.Heir(h.Owner, at)
		if split, ok := errors.AsType[*SplitError](err); ok {
			place = split.Succession.From
			if stuck == nil || split.Succession.On < stuck.On || (split.Succession.On == stuck.On && place < stuck.From) {
				stuck = &split.Succession
			}
		}
		if err := add(sums, place, h); err != nil {
			return nil, nil, err
		}
	}
	out := slices.Collect(maps.Values(sums))
	slices.SortFunc(out, func(a, b Holding) int { return strings.Compare(string(a.Owner), string(b.Owner)) })
	return out, stuck, nil
}

func (d Division) check(split Succession, h Holding) error {
	var reserved, committed int64
	seen := map[Code]bool{}
	for _, share := range d.Shares {
		if share.Reserved < 0 || share.Committed < 0 || seen[share.Owner] || !slices.Contains(split.To, share.Owner) {
			return fmt.Errorf("%w: the share of %s in %s is not possible", ErrQuota, share.Owner, d.From)
		}
		seen[share.Owner] = true
		// A share above the whole is refused before it can overflow a sum.
		if share.Reserved > h.Reserved-reserved || share.Committed > h.Committed-committed {
			return fmt.Errorf("%w: the shares in %s are more than it had", ErrQuota, d.From)
		}
		reserved += share.Reserved
		committed += share.Committed
	}
	if reserved != h.Reserved || committed != h.Committed {
		return fmt.Errorf("%w: the shares in %s are less than it had", ErrQuota, d.From)
	}
	return nil
}

func add(moved map[Code]Holding, owner Code, h Holding) error {
	sum := moved[owner]
	if h.Reserved > math.MaxInt64-sum.Reserved || h.Committed > math.MaxInt64-sum.Committed {
		return fmt.Errorf("%w: the holding of %s is too large", ErrQuota, owner)
	}
	moved[owner] = Holding{Owner: owner, Reserved: sum.Reserved + h.Reserved, Committed: sum.Committed + h.Committed}
	return nil
}
