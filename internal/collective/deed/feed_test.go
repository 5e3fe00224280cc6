// SPDX-License-Identifier: EUPL-1.2

package deed_test

import (
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// story is a feed with n signatures after its deed, each a second later.
func (w *world) story(m *member, c *deed.Content, n int) ([]deed.Entry, []deed.Head, []*deed.Signature) {
	w.t.Helper()
	head := deed.NewFeed(c.Hash())
	e, head, err := head.Append(deed.EntryDeed, c.Hash(), day.Unix())
	if err != nil {
		w.t.Fatal(err)
	}
	entries, heads := []deed.Entry{e}, []deed.Head{head}
	var signatures []*deed.Signature
	for i := range n {
		s, err := m.signer.Sign(deed.Statement{DeedHash: c.Hash(), Act: deed.Accept, Role: "buyer", SignedAt: day.Unix() + int64(i)})
		if err != nil {
			w.t.Fatal(err)
		}
		e, next, err := head.Append(deed.EntrySignature, s.Hash(), day.Unix()+int64(i))
		if err != nil {
			w.t.Fatal(err)
		}
		head = next
		entries, heads, signatures = append(entries, e), append(heads, head), append(signatures, s)
	}
	return entries, heads, signatures
}

func (w *world) witness(m *member, h deed.Head) deed.Witnessed {
	w.t.Helper()
	c, err := m.signer.Checkpoint(h, day.Add(time.Hour).Unix())
	if err != nil {
		w.t.Fatal(err)
	}
	return deed.Witnessed{Checkpoint: c, Chain: m.chain}
}

func TestAFeedIsAChain(t *testing.T) {
	w := newWorld(t)
	entries, heads, _ := w.story(w.member(town, ""), w.content(w.draft()), 4)
	dossier := entries[0].Dossier
	head, err := deed.NewFeed(dossier).Extend(entries...)
	if err != nil || head != heads[4] {
		t.Fatalf("got %+v, %v", head, err)
	}
	for name, change := range map[string]func([]deed.Entry) []deed.Entry{
		"an entry left out":          func(e []deed.Entry) []deed.Entry { return append(e[:2], e[3:]...) },
		"an entry twice":             func(e []deed.Entry) []deed.Entry { return append(e[:3], e[2:]...) },
		"two entries in other order": func(e []deed.Entry) []deed.Entry { e[2], e[3] = e[3], e[2]; return e },
		"another subject":            func(e []deed.Entry) []deed.Entry { e[2].Subject = e[3].Subject; return e },
		"another time":               func(e []deed.Entry) []deed.Entry { e[2].ReceivedAt++; return e },
		"time that goes back":        func(e []deed.Entry) []deed.Entry { e[4].ReceivedAt = 5; return e },
		"another dossier":            func(e []deed.Entry) []deed.Entry { e[0].Dossier = w.content(w.draft()).Hash(); return e },
		"another kind":               func(e []deed.Entry) []deed.Entry { e[4].Kind = deed.EntryDeed; return e },
		"an unknown kind":            func(e []deed.Entry) []deed.Entry { e[4].Kind = "letter"; return e },
		"no link":                    func(e []deed.Entry) []deed.Entry { e[4].Previous = ""; return e },
		"a link before the first":    func(e []deed.Entry) []deed.Entry { e[0].Previous = e[2].Previous; return e },
		"another founding deed":      func(e []deed.Entry) []deed.Entry { e[0].Subject = w.content(w.draft()).Hash(); return e },
	} {
		changed := change(append([]deed.Entry{}, entries...))
		if _, err := deed.NewFeed(dossier).Extend(changed...); err == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
}

func TestTheTimeOfAFeedNeverGoesBack(t *testing.T) {
	w := newWorld(t)
	_, heads, s := w.story(w.member(town, ""), w.content(w.draft()), 2)
	e, _, err := heads[2].Append(deed.EntrySignature, s[0].Hash(), day.Add(-time.Hour).Unix())
	if err != nil || e.ReceivedAt != heads[2].At {
		t.Errorf("got %d, %v", e.ReceivedAt, err)
	}
	m := w.member(secretariat, "")
	if _, err := m.signer.Checkpoint(heads[2], heads[2].At-1); err == nil {
		t.Error("a checkpoint before its last entry was signed")
	}
}

func TestAnEntryIsReadBackAndReadStrictly(t *testing.T) {
	w := newWorld(t)
	entries, _, _ := w.story(w.member(town, ""), w.content(w.draft()), 1)
	for _, e := range entries {
		raw, err := e.Raw()
		if err != nil {
			t.Fatal(err)
		}
		got, err := deed.ParseEntry(raw)
		if err != nil || got != e {
			t.Errorf("got %+v, %v", got, err)
		}
		for _, change := range [][2]string{
			{`{`, `{"x":1,`}, {`"number":`, `"number":-`}, {`"number":`, `"Number":`}, {`"received_at":`, `"received_at":-`}, {`"kind":"`, `"kind":"x`}, {`"dossier":"$1$110`, `"dossier":"$1$1`},
		} {
			if _, err := deed.ParseEntry([]byte(replace(t, string(raw), change[0], change[1]))); err == nil {
				t.Errorf("%s was accepted", change[1])
			}
		}
	}
}

func TestTwoStoriesAreProofAgainstTheirTeller(t *testing.T) {
	w := newWorld(t)
	keeper, m := w.member(secretariat, ""), w.member(town, "")
	c := w.content(w.draft())
	entries, heads, _ := w.story(m, c, 4)
	_, others, _ := w.story(m, c, 2) // the same deed, other signatures

	for name, p := range map[string]*deed.Equivocation{
		"the same number":    deed.FindEquivocation(w.witness(keeper, heads[2]), w.witness(keeper, others[2]), nil),
		"an earlier number":  deed.FindEquivocation(w.witness(keeper, others[2]), w.witness(keeper, heads[4]), entries[3:]),
		"in the other order": deed.FindEquivocation(w.witness(keeper, heads[4]), w.witness(keeper, others[2]), entries[3:]),
		"a renewed key":      deed.FindEquivocation(w.witness(keeper, heads[2]), w.witness(w.member(secretariat, ""), others[2]), nil),
	} {
		t.Run(name, func(t *testing.T) {
			if p == nil {
				t.Fatal("no contradiction was found")
			}
			raw, err := p.Raw()
			if err != nil {
				t.Fatal(err)
			}
			read, err := deed.ParseEquivocation(raw)
			if err != nil {
				t.Fatal(err)
			}
			if peer, err := read.Verify(group, w.anchors); err != nil || peer != secretariat {
				t.Errorf("got %s, %v", peer, err)
			}
			if _, err := read.Verify(group, newWorld(t).anchors); err == nil {
				t.Error("holds under anchors of others")
			}
		})
	}
}

func TestOneStoryIsNoProof(t *testing.T) {
	w := newWorld(t)
	keeper, m := w.member(secretariat, ""), w.member(town, "")
	c := w.content(w.draft())
	entries, heads, _ := w.story(m, c, 4)
	_, others, _ := w.story(m, c, 2)
	_, strange, _ := w.story(m, w.content(w.draft()), 2)
	for name, p := range map[string]*deed.Equivocation{
		"the same head twice":       deed.FindEquivocation(w.witness(keeper, heads[2]), w.witness(keeper, heads[2]), nil),
		"a head and a later one":    deed.FindEquivocation(w.witness(keeper, heads[2]), w.witness(keeper, heads[4]), entries[3:]),
		"too few entries":           deed.FindEquivocation(w.witness(keeper, others[2]), w.witness(keeper, heads[4]), entries[4:]),
		"no entries":                deed.FindEquivocation(w.witness(keeper, others[2]), w.witness(keeper, heads[4]), nil),
		"entries of somewhere else": deed.FindEquivocation(w.witness(keeper, others[2]), w.witness(keeper, heads[4]), entries[1:3]),
		"another dossier":           deed.FindEquivocation(w.witness(keeper, heads[2]), w.witness(keeper, strange[2]), nil),
	} {
		if p != nil {
			t.Errorf("%s: passes as a contradiction", name)
		}
	}
	// Two organisations that say different things don't contradict themselves.
	p := deed.FindEquivocation(w.witness(keeper, heads[2]), w.witness(w.member(village, ""), others[2]), nil)
	if p == nil {
		t.Fatal("the heads agree")
	}
	_, err := p.Verify(group, w.anchors)
	wantCode(t, err, deed.CodeFeed, "different organisations")
}
