// SPDX-License-Identifier: EUPL-1.2

package ocds

import (
	"time"
)

// CallOff is an order of one buyer under a framework (nadere overeenkomst). In
// OCDS it is a contracting process of its own.
type CallOff struct {
	OCID        string // needed; see [CallOffOCID]
	Prior       string // ocid of the call-off that this one follows
	Buyer       Organisation
	SuccessorOf string // party id of the eligible buyer that Buyer is the legal successor of
	Supplier    Organisation
	Lots        []string
	Competitive bool   // after a mini-competition
	Award       string // needed; id of the award, and of the tender that OCDS wants
	Contract    string // needed; id of the contract
	Title       string
	Term        Period
	Value       Money
	Signed      time.Time
	Documents   []Document
}

// Document is something to read about a contract, such as the FSC contract that
// the call-off allows.
type Document struct {
	ID    string // needed
	Type  string // codelist documentType
	Title string
	URL   string // absolute
}

// CallOff makes the release of a signed call-off under f.
func (s *Standard) CallOff(f Framework, c CallOff, at Stamp) (Release, error) {
	found := &findings{}
	people := &parties{found: found}
	people.add("buyer", c.Buyer, "buyer", "procuringEntity")
	people.add("supplier", c.Supplier, "supplier")
	f.checkBuyer(found, c.Buyer, c.SuccessorOf)
	f.knowsLots(found, "lots", c.Lots)
	if len(c.Lots) == 0 {
		found.add("lots", ruleInput, "a call-off names the lots it draws from")
	}
	if end := c.Term.last(); !end.IsZero() && end.Before(c.Term.Start) {
		found.add("term", ruleInput, "ends before it starts")
	}
	if err := found.err(); err != nil {
		return Release{}, err
	}
	return s.make(c.OCID, at, object{
		"parties": people.list(), "buyer": c.Buyer.reference(),
		"relatedProcesses": related(f.OCID, c.Prior, c.Lots),
		"tender":           object{"id": c.Award, "competitive": c.Competitive},
		"awards": []any{compact(object{
			"id": c.Award, "status": "active", "date": s.date(c.Signed), "suppliers": references([]Organisation{c.Supplier}),
		})},
		"contracts": []any{compact(object{
			"id": c.Contract, "awardID": c.Award, "status": "active", "title": c.Title, "period": s.period(c.Term),
			"value": c.Value.value(), "dateSigned": s.date(c.Signed), "documents": documents(c.Documents),
		})},
	}, "award", "contract")
}

func documents(list []Document) []any {
	out := make([]any, len(list))
	for i, d := range list {
		out[i] = compact(object{"id": d.ID, "documentType": d.Type, "title": d.Title, "url": d.URL})
	}
	return out
}

// Change is what a later deed did to a call-off's contract.
type Change struct {
	Why   Amendment // needed: id, date and reason
	Term  Period    // the new moments; zero ones stay as they were
	Value Money     // the new value; zero stays as it was
	Ended bool      // the contract ended early
}

// Change makes the release of an amendment or, when it ended, of the
// termination of call-off c. It has the changed facts only.
func (s *Standard) Change(c CallOff, ch Change, at Stamp) (Release, error) {
	if ch.Why.ID == "" || ch.Why.Rationale == "" || ch.Why.Date.IsZero() {
		return Release{}, problem("why", ruleInput, "a change needs an id, a date and a reason")
	}
	contract := compact(object{
		"id": c.Contract, "awardID": c.Award, "period": s.period(ch.Term), "value": ch.Value.value(),
		"amendments": s.amendments([]Amendment{ch.Why}),
	})
	tag := "contractAmendment"
	if ch.Ended {
		contract["status"], tag = "terminated", "contractTermination"
	}
	return s.make(c.OCID, at, object{"contracts": []any{contract}}, tag)
}

// Payment is money that the buyer of a call-off paid to its supplier. Counts of
// calls are no part of OCDS; the node's own API has them.
type Payment struct {
	ID    string // needed
	Date  time.Time
	Value Money
}

// Payments makes the release of payments under call-off c.
func (s *Standard) Payments(c CallOff, list []Payment, at Stamp) (Release, error) {
	if len(list) == 0 {
		return Release{}, problem("payments", ruleInput, "there is nothing to publish")
	}
	transactions := make([]any, len(list))
	for i, p := range list {
		transactions[i] = compact(object{
			"id": p.ID, "date": s.date(p.Date), "value": p.Value.value(),
			"payer": c.Buyer.reference(), "payee": c.Supplier.reference(),
		})
	}
	return s.make(c.OCID, at, object{"contracts": []any{object{
		"id": c.Contract, "awardID": c.Award, "implementation": object{"transactions": transactions},
	}}}, "implementation")
}
