// SPDX-License-Identifier: EUPL-1.2

package ocds

import (
	"encoding/json"
	"strconv"
	"time"
)

// Award says who got the framework (gunning).
type Award struct {
	ID        string    // needed; unique within the process
	Date      time.Time // of the decision
	Suppliers []Organisation
	Lots      []string // ids of the framework's lots
	WonBy     []string // ids of the bids in Bids that won
	Term      Period
	Value     Money
	Received  int   // number of bids received; 0 is not told
	Bids      []Bid // those that are told; losing bids can be withheld
}

// Bid is an offer (inschrijving), told after the award only.
type Bid struct {
	ID       string
	Received time.Time
	Status   string // codelist bidStatus; valid when empty
	Tenderer Organisation
	Value    Money
	Answers  []Answer
}

// Answer tells whether a bid meets a requirement.
type Answer struct {
	ID          string
	Requirement string // id of a [Requirement]
	Met         bool
}

// Award makes the release of the award of f. The buyers and the lead buyer are
// repeated in it, so that it can be read on its own.
func (s *Standard) Award(f Framework, a Award, at Stamp) (Release, error) {
	found := &findings{}
	people := &parties{found: found}
	people.add("lead", f.Lead, "procuringEntity")
	f.awardParties(people, a)
	people.addAll("eligible", f.Eligible, "buyer")
	f.checkAward(found, a)
	if err := found.err(); err != nil {
		return Release{}, err
	}
	return s.make(f.OCID, at, object{
		"parties": people.list(), "bids": s.bids(a), "awards": []any{s.award(a)},
	}, "award")
}

// Concluded makes one release of a framework and its award together, for a
// framework of which nothing was published before both held.
func (s *Standard) Concluded(f Framework, a Award, at Stamp) (Release, error) {
	found := &findings{}
	people := &parties{found: found}
	people.add("lead", f.Lead, "procuringEntity")
	people.addAll("eligible", f.Eligible, "buyer")
	f.awardParties(people, a)
	f.check(found)
	f.checkAward(found, a)
	if err := found.err(); err != nil {
		return Release{}, err
	}
	tender := s.tender(f)
	tender["status"] = "complete"
	return s.make(f.OCID, at, object{
		"parties": people.list(), "tender": tender, "relatedProcesses": related("", f.Prior, nil), "bids": s.bids(a), "awards": []any{s.award(a)},
	}, "tender", "award")
}

// Amend makes the release of a change of a framework that was concluded: why, and,
// when the change has them, the new end and those who joined the suppliers. Who
// left can only be told in words, for a merge of releases adds to a list.
func (s *Standard) Amend(f Framework, a Award, why Amendment, at Stamp) (Release, error) {
	found := &findings{}
	people := &parties{found: found}
	people.addAll("suppliers", a.Suppliers, "supplier", "tenderer")
	if why.ID == "" || why.Rationale == "" || why.Date.IsZero() {
		found.add("why", ruleInput, "a change needs an id, a date and a reason")
	}
	if err := found.err(); err != nil {
		return Release{}, err
	}
	body, tags := object{"parties": people.list(), "tender": compact(object{
		"id": f.ID, "contractPeriod": s.period(a.Term), "amendments": s.amendments([]Amendment{why}),
	})}, []string{"tenderAmendment"}
	if len(a.Suppliers) > 0 || !a.Term.End.IsZero() {
		body["awards"] = []any{compact(object{"id": a.ID, "suppliers": references(a.Suppliers), "contractPeriod": s.period(a.Term)})}
		tags = append(tags, "awardUpdate")
	}
	return s.make(f.OCID, at, body, tags...)
}

func (f Framework) awardParties(people *parties, a Award) {
	people.addAll("suppliers", a.Suppliers, "supplier", "tenderer")
	for _, b := range a.Bids {
		people.add("bids."+b.ID, b.Tenderer, "tenderer")
	}
}

func (s *Standard) award(a Award) object {
	return compact(object{
		"id": a.ID, "status": "active", "date": s.date(a.Date), "suppliers": references(a.Suppliers), "value": a.Value.value(),
		"relatedLots": texts(a.Lots), "relatedBids": texts(a.WonBy), "contractPeriod": s.period(a.Term),
	})
}

