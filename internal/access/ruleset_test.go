// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
)

const (
	consumer  = fsc.PeerID("00000099000000001000")
	provider  = fsc.PeerID("00000099000000002000")
	delegator = fsc.PeerID("00000099000000003000")
)

const someRules = `
services:
  - name: persons
    rules:
      - name: not the archive
        effect: deny
        paths: [/v1/archive/**]
      - name: read
        effect: allow
        methods: [GET, HEAD]
        paths: [/v1/**]
      - name: write for one
        effect: allow
        methods: [POST]
        paths: [/v1/persons]
        consumers: ["00000099000000001000"]
        delegators: [none]
        properties: {purpose: [a, 1], deep: {x: true}}
        additional: {level: 2}
`

func rulesOf(t *testing.T, of Component, text string) *ruleSet {
	t.Helper()
	set, err := parseRules([]byte(text), of)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestTheFirstRuleThatFitsDecides(t *testing.T) {
	set := rulesOf(t, Inway, someRules)
	write := Call{
		component: Inway, Service: "persons", Method: "POST", Path: "/v1/persons", Consumer: consumer,
		Properties: []byte(`{"deep":{"x":true},"purpose":["a",1.0],"more":null}`), Additional: []byte(`{"level":2}`),
	}
	for name, c := range map[string]struct {
		change func(*Call)
		allow  bool
		rule   string
	}{
		"write":             {func(*Call) {}, true, "write for one"},
		"another consumer":  {func(c *Call) { c.Consumer = provider }, false, ""},
		"for a delegator":   {func(c *Call) { c.Delegator = delegator }, false, ""},
		"other property":    {func(c *Call) { c.Properties = []byte(`{"deep":{"x":true},"purpose":["a"]}`) }, false, ""},
		"no properties":     {func(c *Call) { c.Properties = nil }, false, ""},
		"other additional":  {func(c *Call) { c.Additional = []byte(`{"level":"2"}`) }, false, ""},
		"read":              {func(c *Call) { c.Method = "GET" }, true, "read"},
		"deny wins":         {func(c *Call) { c.Method, c.Path = "GET", "/v1/Archive/1" }, false, "not the archive"},
		"no rule":           {func(c *Call) { c.Method, c.Path = "GET", "/v2" }, false, ""},
		"no rules at all":   {func(c *Call) { c.Service = "other" }, false, ""},
		"case of a service": {func(c *Call) { c.Service = "Persons" }, false, ""},
	} {
		call := write
		c.change(&call)
		path, err := splitPath(call.Path)
		if err != nil {
			t.Fatal(err)
		}
		if allow, rule := set.decide(&call, path); allow != c.allow || rule != c.rule {
			t.Errorf("%s: %v by %q", name, allow, rule)
		}
	}
}

func TestRulesOfAnOutwayNameTheProvider(t *testing.T) {
	set := rulesOf(t, Outway, `
services:
  - {name: persons, provider: "00000099000000002000", rules: [{effect: allow, delegators: ["00000099000000003000"]}]}
`)
	call := Call{component: Outway, Service: "persons", Provider: provider, Delegator: delegator, Method: "GET"}
	if allow, rule := set.decide(&call, []string{""}); !allow || rule != "rules[0]" {
		t.Errorf("refused by %q", rule)
	}
	call.Provider = consumer
	if allow, _ := set.decide(&call, []string{""}); allow {
		t.Error("the same name at another Peer is allowed")
	}
}

func TestAFileThatIsWrongIsRefusedWithItsField(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "services: 1 to",
		"services: []":                     "services: 1 to",
		"services: [{name: a, rulez: []}]": "rulez",
		"services: [{name: a}]\nservices: [{name: b}]":                                            "already defined",
		"services: [{rules: []}]":                                                                 "services[0].name is required",
		"services: [{name: a}, {name: a}]":                                                        "services[1].name",
		"services: [{name: a, provider: '00000099000000002000'}]":                                 "services[0].provider",
		"services: [{name: a, rules: [{effect: maybe}]}]":                                         "services[0].rules[0].effect",
		"services: [{name: a, rules: [{effect: allow, methods: ['G T']}]}]":                       "services[0].rules[0].methods[0]",
		"services: [{name: a, rules: [{effect: allow, paths: ['/a/../b']}]}]":                     "services[0].rules[0].paths[0]",
		"services: [{name: a, rules: [{effect: allow, consumers: ['é']}]}]":                       "services[0].rules[0].consumers[0]",
		"services: [{name: a, rules: [{effect: allow, delegators: ['é']}]}]":                      "services[0].rules[0].delegators[0]",
		"services: [{name: a, rules: [{effect: allow, name: " + strings.Repeat("n", 101) + "}]}]": "services[0].rules[0].name",
		"services: [{name: a}]\n---\nservices: [{name: b}]":                                       "more than one document",
		"services: !!seq x":          "",
		strings.Repeat("#", 1<<20+1): "larger than",
	} {
		if _, err := parseRules([]byte(text), Inway); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v, want %q", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"services: [{name: a}]": "services[0].provider is required",
		"services: [{name: a, provider: '00000099000000002000', rules: [{effect: allow, consumers: ['00000099000000002000']}]}]": "services[0].rules[0].consumers",
		"services: [{name: a, provider: '00000099000000002000', rules: [{effect: allow, properties: {a: 1}}]}]":                  "properties",
	} {
		if _, err := parseRules([]byte(text), Outway); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v, want %q", text, err, want)
		}
	}
}

func TestTheExampleInTheDocumentationIsRight(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "policy.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```yaml\nservices:")
	example, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("there is no example of rules")
	}
	set := rulesOf(t, Inway, "services:"+example)
	c := Call{component: Inway, Service: "persons", Method: "PATCH", Consumer: consumer, Properties: []byte(`{"purpose":"correction"}`)}
	if allow, rule := set.decide(&c, []string{"v1", "persons", "1"}); !allow {
		t.Errorf("refused by %q", rule)
	}
}

func TestAChangedFileIsTakenUpAndABadOneIsnt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(someRules)
	var log strings.Builder
	r, err := NewRules(file, Inway, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	first := r.current.Load()
	write("services: [{name: persons, rules: [{effect: sometimes}]}]")
	bad, again := r.Reload(), r.Reload()
	if bad == nil || again == nil || !r.Failing() || r.current.Load() != first {
		t.Error("a bad file was taken into use, or is called good")
	}
	if n := strings.Count(log.String(), "rules not reloaded"); n != 1 {
		t.Errorf("the log tells it %d times", n)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if r.Reload() == nil || r.current.Load() != first {
		t.Error("rules were dropped with their file")
	}
	write("services: [{name: persons}]")
	if err := r.Reload(); err != nil || r.Failing() || r.current.Load() == first || len(r.current.Load().services) != 1 {
		t.Errorf("a good file isn't taken up: %v", err)
	}
	if _, err := NewRules(filepath.Join(t.TempDir(), "none"), Inway, nil); err == nil || CheckRules(file, Inway) != nil || CheckRules(file, Outway) == nil {
		t.Error("files are checked wrongly")
	}
}

// FuzzParseRules looks for a panic, and for a file that permits what no rule says.
func FuzzParseRules(f *testing.F) {
	f.Add([]byte(someRules))
	f.Add([]byte("services: !!seq x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		set, err := parseRules(b, Inway)
		if err != nil {
			return
		}
		call := Call{component: Inway, Service: "persons", Method: "GET"}
		allow, name := set.decide(&call, []string{"v1"})
		if allow && name == "" {
			t.Fatal("allowed by no rule")
		}
	})
}
