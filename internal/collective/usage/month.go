// SPDX-License-Identifier: EUPL-1.2

package usage

import (
	"fmt"
	"time"
)

// Calendar gives the first second of a month in Europe/Amsterdam and that of the
// next one, in Unix seconds: rule.Calendar.Month.
type Calendar func(year int, month time.Month) (from, until int64, err error)

// Month is a calendar month. Its text is like "2026-11".
type Month struct {
	Year  int
	Month time.Month
}

// ParseMonth reads a month from 2000-01 to 9999-12 in its only text.
func ParseMonth(text string) (Month, error) {
	t, err := time.Parse("2006-01", text)
	m := Month{t.Year(), t.Month()}
	if err != nil || m.String() != text || m.Year < 2000 {
		return Month{}, malformed("month", `must be a month like "2026-11"`)
	}
	return m, nil
}

// String gives the text form.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year, int(m.Month)) }

// MarshalText gives the text form.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText is [ParseMonth].
func (m *Month) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMonth(string(text))
	return err
}
