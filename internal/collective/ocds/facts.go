// SPDX-License-Identifier: EUPL-1.2

package ocds

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Money is an exact amount without VAT. Cents is the amount in hundredths;
// Currency is an ISO 4217 code. The zero Money means that no amount is stated.
type Money struct {
	Cents    int64
	Currency string
}

// value is the OCDS Value; its number has no more digits than the amount needs.
func (m Money) value() object {
	if m == (Money{}) {
		return nil
	}
	sign, whole, rest := "", m.Cents/100, m.Cents%100
	if m.Cents < 0 {
		rest = -rest
		if whole == 0 {
			sign = "-"
		}
	}
	digits := sign + strconv.FormatInt(whole, 10)
	if rest != 0 {
		digits += strings.TrimRight(fmt.Sprintf(".%02d", rest), "0")
	}
	return object{"amount": json.Number(digits), "currency": m.Currency}
}

// Period is a time span. Zero moments are left out.
type Period struct {
	Start     time.Time
	End       time.Time // the last moment that belongs to it, such as 23:59:59
	MaxExtent time.Time // the last moment with all options to extend (eForms BT-57)
}

// last is the end with all options.
func (p Period) last() time.Time {
	if p.MaxExtent.After(p.End) {
		return p.MaxExtent
	}
	return p.End
}

func (s *Standard) period(p Period) object {
	return compact(object{"startDate": s.date(p.Start), "endDate": s.date(p.End), "maxExtentDate": s.date(p.MaxExtent)})
}

// date writes a moment with the offset of Europe/Amsterdam, or "" for none.
func (s *Standard) date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(s.zone).Format(time.RFC3339)
}

// days counts the calendar days in Europe/Amsterdam that a period touches.
func (s *Standard) days(p Period) any {
	if p.Start.IsZero() || !p.End.After(p.Start) {
		return nil
	}
	start, end := p.Start.In(s.zone), p.End.In(s.zone)
	first := time.Date(start.Year(), start.Month(), start.Day(), 0, 0, 0, 0, time.UTC)
	last := time.Date(end.Year(), end.Month(), end.Day(), 0, 0, 0, 0, time.UTC)
	n := int64(last.Sub(first) / (24 * time.Hour))
	if end.Hour() != 0 || end.Minute() != 0 || end.Second() != 0 {
		n++
	}
	return json.Number(strconv.FormatInt(n, 10))
}

// Organisation is a buyer, supplier or lead buyer. All numbers are text: zeros
// in front count, and no number is derived from another.
type Organisation struct {
	ID        string // party id, only for who has no OIN or isn't to be named by it
	Name      string
	LegalName string // in the trade register; Name when empty
	OIN       string // 20 digits (scheme NL-OIN)
	KVK       string // 8 digits, trade register (scheme NL-KVK)
	CBS       string // GM, PV or WS and digits (scheme NL-CBS)
}

var (
	oinForm = regexp.MustCompile(`^[0-9]{20}$`)
	kvkForm = regexp.MustCompile(`^[0-9]{8}$`)
	cbsForm = regexp.MustCompile(`^[A-Z]{2}[0-9]{2,4}$`)
)

func (o Organisation) partyID() string {
	if o.ID != "" || o.OIN == "" {
		return o.ID
	}
	return "NL-OIN-" + o.OIN
}

func (o Organisation) check(f *findings, field string) {
	if o.partyID() == "" {
		f.add(field, ruleInput, "an organisation needs an OIN or an id")
	}
	if strings.TrimSpace(o.Name) == "" {
		f.add(field+".name", ruleInput, "an organisation needs a name")
	}
	for _, n := range []struct {
		name, value string
		form        *regexp.Regexp
	}{{"oin", o.OIN, oinForm}, {"kvk", o.KVK, kvkForm}, {"cbs", o.CBS, cbsForm}} {
		if n.value != "" && !n.form.MatchString(n.value) {
			f.add(field+"."+n.name, ruleInput, "%q doesn't have the form of this number", n.value)
		}
	}
}

func (o Organisation) reference() object {
	return object{"id": o.partyID(), "name": o.Name}
}

// party gives the identifiers: the trade register first, because that is the
// scheme other countries can look up; the OIN and CBS code beside it.
func (o Organisation) party() object {
	legal := o.LegalName
	if legal == "" {
		legal = o.Name
	}
	var first object
	var more []any
	for _, n := range []struct{ scheme, id string }{{"NL-KVK", o.KVK}, {"NL-OIN", o.OIN}, {"NL-CBS", o.CBS}} {
		switch {
		case n.id == "":
		case first == nil:
			first = object{"scheme": n.scheme, "id": n.id, "legalName": legal}
		default:
			more = append(more, object{"scheme": n.scheme, "id": n.id})
		}
	}
	return compact(object{"id": o.partyID(), "name": o.Name, "identifier": first, "additionalIdentifiers": more})
}

// parties is the list of everybody in a release, each once, with all roles.
type parties struct {
	found *findings
	order []object
	byID  map[string]object
}

func (p *parties) add(field string, o Organisation, roles ...string) {
	o.check(p.found, field)
	if p.byID == nil {
		p.byID = map[string]object{}
	}
	party := o.party()
	old, seen := p.byID[o.partyID()]
	if !seen {
		party["roles"] = texts(roles)
		p.byID[o.partyID()] = party
		p.order = append(p.order, party)
		return
	}
	list, _ := old["roles"].([]any)
	party["roles"] = list
	if canonical(party) != canonical(old) {
		p.found.add(field, ruleInput, "%s stands here with other names or numbers than elsewhere", o.partyID())
	}
	for _, r := range roles {
		if !contains(list, r) {
			list = append(list, r)
		}
	}
	old["roles"] = list
}

func (p *parties) addAll(field string, list []Organisation, roles ...string) {
	for i, o := range list {
		p.add(fmt.Sprintf("%s[%d]", field, i), o, roles...)
	}
}

func (p *parties) list() []any {
	out := make([]any, len(p.order))
	for i, o := range p.order {
		out[i] = o
	}
	return out
}

func contains(list []any, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

func references(list []Organisation) []any {
	out := make([]any, len(list))
	for i, o := range list {
		out[i] = o.reference()
	}
	return out
}
