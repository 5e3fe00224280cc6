// SPDX-License-Identifier: EUPL-1.2

package register

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed facts.txt
var factsFile []byte

// Register answers questions about the data. It never changes after it was
// made, so any number of goroutines may use it; the slices it returns are the
// caller's own.
type Register struct {
	data        *Data
	byCode      map[Code]*Municipality
	byOIN       map[string]*Municipality
	endedOIN    map[string]*Ended
	derived     map[string]*Municipality // OINs that a computation would wrongly give
	parties     map[Code]string
	names       map[Code]string // of the municipalities that ended
	successions Successions
}

// Load makes the register of the data that is built in. It fails only when
// that data is damaged.
func Load() (*Register, error) {
	data, err := Parse(factsFile)
	if err != nil {
		return nil, fmt.Errorf("read built-in register: %w", err)
	}
	return New(data)
}

// New makes a register of data, which the caller must not change any more. It
// fails when the successions contradict each other; data from [Parse] is right.
func New(data *Data) (*Register, error) {
	successions, err := NewSuccessions(successionsOf(data))
	if err != nil {
		return nil, err
	}
	r := &Register{
		data: data, byCode: map[Code]*Municipality{}, byOIN: map[string]*Municipality{}, endedOIN: map[string]*Ended{},
		derived: map[string]*Municipality{}, parties: map[Code]string{}, names: map[Code]string{}, successions: successions,
	}
	for i := range data.Municipalities {
		m := &data.Municipalities[i]
		r.byCode[m.Code], r.byOIN[m.OIN] = m, m
	}
	for i := range data.Municipalities {
		m := &data.Municipalities[i]
		if d := derivedOIN(m.RSIN); m.RSIN != "" && d != m.OIN && r.byOIN[d] == nil {
			r.derived[d] = m
		}
	}
	for i := range data.Ended {
		if e := &data.Ended[i]; e.OIN != "" {
			r.endedOIN[e.OIN] = e
		}
	}
	for _, p := range data.Parties {
		r.parties[p.Code] = p.Name
	}
	for _, m := range data.Mergers {
		r.names[m.From] = m.Name
	}
	for _, s := range data.Splits {
		r.names[s.From] = s.Name
	}
	return r, nil
}

// As gives the register in which some municipalities, by code, have another
// identity: for Groups of exercises and tests, whose certificates can't have the
// identity of a real organisation.
func (r *Register) As(oins map[Code]string) (*Register, error) {
	data := *r.data
	data.Municipalities = slices.Clone(data.Municipalities)
	for i := range data.Municipalities {
		if oin, ok := oins[data.Municipalities[i].Code]; ok {
			data.Municipalities[i].OIN = oin
		}
	}
	return New(&data)
}

// derivedOIN is what people compute from an RSIN: issuer 00000001, the nine
// digits, three zeros. For some organisations the real one differs, so this
// is used to recognise the mistake and never to make an identity.
func derivedOIN(rsin string) string { return "00000001" + rsin + "000" }

// Municipalities gives the municipalities of today, in the order of their codes.
func (r *Register) Municipalities() []Municipality {
	all := slices.Clone(r.data.Municipalities)
	slices.SortFunc(all, func(a, b Municipality) int { return strings.Compare(string(a.Code), string(b.Code)) })
	return all
}

// Ended gives the municipalities that the source lists as ended.
func (r *Register) Ended() []Ended { return slices.Clone(r.data.Ended) }

// Municipality finds a municipality of today by its code.
func (r *Register) Municipality(code Code) (Municipality, bool) {
	if m := r.byCode[code]; m != nil {
		return *m, true
	}
	return Municipality{}, false
}

// Name gives the name of an organisation, also of a municipality that ended.
// It is empty when the register doesn't know the code.
func (r *Register) Name(code Code) string {
	if m := r.byCode[code]; m != nil {
		return m.Name
	}
	if name := r.names[code]; name != "" {
		return name
	}
	return r.parties[code]
}

// Successions gives who came after whom, as far as the register knows.
func (r *Register) Successions() Successions { return r.successions }

// Provenance tells where the values of an attribute come from (one of the
// Attr constants). It is false for an attribute without a source.
func (r *Register) Provenance(attribute string) (Source, bool) {
	for _, a := range r.data.Attributes {
		if a.Name == attribute {
			return r.Source(a.Source)
		}
	}
	return Source{}, false
}

// Source finds a source by its ID.
func (r *Register) Source(id string) (Source, bool) {
	i := slices.IndexFunc(r.data.Sources, func(s Source) bool { return s.ID == id })
	if i < 0 {
		return Source{}, false
	}
	return r.data.Sources[i], true
}
