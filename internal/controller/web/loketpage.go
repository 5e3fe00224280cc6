// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Names of fields that say something about the form itself.
const (
	loketMark = "kenmerk" // marks the notice, see LoketConfig.Send
	loketRows = "rijen"   // how many rows there are
	loketMore = "erbij"   // the button for one row more
)

func (l *loket) register() {
	l.public("GET /{$}", func(q *request) error { return q.render("loket", q.t("loket.title", "name", l.site.Name), l.site) })
	l.public("GET /formulier/{form}", l.empty)
	l.public("POST /formulier/{form}", l.send)
	l.public("GET /ontvangen", l.desk)
	l.public("/", func(q *request) error {
		q.problem(http.StatusNotFound, "not_found")
		return nil
	})
}

// loketFormData is what templates/loket_form.html shows.
type loketFormData struct {
	LoketForm
	Site    LoketConfig
	Mark    string
	Rows    int // of the section with rows
	Refusal *LoketRefusal
}

// loketRow is a row of a section: its place in the list and its number for people.
type loketRow struct{ Index, Number int }

// Numbers are the rows of a section.
func (d loketFormData) Numbers(s LoketSection) []loketRow {
	all := make([]loketRow, min(d.Rows, s.Rows))
	for i := range all {
		all[i] = loketRow{i, i + 1}
	}
	return all
}

// More tells whether a section can have one row more.
func (d loketFormData) More(s LoketSection) bool { return d.Rows < s.Rows }

// form finds the form of the address, or shows that there is none.
func (l *loket) form(q *request) (loketFormData, bool) {
	i := slices.IndexFunc(l.site.Forms, func(f LoketForm) bool { return f.Key == q.path("form") })
	if i < 0 {
		q.problem(http.StatusNotFound, "not_found")
		return loketFormData{}, false
	}
	return loketFormData{LoketForm: l.site.Forms[i], Site: l.site}, true
}

func (l *loket) empty(q *request) error {
	data, ok := l.form(q)
	if !ok {
		return nil
	}
	data.Mark = rand.Text()
	return q.renderForm(http.StatusOK, data)
}

// send sends the notice and shows what came of it. Nothing is kept here: a form
// that is shown again holds what was typed, and its mark.
func (l *loket) send(q *request) error {
	data, ok := l.form(q)
	if !ok {
		return nil
	}
	data.Mark = q.value(loketMark)
	if rows, err := strconv.Atoi(q.value(loketRows)); err == nil {
		data.Rows = max(rows, 0)
	}
	if q.value("doen") == loketMore {
		data.Rows++
		return q.renderForm(http.StatusOK, data)
	}
	outcome := l.site.Send(q.Ctx, data.Key, q.form)
	if r := outcome.Receipt; r != nil {
		return q.render("loket_received", q.t("loket.received.title"), r)
	}
	if data.Refusal = outcome.Refusal; data.Refusal != nil {
		return q.renderForm(http.StatusBadGateway, data)
	}
	for _, f := range outcome.Faults {
		q.wrongAt(data.LoketForm, f)
	}
	return q.renderForm(http.StatusBadRequest, data)
}

// wrongAt adds a fault with the label of its field, so that the list above the
// form can be read by itself. A field that the form doesn't have gets no link.
func (q *request) wrongAt(form LoketForm, f LoketFault) {
	text := q.t("loket.fault." + f.Code)
	label, ok := q.labelIn(form, f.Field)
	if !ok {
		q.problems = append(q.problems, fieldProblem{Text: text})
		return
	}
	q.problems = append(q.problems, fieldProblem{Field: f.Field, Text: q.t("loket.fault.at", "label", label, "text", text)})
}

// labelIn gives what a field is called in a form; false when it has none of that
// name.
func (q *request) labelIn(form LoketForm, field string) (string, bool) {
	for _, s := range form.Sections {
		if s.List != "" && s.List == field {
			return q.t("loket.section." + s.Key), true
		}
		name, row := field, ""
		if s.Rows > 0 {
			rest, ok := strings.CutPrefix(field, s.List+".")
			if !ok {
				continue
			}
			row, name, _ = strings.Cut(rest, ".")
		}
		if !slices.ContainsFunc(s.Fields, func(f LoketField) bool { return f.Name == name }) {
			continue
		}
		label := q.t("loket.field." + name)
		if i, err := strconv.Atoi(row); err == nil {
			label = q.t("loket.relative", "number", i+1) + ", " + label
		}
		return label, true
	}
	return "", false
}

func (q *request) renderForm(status int, data loketFormData) error {
	return q.renderStatus(status, "loket_form", q.t("loket.form."+data.Key), data)
}

// loketDeskRow is a notice as the list shows it.
type loketDeskRow struct {
	LoketNotice
	About time.Time // the day; zero when nobody knows it
}

func (l *loket) desk(q *request) error {
	var rows []loketDeskRow
	if l.site.Received != nil {
		for _, n := range l.site.Received() {
			day, _ := time.ParseInLocation(time.DateOnly, n.Day, location()) // zero shows as unknown
			rows = append(rows, loketDeskRow{n, day})
		}
	}
	return q.render("loket_desk", q.t("loket.desk.title"), rows)
}

// Field makes the field of a page for the part "field".
func (f LoketField) Field(p *page) (formField, error) { return f.named(p, f.Name) }

// FieldOf makes the field of a row of a list.
func (f LoketField) FieldOf(p *page, list string, row int) (formField, error) {
	return f.named(p, list+"."+strconv.Itoa(row)+"."+f.Name)
}

func (f LoketField) named(p *page, name string) (formField, error) {
	label := "loket.field." + f.Name
	settings := []any{"autocomplete=off"}
	if f.Fill != "" {
		settings = []any{"autocomplete=" + f.Fill}
	}
	add := func(want bool, setting string) {
		if want {
			settings = append(settings, setting)
		}
	}
	add(f.Required, "required")
	add(f.Depends, "depends")
	add(f.Hint, "hint="+label+".hint")
	add(f.Max != "", "maxlength="+f.Max)
	add(f.Digits, "inputmode=numeric")
	switch f.Kind {
	case LoketDate, LoketTime:
		add(true, "type="+f.Kind)
	case LoketYes:
		add(true, "type=checkbox")
	case LoketPlace:
		options := []option{{}}
		for _, o := range f.Options {
			options = append(options, option{o, o})
		}
		settings = append(settings, options)
	}
	return newField(p, name, label, settings...)
}
