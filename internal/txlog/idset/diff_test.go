// SPDX-License-Identifier: EUPL-1.2

package idset_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/samenspel/samenspel/internal/txlog/idset"
	"github.com/samenspel/samenspel/internal/txlog/idset/idsettest"
)

// side answers questions as they go over the wire, and counts the bytes.
type side struct {
	*idset.Tree
	bytes, asked int
	// lie, when set, changes an answer.
	lie func(*idset.Answer)
}

func (s *side) ask(q *idset.Question) (*idset.Answer, error) {
	sent, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	read, err := idset.ReadQuestion(sent)
	if err != nil {
		return nil, err
	}
	a := s.Answer(read)
	if s.lie != nil {
		s.lie(a)
	}
	back, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	s.bytes += len(sent) + len(back)
	s.asked++
	return idset.ReadAnswer(back)
}

func texts(ids []idset.ID) []string {
	out := []string{}
	for _, id := range ids {
		out = append(out, id.String())
	}
	return out
}

func TestADifferenceIsWorkedOutToTheCall(t *testing.T) {
	both, ours, theirs := idsettest.Calls(4211, 1), idsettest.Calls(3, 2), idsettest.Calls(5, 3)
	own, other := tree(both, ours), &side{Tree: tree(both, theirs)}
	report, err := idset.Diff(own, other.Summary(), other.ask)
	if err != nil {
		t.Fatal(err)
	}
	if report.Equal != 4211 || report.OnlyOwn != 3 || report.OnlyOther != 5 || report.Open != (idset.Open{}) {
		t.Errorf("got %+v", report)
	}
	slices.Sort(report.Own)
	slices.Sort(report.Other)
	if !slices.Equal(report.Own, texts(idset.NewTree(ours).IDs(""))) || !slices.Equal(report.Other, texts(idset.NewTree(theirs).IDs(""))) {
		t.Errorf("got %v and %v", report.Own, report.Other)
	}
}

func TestThreeDifferencesInAMillionCallsCostLessThan20Kilobytes(t *testing.T) {
	both := tree(idsettest.Calls(1_000_000, 1)).IDs("") // sorted already, which spares time
	own, other := tree(both, idsettest.Calls(1, 2)), &side{Tree: tree(both, idsettest.Calls(2, 3))}
	report, err := idset.Diff(own, other.Summary(), other.ask)
	if err != nil || report.Equal != 1_000_000 || report.OnlyOwn != 1 || report.OnlyOther != 2 {
		t.Fatalf("got %+v, %v", report, err)
	}
	t.Logf("%d bytes in %d questions", other.bytes, other.asked)
	if other.bytes >= 20_000 || other.asked > 12 {
		t.Errorf("took %d bytes in %d questions", other.bytes, other.asked)
	}
}

// TestAnyTwoSidesAreToldApart compares with sets.
func TestAnyTwoSidesAreToldApart(t *testing.T) {
	id := rapid.Custom(func(r *rapid.T) (id idset.ID) {
		id[rapid.SampledFrom([]int{0, 5, 15}).Draw(r, "place")] = rapid.Byte().Draw(r, "first")
		id[8] = rapid.Byte().Draw(r, "second")
		return id
	})
	rapid.Check(t, func(r *rapid.T) {
		both, ours, theirs := rapid.SliceOfN(id, 0, 200).Draw(r, "both"), rapid.SliceOfN(id, 0, 100).Draw(r, "ours"), rapid.SliceOfN(id, 0, 100).Draw(r, "theirs")
		own, other := tree(both, ours), &side{Tree: tree(both, theirs)}
		report, err := idset.Diff(own, other.Summary(), other.ask)
		if err != nil {
			r.Fatal(err)
		}
		wantOwn, wantOther := without(own, other.Tree), without(other.Tree, own)
		slices.Sort(report.Own)
		slices.Sort(report.Other)
		if !slices.Equal(report.Own, wantOwn) || !slices.Equal(report.Other, wantOther) || report.Equal != int64(len(own.IDs("")))-report.OnlyOwn ||
			report.OnlyOwn != int64(len(wantOwn)) || report.OnlyOther != int64(len(wantOther)) {
			r.Fatalf("got %+v, want %v and %v", report, wantOwn, wantOther)
		}
	})
}

