// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// records are the kinds of lines. A kind and the lines that belong to it share
// a rank, so they may alternate.
func records() map[string]record {
	return map[string]record{
		recSource:       {1, 3, readSource},
		recAttribute:    {2, 2, readAttribute},
		recMunicipality: {3, 8, readMunicipality},
		recEnded:        {4, 6, readEnded},
		recMerger:       {5, 5, readMerger},
		recSplit:        {6, 5, readSplit},
		recParty:        {7, 2, readParty},
		recArrangement:  {8, 7, readArrangement},
		recMember:       {8, 3, readMember},
		recProcess:      {9, 3, readProcess},
		recField:        {9, 3, readField},
		recFramework:    {10, 2, readFramework},
		recFact:         {10, 2, readFact},
	}
}

var (
	wordForm    = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)
	oinForm     = regexp.MustCompile(`^[0-9]{20}$`)
	rsinForm    = regexp.MustCompile(`^[0-9]{9}$`)
	kvkForm     = regexp.MustCompile(`^[0-9]{8}$`)
	rooForm     = regexp.MustCompile(`^[1-9][0-9]{3,8}$`)
	processForm = regexp.MustCompile(`^P[0-9]{2}$`)
	fieldForm   = regexp.MustCompile(`^[A-Za-z][A-Za-z.]{0,63}$`)
	countForm   = regexp.MustCompile(`^[1-9][0-9]{0,7}$`)
)

// want tells which named value doesn't have its form. Each pair is a name and
// whether the value is right.
func want(values ...named) error {
	for _, v := range values {
		if !v.ok {
			return fmt.Errorf("%s is not right", v.name)
		}
	}
	return nil
}

type named struct {
	name string
	ok   bool
}

func optional(form *regexp.Regexp, v string) bool { return v == "" || form.MatchString(v) }

func readSource(d *Data, v []string) error {
	s := Source{ID: v[0], Date: Date(v[1]), Text: v[2]}
	d.Sources = append(d.Sources, s)
	return want(named{"id", wordForm.MatchString(s.ID)}, named{"date", s.Date.Valid()}, named{"text", s.Text != ""})
}

func readAttribute(d *Data, v []string) error {
	d.Attributes = append(d.Attributes, Attribute{Name: v[0], Source: v[1]})
	return want(named{"attribute", wordForm.MatchString(v[0])}, named{"source", wordForm.MatchString(v[1])})
}

func readMunicipality(d *Data, v []string) error {
	m := Municipality{Code: Code(v[0]), OIN: v[1], RSIN: v[2], KvK: v[3], ROO: v[4], Province: v[6], Name: v[7]}
	err := want(
		named{AttrCode, m.Code.Municipal()}, named{AttrOIN, oinForm.MatchString(m.OIN)}, named{AttrRSIN, optional(rsinForm, m.RSIN)},
		named{AttrKvK, kvkForm.MatchString(m.KvK)}, named{AttrROO, rooForm.MatchString(m.ROO)},
		named{AttrInhabitants, countForm.MatchString(v[5])}, named{AttrName, m.Name != ""})
	if err != nil {
		return err
	}
	m.Inhabitants, err = strconv.Atoi(v[5])
	d.Municipalities = append(d.Municipalities, m)
	return err
}

func readEnded(d *Data, v []string) error {
	e := Ended{Code: Code(v[0]), OIN: v[1], KvK: v[2], ROO: v[3], On: Date(v[4]), Name: v[5]}
	d.Ended = append(d.Ended, e)
	return want(
		named{AttrCode, e.Code == "" || e.Code.Municipal()}, named{AttrOIN, optional(oinForm, e.OIN)}, named{AttrKvK, optional(kvkForm, e.KvK)},
		named{AttrROO, optional(rooForm, e.ROO)}, named{AttrEnded, e.On.Valid()}, named{AttrName, e.Name != ""})
}

