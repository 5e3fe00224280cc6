// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"log/slog"
	"reflect"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/collectivetest"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// load is a federation with the Controller of its secretariat.
type load struct {
	*collectivetest.Federation
	desk *collective.Desk
	at   *controller.Controller
}

func newLoad(t testing.TB, size collectivetest.Size) *load {
	t.Helper()
	reg, err := collectivetest.RegisterOf(size.Peers)
	checkLoad(t, err)
	f := collectivetest.NewFederation(collectivetest.NewIn(t, reg, deskGroup, deskTime, cora), size)
	quiet := slog.New(slog.DiscardHandler)
	s := f.Store(cora)
	m, err := manager.New(manager.Config{
		Self: fsc.Peer{ID: cora, Name: "Inkoopbureau"}, Rules: fsc.Rules{GroupID: deskGroup},
		Store: s, Policy: manager.RulePolicy{}, Now: f.Now, Logger: quiet,
	})
	checkLoad(t, err)
	people := operator.New(operator.Config{Store: s.People(), Now: f.Now, Logger: quiet, HashMemory: 64})
	return &load{Federation: f, desk: f.Desk(cora), at: controller.New(controller.Config{
		Manager: m, People: people, Log: s.Log(), History: s, GroupID: deskGroup, GroupType: "test", Now: f.Now, Logger: quiet,
		Collective: f.Desk(cora), Register: f.Register,
	})}
}

func checkLoad(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// exact holds the count of each framework to what its lot has room for, and gives
// the number of live call-offs.
func (l *load) exact(t testing.TB) int {
	t.Helper()
	all := 0
	for i := range l.Works {
		w := &l.Works[i]
		view, err := l.desk.View(t.Context(), w.Framework)
		checkLoad(t, err)
		ledger, err := collective.LedgerOf(view, w.Framework)
		checkLoad(t, err)
		live := 0
		for _, o := range w.CallOffs {
			if s, _ := view.Status(o); collective.CallOffState(s) == collective.WordLive {
				live++
			}
		}
		if lot := ledger.Lots()[0]; live != w.Live || lot.Committed != int64(w.Live)*w.Each || lot.Exhausted != (lot.Pool == 0) {
			t.Errorf("framework %d has %d live call-offs of %d, want %d; the lot says %+v", i, live, w.Each, w.Live, lot)
		}
		all += live
	}
	return all
}

// question is something that people or programs ask of the secretariat.
type question struct {
	name string
	ask  func(t testing.TB, n int) error
}

// questions are those whose costs don't depend on how much else there is.
func (l *load) questions() []question {
	ordinary, great := &l.Works[1], &l.Works[0]
	return []question{
		{"the state of a call-off, from its projection", func(t testing.TB, n int) error {
			w := &l.Works[n*7919%len(l.Works)]
			_, err := l.desk.State(t.Context(), w.CallOffs[n%len(w.CallOffs)])
			return err
		}},
		{"the states of one framework and all under it", func(t testing.TB, _ int) error {
			_, err := l.desk.States(t.Context(), collective.StateFilter{Dossier: ordinary.Framework})
			return err
		}},
		{"fifty states of the great framework", func(t testing.TB, _ int) error {
			_, err := l.desk.States(t.Context(), collective.StateFilter{Dossier: great.Framework, Types: []deed.Type{dossier.TypeCallOff}, Limit: 50})
			return err
		}},
		{"one framework, as the Controller shows it", func(t testing.TB, _ int) error {
			_, err := l.at.Framework(t.Context(), everything(), ordinary.Framework)
			return err
		}},
		{"the great framework, as the Controller shows it", func(t testing.TB, _ int) error {
			_, err := l.at.Framework(t.Context(), everything(), great.Framework)
			return err
		}},
		{"the great framework folded after a restart", func(t testing.TB, _ int) error {
			_, err := l.NewDesk(cora).Status(t.Context(), great.Framework)
			return err
		}},
		{"one framework folded after a restart", func(t testing.TB, _ int) error {
			_, err := l.NewDesk(cora).Status(t.Context(), ordinary.Framework)
			return err
		}},
		{"one more call-off of the great framework, received, counted and folded", func(t testing.TB, n int) error {
			for _, it := range l.More(n) {
				if err := l.desk.Receive(t.Context(), cora, it); err != nil {
					return err
				}
			}
			return l.desk.Fold(t.Context())
		}},
	}
}

// TestAFederationIsCountedExactly has the load of the design made ten to a hundred
// times smaller: 34 Peers, 10 frameworks and 1,000 call-offs.
func TestAFederationIsCountedExactly(t *testing.T) {
	if testing.Short() {
		t.Skip("not in the loop while you work; make test runs it")
	}
	l := newLoad(t, collectivetest.Size{Peers: 34, Frameworks: 10, CallOffs: 1000})
	callOffs, want := 0, 0
	for _, w := range l.Works {
		callOffs += len(w.CallOffs)
		want += w.Live
	}
	if callOffs != 1000 || len(l.Works) != 10 || len(l.Works[0].Accessions) != 34 {
		t.Fatalf("%d call-offs in %d frameworks, %d accessions of the great one", callOffs, len(l.Works), len(l.Works[0].Accessions))
	}
	if live := l.exact(t); live != want || live == callOffs {
		t.Errorf("%d call-offs are live, want %d", live, want)
	}
	shown, err := l.at.Frameworks(t.Context(), everything(), controller.FrameworkFilter{})
	checkLoad(t, err)
	if shown.Total != 10 {
		t.Errorf("%d frameworks are shown", shown.Total)
	}
}

// TestOtherFrameworksCostNothing asks the same of a federation with three times
// as many frameworks of the same size.
func TestOtherFrameworksCostNothing(t *testing.T) {
	size := collectivetest.Size{Peers: 20, Frameworks: 4, CallOffs: 80}
	if testing.Short() {
		size = collectivetest.Size{Peers: 10, Frameworks: 2, CallOffs: 20}
	}
	few := newLoad(t, size)
	many := newLoad(t, collectivetest.Size{Peers: size.Peers, Frameworks: 3 * size.Frameworks, CallOffs: 3 * size.CallOffs})
	for i, q := range many.questions() {
		before, beforeFew := many.Asked(cora), few.Asked(cora)
		checkLoad(t, q.ask(t, 0))
		checkLoad(t, few.questions()[i].ask(t, 0))
		got, want := many.Asked(cora).Since(before), few.Asked(cora).Since(beforeFew)
		if got != want || got.Questions == 0 {
			t.Errorf("%s: %+v were read, and %+v with fewer other frameworks", q.name, got, want)
		}
		t.Logf("%s: %+v", q.name, got)
	}
}

// TestFrameworksAreFoundByAWordWithoutReadingThemAgain looks for two of twelve.
func TestFrameworksAreFoundByAWordWithoutReadingThemAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	l := newLoad(t, collectivetest.Size{Peers: 20, Frameworks: 12, CallOffs: 240})
	find := func(text string) collectivetest.Asked {
		t.Helper()
		before := l.Asked(cora)
		found, err := l.at.Frameworks(t.Context(), everything(), controller.FrameworkFilter{Text: text})
		checkLoad(t, err)
		if found.Total != 1 {
			t.Errorf("%q: %d frameworks", text, found.Total)
		}
		return l.Asked(cora).Since(before)
	}
	find("webdiensten 10")
	if n := find("WEBDIENSTEN 11").Questions; n > 8 {
		t.Errorf("%d questions to the store for one of 12 frameworks", n)
	}
}