func without(a, b *idset.Tree) []string {
	return texts(slices.DeleteFunc(slices.Clone(a.IDs("")), func(id idset.ID) bool { return slices.Contains(b.IDs(""), id) }))
}

func TestASideThatLostItsLogLearnsTheNumberAndTheFirstNames(t *testing.T) {
	half := idsettest.Calls(30_000, 1)
	for name, own := range map[string]*idset.Tree{"all": tree(nil), "half": tree(half)} {
		other := &side{Tree: tree(idsettest.Calls(100_000, 2), half)}
		report, err := idset.Diff(own, other.Summary(), other.ask)
		if err != nil {
			t.Fatal(err)
		}
		if name == "all" && (report.OnlyOther != 130_000 || len(report.Other) != idset.MaxNamed) {
			t.Errorf("lost all: %d others, %d names", report.OnlyOther, len(report.Other))
		}
		if report.Equal+report.OnlyOwn+report.Open.Own != int64(len(own.IDs(""))) || report.Equal+report.OnlyOther+report.Open.Other != 130_000 {
			t.Errorf("lost %s: %d equal, %d others, open %v", name, report.Equal, report.OnlyOther, report.Open)
		}
		if other.asked > idset.MaxQuestions/idset.MaxAsked+300 {
			t.Errorf("%d questions", other.asked)
		}
	}
}

