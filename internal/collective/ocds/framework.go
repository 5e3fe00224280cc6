// SPDX-License-Identifier: EUPL-1.2

package ocds

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Framework is the first stage of a framework agreement (mantel): who may join,
// for what, how much and how long. Fields that are "" or zero are left out of
// the release unless their comment says that they are needed.
type Framework struct {
	OCID  string // needed; the contracting process
	ID    string // needed; id of the tender
	Title string // needed
	Prior string // ocid of the framework that this one renews

	Lead     Organisation   // needed; the lead buyer or central purchasing body
	Eligible []Organisation // needed; every buyer that may join, frozen at publication (C-216/17, C-23/20)

	Method          string   // codelist method: open, selective, limited, direct
	Category        string   // goods, services or works
	AwardCriteria   string   // codelist awardCriteria
	Submission      []string // codelist submissionMethod
	Tender          Period   // until when bids are taken
	Questions       Period   // until when questions are taken
	Term            Period   // needed; the framework's term, MaxExtent with all options
	Maximum         Money    // the whole framework; needed unless each lot has a maximum quantity (C-23/20, eForms BT-271)
	MaxParticipants int      // number of suppliers at most (eForms BT-113)
	CallOffMethod   string   // withReopeningCompetition, withoutReopeningCompetition or withAndWithoutReopeningCompetition
	BuyerCategories string   // further buyers by description (eForms BT-111)
	TermRationale   string   // needed for more than four years (eForms BT-109)

	Lots       []Lot // needed, at least one
	Windows    []EntryWindow
	Criteria   []Criterion
	Questioned []Enquiry
	Amended    []Amendment
}

// Lot is a part of a framework (perceel).
type Lot struct {
	ID          string // needed
	Title       string
	Description string
	Status      string // codelist tenderStatus; active when empty
	Maximum     Money  // value at most
	Quantity    int64  // number of units at most; 0 is no limit of this kind
	Unit        string // what is counted
}

// EntryWindow is a span in which eligible buyers may join (instapmoment).
type EntryWindow struct {
	ID     string // needed, unique among the framework's windows
	Title  string
	Opens  time.Time
	Closes time.Time
}

// Criterion is a set of requirements under one heading.
type Criterion struct {
	ID          string
	Title       string
	OfTenderer  bool // about the company, not about what it offers
	Groups      []RequirementGroup
	RelatedLots []string
}

// RequirementGroup is a set of requirements that all have to be met.
type RequirementGroup struct {
	ID           string
	Description  string
	Requirements []Requirement
}

// Requirement is one thing that is asked. Floor means that every bid must meet
// it and no score makes up for it: it is exported with the expected value true.
type Requirement struct {
	ID    string
	Title string
	Floor bool
}

// Enquiry is a question of a company with the answer to all, without the asker's name.
type Enquiry struct {
	ID       string
	Asked    time.Time
	Question string
	Answered time.Time
	Answer   string
	Lot      string
}

// Amendment is a change of what was published or agreed, with its reason.
type Amendment struct {
	ID          string
	Date        time.Time
	Rationale   string
	Description string
}

// Tender makes the release that announces the framework. It is refused with an
// [*InvalidError] when a needed fact is missing, when the term passes four years
// without a reason ([RuleFourYears]) or when no maximum is stated ([RuleMaximum]).
func (s *Standard) Tender(f Framework, at Stamp) (Release, error) {
	found := &findings{}
	people := &parties{found: found}
	people.add("lead", f.Lead, "procuringEntity")
	people.addAll("eligible", f.Eligible, "buyer")
	f.check(found)
	if err := found.err(); err != nil {
		return Release{}, err
	}
	return s.make(f.OCID, at, object{
		"parties": people.list(), "tender": s.tender(f), "relatedProcesses": related("", f.Prior, nil),
	}, "tender")
}

func (f Framework) check(found *findings) {
	if f.Title == "" {
		found.add("title", ruleInput, "a framework needs a title")
	}
	if len(f.Eligible) == 0 {
		found.add("eligible", ruleInput, "a framework names the buyers that may join, before publication (C-216/17)")
	}
	if f.Term.Start.IsZero() || !f.Term.End.After(f.Term.Start) {
		found.add("term", ruleInput, "a framework needs a term that ends after it starts")
	}
	checkTerm(found, "term", f.Term, f.TermRationale)
	if len(f.Lots) == 0 {
		found.add("lots", ruleInput, "a framework needs at least one lot")
	}
	counted := true
	for i, lot := range f.Lots {
		counted = counted && lot.Quantity > 0
		f.checkLot(found, fmt.Sprintf("lots[%d]", i), lot)
	}
	if f.Maximum.Cents <= 0 && !counted {
		found.add("maximum", RuleMaximum, "state the maximum value of the framework, or a maximum quantity for each lot")
	}
}

func (f Framework) checkLot(found *findings, field string, lot Lot) {
	switch {
	case lot.Quantity < 0 || lot.Maximum.Cents < 0:
		found.add(field, ruleInput, "a maximum can't be negative")
	case lot.Maximum.Cents == 0 || f.Maximum.Cents == 0:
	case lot.Maximum.Currency != f.Maximum.Currency:
		found.add(field+".maximum", ruleInput, "has another currency than the framework")
	case lot.Maximum.Cents > f.Maximum.Cents:
		found.add(field+".maximum", ruleInput, "is more than the maximum of the framework")
	}
}

