// SPDX-License-Identifier: EUPL-1.2

package loket

import (
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a machine without files knows no time zones
	"unicode"
	"unicode/utf8"
)

// Limits of dates.
const (
	announceDays = 28 // how long before the day a move can be reported (Wet BRP, article 2.39)
	lateYears    = 1  // how long after it this service still takes one
	oldestYears  = 130
)

var (
	keyForm      = regexp.MustCompile(`^[A-Z2-7]{26}$`)
	postcodeForm = regexp.MustCompile(`^[0-9]{4}[A-Z]{2}$`)
)

// checker collects what is wrong with the fields of a notice. Each field has at
// most one fault.
type checker struct {
	today  time.Time // midnight of the day, in UTC
	faults []Fault
}

// newChecker takes today as the calendar in the Netherlands has it.
func newChecker(now time.Time) *checker {
	if zone, err := time.LoadLocation("Europe/Amsterdam"); err == nil {
		now = now.In(zone)
	}
	return &checker{today: time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)}
}

func (c *checker) reject(field, code string) { c.faults = append(c.faults, fault(field, code)) }

// text checks a text of at most limit characters; false when it is empty or
// wrong. An empty one is only wrong when it is required.
func (c *checker) text(field, value string, limit int, required bool) bool {
	switch {
	case strings.TrimSpace(value) == "":
		if required {
			c.reject(field, faultRequired)
		} else if value != "" {
			c.reject(field, faultCharacters)
		}
		return false
	case utf8.RuneCountInString(value) > limit:
		c.reject(field, faultTooLong)
		return false
	case !utf8.ValidString(value) || strings.ContainsFunc(value, impossible):
		c.reject(field, faultCharacters)
		return false
	}
	return true
}

// impossible tells characters that stand in no name or address.
func impossible(r rune) bool {
	return r == '<' || r == '>' || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError
}

// empty checks that a field is not filled in.
func (c *checker) empty(field, value string) {
	if value != "" {
		c.reject(field, faultNotNeeded)
	}
}

// choice checks that a value is one of some.
func (c *checker) choice(field, value string, options ...string) {
	switch {
	case value == "":
		c.reject(field, faultRequired)
	case !slices.Contains(options, value):
		c.reject(field, faultChoice)
	}
}

// answer checks a question of yes or no, and gives the answer.
func (c *checker) answer(field string, value *bool) (yes, given bool) {
	if value == nil {
		c.reject(field, faultRequired)
		return false, false
	}
	return *value, true
}

// bsn checks a burgerservicenummer: nine digits, the test of eleven, and in the
// range that begins with 9999, in which nobody has a number.
func (c *checker) bsn(field, value string) {
	switch {
	case value == "":
		c.reject(field, faultRequired)
	case !validBSN(value):
		c.reject(field, faultBSN)
	case !strings.HasPrefix(value, "9999"):
		c.reject(field, faultBSNReal)
	}
}

// validBSN holds a number against the test of eleven.
func validBSN(value string) bool {
	if len(value) != 9 {
		return false
	}
	sum := 0
	for i, digit := range []byte(value) {
		if digit < '0' || digit > '9' {
			return false
		}
		weight := 9 - i
		if i == 8 {
			weight = -1
		}
		sum += int(digit-'0') * weight
	}
	return sum%11 == 0
}

// date checks a day between two others; false when it is wrong.
func (c *checker) date(field, value string, earliest, latest time.Time) (time.Time, bool) {
	if value == "" {
		c.reject(field, faultRequired)
		return time.Time{}, false
	}
	day, err := time.Parse(time.DateOnly, value)
	switch {
	case err != nil:
		c.reject(field, faultDate)
	case day.Before(earliest):
		c.reject(field, faultTooEarly)
	case day.After(latest):
		c.reject(field, faultTooLate)
	default:
		return day, true
	}
	return time.Time{}, false
}

// pastDate checks a day in the life of people, up to today.
func (c *checker) pastDate(field, value string) (time.Time, bool) {
	return c.date(field, value, c.today.AddDate(-oldestYears, 0, 0), c.today)
}

// clock checks a time of the day.
func (c *checker) clock(field, value string) {
	if value == "" {
		c.reject(field, faultRequired)
		return
	}
	if _, err := time.Parse("15:04", value); err != nil || len(value) != len("15:04") {
		c.reject(field, faultTime)
	}
}

// key checks the mark by which a notice that is sent again is recognised.
func (c *checker) key(value string) {
	if !validKey(value) {
		c.reject("kenmerk", faultKey)
	}
}

// validKey tells whether a text is such a mark.
func validKey(value string) bool { return keyForm.MatchString(value) }
