// SPDX-License-Identifier: EUPL-1.2

package rule_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// describe writes all that a view says down as text. A nil list and an empty one
// are the same.
func describe(v *rule.View) string {
	var b strings.Builder
	fmt.Fprintln(&b, v.Now(), v.Until())
	for _, s := range v.All() {
		b.WriteString(describeStatus(s))
	}
	return b.String()
}

func describeStatus(s rule.Status) string {
	outcome := rule.Outcome{}
	if s.Outcome != nil {
		outcome = *s.Outcome
	}
	return fmt.Sprintln(s.Deed.Hash(), s.State, s.Overlays, s.Since, s.CompleteAt, s.Final, s.Provisional, s.Awaiting, s.Reasons, s.Notes, s.History, outcome)
}

// chance builds a scene at random: mantels, joinings, rulings, proposals, stances
// and mandates, signed and revoked by the right and the wrong, with and without
// receipts, some in the same second.
func chance(t testing.TB, r *rand.Rand) *scene {
	t.Helper()
	s := newScene(t)
	peers := []fsc.PeerID{body, supplier, town, village, stranger, voter(0), voter(1), voter(2), voter(3)}
	m := s.mantelUntil(opening + 1 + int64(r.IntN(30))*day)
	p := s.proposal()
	deeds := []*deed.Content{m, p, s.mandate(mandateBody)}
	for range 20 + r.IntN(20) {
		when := opening + int64(r.IntN(12))*day + int64(r.IntN(2))
		peer := peers[r.IntN(len(peers))]
		switch r.IntN(5) {
		case 0:
			j := s.joining(m, peer)
			s.accept(j, peer, "buyer", when)
			deeds = append(deeds, j)
		case 1:
			deeds = append(deeds, s.ruling(m, []string{"suspend", "resume", "resume", "exhaust"}[r.IntN(4)], when+3*day))
		case 2:
			deeds = append(deeds, s.stance(p, peer, []string{agrees, objects, `{"stance":"by_proxy","proxy":"voter-001"}`}[r.IntN(3)], when))
		default:
			c := deeds[r.IntN(len(deeds))]
			party := c.Parties[r.IntN(len(c.Parties))]
			a := s.act(c, party.PeerID, party.Role, []deed.Act{deed.Accept, deed.Accept, deed.Accept, deed.Reject, deed.Revoke}[r.IntN(5)], when)
			switch r.IntN(8) {
			case 0:
				a.Receipt = deed.Receipt{}
			case 1:
				a.Signer = peer
			case 2:
				a.MandateHash, a.KeyThumbprint, a.Signer = deeds[2].Hash(), keyOfTown, village
			}
		}
	}
	if r.IntN(3) == 0 {
		s.act(m, body, "body", deed.Revoke, opening+9*day)
	}
	// Each deed has receipts of a dossier it belongs to, so that most count.
	roots := map[deed.Hash]deed.Hash{}
	for _, c := range s.facts.Deeds {
		roots[c.Hash()] = c.Hash()
		if len(c.Parents) > 0 {
			roots[c.Hash()] = c.Parents[0]
		}
	}
	for i := range s.facts.Signed {
		if a := &s.facts.Signed[i]; a.Receipt.Given() {
			a.Receipt.Dossier = roots[a.DeedHash]
		}
	}
	return s
}

func shuffled(r *rand.Rand, f rule.Facts) rule.Facts {
	out := rule.Facts{Deeds: slices.Clone(f.Deeds), Signed: slices.Clone(f.Signed)}
	for range r.IntN(10) { // doubles
		out.Deeds = append(out.Deeds, out.Deeds[r.IntN(len(f.Deeds))])
		double := out.Signed[r.IntN(len(f.Signed))]
		switch r.IntN(3) {
		case 0: // the twin of a signature, which the feed hasn't received
			double.Receipt = deed.Receipt{}
		case 1: // received once more, later
			if double.Receipt.Given() {
				double.Receipt.At += day
				double.Receipt.Number += 1000
			}
		}
		out.Signed = append(out.Signed, double)
	}
	r.Shuffle(len(out.Deeds), func(i, j int) { out.Deeds[i], out.Deeds[j] = out.Deeds[j], out.Deeds[i] })
	r.Shuffle(len(out.Signed), func(i, j int) { out.Signed[i], out.Signed[j] = out.Signed[j], out.Signed[i] })
	return out
}

