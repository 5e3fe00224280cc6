// SPDX-License-Identifier: EUPL-1.2

package event

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Framework is what the clock has to know of a framework. Instants are Unix
// seconds; an end is the first second after it.
type Framework struct {
	Deed deed.Hash
	Name string
	// End is the end with the options that were used so far.
	End int64
	// ExtensionUntil is the end with all options used; 0 without options.
	ExtensionUntil int64
	Windows        []Window
}

// Window is when one can join: from From up to and not at Until (Unix seconds).
type Window struct{ From, Until int64 }

// Kind says what a moment is.
type Kind string

// The kinds of moments.
const (
	KindExpiring      Kind = "expiring"       // so many months before the end
	KindWindowOpening Kind = "window_opening" // buyers may join from now on
	KindWindowClosing Kind = "window_closing" // no longer
)

// Moment is what the clock alone brings to a framework.
type Moment struct {
	At     int64 // Unix seconds
	Kind   Kind
	Months int // before the end, with [KindExpiring]
}

// renewalMonths are how long before the end a framework is announced to expire
// (design, section 3.6): a tender takes most of that time.
func renewalMonths() [3]int { return [3]int{18, 12, 6} }

// Type gives the type of event that the moment is told as.
func (m Moment) Type() string {
	switch m.Kind {
	case KindWindowOpening:
		return Prefix + ".window.opening"
	case KindWindowClosing:
		return Prefix + ".window.closing"
	default:
		return Prefix + ".framework.expiring." + strconv.Itoa(m.Months)
	}
}

func (m Moment) happened() happened {
	return happened{m.Type(), string(m.Kind) + " " + strconv.FormatInt(m.At, 10)}
}

// Due gives the moments of a framework later than after and not later than
// until, in order.
//
// "Six months before the end" counts in calendar months from the last day: a
// framework up to and including 31 August is announced on 28 or 29 February, at
// the first second of that day in zone, Europe/Amsterdam, so that on the day itself
// there still is time to act.
func Due(zone *time.Location, f *Framework, after, until int64) []Moment {
	return slices.DeleteFunc(moments(zone, f), func(m Moment) bool { return m.At <= after || m.At > until })
}

func moments(zone *time.Location, f *Framework) []Moment {
	var out []Moment
	for _, months := range renewalMonths() {
		out = append(out, Moment{At: renewalDay(zone, f.End, months), Kind: KindExpiring, Months: months})
	}
	for _, w := range f.Windows {
		out = append(out, Moment{At: w.From, Kind: KindWindowOpening}, Moment{At: w.Until, Kind: KindWindowClosing})
	}
	slices.SortStableFunc(out, func(a, b Moment) int { return cmp.Compare(a.At, b.At) })
	return out
}

// renewalDay gives the first second of the day so many months before the last one.
func renewalDay(zone *time.Location, end int64, months int) int64 {
	last := time.Unix(end-1, 0).In(zone)
	month := time.Date(last.Year(), last.Month()-time.Month(months), 1, 0, 0, 0, 0, zone)
	day := min(last.Day(), month.AddDate(0, 1, -1).Day())
	return month.AddDate(0, 0, day-1).Unix()
}

// firstSight gives what holds of a framework that wasn't known before: of what
// its clock has told so far, only the last warning and the window that is open.
func firstSight(zone *time.Location, f *Framework, now int64) []Moment {
	var out []Moment
	for _, m := range Due(zone, f, 0, now) {
		if m.Kind == KindExpiring {
			out = slices.DeleteFunc(out, func(o Moment) bool { return o.Kind == KindExpiring })
			if now < f.End {
				out = append(out, m)
			}
			continue
		}
		out = slices.DeleteFunc(out, func(o Moment) bool { return o.Kind != KindExpiring })
		if m.Kind == KindWindowOpening {
			out = append(out, m)
		}
	}
	return out
}
