// SPDX-License-Identifier: EUPL-1.2

package rule

import (
	"fmt"
	"time"
	_ "time/tzdata" // a machine without files knows no time zones
)

// Calendar turns dates and clock times in the Netherlands into instants and
// back. Deeds hold instants only; people agree on dates.
type Calendar struct{ zone *time.Location }

// NewCalendar gives the calendar of Europe/Amsterdam.
func NewCalendar() (Calendar, error) {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return Calendar{}, fmt.Errorf("open calendar: %w", err)
	}
	return Calendar{zone: zone}, nil
}

// Date is a day as people write it.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// check refuses 30 February, which package time would read as 2 March.
func (d Date) check() error {
	t := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC)
	if y, m, day := t.Date(); y != d.Year || m != d.Month || day != d.Day || d.Year < 1900 || d.Year > 9999 {
		return bad("date", "%04d-%02d-%02d doesn't exist", d.Year, int(d.Month), d.Day)
	}
	return nil
}

// Start gives the first second of the day, in Unix seconds.
func (c Calendar) Start(d Date) (int64, error) {
	if err := d.check(); err != nil {
		return 0, err
	}
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, c.zone).Unix(), nil
}

// End gives 24:00 of the day, which is the start of the next, in Unix seconds. A
// deed that ends "on 31 December" has this as its not_after, which is exclusive.
func (c Calendar) End(d Date) (int64, error) {
	if err := d.check(); err != nil {
		return 0, err
	}
	return time.Date(d.Year, d.Month, d.Day+1, 0, 0, 0, 0, c.zone).Unix(), nil
}

// At gives a clock time on a day, in Unix seconds. It refuses a time that the
// clock skips in March, and one that it shows twice in October: a deadline has to
// be one instant, so people choose another.
func (c Calendar) At(d Date, hour, minute int) (int64, error) {
	if err := d.check(); err != nil {
		return 0, err
	}
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return 0, bad("time", "%02d:%02d doesn't exist", hour, minute)
	}
	t := time.Date(d.Year, d.Month, d.Day, hour, minute, 0, 0, c.zone)
	if t.Hour() != hour || t.Minute() != minute {
		return 0, bad("time", "%02d:%02d doesn't exist on this day, for the clock goes forward; choose 03:00 or later", hour, minute)
	}
	for _, shift := range []time.Duration{-time.Hour, time.Hour} {
		if o := t.Add(shift); o.Hour() == hour && o.Minute() == minute {
			return 0, bad("time", "%02d:%02d comes twice on this day, for the clock goes back; choose before 02:00 or from 03:00", hour, minute)
		}
	}
	return t.Unix(), nil
}

// DateOf gives the day an instant falls on.
func (c Calendar) DateOf(at int64) Date {
	y, m, d := time.Unix(at, 0).In(c.zone).Date()
	return Date{Year: y, Month: m, Day: d}
}

// Month gives the first second of the month and that of the next one: the
// period of a usage statement.
func (c Calendar) Month(year int, month time.Month) (from, until int64, err error) {
	if from, err = c.Start(Date{Year: year, Month: month, Day: 1}); err != nil {
		return 0, 0, err
	}
	return from, time.Date(year, month+1, 1, 0, 0, 0, 0, c.zone).Unix(), nil
}
