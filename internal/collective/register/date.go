// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"regexp"
	"time"
)

// Date is a calendar day in the Netherlands, written YYYY-MM-DD. Dates compare
// with < and >. The empty Date is unknown.
type Date string

// Valid tells whether the date is a day of the calendar.
func (d Date) Valid() bool {
	t, err := time.Parse(time.DateOnly, string(d))
	return err == nil && t.Year() >= 1800 && t.Year() <= 2999
}

// Next is the day after a valid date, and empty for another.
func (d Date) Next() Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return Date(t.AddDate(0, 0, 1).Format(time.DateOnly))
}

// Code is the key of a public organisation in the register: the CBS code of a
// municipality ("GM0363"), or the code of another body in the national
// register of organisations ("pv30", "ws0655").
type Code string

var (
	municipalCode = regexp.MustCompile(`^GM[0-9]{4}$`)
	otherCode     = regexp.MustCompile(`^(pv|ws|mnre|so)[0-9]{2,4}$`)
)

// Municipal tells whether the code has the form of a municipality's.
func (c Code) Municipal() bool { return municipalCode.MatchString(string(c)) }

// valid tells whether the code has one of the known forms.
func (c Code) valid() bool { return c.Municipal() || otherCode.MatchString(string(c)) }
