// SPDX-License-Identifier: EUPL-1.2

package idset

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
)

// Limits on one comparison.
const (
	// MaxQuestions is after how many prefixes a comparison stops: the two logs have so
	// little in common then that people have to look at them.
	MaxQuestions = 4096
	// MaxNamed is how many calls of each side a report names.
	MaxNamed = 1000
)

// Report is what came of a comparison of two sides, by number of calls. Equal,
// OnlyOwn and Open.Own are together the calls of the own side; Equal, OnlyOther
// and Open.Other those of the other.
type Report struct {
	Equal     int64 `json:"equal"`
	OnlyOwn   int64 `json:"only_own"`
	OnlyOther int64 `json:"only_other"`
	// Own and Other name the calls that only one side has, MaxNamed at most.
	Own   []string `json:"own"`
	Other []string `json:"other"`
	// Open is what was not looked at any more, after MaxQuestions.
	Open Open `json:"open"`
}

// Open is the number of calls in parts that differ and weren't compared further.
type Open struct {
	Own   int64 `json:"own"`
	Other int64 `json:"other"`
}

// Diff finds the calls that only one side has. other is what the other side
// says of its own. ask sends it a question and gives its answer, after
// [ReadAnswer]; it is called until all is known, about MaxQuestions prefixes at
// most. Each answer has to agree with that root, or Diff ends with a
// [Refusal] of [ReasonAnswer]; an error of ask ends it too.
func Diff(own *Tree, other Summary, ask func(*Question) (*Answer, error)) (*Report, error) {
	d := &diff{own: own, report: Report{Own: []string{}, Other: []string{}}}
	d.compare("", other)
	for asked := 0; asked < MaxQuestions; {
		now := d.next()
		if len(now) == 0 {
			break
		}
		asked += len(now)
		if err := d.round(now, ask); err != nil {
			return nil, err
		}
	}
	for _, p := range d.differ {
		d.report.Open.Own += int64(len(own.IDs(p.prefix)))
		d.report.Open.Other += p.other.Count
	}
	return &d.report, nil
}

// piece is a part that the other side has, and the own side hasn't or has
// otherwise.
type piece struct {
	prefix Prefix
	other  Summary
}

// diff keeps two stacks of pieces, in each of which none is within another. What
// was found last is asked first: that leads to IDs soonest.
type diff struct {
	own *Tree
	// differ are pieces of which both sides have something.
	differ []piece
	// unnamed are pieces that only the other side has. They have been counted, and
	// are asked about as long as there is room for names.
	unnamed []piece
	report  Report
}

// next takes the pieces of the next question.
func (d *diff) next() []piece {
	from := &d.differ
	if len(*from) == 0 {
		from = &d.unnamed
		if len(d.report.Other) == MaxNamed {
			return nil
		}
	}
	rest := max(0, len(*from)-MaxAsked)
	now := slices.Clone((*from)[rest:])
	*from = (*from)[:rest]
	slices.SortFunc(now, func(a, b piece) int { return cmp.Compare(a.prefix, b.prefix) })
	return now
}

// round asks one question and takes the answer.
func (d *diff) round(now []piece, ask func(*Question) (*Answer, error)) error {
	var q Question
	for _, p := range now {
		q.Prefixes = append(q.Prefixes, p.prefix)
	}
	a, err := ask(&q)
	if err != nil {
		return fmt.Errorf("ask the other side: %w", err)
	}
	if len(a.Parts) != len(now) {
		return refuse(ReasonAnswer, "parts", "%d parts were asked for, and %d were answered", len(now), len(a.Parts))
	}
	for i := range now {
		if err := d.take(now[i], &a.Parts[i]); err != nil {
			return err
		}
	}
	return nil
}

// take compares what the other side answers about a piece.
func (d *diff) take(asked piece, part *Part) error {
	if part.Prefix != asked.prefix {
		return refuse(ReasonAnswer, "parts", "the answer is about another part than was asked for")
	}
	ids := d.own.IDs(asked.prefix)
	if asked.other.Count <= MaxListed {
		theirs, err := part.list(asked.other)
		switch {
		case err != nil:
			return err
		case len(ids) == 0:
			d.report.Other = name(d.report.Other, theirs) // counted when it was found
		default:
			d.merge(ids, theirs)
		}
		return nil
	}
	below, have, err := part.branches(asked.other)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		for i, p := range slices.Backward(below) {
			d.unnamed = append(d.unnamed, piece{p, have[i]})
		}
		return nil
	}
	for i, p := range below {
		// What lies before a branch, or between two, has no counterpart.
		before := sort.Search(len(ids), func(i int) bool { return p.compare(ids[i]) >= 0 })
		d.onlyOwn(ids[:before])
		d.compare(p, have[i])
		ids = ids[before+len(cut(ids, p)):]
	}
	d.onlyOwn(ids)
	return nil
}

// compare settles a part when it can be, and otherwise notes it down.
func (d *diff) compare(p Prefix, other Summary) {
	ids := d.own.IDs(p)
	own := int64(len(ids))
	switch {
	case own == other.Count && summarize(ids) == other:
		d.report.Equal += own
	case other.Count == 0:
		d.onlyOwn(ids)
	case own == 0:
		d.report.OnlyOther += other.Count
		d.unnamed = append(d.unnamed, piece{p, other})
	default:
		d.differ = append(d.differ, piece{p, other})
	}
}

// merge compares two lists in order.
func (d *diff) merge(own, other []ID) {
	for len(own) > 0 && len(other) > 0 {
		switch order := own[0].Compare(other[0]); {
		case order == 0:
			d.report.Equal++
			own, other = own[1:], other[1:]
		case order < 0:
			d.onlyOwn(own[:1])
			own = own[1:]
		default:
			d.onlyOther(other[:1])
			other = other[1:]
		}
	}
	d.onlyOwn(own)
	d.onlyOther(other)
}

func (d *diff) onlyOwn(ids []ID) {
	d.report.OnlyOwn += int64(len(ids))
	d.report.Own = name(d.report.Own, ids)
}

func (d *diff) onlyOther(ids []ID) {
	d.report.OnlyOther += int64(len(ids))
	d.report.Other = name(d.report.Other, ids)
}

// name adds the first ids for which there is room.
func name(names []string, ids []ID) []string {
	for _, id := range ids[:min(len(ids), MaxNamed-len(names))] {
		names = append(names, id.String())
	}
	return names
}