// more lets one more call-off of the great framework come in and be counted.
func (l *load) more(t *testing.T, n int) {
	t.Helper()
	questions := l.questions()
	checkLoad(t, questions[len(questions)-1].ask(t, n))
}

// TestAnotherCallOffReadsOnlyWhatIsNew compares two frameworks, one of which has
// several times as many call-offs.
func TestAnotherCallOffReadsOnlyWhatIsNew(t *testing.T) {
	sizes := [2]int{20, 100}
	if testing.Short() {
		sizes = [2]int{20, 40}
	}
	var read [2]collectivetest.Asked
	for i, callOffs := range sizes {
		l := newLoad(t, collectivetest.Size{Peers: 10, Frameworks: 2, CallOffs: callOffs})
		l.more(t, 0)
		before := l.Asked(cora)
		l.more(t, 1)
		read[i] = l.Asked(cora).Since(before)
	}
	if read[0] != read[1] {
		t.Errorf("%+v is read in a small framework, %+v in a large one", read[0], read[1])
	}
}

// TestWhatIsReadOnIsWhatIsReadWhole lets deeds come in one by one: a desk that
// starts now and a projection made anew say the same.
func TestWhatIsReadOnIsWhatIsReadWhole(t *testing.T) {
	l := newLoad(t, collectivetest.Size{Peers: 5, Frameworks: 2, CallOffs: 10})
	for n := range 8 {
		l.more(t, n)
	}
	great := l.Works[0].Framework
	warm, err := l.desk.View(t.Context(), great)
	checkLoad(t, err)
	cold, err := l.NewDesk(cora).View(t.Context(), great)
	checkLoad(t, err)
	if !reflect.DeepEqual(warm.All(), cold.All()) {
		t.Error("a desk that starts now sees something else")
	}
	before, err := l.desk.States(t.Context(), collective.StateFilter{})
	checkLoad(t, err)
	checkLoad(t, l.desk.Rebuild(t.Context()))
	after, err := l.desk.States(t.Context(), collective.StateFilter{})
	checkLoad(t, err)
	if !reflect.DeepEqual(before, after) || len(after) == 0 {
		t.Error("projections made anew are others")
	}
	l.exact(t)
}
