// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"testing"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
)

// People read one word for state and overlays together.
func TestTheWordsForPeople(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	framework := func(at int64, want collective.Word) {
		t.Helper()
		if got := collective.FrameworkState(s.at(f, at)); got != want {
			t.Errorf("the framework is %s, want %s", got, want)
		}
	}
	begin := on(t, 2026, 1, 1, 0)
	framework(begin-2*hour, collective.WordProposed)
	framework(begin-1, collective.WordPlanned)
	framework(begin, collective.WordLive)
	in := s.join(f, town, begin+1, reserve(100, 0))
	o := s.callOff(f, in, 10)
	callOff := func(at int64, want collective.Word) {
		t.Helper()
		if got := collective.CallOffState(s.at(o, at)); got != want {
			t.Errorf("the call-off is %s, want %s", got, want)
		}
	}
	callOff(begin+2, collective.WordOffered)
	s.accept(o, begin+3)
	callOff(begin+3, collective.WordWaits)
	s.allocate(f, begin+4)
	callOff(begin+4, collective.WordPlanned)
	callOff(o.NotBefore, collective.WordLive)
	callOff(o.NotAfter, collective.WordCompleted)
	s.change(f, begin+5, dossier.Change{Kind: dossier.ChangeSuspension})
	framework(begin+5, collective.WordSuspended)
	s.change(f, begin+6, dossier.Change{Kind: dossier.ChangeTermination})
	framework(begin+6, collective.WordTerminated)
	callOff(o.NotBefore, collective.WordLive) // traffic needs a live call-off, not a live framework
	if got := collective.AccessionState(s.at(in, begin+6)); got != collective.WordEnded {
		t.Errorf("the accession is %s", got)
	}
	later := s.deed(deed.Draft{
		Type: dossier.TypeAccession, NotBefore: begin + 100, Parents: []deed.Hash{f.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: village, Role: buyerRole}},
	}, dossier.Accession{Lots: reserve(10, 0)})
	if got := collective.AccessionState(s.at(later, begin+4)); got != collective.WordRequested {
		t.Errorf("the accession is %s", got)
	}
	s.accept(later, begin+4)
	if got := collective.AccessionState(s.at(later, begin+4)); got != collective.WordPlanned {
		t.Errorf("the accession is %s", got)
	}
}

func TestATableNeedsARegister(t *testing.T) {
	if _, err := collective.NewTable(nil); err == nil {
		t.Error("a table without a register is made")
	}
}
