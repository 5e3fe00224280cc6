// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/internal/fieldlab/personen/internal/facts"
)

// Columns of lo3_pl_persoon, lo3_pl_nationaliteit, lo3_pl_overlijden and
// lo3_pl. Column 0 is the record id in all of them.
const (
	pKind, pStack, pAge, pANumber, pBSN         = 1, 2, 3, 4, 5
	pGiven, pGivenDiacritic, pTitle, pPrefix    = 6, 7, 8, 9
	pSurname, pSurnameDiacritic                 = 10, 11
	pBirthDate, pBirthPlace, pBirthCountry      = 12, 13, 14
	pSex, pNameUse                              = 15, 16
	pBegunDate, pBegunPlace, pBegunCountry      = 28, 29, 30
	pEndedDate, pUnion, pTieSince, pStillborn   = 31, 35, 36, 41
	nStack, nAge, nCode, nReason, nEnd          = 1, 2, 3, 4, 5
	nSpecial, nSince                            = 6, 14
	oAge, oDate, oPlace, oCountry               = 1, 2, 3, 4
	plSuspendedOn, plSuspended, plSince, plHide = 2, 3, 4, 6
)

// persons carries the dump over: the current facts of every person whose
// record is still valid, in the order of the dump.
func persons(dump tables, addresses map[string]facts.Address) []facts.Person {
	relations := byRecord(dump["lo3_pl_persoon"], pAge)
	nationalities := byRecord(dump["lo3_pl_nationaliteit"], nAge)
	deaths := byRecord(dump["lo3_pl_overlijden"], oAge)
	residences := byRecord(dump["lo3_pl_verblijfplaats"], vAge)
	var all []facts.Person
	for _, record := range dump["lo3_pl"] {
		id := record[0]
		self := slices.IndexFunc(relations[id], func(r row) bool { return r[pKind] == "P" })
		// Records marked W (to be wiped) or F (made in error) are never given out.
		if self < 0 || record[plSuspended] == "W" || record[plSuspended] == "F" {
			continue
		}
		person := basics(relations[id][self], record)
		person.Death = death(deaths[id])
		person.Nationalities = nations(nationalities[id])
		person.Residence = residence(residences[id], addresses)
		addRelations(&person, relations[id])
		all = append(all, person)
	}
	return all
}

// byRecord groups the current rows (age 0) by the record they belong to.
func byRecord(rows []row, age int) map[string][]row {
	grouped := map[string][]row{}
	for _, r := range rows {
		if r[age] == "0" {
			grouped[r[0]] = append(grouped[r[0]], r)
		}
	}
	return grouped
}

func basics(self, record row) facts.Person {
	person := facts.Person{
		BSN: pad(self[pBSN], 9), ANumber: pad(self[pANumber], 10),
		Name: name(self), Sex: self[pSex], NameUse: self[pNameUse], Birth: birth(self),
		Secret:          record[plHide] != "" && record[plHide] != "0",
		FirstRegistered: pad(record[plSince], 8),
	}
	if record[plSuspended] != "" {
		person.Suspended = &facts.Suspension{Code: record[plSuspended], Date: pad(record[plSuspendedOn], 8)}
	}
	return person
}

func name(r row) facts.Name {
	return facts.Name{
		Given: r[pGiven], GivenDiacritic: r[pGivenDiacritic], Title: r[pTitle],
		Prefix: r[pPrefix], Surname: r[pSurname], SurnameDiacritic: r[pSurnameDiacritic],
	}
}

func birth(r row) facts.Event {
	return facts.Event{Date: pad(r[pBirthDate], 8), Place: r[pBirthPlace], Country: pad(r[pBirthCountry], 4)}
}

func death(rows []row) *facts.Event {
	if len(rows) == 0 || rows[0][oDate] == "" {
		return nil
	}
	return &facts.Event{Date: pad(rows[0][oDate], 8), Place: rows[0][oPlace], Country: pad(rows[0][oCountry], 4)}
}

func nations(rows []row) []facts.Nationality {
	slices.SortStableFunc(rows, func(a, b row) int { return compareNumbers(a[nStack], b[nStack]) })
	var current []facts.Nationality
	for _, r := range rows {
		if r[nEnd] != "" || (r[nCode] == "" && r[nSpecial] == "") {
			continue
		}
		current = append(current, facts.Nationality{
			Code: pad(r[nCode], 4), Reason: pad(r[nReason], 3), Special: r[nSpecial], Since: pad(r[nSince], 8),
		})
	}
	return current
}

func addRelations(person *facts.Person, rows []row) {
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a[pKind], b[pKind]), compareNumbers(a[pStack], b[pStack]))
	})
	for _, r := range rows {
		relative := facts.Relative{BSN: pad(r[pBSN], 9), Name: name(r), Sex: r[pSex], Birth: birth(r)}
		// A relation that was undone leaves a row without facts behind.
		known := relative.BSN != "" || relative.Name != (facts.Name{}) || relative.Birth != (facts.Event{})
		switch kind := r[pKind]; {
		case (kind == "1" || kind == "2") && (known || r[pTieSince] != ""):
			person.Parents = append(person.Parents, facts.Parent{Relative: relative, Number: kind, Since: pad(r[pTieSince], 8)})
		case kind == "R" && known:
			person.Partners = append(person.Partners, partner(relative, r))
		case kind == "K" && known && r[pStillborn] != "L":
			relative.Sex = ""
			person.Children = append(person.Children, relative)
		}
	}
}

func partner(relative facts.Relative, r row) facts.Partner {
	return facts.Partner{
		Relative: relative, Kind: r[pUnion],
		Begun: facts.Event{Date: pad(r[pBegunDate], 8), Place: r[pBegunPlace], Country: pad(r[pBegunCountry], 4)},
		Ended: pad(r[pEndedDate], 8),
	}
}

// pad gives a number its leading zeros back; empty stays empty.
func pad(number string, width int) string {
	if number == "" || len(number) >= width {
		return number
	}
	return strings.Repeat("0", width-len(number)) + number
}

// compareNumbers orders numbers written without leading zeros.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}
