// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
)

// The most lots and windows that the pages describe; the rules allow more, from
// a file.
const (
	maxDraftLots    = 100
	maxDraftWindows = 50
)

// frameworkDraft is a framework agreement as far as it has been described. It
// travels along in the fields of the pages; the server keeps nothing.
type frameworkDraft struct {
	values url.Values
	left   []string // what of a file couldn't be taken over, to tell once
}

func (d *frameworkDraft) get(name string) string { return strings.TrimSpace(d.values.Get(name)) }

// lots and windows are how many there are.
func (d *frameworkDraft) lots() int    { return d.count("lots", maxDraftLots) }
func (d *frameworkDraft) windows() int { return d.count("windows", maxDraftWindows) }

func (d *frameworkDraft) count(name string, most int) int {
	n, err := strconv.Atoi(d.get(name))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, most)
}

// lotField and windowField are the names of a field of a lot and of a window.
func lotField(i int, field string) string    { return "l" + strconv.Itoa(i) + "." + field }
func windowField(i int, field string) string { return "w" + strconv.Itoa(i) + "." + field }

// exactName is the field with the instant of a day that came from a file.
func exactName(day string) string { return day + ".at" }

// edit carries out what a button asks: "lot+" adds a lot, "lot-1" removes the
// second one, and so for windows.
func (d *frameworkDraft) edit(button string) {
	for _, list := range []struct {
		button, count, prefix string
		n, most               int
	}{{"lot", "lots", "l", d.lots(), maxDraftLots}, {"window", "windows", "w", d.windows(), maxDraftWindows}} {
		rest, ok := strings.CutPrefix(button, list.button)
		if !ok {
			continue
		}
		if rest == "+" && list.n < list.most {
			d.values.Set(list.count, strconv.Itoa(list.n+1))
		}
		i, err := strconv.Atoi(strings.TrimPrefix(rest, "-"))
		if err == nil && strings.HasPrefix(rest, "-") && i >= 0 && i < list.n && list.n > 1 {
			d.remove(list.prefix, i)
			d.values.Set(list.count, strconv.Itoa(list.n-1))
		}
	}
}

// remove takes out a row and moves up those behind it.
func (d *frameworkDraft) remove(prefix string, i int) {
	moved := url.Values{}
	for name, values := range d.values {
		row, field, ok := strings.Cut(name, ".")
		number, isRow := strings.CutPrefix(row, prefix)
		k, err := strconv.Atoi(number)
		switch {
		case !ok || !isRow || err != nil || k < i:
			moved[name] = values
		case k > i:
			moved[prefix+strconv.Itoa(k-1)+"."+field] = values
		}
	}
	d.values = moved
}

// frameworkForm reads the fields as the controller takes them; false when one of
// them can't be read or is missing.
func (q *request) frameworkForm(d *frameworkDraft) (controller.FrameworkForm, bool) {
	before := len(q.problems)
	f := controller.FrameworkForm{
		Name: q.filled(d, "name"), Published: q.dayOf(d, "published", true), NotBefore: q.dayOf(d, "notBefore", false),
		NotAfter: q.lastDayOf(d, "notAfter", true), ExtensionUntil: q.lastDayOf(d, "extensionUntil", false),
		TermRationale: d.get("termRationale"), TailDays: q.countOf(d, "tailDays", false), Keeper: fsc.PeerID(d.get("keeper")),
	}
	for i := range d.windows() {
		from, until := windowField(i, "from"), windowField(i, "until")
		f.Windows = append(f.Windows, controller.WindowForm{From: q.dayOf(d, from, true), Until: q.lastDayOf(d, until, true)})
	}
	f.Eligible = q.peersOf(d, "eligible")
	for i := range d.lots() {
		f.Lots = append(f.Lots, dossier.Lot{
			ID: q.filled(d, lotField(i, "id")), Name: q.filled(d, lotField(i, "name")), Unit: q.filled(d, lotField(i, "unit")),
			MaximumQuantity: q.countOf(d, lotField(i, "quantity"), true), MaximumValue: q.moneyOf(d, lotField(i, "value")),
			Suppliers: q.peersOf(d, lotField(i, "suppliers")), Services: lines(d.get(lotField(i, "services"))),
		})
	}
	if hash := d.get("source.hash"); hash != "" {
		f.Source = &controller.DocumentForm{
			Name: d.get("source.name"), MediaType: d.get("source.mediaType"), Size: readCount(d.get("source.size")), Hash: deed.Hash(hash),
		}
	}
	return f, len(q.problems) == before
}

// filled gives a field that has to be filled in.
func (q *request) filled(d *frameworkDraft, name string) string {
	text := d.get(name)
	if text == "" {
		q.wrong(name, "frameworks.problem.missing")
	}
	return text
}

func (q *request) optional(d *frameworkDraft, name string, needed bool) string {
	if needed {
		return q.filled(d, name)
	}
	return d.get(name)
}

// dayOf reads a day as the moment at which it begins; zero if it is empty.
func (q *request) dayOf(d *frameworkDraft, name string, needed bool) time.Time {
	text := q.optional(d, name, needed)
	if exact, err := time.Parse(time.RFC3339, d.get(exactName(name))); err == nil && dayText(exact) == text {
		return exact
	}
	return q.readDay(name, text)
}

// lastDayOf reads a last day as the moment at which it is over.
func (q *request) lastDayOf(d *frameworkDraft, name string, needed bool) time.Time {
	text := q.optional(d, name, needed)
	if exact, err := time.Parse(time.RFC3339, d.get(exactName(name))); err == nil && lastDayText(exact) == text {
		return exact
	}
	day := q.readDay(name, text)
	if day.IsZero() {
		return day
	}
	return day.AddDate(0, 0, 1)
}

func (q *request) readDay(name, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	day, err := time.ParseInLocation(time.DateOnly, text, location())
	if err != nil {
		q.wrong(name, "contracts.problem.day")
	}
	return day
}

func (q *request) countOf(d *frameworkDraft, name string, needed bool) int64 {
	text := q.optional(d, name, needed)
	if text == "" {
		return 0
	}
	n := readCount(text)
	if n < 0 {
		q.wrong(name, "frameworks.problem.count")
	}
	return n
}

func (q *request) moneyOf(d *frameworkDraft, name string) int64 {
	text := q.filled(d, name)
	if text == "" {
		return 0
	}
	cents, ok := readMoney(text)
	if !ok {
		q.wrong(name, "frameworks.problem.money")
	}
	return cents
}

// peersOf reads organisations and names the first that isn't one.
func (q *request) peersOf(d *frameworkDraft, name string) []fsc.PeerID {
	peers := peerLines(q.filled(d, name))
	i := slices.IndexFunc(peers, func(p fsc.PeerID) bool { return !deed.ValidPeer(p) })
	if i >= 0 {
		q.wrong(name, "frameworks.problem.oin", "text", brief(string(peers[i])))
	}
	return peers
}
