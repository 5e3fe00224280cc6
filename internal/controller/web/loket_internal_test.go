// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/url"
)

func loketFixtures() []fixture {
	site := LoketConfig{
		Key: "duinwijk", Name: hostileText, Supplier: hostileText, Welcome: hostileText, Address: hostileText, Phone: "(000) 000 01 00",
		Hours: []LoketHours{{"maandag", "09:00", "17:00"}},
		Forms: []LoketForm{loketTestForm(), {Key: "overlijden", Intro: hostileText}},
	}
	full := loketFormData{LoketForm: site.Forms[0], Site: site, Mark: hostileText, Rows: 2}
	out := []fixture{
		{page: "loket", name: "full", data: site, public: true},
		{page: "loket", name: "empty", data: LoketConfig{}, public: true},
		{page: "loket_form", name: "empty", data: loketFormData{LoketForm: site.Forms[0]}, public: true},
		{page: "loket_form", name: "full", data: full, public: true, form: url.Values{"bsn": {hostileText}, "people.0.bsn": {hostileText}}, problems: problems{
			{"bsn", hostileText}, {"aardOverlijden", hostileText}, {"people", hostileText}, {"people.1.bsn", hostileText}, {"", hostileText},
		}},
		{page: "loket_received", name: "full", data: &LoketReceipt{hostileText, hostileText, testNow(), hostileText}, public: true},
		{page: "loket_received", name: "empty", data: &LoketReceipt{}, public: true},
		{page: "loket_desk", name: "full", data: []loketDeskRow{{LoketNotice{hostileText, "verhuizing", "2026-12-01", 3, testNow()}, testNow()}, {LoketNotice{Kind: "overlijden"}, testNow().AddDate(-3000, 0, 0)}}, public: true},
		{page: "loket_desk", name: "empty", data: []loketDeskRow(nil), public: true},
	}
	for _, reason := range loketReasons() {
		refused := full
		refused.Refusal = &LoketRefusal{Reason: reason, Code: hostileText, To: hostileText, Transaction: hostileText, Detail: hostileText}
		out = append(out, fixture{page: "loket_form", name: "refused " + reason, data: refused, public: true})
	}
	return out
}

// loketReasons are those that texts exist for.
func loketReasons() []string {
	return []string{"no_agreement", "no_access", "unreachable", "busy", "own_system", "not_delivered", "changed", "unclear"}
}

func loketTestForm() LoketForm {
	return LoketForm{Key: "verhuizing", Intro: hostileText, Sections: []LoketSection{
		{Key: "who", Fields: []LoketField{
			{Name: "bsn", Kind: LoketText, Max: "9", Required: true, Hint: true, Digits: true},
			{Name: "verhuisdatum", Kind: LoketDate, Required: true, Hint: true},
			{Name: "tijdstipOverlijden", Kind: LoketTime, Hint: true},
			{Name: "aardOverlijden", Kind: LoketChoice, Options: []string{"natuurlijk", "niet-natuurlijk"}, Required: true},
			{Name: "overledene.geslacht", Kind: LoketChoice, Options: []string{"man"}, Hint: true},
			{Name: "plaatsVanOverlijden", Kind: LoketPlace, Options: []string{"Duinwijk", hostileText}, Required: true, Hint: true},
			{Name: "toestemmingHoofdbewoner.akkoord", Kind: LoketYes},
		}},
		{Key: "relatives", Rows: 20, List: "people", Fields: []LoketField{{Name: "bsn", Kind: LoketText, Fill: "name"}}},
	}}
}
