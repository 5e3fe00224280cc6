// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// allFixtures lists every area's; an area adds one line.
func allFixtures() []fixture {
	return slices.Concat(
		frameFixtures(),
		peopleFixtures(),
		overviewFixtures(),
		logFixtures(),
		contractsFixtures(),
		fieldlabFixtures(),
		loketFixtures(),
		policyFixtures(),
		togetherFixtures(), directoryFixtures(), servicesFixtures(), applicationsFixtures(), peersFixtures(), collectiveFixtures(), publicFixtures(), eventsFixtures(),
	)
}

func frameFixtures() []fixture {
	return []fixture{
		{page: "failure", name: "full", data: failureData{Text: "Dit kan niet.", Detail: hostileText}},
		{page: "failure", name: "empty", data: failureData{Text: "Dit kan niet."}, public: true},
		{page: "confirm", name: "full", data: confirmation{
			Question: hostileText, Consequences: []string{hostileText, "Twee toepassingen stoppen."}, Action: "/x",
			Hidden: []option{{"hash", hostileText}}, Button: "Intrekken", Cancel: "/", CLI: "samenspel contract revoke " + hostileText,
		}},
		{page: "confirm", name: "empty", data: confirmation{Question: "Zeker?", Action: "/x", Button: "Ja", Cancel: "/"}},
	}
}

func TestEveryPageIsDrawnWithEmptyFullAndHostileDataInEveryLanguage(t *testing.T) {
	s := testServer(t)
	for _, f := range allFixtures() {
		for _, l := range languages() {
			t.Run(f.page+"/"+f.name+"/"+string(l), func(t *testing.T) {
				out := draw(t, s, l, f)
				checkMarkup(t, out)
				if strings.Contains(out, "<no value>") {
					t.Error("a value is missing")
				}
			})
		}
	}
}

func TestEveryTemplateHasAFixture(t *testing.T) {
	names, err := pageNames()
	must(t, err)
	all := allFixtures()
	for _, name := range names {
		if !slices.ContainsFunc(all, func(f fixture) bool { return f.page == name }) {
			t.Errorf("templates/%s.html has no fixture: add one to the area's list", name)
		}
	}
}

// markup is what checkMarkup saw of a page.
type markup struct {
	ids, targets map[string]bool
	h1           int
	tables       int
	captions     int
}

// checkMarkup refuses what our content policy forbids and what a screen reader
// stumbles over.
func checkMarkup(t *testing.T, page string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	m := markup{ids: map[string]bool{}, targets: map[string]bool{}}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("mark-up is broken: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok {
			m.element(t, e)
		}
	}
	if m.h1 != 1 {
		t.Errorf("%d headings of level 1", m.h1)
	}
	if m.tables != m.captions {
		t.Errorf("%d tables have %d captions", m.tables, m.captions)
	}
	for id := range m.targets {
		if !m.ids[id] {
			t.Errorf("nothing has id %q, though something points there", id)
		}
	}
}

func (m *markup) element(t *testing.T, e xml.StartElement) {
	t.Helper()
	attrs := map[string]string{}
	for _, a := range e.Attr {
		name := strings.ToLower(a.Name.Local)
		attrs[name] = a.Value
		switch {
		case strings.HasPrefix(name, "on"), name == "style", strings.HasPrefix(name, "hx-on"):
			t.Errorf("<%s> has attribute %s", e.Name.Local, name)
		case name == "id":
			if m.ids[a.Value] {
				t.Errorf("id %q stands twice on the page", a.Value)
			}
			m.ids[a.Value] = true
		case name == "for", name == "aria-labelledby", name == "aria-describedby", name == "list":
			m.targets[a.Value] = true
		case name == "href", name == "action", name == "src", name == "formaction":
			m.address(t, e.Name.Local, a.Value)
		}
	}
	switch strings.ToLower(e.Name.Local) {
	case "h1":
		m.h1++
	case "table":
		m.tables++
	case "caption":
		m.captions++
	case "style", "iframe", "object", "embed", "base", "img":
		t.Errorf("there is a <%s>", e.Name.Local)
	case "script":
		if attrs["src"] == "" {
			t.Error("there is a script inside the page")
		}
	case "th":
		if attrs["scope"] == "" {
			t.Error("a <th> has no scope")
		}
	case "input", "select", "textarea":
		if attrs["type"] != "hidden" && attrs["id"] == "" && attrs["aria-label"] == "" && attrs["type"] != "radio" && attrs["type"] != "checkbox" {
			t.Errorf("field %q has no id for a label", attrs["name"])
		}
	}
}

// address allows what stays here, and whole web addresses on links.
func (m *markup) address(t *testing.T, element, to string) {
	t.Helper()
	local := strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") || strings.HasPrefix(to, "?")
	if id, ok := strings.CutPrefix(to, "#"); ok {
		m.targets[id] = true
		return
	}
	web := element == "a" && (strings.HasPrefix(to, "https://") || strings.HasPrefix(to, "http://"))
	if !local && !web {
		t.Errorf("<%s> leads to %q", element, to)
	}
}