func TestTheSameDeedsInAnyOrderWithDoublesGiveTheSameState(t *testing.T) {
	states := map[rule.State]int{}
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := chance(t, r)
		for _, now := range []int64{opening, opening + 3*day, opening + 8*day, closing, opening + 400*day} {
			want := describe(rule.Fold(s.table, s.facts, now))
			for range 4 {
				if got := describe(rule.Fold(s.table, shuffled(r, s.facts), now)); got != want {
					t.Fatalf("seed %d, day %d:\n%s\nwant\n%s", seed, (now-opening)/day, got, want)
				}
			}
		}
		for _, st := range rule.Fold(s.table, s.facts, opening+11*day).All() {
			states[st.State]++
		}
	}
	// The scenes are worth something only if they reach all of this.
	for _, want := range []rule.State{
		"live", "exhausted", "terminated", "effective", "ended", rule.Proposed, rule.Refused, rule.Rejected, rule.Expired,
		rule.Adopted, rule.Lapsed, rule.InForce, rule.Revoked,
	} {
		if states[want] == 0 {
			t.Errorf("no scene reaches %s: %v", want, states)
		}
	}
}

// What comes in late changes the present. It doesn't change the past, unless it
// was received by the secretariat in the past.
func TestWhatIsReceivedLaterDoesNotChangeThePast(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 2))
		s := chance(t, r)
		s.facts.Signed = slices.DeleteFunc(s.facts.Signed, func(a deed.Signed) bool { return !a.Receipt.Given() })
		now := opening + int64(r.IntN(12))*day
		past := rule.Facts{Deeds: s.facts.Deeds}
		for _, a := range s.facts.Signed {
			if a.Receipt.At <= now {
				past.Signed = append(past.Signed, a)
			}
		}
		then, today := rule.Fold(s.table, past, now), rule.Fold(s.table, s.facts, now)
		for i, st := range then.All() {
			if got, want := describeStatus(today.All()[i]), describeStatus(st); got != want {
				t.Fatalf("seed %d, day %d:\n%s\nwant\n%s", seed, (now-opening)/day, got, want)
			}
		}
	}
}

// Up to the moment that Until gives, nothing changes by itself.
func TestAViewHoldsUntilItSays(t *testing.T) {
	for seed := range uint64(30) {
		s := chance(t, rand.New(rand.NewPCG(seed, 3)))
		s.facts.Signed = slices.DeleteFunc(s.facts.Signed, func(a deed.Signed) bool { return !a.Receipt.Given() })
		v := rule.Fold(s.table, s.facts, opening)
		for v.Until() != 0 {
			if v.Until() <= v.Now() {
				t.Fatalf("seed %d: at %d it holds until %d", seed, v.Now(), v.Until())
			}
			last := rule.Fold(s.table, s.facts, v.Until()-1)
			for i, st := range v.All() {
				if got, want := describeStatus(last.All()[i]), describeStatus(st); got != want {
					t.Fatalf("seed %d: changed before %d:\n%s\nwant\n%s", seed, v.Until(), got, want)
				}
			}
			v = rule.Fold(s.table, s.facts, v.Until())
		}
	}
}

// A final state stays, whatever comes in later.
func TestAFinalStateStays(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 4))
		s := chance(t, r)
		s.facts.Signed = slices.DeleteFunc(s.facts.Signed, func(a deed.Signed) bool { return !a.Receipt.Given() })
		final := map[deed.Hash]rule.State{}
		for now := opening; now < opening+40*day; now += day / 2 {
			for _, st := range rule.Fold(s.table, s.facts, now).All() {
				h := st.Deed.Hash()
				if was, ok := final[h]; ok && was != st.State {
					t.Fatalf("seed %d: from %s, which is final, to %s", seed, was, st.State)
				}
				if st.Final {
					final[h] = st.State
				}
			}
		}
	}
}
