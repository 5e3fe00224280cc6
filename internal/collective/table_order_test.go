// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// chance plays half a year at random over the whole table: joining, calling off,
// allocating and lying, changes, revokes, groups and decisions, by the right and
// the wrong, some in the same second, some without a receipt.
func chance(t testing.TB, r *rand.Rand) (*scene, *deed.Content) {
	t.Helper()
	s := newScene(t)
	f := s.framework(func(_ *deed.Draft, f *dossier.Framework) { f.Eligible = append(f.Eligible, amsterdam, voorneAanZee) })
	begin := on(t, 2026, 1, 2, 0)
	g := s.group(register.GroupProgramme, begin)
	s.take(g, amsterdam, register.ClassVoting, begin)
	if r.IntN(2) == 0 {
		m := s.take(g, voorneAanZee, register.ClassVoting, begin)
		s.sign(m, voorneAanZee, dossier.RoleMember, deed.Revoke, begin+40*24*hour)
	}
	peers := []fsc.PeerID{town, village, amsterdam, voorneAanZee, supplier, stranger}
	p := &player{scene: s, r: r, f: f, g: g, deeds: []*deed.Content{f, g}}
	for range 30 + r.IntN(30) {
		p.step(peers[r.IntN(len(peers))], begin+int64(r.IntN(60))*24*hour+int64(r.IntN(2)))
	}
	for _, day := range []int64{20, 50, 80, 110} {
		s.allocate(f, begin+day*24*hour)
	}
	for i := range s.facts.Signed {
		if r.IntN(20) == 0 && s.facts.Signed[i].Act != deed.Accept {
			s.facts.Signed[i].Receipt = deed.Receipt{}
		}
	}
	return s, f
}

type player struct {
	*scene
	r        *rand.Rand
	f, g     *deed.Content
	deeds    []*deed.Content
	accessed []*deed.Content
	called   []*deed.Content
	stated   []*deed.Content
}

func (p *player) any(of []*deed.Content) *deed.Content { return of[p.r.IntN(len(of))] }

func (p *player) step(peer fsc.PeerID, at int64) {
	var c *deed.Content
	switch p.r.IntN(11) {
	case 0, 1:
		need := int64(1 + p.r.IntN(500))
		c = p.join(p.f, peer, at, reserve(need, p.r.Int64N(need+1)))
		p.accessed = append(p.accessed, c)
	case 2, 3, 4:
		if len(p.accessed) == 0 {
			return
		}
		in := p.any(p.accessed)
		if d := p.r.IntN(3); d > 0 { // mostly after it, and in time
			at += int64(d) * 20 * 24 * hour
		}
		c = p.scene.callOff(p.f, in, int64(1+p.r.IntN(400)))
		p.accept(c, at)
		p.called = append(p.called, c)
		if _, err := dossier.ReadCallOff(c); err == nil && p.r.IntN(2) == 0 { // mostly with the number that is due
			own := p.drawAlone(p.f, c, max(1, int64(p.r.IntN(3))), at+int64(p.r.IntN(2))*hour)
			p.deeds = append(p.deeds, own)
		}
		if _, err := dossier.ReadCallOff(c); err == nil && p.r.IntN(2) == 0 {
			g := p.alter(p.f, c, int64(1+p.r.IntN(500)), int64(1+p.r.IntN(100_000)), at+40*24*hour)
			p.deeds = append(p.deeds, g)
		}
	case 5:
		kinds := []dossier.ChangeKind{dossier.ChangeSuspension, dossier.ChangeLift, dossier.ChangeLift, dossier.ChangeIndexation, dossier.ChangeExtension, dossier.ChangePartyWithdrawal}
		g := dossier.Change{Kind: kinds[p.r.IntN(len(kinds))]}
		switch g.Kind {
		case dossier.ChangeIndexation:
			g.BasisPoints = int64(1 + p.r.IntN(600))
		case dossier.ChangePartyWithdrawal:
			g.Supplier = second
		default:
		}
		c = p.change(p.f, at, g, supplier)
	case 6:
		c = p.take(p.g, peer, []register.MemberClass{register.ClassVoting, register.ClassGuest}[p.r.IntN(2)], at)
	case 7:
		c = p.decide(p.g, peer, at, amsterdam, voorneAanZee)
		p.stated = append(p.stated, p.scene.state(c, amsterdam, `{"stance":"agree"}`, at+1))
	case 8:
		if len(p.called) == 0 {
			return
		}
		o := p.any(p.called)
		c = p.accept(p.scene.deed(deed.Draft{
			Type: dossier.TypeBinding, Rule: deed.Rule{Kind: deed.RuleAll}, Parents: []deed.Hash{o.Hash()}, Parties: o.Parties,
			NotBefore: o.NotBefore, NotAfter: o.NotAfter,
		}, dossier.Binding{Contract: contractOfFSC}), at+60*24*hour)
	case 9:
		c = p.organization(peer, "municipality", at)
	default:
		c = p.any(p.deeds)
		if len(p.called) > 0 && p.r.IntN(2) == 0 {
			c = p.any(p.called)
		}
		party := c.Parties[p.r.IntN(len(c.Parties))]
		p.sign(c, party.PeerID, party.Role, []deed.Act{deed.Accept, deed.Revoke, deed.Revoke}[p.r.IntN(3)], at+40*24*hour)
	}
	p.deeds = append(p.deeds, c)
}