func (s *Standard) tender(f Framework) object {
	term := s.period(f.Term)
	if days := s.days(f.Term); days != nil {
		term["durationInDays"] = days
	}
	var participants any
	if f.MaxParticipants > 0 {
		participants = json.Number(strconv.Itoa(f.MaxParticipants))
	}
	return compact(object{
		"id": f.ID, "title": f.Title, "status": "active", "procuringEntity": f.Lead.reference(),
		"procurementMethod": f.Method, "mainProcurementCategory": f.Category,
		"awardCriteria": f.AwardCriteria, "submissionMethod": texts(f.Submission),
		"tenderPeriod": s.period(f.Tender), "enquiryPeriod": s.period(f.Questions), "contractPeriod": term,
		"techniques": object{"hasFrameworkAgreement": true, "frameworkAgreement": compact(object{
			"maximumParticipants": participants, "method": f.CallOffMethod, "buyerCategories": f.BuyerCategories,
			"periodRationale": f.TermRationale, "value": f.Maximum.value(),
		})},
		"lots": lots(f.Lots), "items": quantities(f.Lots), "milestones": s.milestones(f.Windows),
		"criteria": criteria(f.Criteria), "enquiries": s.enquiries(f.Questioned), "amendments": s.amendments(f.Amended),
	})
}

func lots(list []Lot) []any {
	out := make([]any, len(list))
	for i, lot := range list {
		status := lot.Status
		if status == "" {
			status = "active"
		}
		out[i] = compact(object{"id": lot.ID, "title": lot.Title, "description": lot.Description, "value": lot.Maximum.value(), "status": status})
	}
	return out
}

// quantities gives an item per lot that has a maximum number of units; lots
// themselves know a value only.
func quantities(list []Lot) []any {
	var out []any
	for _, lot := range list {
		if lot.Quantity > 0 {
			out = append(out, compact(object{
				"id": lot.ID + "-maximum", "description": "Maximum aantal in dit perceel", "relatedLot": lot.ID,
				"quantity": json.Number(strconv.FormatInt(lot.Quantity, 10)), "unit": compact(object{"name": lot.Unit}),
			}))
		}
	}
	return out
}

// milestones gives two for each entry window, because a milestone has one date.
func (s *Standard) milestones(windows []EntryWindow) []any {
	var out []any
	for _, w := range windows {
		for _, m := range []struct {
			suffix, code string
			due          time.Time
		}{{"-opens", "entryWindowOpens", w.Opens}, {"-closes", "entryWindowCloses", w.Closes}} {
			out = append(out, compact(object{"id": w.ID + m.suffix, "title": w.Title, "code": m.code, "dueDate": s.date(m.due), "status": "scheduled"}))
		}
	}
	return out
}

func criteria(list []Criterion) []any {
	out := make([]any, len(list))
	for i, c := range list {
		groups := make([]any, len(c.Groups))
		for j, g := range c.Groups {
			requirements := make([]any, len(g.Requirements))
			for k, r := range g.Requirements {
				requirements[k] = requirement(r)
			}
			groups[j] = compact(object{"id": g.ID, "description": g.Description, "requirements": requirements})
		}
		out[i] = compact(object{
			"id": c.ID, "title": c.Title, "relatesToTenderer": c.OfTenderer, "requirementGroups": groups, "relatedLots": texts(c.RelatedLots),
		})
	}
	return out
}

func requirement(r Requirement) object {
	o := compact(object{"id": r.ID, "title": r.Title})
	if r.Floor {
		o["dataType"], o["expectedValue"] = "boolean", true
	}
	return o
}

func (s *Standard) enquiries(list []Enquiry) []any {
	out := make([]any, len(list))
	for i, q := range list {
		out[i] = compact(object{
			"id": q.ID, "date": s.date(q.Asked), "description": q.Question,
			"answer": q.Answer, "dateAnswered": s.date(q.Answered), "relatedLot": q.Lot,
		})
	}
	return out
}

func (s *Standard) amendments(list []Amendment) []any {
	out := make([]any, len(list))
	for i, a := range list {
		out[i] = compact(object{"id": a.ID, "date": s.date(a.Date), "rationale": a.Rationale, "description": a.Description})
	}
	return out
}

// related links a process to the framework it draws from and to the process it
// follows, each when there is one.
func related(framework, prior string, fromLots []string) []any {
	var out []any
	for _, p := range []struct{ ocid, relationship string }{{framework, "framework"}, {prior, "prior"}} {
		if p.ocid == "" {
			continue
		}
		o := object{"id": strconv.Itoa(len(out) + 1), "relationship": []any{p.relationship}, "scheme": "ocid", "identifier": p.ocid}
		if p.relationship == "framework" {
			o["relatedLots"] = texts(fromLots)
		}
		out = append(out, compact(o))
	}
	return out
}

// knowsLots reports lots that the framework doesn't have.
func (f Framework) knowsLots(found *findings, field string, ids []string) {
	for _, id := range ids {
		if !slices.ContainsFunc(f.Lots, func(lot Lot) bool { return lot.ID == id }) {
			found.add(field, ruleReference, "lot %q isn't a lot of the framework", id)
		}
	}
}

// allows tells whether a party stands in the list of eligible buyers.
func (f Framework) allows(party string) bool {
	return party != "" && slices.ContainsFunc(f.Eligible, func(o Organisation) bool { return o.partyID() == party })
}