func readMerger(d *Data, v []string) error {
	m := Merger{From: Code(v[0]), To: Code(v[1]), On: Date(v[2]), Source: v[3], Name: v[4]}
	d.Mergers = append(d.Mergers, m)
	return want(
		named{"from", m.From.Municipal()}, named{"to", m.To.Municipal()}, named{"date", m.On.Valid()},
		named{"source", optional(wordForm, m.Source)}, named{AttrName, m.Name != ""})
}

func readSplit(d *Data, v []string) error {
	s := Split{From: Code(v[0]), On: Date(v[2]), Source: v[3], Name: v[4]}
	for code := range strings.SplitSeq(v[1], ";") {
		if !Code(code).Municipal() {
			return errors.New("to is not right")
		}
		s.To = append(s.To, Code(code))
	}
	d.Splits = append(d.Splits, s)
	return want(
		named{"from", s.From.Municipal()}, named{"to", len(s.To) > 1}, named{"date", s.On.Valid()},
		named{"source", wordForm.MatchString(s.Source)}, named{AttrName, s.Name != ""})
}

func readParty(d *Data, v []string) error {
	d.Parties = append(d.Parties, Party{Code: Code(v[0]), Name: v[1]})
	return want(named{"code", otherCode.MatchString(v[0])}, named{AttrName, v[1] != ""})
}

func readArrangement(d *Data, v []string) error {
	a := Arrangement{ROO: v[0], Since: Date(v[1]), BodyOIN: v[2], Form: v[3], Body: v[5], Name: v[6]}
	if v[4] != "" {
		a.Areas = strings.Split(v[4], ";")
	}
	d.Arrangements = append(d.Arrangements, a)
	return want(
		named{AttrROO, rooForm.MatchString(a.ROO)}, named{"since", a.Since.Valid()}, named{"body_oin", optional(oinForm, a.BodyOIN)},
		named{"form", a.Form != ""}, named{AttrName, a.Name != ""})
}

func readMember(d *Data, v []string) error {
	if len(d.Arrangements) == 0 {
		return errors.New("a member without an arrangement")
	}
	m := Participation{Joined: Date(v[0]), Code: Code(v[1]), Name: v[2]}
	a := &d.Arrangements[len(d.Arrangements)-1]
	a.Members = append(a.Members, m)
	return want(
		named{"joined", m.Joined.Valid()}, named{"code", m.Code == "" || m.Code.valid()},
		// A name that can be looked up is not written twice.
		named{AttrName, (m.Code == "") != (m.Name == "")})
}

func readProcess(d *Data, v []string) error {
	d.Processes = append(d.Processes, Process{Code: v[0], Login: v[1], Title: v[2]})
	return want(named{"code", processForm.MatchString(v[0])}, named{"title", v[2] != ""})
}

func readField(d *Data, v []string) error {
	if len(d.Processes) == 0 {
		return errors.New("a field without a process")
	}
	p := &d.Processes[len(d.Processes)-1]
	p.Fields = append(p.Fields, Field{Name: v[0], Required: v[1] == "true", Type: v[2]})
	return want(
		named{AttrName, fieldForm.MatchString(v[0])}, named{"required", v[1] == "true" || v[1] == "false"}, named{"type", v[2] != ""})
}

func readFramework(d *Data, v []string) error {
	d.Frameworks = append(d.Frameworks, Framework{ID: v[0], Name: v[1]})
	return want(named{"id", wordForm.MatchString(v[0])}, named{AttrName, v[1] != ""})
}

func readFact(d *Data, v []string) error {
	if len(d.Frameworks) == 0 {
		return errors.New("a fact without a framework")
	}
	f := &d.Frameworks[len(d.Frameworks)-1]
	f.Facts = append(f.Facts, Fact{Key: v[0], Value: v[1]})
	return want(named{"key", wordForm.MatchString(v[0])}, named{"value", v[1] != ""})
}