func TestAnAnswerThatDoesntFitTheSignedRootIsRefused(t *testing.T) {
	both := idsettest.Calls(1000, 1)
	deep := func(n int, change func(*idset.Part)) func(*idset.Answer) {
		return func(a *idset.Answer) {
			for i := range a.Parts {
				if (len(a.Parts[i].IDs) > 0) == (n > 0) {
					change(&a.Parts[i])
				}
			}
		}
	}
	for name, lie := range map[string]func(*idset.Answer){
		"an ID is kept back":        deep(1, func(p *idset.Part) { p.IDs = p.IDs[1:] }),
		"an ID is another":          deep(1, func(p *idset.Part) { p.IDs[0] = p.IDs[0][:35] + "f" }),
		"IDs are in another order":  deep(1, func(p *idset.Part) { slices.Reverse(p.IDs) }),
		"an ID is malformed":        deep(1, func(p *idset.Part) { p.IDs[0] = "<b>" }),
		"IDs and branches":          deep(1, func(p *idset.Part) { p.Digits = "0" }),
		"a count is too low":        deep(0, func(p *idset.Part) { p.Counts[0]-- }),
		"a count is below zero":     deep(0, func(p *idset.Part) { p.Counts[0] = -1 }),
		"a count is missing":        deep(0, func(p *idset.Part) { p.Counts = p.Counts[1:] }),
		"a root is another":         deep(0, func(p *idset.Part) { p.Roots[0][3] ^= 1 }),
		"a branch is left out":      deep(0, func(p *idset.Part) { p.Digits, p.Counts, p.Roots = p.Digits[1:], p.Counts[1:], p.Roots[1:] }),
		"digits in another order":   deep(0, func(p *idset.Part) { p.Digits = "f" + p.Digits[1:] }),
		"a digit that isn't one":    deep(0, func(p *idset.Part) { p.Digits = "G" + p.Digits[1:] }),
		"another common part":       deep(0, func(p *idset.Part) { p.Common += "0" }),
		"a common part of any kind": deep(0, func(p *idset.Part) { p.Common = idset.Prefix(strings.Repeat("x", 40)) }),
		"about something else":      deep(0, func(p *idset.Part) { p.Prefix = "0" }),
		"no branches":               deep(0, func(p *idset.Part) { *p = idset.Part{Prefix: p.Prefix} }),
		"more than was asked":       func(a *idset.Answer) { a.Parts = append(a.Parts, a.Parts[0]) },
	} {
		other := &side{Tree: tree(both, idsettest.Calls(2, 2)), lie: lie}
		_, err := idset.Diff(tree(both, idsettest.Calls(2, 3)), other.Summary(), other.ask)
		if r := reasonOf(err); r != idset.ReasonAnswer && r != idset.ReasonMalformed {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAnErrorOfTheOtherSideEndsTheComparison(t *testing.T) {
	away := errors.New("away")
	_, err := idset.Diff(tree(idsettest.Calls(1, 1)), tree(idsettest.Calls(1, 2)).Summary(), func(*idset.Question) (*idset.Answer, error) { return nil, away })
	if !errors.Is(err, away) {
		t.Error(err)
	}
}

func TestTheLargestMessagesStayWithinTheLimit(t *testing.T) {
	// 32 prefixes, each with sixteen branches of the largest counts.
	part := idset.Part{Prefix: idset.Prefix(strings.Repeat("f", 31)), Common: idset.Prefix(strings.Repeat("f", 31)), Digits: "0123456789abcdef"}
	for range 16 {
		part.Counts, part.Roots = append(part.Counts, 1<<53), append(part.Roots, idset.EmptyRoot())
	}
	raw, err := json.Marshal(idset.Answer{Parts: slices.Repeat([]idset.Part{part}, idset.MaxAsked)})
	if err != nil || len(raw) > idset.MaxMessageBytes {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
}

func TestQuestionsAreReadStrictly(t *testing.T) {
	for _, raw := range []string{
		``, `{}`, `{"prefixes":[]}`, `{"prefixes":["A"]}`, `{"prefixes":["0-1"]}`, `{"prefixes":["1","0"]}`, `{"prefixes":["1","1"]}`, `{"prefixes":["","1"]}`,
		`{"prefixes":["01","012"]}`, `{"prefixes":["` + strings.Repeat("0", 33) + `"]}`, `{"prefixes":["0"],"more":1}`, `{"prefixes":["0"],"prefixes":["1"]}`,
		`{"prefixes":["` + strings.Repeat(`0","`, 40) + `"]}`, `{"prefixes":[null]}`, `{"prefixes":["` + strings.Repeat(" ", idset.MaxMessageBytes) + `"]}`,
	} {
		if _, err := idset.ReadQuestion([]byte(raw)); reasonOf(err) != idset.ReasonMalformed {
			t.Errorf("%.60s: %v", raw, err)
		}
	}
	q, err := idset.ReadQuestion([]byte(`{"prefixes":["0","1f"]}`))
	if err != nil || fmt.Sprint(q.Prefixes) != "[0 1f]" {
		t.Error(q, err)
	}
}

func FuzzAnswer(f *testing.F) {
	both := idsettest.Calls(200, 1)
	own, other := tree(both, idsettest.Calls(1, 2)), tree(both, idsettest.Calls(1, 3))
	for _, p := range []idset.Prefix{"", "0", "f"} {
		raw, err := json.Marshal(other.Answer(&idset.Question{Prefixes: []idset.Prefix{p}}))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		report, err := idset.Diff(own, other.Summary(), func(*idset.Question) (*idset.Answer, error) { return idset.ReadAnswer(raw) })
		if err == nil && report.Equal+report.OnlyOwn+report.Open.Own != 201 {
			t.Errorf("%+v", report)
		}
	})
}

func FuzzQuestion(f *testing.F) {
	f.Add([]byte(`{"prefixes":["0","1f"]}`))
	month := tree(idsettest.Calls(200, 1))
	f.Fuzz(func(t *testing.T, raw []byte) {
		q, err := idset.ReadQuestion(raw)
		if err != nil {
			return
		}
		back, err := json.Marshal(month.Answer(q))
		if err != nil || len(back) > idset.MaxMessageBytes {
			t.Errorf("%d bytes, %v", len(back), err)
		}
	})
}
