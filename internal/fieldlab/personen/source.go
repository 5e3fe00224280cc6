// SPDX-License-Identifier: EUPL-1.2

package personen

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/samenspel/samenspel/internal/fieldlab/personen/internal/facts"
)

//go:embed persons.jsonl.gz
var personsFile []byte

// Source answers questions about the fictitious persons. It does not change
// after [New], so any number of goroutines may use it.
type Source struct {
	now        func() time.Time
	rules      rules
	tables     facts.Tables
	persons    []facts.Person
	byBSN      map[string][]*facts.Person
	byBirth    map[string][]*facts.Person
	byPostcode map[string][]*facts.Person
}

// Option changes how [New] makes a Source.
type Option func(*Source)

// WithClock sets the clock that ages are computed with. The date is taken in
// the time zone of the returned time. The default is time.Now.
func WithClock(now func() time.Time) Option {
	return func(s *Source) { s.now = now }
}

// New unpacks the embedded persons and makes them searchable. It fails only
// when the embedded file is damaged.
func New(options ...Option) (*Source, error) {
	tables, persons, err := facts.Read(bytes.NewReader(personsFile))
	if err != nil {
		return nil, fmt.Errorf("read embedded persons: %w", err)
	}
	s := &Source{
		now: time.Now, rules: newRules(), tables: tables, persons: persons,
		byBSN: map[string][]*facts.Person{}, byBirth: map[string][]*facts.Person{},
		byPostcode: map[string][]*facts.Person{},
	}
	for i := range persons {
		s.index(&persons[i])
	}
	for _, option := range options {
		option(s)
	}
	return s, nil
}

func (s *Source) index(p *facts.Person) {
	if p.BSN != "" {
		s.byBSN[p.BSN] = append(s.byBSN[p.BSN], p)
	}
	s.byBirth[p.Birth.Date] = append(s.byBirth[p.Birth.Date], p)
	if p.Residence != nil && p.Residence.Address != nil && p.Residence.Address.Postcode != "" {
		postcode := p.Residence.Address.Postcode
		s.byPostcode[postcode] = append(s.byPostcode[postcode], p)
	}
}

// SampleBSNs returns up to n BSNs that suit a demonstration: of living,
// unhidden persons with a full name, birth date and address in the
// Netherlands. The result is the same every time, spread over the whole set,
// and in ascending order.
func (s *Source) SampleBSNs(n int) []string {
	var suited []string
	for i := range s.persons {
		p := &s.persons[i]
		if presentable(p) && len(s.byBSN[p.BSN]) == 1 {
			suited = append(suited, p.BSN)
		}
	}
	if n <= 0 {
		return nil
	}
	if n >= len(suited) {
		return suited
	}
	sample := make([]string, n)
	for i := range sample {
		sample[i] = suited[i*len(suited)/n]
	}
	return sample
}

func presentable(p *facts.Person) bool {
	return validBSN(p.BSN) && p.Suspended == nil && p.Death == nil && !p.Secret &&
		plainName(p.Name.Given) && plainName(p.Name.Surname) &&
		p.Birth.Date != "" && !strings.HasSuffix(p.Birth.Date, "00") &&
		p.Residence != nil && p.Residence.Address != nil && p.Residence.Address.Number > 0 &&
		p.Residence.Address.Postcode != ""
}

// plainName tells names from the ones that test what a name may hold.
func plainName(name string) bool {
	return len(name) > 1 && len(name) <= 40 && strings.IndexFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && r != ' ' && r != '-' && r != '\''
	}) < 0
}

// validBSN checks the eleven test: nine digits, weighted, divisible by eleven.
func validBSN(bsn string) bool {
	if len(bsn) != 9 {
		return false
	}
	sum := 0
	for i, digit := range []byte(bsn) {
		weight := 9 - i
		if i == 8 {
			weight = -1
		}
		sum += int(digit-'0') * weight
	}
	return sum%11 == 0
}
