// SPDX-License-Identifier: EUPL-1.2

package event

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// CalendarType is the media type of a calendar.
const CalendarType = "text/calendar; charset=utf-8"

// Agenda is what an organisation has to do with, for its calendar.
type Agenda struct {
	Owner      fsc.PeerID
	Dutch      bool // texts in Dutch instead of English
	Made       time.Time
	Frameworks []Framework
	CallOffs   []Term // when they end
	Decisions  []Term // when they close
	// Link gives the page of a deed; empty, or nil: none.
	Link func(deed.Hash) string
}

// Term is when something about a deed is over: the first second after it (Unix
// seconds).
type Term struct {
	Deed deed.Hash
	Name string
	At   int64
}

// appointment is one entry of a calendar.
type appointment struct {
	uid     string
	at      int64
	ends    bool // at is the first second after it: "31 December" has 1 January, 00:00
	summary string
	deed    deed.Hash
}

// Calendar writes an agenda as iCalendar (RFC 5545): ends of frameworks, their
// renewal moments and entry windows, ends of call-offs, decisions that close. An
// entry keeps its UID when its date changes. What begins or ends at midnight in
// the Netherlands is on a day; the rest is at an instant in UTC. It takes nobody's
// time and has no alarm: those are for who subscribes to it.
func Calendar(zone *time.Location, a *Agenda) []byte {
	words := wordsOf(a.Dutch)
	var out lines
	out.put("BEGIN", "VCALENDAR")
	out.put("VERSION", "2.0")
	out.put("PRODID", "-//Samenspel//collective//"+words.language)
	out.put("CALSCALE", "GREGORIAN")
	out.put("METHOD", "PUBLISH")
	out.put("NAME", escape(words.title))
	out.put("X-WR-CALNAME", escape(words.title)) // what programs read that don't know RFC 7986
	out.put("REFRESH-INTERVAL;VALUE=DURATION", "PT12H")
	for _, p := range appointments(zone, a, words) {
		p.write(&out, zone, a)
	}
	out.put("END", "VCALENDAR")
	return out.text
}

func appointments(zone *time.Location, a *Agenda, words *words) []appointment {
	var out []appointment
	add := func(kind string, d deed.Hash, at int64, ends bool, format string, args ...any) {
		out = append(out, appointment{uid: uidOf(a.Owner, kind, d), at: at, ends: ends, summary: fmt.Sprintf(format, args...), deed: d})
	}
	for i := range a.Frameworks {
		f := &a.Frameworks[i]
		add("end", f.Deed, f.End, true, words.frameworkEnds, f.Name)
		if f.ExtensionUntil > f.End {
			add("extension", f.Deed, f.ExtensionUntil, true, words.extensionEnds, f.Name)
		}
		for _, months := range renewalMonths() {
			add("renewal "+strconv.Itoa(months), f.Deed, renewalDay(zone, f.End, months), false, words.expiring, f.Name, months)
		}
		for n, w := range f.Windows {
			add("opens "+strconv.Itoa(n), f.Deed, w.From, false, words.windowOpens, f.Name)
			add("closes "+strconv.Itoa(n), f.Deed, w.Until, true, words.windowCloses, f.Name)
		}
	}
	for _, t := range a.CallOffs {
		add("calloff", t.Deed, t.At, true, words.callOffEnds, t.Name)
	}
	for _, t := range a.Decisions {
		add("decision", t.Deed, t.At, true, words.decisionCloses, t.Name)
	}
	slices.SortFunc(out, func(x, y appointment) int { return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.uid, y.uid)) })
	return out
}

// uidOf names an entry the same way at each writing, and otherwise than other
// organisations do, for somebody may have the calendars of two.
func uidOf(owner fsc.PeerID, kind string, d deed.Hash) string {
	return idOf(SourceOf(owner), Prefix+".calendar", d, kind) + "@collective"
}

func (p *appointment) write(out *lines, zone *time.Location, a *Agenda) {
	out.put("BEGIN", "VEVENT")
	out.put("UID", p.uid)
	out.put("DTSTAMP", utc(a.Made))
	if day, whole := p.day(zone); whole {
		out.put("DTSTART;VALUE=DATE", day.Format(dateForm))
		out.put("DTEND;VALUE=DATE", day.AddDate(0, 0, 1).Format(dateForm))
	} else {
		out.put("DTSTART", utc(time.Unix(p.at, 0)))
	}
	out.put("SUMMARY", escape(p.summary))
	out.put("TRANSP", "TRANSPARENT")
	if a.Link != nil {
		if link := a.Link(p.deed); link != "" {
			out.put("URL", uri(link))
		}
	}
	out.put("END", "VEVENT")
}

const dateForm = "20060102"

// day gives the day of an entry; false when it isn't about a whole day.
func (p *appointment) day(zone *time.Location) (time.Time, bool) {
	at := time.Unix(p.at, 0).In(zone)
	if hour, minute, second := at.Clock(); hour+minute+second != 0 {
		return time.Time{}, false
	}
	if p.ends {
		return at.AddDate(0, 0, -1), true
	}
	return at, true
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// lines are the content lines of a calendar.
type lines struct{ text []byte }

// put writes a line, folded so that none has more than 75 octets and no
// character is cut.
func (l *lines) put(name, value string) {
	room := 75
	for _, r := range name + ":" + value {
		c := string(r)
		if len(c) > room {
			l.text = append(l.text, "\r\n "...)
			room = 74
		}
		l.text = append(l.text, c...)
		room -= len(c)
	}
	l.text = append(l.text, "\r\n"...)
}
