// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // an image without files knows no time zones
)

var monthNames = map[language][]string{
	dutch:   {"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"},
	english: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// location is where the pages' clock hangs.
func location() *time.Location {
	l, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return time.UTC
	}
	return l
}

// formatDate writes 12 december 2026.
func formatDate(l language, at time.Time, in *time.Location) string {
	if at.IsZero() {
		return ""
	}
	at = at.In(in)
	return strconv.Itoa(at.Day()) + " " + monthNames[l][at.Month()-1] + " " + strconv.Itoa(at.Year())
}

// formatDatetime writes 12 december 2026 14:05.
func formatDatetime(l language, at time.Time, in *time.Location) string {
	if at.IsZero() {
		return ""
	}
	return formatDate(l, at, in) + " " + at.In(in).Format("15:04")
}

// formatZoned writes 12 december 2026 14:05:09.25 CET: all there is to know.
func formatZoned(l language, at time.Time, in *time.Location) string {
	if at.IsZero() {
		return ""
	}
	return formatDate(l, at, in) + " " + at.In(in).Format("15:04:05.999999999 MST")
}

// formatNumber writes 1.234.567 in Dutch, 1,234,567 in English.
func formatNumber(l language, n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	separator := "."
	if l == english {
		separator = ","
	}
	var out strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteString(separator)
		}
		out.WriteRune(d)
	}
	return sign + out.String()
}

// whole gives v as a whole number, when it is one.
func whole(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	case uint:
		return int64(min(n, 1<<62)), true
	case uint64:
		return int64(min(n, 1<<62)), true
	}
	return 0, false
}

// distance is a key and a number for how long ago or ahead something is.
func distance(d time.Duration) (key string, n int64) {
	key = "ago"
	if d < 0 {
		key, d = "ahead", -d
	}
	switch {
	case d < time.Minute:
		return "time." + key + ".now", 0
	case d < time.Hour:
		return "time." + key + ".minutes", int64(d / time.Minute)
	case d < 48*time.Hour:
		return "time." + key + ".hours", int64(d / time.Hour)
	default:
		return "time." + key + ".days", int64(d / (24 * time.Hour))
	}
}
