// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/operator"
)

// page is what every template gets; what the area itself shows is in Data.
type page struct {
	Title     string
	Lang      language
	Scheme    string // light, dark, or empty: what the browser prefers
	Self      fsc.Peer
	GroupType string
	Actor     operator.Actor
	Nav       []navGroup
	Switch    []SwitchLink
	Flash     string
	Theme     string // path of the organisation's style sheet, or empty
	URL       *url.URL
	// Form is what was typed; at GET the query.
	Form     url.Values
	Posted   bool // Form is what was sent, and is shown again
	Problems problems
	Data     any
	Main     template.HTML // what the page itself drew, for the frame around it
}

// Can tells whether to show what needs a permission.
func (p *page) Can(need string) bool {
	for _, have := range p.Actor.Permissions {
		if string(have) == need {
			return true
		}
	}
	return false
}

// Chosen tells whether a box with this value is ticked: as it was typed in a
// form that is shown again, else as it is now.
func (p *page) Chosen(field string, value any, now bool) bool {
	if p.Posted {
		return slices.Contains(p.Form[field], fmt.Sprint(value))
	}
	return now
}

// Value gives a field as it was typed.
func (p *page) Value(field string) string { return p.Form.Get(field) }

// render answers with a page. Title is a text, not a key, as it often has a
// name in it; it becomes the title of the window.
func (q *request) render(name, title string, data any) error {
	status := http.StatusOK
	if len(q.problems) > 0 {
		status = http.StatusBadRequest
	}
	return q.renderStatus(status, name, title, data)
}

func (q *request) renderStatus(status int, name, title string, data any) error {
	p := q.page(title, data)
	var out bytes.Buffer
	v, err := q.s.views[q.Lang]()
	if err != nil {
		return err
	}
	if err := v.execute(&out, name, p); err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(q.Lang))
	h.Set("Cache-Control", cmp.Or(q.cache, "no-store"))
	h.Add("Vary", "Accept-Encoding, Accept-Language, Cookie")
	body := out.Bytes()
	if acceptsGzip(q.r) {
		body = compress(body)
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	q.w.WriteHeader(status)
	if _, err := q.w.Write(body); err != nil {
		q.s.cfg.Logger.DebugContext(q.Ctx, "browser went away", "error", err)
	}
	return nil
}

func (q *request) page(title string, data any) *page {
	p := &page{
		Title: title, Lang: q.Lang, Self: q.s.self, GroupType: q.s.groupType, Actor: q.Actor,
		Scheme: q.scheme(), URL: q.r.URL, Form: q.form, Posted: true, Problems: q.problems, Data: data,
	}
	if q.r.Method != http.MethodPost {
		p.Form, p.Posted = q.r.URL.Query(), false
	}
	if q.Actor.Account != "" {
		p.Nav = q.nav()
		p.Flash = q.takeFlash()
	}
	if q.s.theme != nil {
		p.Theme = q.s.theme.path
	}
	if q.s.cfg.Switch != nil {
		p.Switch = q.s.cfg.Switch(q.r)
	}
	return p
}
