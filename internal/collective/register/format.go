// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"strconv"
	"strings"
)

// header is the first line: the name of the form and its version.
const header = "samenspel-register\t1"

// The names of the records, in the order they must have in the file. A member
// follows its arrangement, a field its process, a fact its framework.
const (
	recSource       = "source"
	recAttribute    = "attribute"
	recMunicipality = "municipality"
	recEnded        = "ended"
	recMerger       = "merger"
	recSplit        = "split"
	recParty        = "party"
	recArrangement  = "arrangement"
	recMember       = "member"
	recProcess      = "process"
	recField        = "field"
	recFramework    = "framework"
	recFact         = "fact"
)

// Format writes data in the form that [Parse] reads: a header, then one record
// a line, its name and values separated by tabs. The order is that of data, so
// equal data gives equal bytes.
func Format(d *Data) []byte {
	w := writer{}
	w.line(header)
	for _, s := range d.Sources {
		w.line(recSource, s.ID, string(s.Date), s.Text)
	}
	for _, a := range d.Attributes {
		w.line(recAttribute, a.Name, a.Source)
	}
	for _, m := range d.Municipalities {
		w.line(recMunicipality, string(m.Code), m.OIN, m.RSIN, m.KvK, m.ROO, strconv.Itoa(m.Inhabitants), m.Province, m.Name)
	}
	for _, e := range d.Ended {
		w.line(recEnded, string(e.Code), e.OIN, e.KvK, e.ROO, string(e.On), e.Name)
	}
	for _, m := range d.Mergers {
		w.line(recMerger, string(m.From), string(m.To), string(m.On), m.Source, m.Name)
	}
	for _, s := range d.Splits {
		w.line(recSplit, string(s.From), joinCodes(s.To), string(s.On), s.Source, s.Name)
	}
	for _, p := range d.Parties {
		w.line(recParty, string(p.Code), p.Name)
	}
	w.arrangements(d.Arrangements)
	w.board(d.Processes)
	for _, f := range d.Frameworks {
		w.line(recFramework, f.ID, f.Name)
		for _, fact := range f.Facts {
			w.line(recFact, fact.Key, fact.Value)
		}
	}
	return []byte(w.String())
}

type writer struct{ strings.Builder }

func (w *writer) line(values ...string) {
	_, _ = w.WriteString(strings.Join(values, "\t") + "\n")
}

func (w *writer) arrangements(all []Arrangement) {
	for _, a := range all {
		w.line(recArrangement, a.ROO, string(a.Since), a.BodyOIN, a.Form, strings.Join(a.Areas, ";"), a.Body, a.Name)
		for _, m := range a.Members {
			w.line(recMember, string(m.Joined), string(m.Code), m.Name)
		}
	}
}

func (w *writer) board(all []Process) {
	for _, p := range all {
		w.line(recProcess, p.Code, p.Login, p.Title)
		for _, f := range p.Fields {
			w.line(recField, f.Name, strconv.FormatBool(f.Required), f.Type)
		}
	}
}

func joinCodes(codes []Code) string {
	texts := make([]string, len(codes))
	for i, c := range codes {
		texts[i] = string(c)
	}
	return strings.Join(texts, ";")
}