func (f Framework) checkAward(found *findings, a Award) {
	f.knowsLots(found, "lots", a.Lots)
	if len(a.Suppliers) == 0 {
		found.add("suppliers", ruleInput, "an award names at least one supplier")
	}
	if f.MaxParticipants > 0 && len(a.Suppliers) > f.MaxParticipants {
		found.add("suppliers", ruleInput, "the framework has room for %d suppliers, not for %d", f.MaxParticipants, len(a.Suppliers))
	}
	if a.Received > 0 && len(a.Bids) > a.Received {
		found.add("received", ruleInput, "is less than the number of bids that are told")
	}
	told := map[string]bool{}
	for _, b := range a.Bids {
		told[b.ID] = true
	}
	for _, id := range a.WonBy {
		if !told[id] {
			found.add("wonBy", ruleReference, "bid %q isn't among the bids", id)
		}
	}
	checkTerm(found, "term", a.Term, f.TermRationale)
}

func (s *Standard) bids(a Award) object {
	var statistics []any
	if a.Received > 0 {
		statistics = []any{object{"id": "1", "measure": "bids", "value": json.Number(strconv.Itoa(a.Received))}}
	}
	details := make([]any, len(a.Bids))
	for i, b := range a.Bids {
		status := b.Status
		if status == "" {
			status = "valid"
		}
		answers := make([]any, len(b.Answers))
		for j, answer := range b.Answers {
			answers[j] = object{"id": answer.ID, "value": answer.Met, "requirement": object{"id": answer.Requirement}}
		}
		details[i] = compact(object{
			"id": b.ID, "date": s.date(b.Received), "status": status, "tenderers": []any{b.Tenderer.reference()},
			"value": b.Value.value(), "requirementResponses": answers,
		})
	}
	return compact(object{"statistics": statistics, "details": details})
}

// Accession is the act by which one eligible buyer joins (inhaken).
type Accession struct {
	ID          string // needed; unique within the process
	Award       string // needed; id of the award that is joined
	Buyer       Organisation
	SuccessorOf string // party id of the eligible buyer that Buyer is the legal successor of
	Lots        []string
	Signed      time.Time
	Term        Period
}

// Accession makes the release in which a buyer joins f: a contract under the
// award without a value, for the money stands in the call-offs. How much the
// buyer reserved isn't published; only totals are.
func (s *Standard) Accession(f Framework, a Accession, at Stamp) (Release, error) {
	found := &findings{}
	people := &parties{found: found}
	people.add("buyer", a.Buyer, f.buyerRoles(a.Buyer)...)
	f.checkBuyer(found, a.Buyer, a.SuccessorOf)
	f.knowsLots(found, "lots", a.Lots)
	if len(a.Lots) == 0 {
		found.add("lots", ruleInput, "an accession names the lots that are joined")
	}
	if err := found.err(); err != nil {
		return Release{}, err
	}
	items := make([]any, len(a.Lots))
	for i, lot := range a.Lots {
		items[i] = object{"id": lot, "relatedLot": lot}
	}
	return s.make(f.OCID, at, object{
		"parties": people.list(),
		"contracts": []any{compact(object{
			"id": a.ID, "awardID": a.Award, "status": "active", "title": "Toetreding " + a.Buyer.Name,
			"period": s.period(a.Term), "dateSigned": s.date(a.Signed), "items": items,
		})},
	}, "contract")
}

// buyerRoles are the roles of a buyer in the framework. They are told whole in
// every release, because a merge takes the last list of roles for all.
func (f Framework) buyerRoles(buyer Organisation) []string {
	if buyer.partyID() == f.Lead.partyID() {
		return []string{"procuringEntity", "buyer"}
	}
	return []string{"buyer"}
}

// checkBuyer holds a buyer against the list that was frozen at publication.
func (f Framework) checkBuyer(found *findings, buyer Organisation, successorOf string) {
	if !f.allows(buyer.partyID()) && !f.allows(successorOf) {
		found.add("buyer", ruleReference, "isn't among the buyers that were named at publication, nor the legal successor of one (C-216/17)")
	}
}
