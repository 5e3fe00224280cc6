// SPDX-License-Identifier: EUPL-1.2

package personen

import (
	"fmt"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/internal/fieldlab/personen/internal/facts"
)

// parts splits eight digits into year, month and day; zero is unknown.
func parts(digits string) (year, month, day int) {
	number, err := strconv.Atoi(digits)
	if err != nil || len(digits) != 8 {
		return 0, 0, 0
	}
	return number / 10000, number / 100 % 100, number % 100
}

// date is the AbstractDatum of the API, in the type that fits what is known.
func date(digits string) object {
	if digits == "" {
		return nil
	}
	year, month, day := parts(digits)
	switch {
	case year == 0 || month > 12:
		return object{"type": "DatumOnbekend", "onbekend": true, "langFormaat": "onbekend"}
	case month == 0:
		return object{"type": "JaarDatum", "jaar": year, "langFormaat": strconv.Itoa(year)}
	case day == 0:
		return object{
			"type": "JaarMaandDatum", "jaar": year, "maand": month,
			"langFormaat": fmt.Sprintf("%s %d", monthName(month), year),
		}
	}
	return object{
		"type": "Datum", "datum": fmt.Sprintf("%04d-%02d-%02d", year, month, day),
		"langFormaat": fmt.Sprintf("%d %s %d", day, monthName(month), year),
	}
}

func monthName(month int) string {
	return [...]string{
		"januari", "februari", "maart", "april", "mei", "juni", "juli",
		"augustus", "september", "oktober", "november", "december",
	}[month-1]
}

// age is the age in years, when the birth date is known well enough to tell
// and the person lives.
func age(p *facts.Person, today time.Time) (int, bool) {
	year, month, day := parts(p.Birth.Date)
	if dead(p) || year == 0 || month == 0 {
		return 0, false
	}
	thisMonth := int(today.Month())
	if day == 0 && month == thisMonth {
		return 0, false
	}
	years := today.Year() - year
	if thisMonth < month || thisMonth == month && today.Day() < day {
		years--
	}
	return years, years >= 0
}
