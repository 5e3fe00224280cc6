// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits on the data file, so that a hostile one can't fill the memory.
const (
	maxFile  = 4 << 20
	maxValue = 2048
)

// ErrMalformed is wrapped by every error of [Parse] about the form of the
// data; the text names the line.
var ErrMalformed = errors.New("register: malformed data")

// Parse reads what [Format] wrote, strictly: every record has its known number
// of values in their known form and order, keys are unique, and every code
// that is referred to exists. Formatting the result gives the same bytes.
func Parse(raw []byte) (*Data, error) {
	if len(raw) > maxFile {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrMalformed, len(raw), maxFile)
	}
	if !utf8.Valid(raw) {
		return nil, fmt.Errorf("%w: not UTF-8", ErrMalformed)
	}
	rest, ok := strings.CutPrefix(string(raw), header+"\n")
	if !ok {
		return nil, fmt.Errorf("%w: line 1: want %q", ErrMalformed, header)
	}
	r := reader{data: &Data{}, records: records()}
	n := 1
	for line := range strings.Lines(rest) {
		n++
		if err := r.line(line); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrMalformed, n, err)
		}
	}
	if err := check(r.data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return r.data, nil
}

// reader keeps where in the file we are.
type reader struct {
	data    *Data
	records map[string]record
	at      int // the rank of the last record
}

// record describes one kind of line.
type record struct {
	rank   int
	values int
	read   func(d *Data, v []string) error
}

func (r *reader) line(line string) error {
	line, ended := strings.CutSuffix(line, "\n")
	if !ended {
		return errors.New("the line doesn't end")
	}
	values := strings.Split(line, "\t")
	rec, known := r.records[values[0]]
	if !known {
		return errors.New("unknown record")
	}
	if len(values)-1 != rec.values {
		return fmt.Errorf("%d values, want %d", len(values)-1, rec.values)
	}
	if rec.rank < r.at {
		return fmt.Errorf("%s comes too late in the file", values[0])
	}
	r.at = rec.rank
	for _, v := range values {
		if err := plain(v); err != nil {
			return err
		}
	}
	return rec.read(r.data, values[1:])
}

// plain refuses values with characters that can hide or change what people
// see: control characters, formatting characters and space at the edges.
func plain(v string) error {
	if len(v) > maxValue {
		return fmt.Errorf("a value of %d bytes, at most %d", len(v), maxValue)
	}
	if strings.TrimSpace(v) != v {
		return errors.New("a value with space at its edge")
	}
	for _, c := range v {
		if !unicode.IsGraphic(c) || (unicode.IsSpace(c) && c != ' ') {
			return fmt.Errorf("character %U isn't allowed", c)
		}
	}
	return nil
}
