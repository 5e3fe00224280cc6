// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"strconv"
	"time"
)

const (
	law33       = "Directive 2014/24/EU art. 33(1); Aanbestedingswet 2012 art. 2.140"
	lawBuyers   = "Directive 2014/24/EU art. 33(2); CJEU C-216/17 and C-23/20"
	caseMaximum = "CJEU C-216/17 and C-23/20"
	lawTail     = "Directive 2014/24/EU recital 62"
	lawConflict = "Directive 2014/24/EU art. 24; Aanbestedingswet 2012 art. 1.10b; collective design 5"
)

// Law holds what the law sets, with where it stands, and the zone in which days
// begin. It is chosen by the day of publication; there is none for days that
// nobody has looked up.
type Law struct {
	// MaxYears is the longest term of a framework without a special reason.
	MaxYears  int
	TermBasis string
	// MaxTailDays bounds what a framework may allow a call-off to run on after it.
	MaxTailDays int64
	// Zone is where "31 December" ends at local midnight.
	Zone *time.Location
}

// DutchLaw gives the law for frameworks published from 1 July 2016 on, when the
// Directive was made Dutch law. zone is Europe/Amsterdam.
func DutchLaw(published time.Time, zone *time.Location) (Law, error) {
	if published.Before(time.Date(2016, 7, 1, 0, 0, 0, 0, zone)) {
		return Law{}, refuse(ReasonTerm, law33, "the rules for a framework published before 1 July 2016 aren't known here")
	}
	return Law{MaxYears: 4, TermBasis: law33, MaxTailDays: 4 * 366, Zone: zone}, nil
}

// addYears gives the same local time so many years later.
func (l Law) addYears(t time.Time, years int) time.Time { return t.In(l.Zone).AddDate(years, 0, 0) }

func (l Law) years() string { return strconv.Itoa(l.MaxYears) + " years" }

func (l Law) day(t time.Time) string { return t.In(l.Zone).Format(time.DateOnly) }