func describe(v *rule.View) string {
	var b strings.Builder
	for _, s := range v.All() {
		outcome := rule.Outcome{}
		if s.Outcome != nil {
			outcome = *s.Outcome
		}
		fmt.Fprintln(&b, s.Deed.Type, s.Deed.Hash(), s.State, s.Overlays, s.Since, s.CompleteAt, s.Number, s.Final, s.Provisional, s.Awaiting, s.Reasons, s.Notes, s.History, outcome)
	}
	return b.String()
}

func shuffled(r *rand.Rand, f rule.Facts) rule.Facts {
	out := rule.Facts{Deeds: slices.Clone(f.Deeds), Signed: slices.Clone(f.Signed)}
	for range r.IntN(10) { // doubles, and twins that the feed hasn't received
		out.Deeds = append(out.Deeds, f.Deeds[r.IntN(len(f.Deeds))])
		double := f.Signed[r.IntN(len(f.Signed))]
		if r.IntN(2) == 0 {
			double.Receipt = deed.Receipt{}
		}
		out.Signed = append(out.Signed, double)
	}
	r.Shuffle(len(out.Deeds), func(i, j int) { out.Deeds[i], out.Deeds[j] = out.Deeds[j], out.Deeds[i] })
	r.Shuffle(len(out.Signed), func(i, j int) { out.Signed[i], out.Signed[j] = out.Signed[j], out.Signed[i] })
	return out
}

func TestTheSameDeedsInAnyOrderGiveTheSameStateOverTheWholeTable(t *testing.T) {
	scenes := uint64(40)
	if testing.Short() {
		scenes = 10
	}
	reached := map[string]int{}
	for seed := range scenes {
		r := rand.New(rand.NewPCG(seed, 4))
		s, f := chance(t, r)
		for _, now := range []int64{on(t, 2026, 1, 20, 0), on(t, 2026, 3, 5, 0), on(t, 2026, 6, 1, 0), on(t, 2028, 1, 1, 0)} {
			v := s.view(now)
			want := describe(v)
			for range 3 {
				if got := describe(rule.Fold(s.table, shuffled(r, s.facts), now)); got != want {
					t.Fatalf("seed %d at %d:\n%s\nwant\n%s", seed, now, got, want)
				}
			}
			exact(t, v, f.Hash())
			for _, st := range v.All() {
				reached[s.table.Name(st.Deed.Type)+" "+string(st.State)]++
			}
		}
	}
	if testing.Short() {
		return
	}
	// The scenes are worth something only if they reach all of this.
	for _, want := range []string{
		"framework live", "framework expired", "accession effective", "accession ended", "accession refused", "call_off signed", "call_off refused",
		"call_off terminated", "allocation issued", "change in_force", "change refused", "binding bound", "binding cut", "binding refused",
		"group active", "membership member", "membership left", "own_draw drawn", "own_draw refused",
		"call_off_change applied", "call_off_change refused", "call_off_change lapsed", "decision refused", "decision adopted", "organization active",
	} {
		if reached[want] == 0 {
			t.Errorf("no scene reaches %q: %v", want, reached)
		}
	}
}

// exact holds the live call-offs against the ledger: those it gave units are
// together what it says is committed, never more than the maximum, and those that
// wait to be settled fit in what is reserved.
func exact(t *testing.T, v *rule.View, framework deed.Hash) {
	t.Helper()
	l, err := collective.LedgerOf(v, framework)
	if err != nil {
		t.Fatal(err)
	}
	var drawn, alone int64
	answered, released := map[string]bool{}, map[string]bool{}
	for _, s := range v.All() {
		if a, err := dossier.ReadAllocation(s.Deed); err == nil && s.State == "issued" {
			answered[a.Command.CallOff] = answered[a.Command.CallOff] || a.Command.Kind == "draw"
			released[a.Command.CallOff] = released[a.Command.CallOff] || a.Command.Kind == "release"
		}
	}
	for _, s := range v.All() {
		h := string(s.Deed.Hash())
		if s.Deed.Type != dossier.TypeCallOff || !slices.Contains(s.Overlays, collective.OverlayAllocated) || released[h] {
			continue
		}
		o := collective.TermsOf(v, s.Deed.Hash())
		if answered[h] {
			drawn += o.Quantity
		} else if !s.Final {
			alone += o.Quantity
		}
	}
	st := l.Lots()[0]
	if st.Committed != drawn || st.Committed+st.Escrowed+st.Pool != st.Max || st.Pool < 0 || st.Escrowed < 0 || alone > st.Escrowed {
		t.Errorf("%+v, call-offs of %d and %d drawn alone", st, drawn, alone)
	}
}

// What is received later doesn't change what was: a page of yesterday stays true.
func TestWhatComesLaterDoesNotChangeThePastOverTheWholeTable(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 5))
		s, _ := chance(t, r)
		s.facts.Signed = slices.DeleteFunc(s.facts.Signed, func(a deed.Signed) bool { return !a.Receipt.Given() })
		now := on(t, 2026, 1, 2, 0) + int64(r.IntN(60))*24*hour
		past := rule.Facts{Deeds: s.facts.Deeds}
		for _, a := range s.facts.Signed {
			if a.Receipt.At <= now {
				past.Signed = append(past.Signed, a)
			}
		}
		if got, want := describe(rule.Fold(s.table, s.facts, now)), describe(rule.Fold(s.table, past, now)); got != want {
			t.Fatalf("seed %d:\n%s\nwant\n%s", seed, got, want)
		}
	}
}
