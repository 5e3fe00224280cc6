// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
)

// FuzzReadAnswer looks for a permit that a lenient reader would not see as one.
func FuzzReadAnswer(f *testing.F) {
	for _, text := range []string{
		`{"decision":true}`, `{"decision":false,"context":{"reason":"x"}}`, `{"decision":true,"context":{"obligations":[1]}}`,
		`{"decision":true,"decision":false}`, `{"decision":null}`, `[]`, "",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		allow, err := readAnswer(b)
		if err != nil || !allow {
			return
		}
		var w struct {
			Decision any            `json:"decision"`
			Context  map[string]any `json:"context"`
		}
		if err := json.Unmarshal(b, &w); err != nil || w.Decision != true {
			t.Fatalf("%q is a permit (%v)", b, err)
		}
	})
}

// FuzzReadRights looks for a panic, and for a property that is there and
// narrows nothing.
func FuzzReadRights(f *testing.F) {
	f.Add([]byte(`{"access.connection.operations":[{"methods":["GET"],"paths":["/v1/**"]}]}`))
	f.Add([]byte(`{"access.connection.operations":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := readRights(b)
		var named map[string]json.RawMessage
		if err != nil || r != nil || len(b) == 0 || json.Unmarshal(b, &named) != nil {
			return
		}
		for name := range named {
			if strings.HasPrefix(strings.ToLower(name), "access.connection.") {
				t.Fatalf("%q narrows nothing", b)
			}
		}
	})
}

func TestAPropertyThatIsWrongIsToldWithItsField(t *testing.T) {
	for text, want := range map[string]string{
		``:            "",
		`{"other":1}`: "",
		`{"access.connection.operations":[{"methods":["GET"]}]}`:                    "",
		`{"access.connection.operations":{}}`:                                       "access.connection.operations",
		`{"access.connection.operations":[{"paths":["v1"]}]}`:                       "access.connection.operations[0].paths[0]",
		`{"access.connection.operations":[{"methods":["GET","GET IT"]}]}`:           "access.connection.operations[0].methods[1]",
		`{"access.connection.operations":[{}]}`:                                     "access.connection.operations[0]",
		`{"access.connection.operation":[{"methods":["GET"]}]}`:                     "access.connection.operation is not known",
		`{"Access.Connection.Operations":[{"methods":["GET"]}]}`:                    "Access.Connection.Operations is not known",
		`{"access.connection.operations":[],"access.connection.operations":[null]}`: "properties",
	} {
		if _, err := readRights([]byte(text)); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAPropertyThatCouldNotBeActedUponIsFoundInAGrant(t *testing.T) {
	for text, want := range map[string]string{
		`{"access.connection.operations":[{"methods":["GET"]}],"purpose":"x"}`: "",
		`{"access.connection.operations":[{"method":"GET"}]}`:                  "access.connection.operations",
		`{"access.connection.paths":["/v1"]}`:                                  "access.connection.paths",
	} {
		name, problem := Properties{}.Misread(&fsc.Grant{Type: fsc.GrantTypeServiceConnection, Properties: []byte(text)})
		if name != want || !strings.HasPrefix(problem, want) || (problem == "") != (want == "") {
			t.Errorf("%s: %q %q", text, name, problem)
		}
	}
	narrowed := []byte(`{"access.connection.operations":[{"methods":["GET"]}]}`)
	if name, problem := (Properties{}).Misread(&fsc.Grant{Type: fsc.GrantTypeServicePublication, Properties: narrowed}); name == "" || problem == "" {
		t.Error("a publication may name operations")
	}
}
