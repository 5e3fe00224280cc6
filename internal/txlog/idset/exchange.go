// SPDX-License-Identifier: EUPL-1.2

package idset

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

// Limits on messages. They are part of the format.
const (
	// MaxAsked is how many prefixes one question can have.
	MaxAsked = 32
	// MaxListed is up to how many calls a part is answered with their IDs. A part with more
	// is answered with its branches, one with fewer never is.
	MaxListed = 16
	// MaxMessageBytes bounds a question and an answer.
	MaxMessageBytes = 64 << 10
)

// Question asks the other side for parts of its set.
type Question struct {
	// Prefixes are at most MaxAsked, in order, none of them within another: so
	// an answer never costs more than hashing all calls once.
	Prefixes []Prefix `json:"prefixes"`
}

// Answer has a part for each prefix of the question, in its order.
type Answer struct {
	Parts []Part `json:"parts"`
}

// Part is what one side has with a prefix. It has IDs, or else Common, Digits,
// Counts and Roots.
type Part struct {
	Prefix Prefix `json:"prefix"`
	// IDs are all of them in order, when they are at most MaxListed.
	IDs []string `json:"ids,omitempty"`
	// Common is what the IDs share; behind it they go on with one of Digits, and there
	// are Counts[i] with Roots[i] that go on with Digits[i].
	Common Prefix  `json:"common,omitempty"`
	Digits string  `json:"digits,omitempty"`
	Counts []int64 `json:"counts,omitempty"`
	Roots  []Root  `json:"roots,omitempty"`
}

// ReadQuestion reads a question strictly.
func ReadQuestion(raw []byte) (*Question, error) {
	var q Question
	if err := read(raw, &q); err != nil {
		return nil, err
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	return &q, nil
}

// Validate refuses a question that has no form: it is for who reads questions as a
// part of other messages.
func (q *Question) Validate() error {
	if len(q.Prefixes) == 0 || len(q.Prefixes) > MaxAsked {
		return malformed("prefixes", "must be 1 to %d", MaxAsked)
	}
	for i, p := range q.Prefixes {
		if !p.Valid() {
			return malformed("prefixes", "must be the first digits of an ID, in lower case and without hyphens")
		}
		if i > 0 && (p <= q.Prefixes[i-1] || p.under(q.Prefixes[i-1])) {
			return malformed("prefixes", "must be in order, none within another")
		}
	}
	return nil
}

// ReadAnswer reads an answer strictly. Whether it answers the question, and agrees
// with the root that the other side gave, is for [Diff].
func ReadAnswer(raw []byte) (*Answer, error) {
	var a Answer
	if err := read(raw, &a); err != nil {
		return nil, err
	}
	if len(a.Parts) == 0 || len(a.Parts) > MaxAsked {
		return nil, malformed("parts", "must be 1 to %d", MaxAsked)
	}
	return &a, nil
}

func read(raw []byte, v any) error {
	if len(raw) > MaxMessageBytes {
		return malformed("", "the message is larger than %d bytes", MaxMessageBytes)
	}
	if err := fsc.UnmarshalStrict(raw, v); err != nil {
		return malformed("", "%s", err.Error())
	}
	return noNull(raw)
}

// noNull refuses null in JSON that was read: it would stand for an empty text.
func noNull(raw []byte) error {
	for d := jsontext.NewDecoder(bytes.NewReader(raw)); ; {
		tok, err := d.ReadToken()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return malformed("", "JSON is malformed")
		case tok.Kind() == 'n':
			return malformed("", "null is not used; leave the member out")
		}
	}
}

// Answer answers a question from [ReadQuestion]. Only the other side may ask: the
// answer can hold TransactionIDs.
func (t *Tree) Answer(q *Question) *Answer {
	var a Answer
	for _, p := range q.Prefixes {
		a.Parts = append(a.Parts, t.part(p))
	}
	return &a
}

func (t *Tree) part(p Prefix) Part {
	out, ids := Part{Prefix: p}, t.under(p)
	if len(ids) <= MaxListed {
		for _, id := range ids {
			out.IDs = append(out.IDs, id.String())
		}
		return out
	}
	common, branches := split(ids)
	out.Common = common
	for _, b := range branches {
		out.Digits += hexDigits[b.digit : b.digit+1]
		out.Counts, out.Roots = append(out.Counts, b.Count), append(out.Roots, b.Root)
	}
	return out
}

// list gives the IDs of a part that has to have this summary.
func (p *Part) list(want Summary) ([]ID, error) {
	if p.Common != "" || p.Digits != "" || len(p.Counts) > 0 || len(p.Roots) > 0 || int64(len(p.IDs)) != want.Count {
		return nil, p.contradicts()
	}
	var out []ID
	for _, text := range p.IDs {
		id, err := ParseID(text)
		if err != nil {
			return nil, err
		}
		if p.Prefix.compare(id) != 0 {
			return nil, p.contradicts()
		}
		out = append(out, id)
	}
	if !slices.IsSortedFunc(out, ID.Compare) || summarize(out) != want {
		return nil, p.contradicts()
	}
	return out, nil
}

// branches gives the prefixes below a part that has to have this summary, and
// what stands there.
func (p *Part) branches(want Summary) ([]Prefix, []Summary, error) {
	n := len(p.Digits)
	if len(p.IDs) > 0 || n < 2 || n > len(hexDigits) || len(p.Counts) != n || len(p.Roots) != n {
		return nil, nil, p.contradicts()
	}
	if !p.Common.Valid() || len(p.Common) >= digits || !p.Common.under(p.Prefix) {
		return nil, nil, p.contradicts()
	}
	var whole node
	whole.begin(p.Common.first(), len(p.Common))
	var below []Prefix
	var have []Summary
	for i, count := range p.Counts {
		digit := strings.IndexByte(hexDigits, p.Digits[i])
		if digit < 0 || i > 0 && p.Digits[i] <= p.Digits[i-1] || count < 1 || count > want.Count {
			return nil, nil, p.contradicts()
		}
		s := Summary{count, p.Roots[i]}
		whole.add(branch{byte(digit), s}) //nolint:gosec // a digit is below 16
		below, have = append(below, p.Common+Prefix(p.Digits[i:i+1])), append(have, s)
	}
	if whole.summary() != want {
		return nil, nil, p.contradicts()
	}
	return below, have, nil
}

func (p *Part) contradicts() error {
	return refuse(ReasonAnswer, "parts", "what the other side answers about %q doesn't agree with the root it gave", string(p.Prefix))
}

// first gives the smallest ID with the prefix, which is valid.
func (p Prefix) first() (id ID) {
	for i := range len(p) {
		id[i/2] |= byte(strings.IndexByte(hexDigits, p[i])) << (4 * (1 - i%2)) //nolint:gosec // valid
	}
	return id
}
