// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Succession says that From ended on a day and who came after it. With more
// than one in To it was split, and nobody is its heir before people say so.
type Succession struct {
	From Code
	To   []Code
	// On is the first day without From.
	On Date
	// Source is the ID of a source, or what the caller uses to cite a decision.
	Source string
}

// Split tells whether people have to decide who takes over.
func (s Succession) Split() bool { return len(s.To) > 1 }

// Successions is who came after whom, as an immutable value. The zero value
// knows of no ends.
type Successions struct {
	by    map[Code]Succession
	heirs map[Code][]Code // the reverse: who had To among its successors
}

// ErrSuccession is wrapped by the errors about successions that contradict
// each other: two ends of one, a circle, an heir that ended before.
var ErrSuccession = errors.New("register: successions contradict each other")

// SplitError says that a municipality was split and who takes over has not
// been decided. Add the decision with [Successions.Decide], or divide a quota
// with a [Division].
type SplitError struct {
	Succession Succession
}

// Error names the split and whose turn it is.
func (e *SplitError) Error() string {
	return fmt.Sprintf("register: %s was split among %v on %s: they must decide together who takes over", e.Succession.From, e.Succession.To, e.Succession.On)
}

// NewSuccessions checks successions and makes a value of them.
func NewSuccessions(all []Succession) (Successions, error) {
	s := Successions{by: make(map[Code]Succession, len(all)), heirs: make(map[Code][]Code, len(all))}
	for _, one := range all {
		if _, twice := s.by[one.From]; twice {
			return Successions{}, fmt.Errorf("%w: %s ends twice", ErrSuccession, one.From)
		}
		if err := checkSuccession(one); err != nil {
			return Successions{}, err
		}
		one.To = slices.Clone(one.To)
		s.by[one.From] = one
		for _, to := range one.To {
			s.heirs[to] = append(s.heirs[to], one.From)
		}
	}
	return s, s.checkOrder()
}

func checkSuccession(s Succession) error {
	switch {
	case s.From == "" || !s.On.Valid() || len(s.To) == 0:
		return fmt.Errorf("%w: %s needs a day and a successor", ErrSuccession, s.From)
	case slices.Contains(s.To, s.From) || slices.Contains(s.To, ""):
		return fmt.Errorf("%w: %s succeeds itself", ErrSuccession, s.From)
	}
	to := slices.Sorted(slices.Values(s.To))
	if len(slices.Compact(to)) != len(s.To) {
		return fmt.Errorf("%w: %s names a successor twice", ErrSuccession, s.From)
	}
	return nil
}

// checkOrder sees that an heir doesn't end before it inherits, and that no
// chain comes back to where it began. Chains within one day exist.
func (s Successions) checkOrder() error {
	done := map[Code]bool{}
	for _, from := range slices.Sorted(maps.Keys(s.by)) {
		if err := s.walk(from, map[Code]bool{}, done); err != nil {
			return err
		}
	}
	return nil
}

func (s Successions) walk(from Code, path, done map[Code]bool) error {
	one, ends := s.by[from]
	if !ends || done[from] {
		return nil
	}
	if path[from] {
		return fmt.Errorf("%w: %s comes after itself", ErrSuccession, from)
	}
	path[from] = true
	for _, to := range one.To {
		if next, ends := s.by[to]; ends && next.On < one.On {
			return fmt.Errorf("%w: %s ended on %s and can't succeed %s on %s", ErrSuccession, to, next.On, from, one.On)
		}
		if err := s.walk(to, path, done); err != nil {
			return err
		}
	}
	delete(path, from)
	done[from] = true
	return nil
}

// successionsOf puts the tables of the data together. The merger table names
// one successor also where the territory was divided; a split we know of wins.
func successionsOf(d *Data) []Succession {
	split := map[Code]bool{}
	all := make([]Succession, 0, len(d.Mergers)+len(d.Splits))
	for _, s := range d.Splits {
		split[s.From] = true
		all = append(all, Succession{From: s.From, To: s.To, On: s.On, Source: s.Source})
	}
	for _, m := range d.Mergers {
		if !split[m.From] {
			all = append(all, Succession{From: m.From, To: []Code{m.To}, On: m.On, Source: m.Source})
		}
	}
	return all
}

// With gives the successions and one more, for a merger that is newer than the
// data. The value itself doesn't change.
func (s Successions) With(more Succession) (Successions, error) {
	return NewSuccessions(append(slices.Collect(maps.Values(s.by)), more))
}

// Decide gives the successions in which a split has one heir, as those who got
// its territory decided. The heir must be one of them; basis cites the
// decision.
func (s Successions) Decide(from, heir Code, basis string) (Successions, error) {
	one, known := s.by[from]
	switch {
	case !known || !one.Split():
		return Successions{}, fmt.Errorf("%w: %s was not split, so there is nothing to decide", ErrSuccession, from)
	case !slices.Contains(one.To, heir):
		return Successions{}, fmt.Errorf("%w: %s got no part of %s", ErrSuccession, heir, from)
	}
	all := maps.Clone(s.by)
	all[from] = Succession{From: from, To: []Code{heir}, On: one.On, Source: basis}
	return NewSuccessions(slices.Collect(maps.Values(all)))
}

// Ended tells when an organisation ended and who came after it; false when it
// still existed on that day.
func (s Successions) Ended(code Code, at Date) (Succession, bool) {
	one, ends := s.by[code]
	if !ends || at < one.On {
		return Succession{}, false
	}
	one.To = slices.Clone(one.To)
	return one, true
}

// Heir follows the chain from code to whoever has its rights and duties on a
// day, and gives the steps on the way, oldest first. Without an end before or
// on that day it is the organisation itself. A split that nobody decided is a
// *[SplitError].
func (s Successions) Heir(code Code, at Date) (Code, []Succession, error) {
	var steps []Succession
	for {
		step, ended := s.Ended(code, at)
		if !ended {
			return code, steps, nil
		}
		if step.Split() {
			return "", steps, &SplitError{Succession: step}
		}
		steps = append(steps, step)
		code = step.To[0]
	}
}

// Predecessors gives everybody whose chain of successions leads to code on a
// day, in the order of their codes. Those behind an undecided split are not
// among them.
func (s Successions) Predecessors(code Code, at Date) []Code {
	var found []Code
	queue := []Code{code}
	for len(queue) > 0 {
		for _, from := range s.heirs[queue[0]] {
			if one := s.by[from]; !one.Split() && one.On <= at {
				found = append(found, from)
				queue = append(queue, from)
			}
		}
		queue = queue[1:]
	}
	slices.Sort(found)
	return found
}
