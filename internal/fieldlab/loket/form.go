// SPDX-License-Identifier: EUPL-1.2

package loket

import (
	"crypto/rand"
	"net/url"
	"strconv"
	"strings"
)

// relativesList is the name of the list of people who move along.
const relativesList = "meeverhuizendeGezinsleden"

// typed is what somebody typed in a form.
type typed url.Values

// text gives a field without spaces around it.
func (t typed) text(name string) string { return strings.TrimSpace(url.Values(t).Get(name)) }

// plain gives a field without the spaces and points that people write in numbers.
func (t typed) plain(name string) string {
	return strings.NewReplacer(" ", "", ".", "").Replace(t.text(name))
}

// answer gives a question of yes or no; nil when it was left open.
func (t typed) answer(name string) *bool {
	switch t.text(name) {
	case "ja":
		return new(true)
	case "nee":
		return new(false)
	}
	return nil
}

// given gives a field that only counts when a question was answered so.
func given(condition *bool, want bool, value string) string {
	if condition != nil && *condition != want {
		return ""
	}
	return value
}

// mark gives the key of the form, or a new one when somebody changed it.
func (t typed) mark() string {
	if key := t.text("kenmerk"); validKey(key) {
		return key
	}
	return rand.Text()
}

// move makes a notice of a form. The rows are the numbers that the people in the
// notice have in the form, in which rows without any text are skipped.
func (t typed) move() (m Move, rows []int) {
	m = Move{
		Key: t.mark(), BSN: t.plain("bsn"), Date: t.text("verhuisdatum"), Postcode: strings.ToUpper(t.plain("postcode")),
		Number: t.text("huisnummer"), Letter: t.text("huisletter"), Addition: t.text("huisnummertoevoeging"),
		Street: t.text("straatnaam"), Town: t.text("woonplaats"),
	}
	for i := range maxRelatives + 1 { // one too many shows as such
		at := relativesList + "." + strconv.Itoa(i) + "."
		one := Relative{BSN: t.plain(at + "bsn"), Given: t.text(at + "voornamen"), Surname: t.text(at + "achternaam")}
		if one != (Relative{}) {
			m.Relatives, rows = append(m.Relatives, one), append(rows, i)
		}
	}
	const at = "toestemmingHoofdbewoner."
	consent := Consent{Name: t.text(at + "naam"), BSN: t.plain(at + "bsn"), Given: t.text(at+"akkoord") == "yes"}
	if consent != (Consent{}) {
		m.Consent = &consent
	}
	return m, rows
}

// death makes a notice of a form. What was typed in a field that doesn't count,
// given the other answers, isn't sent.
func (t typed) death() Death {
	const at = "overledene."
	has, dateKnown, timeKnown := t.answer(at+"heeftBSN"), t.answer("datumBekend"), t.answer("tijdstipBekend")
	return Death{
		Key: t.mark(), Place: t.text("plaatsVanOverlijden"), Declarant: Person{t.plain("aangever.bsn")},
		Deceased: Deceased{
			HasBSN: has, BSN: given(has, true, t.plain(at+"bsn")), Given: t.text(at + "voornamen"), Surname: t.text(at + "achternaam"),
			BirthDate: t.text(at + "geboortedatum"), Sex: given(has, false, t.text(at+"geslacht")),
			BirthPlace: given(has, false, t.text(at+"geboorteplaats")),
		},
		DateKnown: dateKnown, Date: given(dateKnown, true, t.text("datumOverlijden")),
		TimeKnown: timeKnown, Time: given(timeKnown, true, t.text("tijdstipOverlijden")),
		Nature: t.text("aardOverlijden"), Statement: t.text("doktersverklaring"), Rest: t.text("soortLijkbezorging"),
	}
}

// inForm gives a fault in a row of the notice the number of the row in the form.
func inForm(field string, rows []int) string {
	rest, ok := strings.CutPrefix(field, relativesList+".")
	if !ok {
		return field
	}
	number, name, _ := strings.Cut(rest, ".")
	if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < len(rows) {
		return relativesList + "." + strconv.Itoa(rows[i]) + "." + name
	}
	return field
}
