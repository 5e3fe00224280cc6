// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestAPathWithOneReadingIsSplitAndDecodedOnce(t *testing.T) {
	for path, want := range map[string]string{
		"/":                     "",
		"/v1/persons":           "v1|persons",
		"/v1/persons/":          "v1|persons|",
		"/v1/%70ersons":         "v1|persons",
		"/v1/a%20b":             "v1|a b",
		"/v1/caf%C3%A9":         "v1|café",
		"/v1/100%25":            "v1|100%",
		"/v1/...":               "v1|...",
		"/v1/.well-known/a.b":   "v1|.well-known|a.b",
		"/v1/persons:search":    "v1|persons:search",
		"/v1/a,b=c&d+e@f!g'(h)": "v1|a,b=c&d+e@f!g'(h)",
	} {
		got, err := splitPath(path)
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%s: %q %v", path, got, err)
		}
	}
}

// ambiguous are paths that some services read otherwise than they are written.
var ambiguous = []string{
	"", "*", "persons", "/a//b", "//a", "/a/../b", "/a/..", "/a/./b", "/.", "/a/%2e%2e/b", "/a/%2E./b", "/a/.%2e", "/a%2fb", "/a%2Fb", "/a%5cb", `/a\b`,
	"/a;x=1/b", "/a/..;/b", "/a%3bx", "/a%00b", "/a%0ab", "/a%7f", "/a%", "/a%2", "/a%zz", "/a%252e%252e/b", "/a%25%32%66b", "/a%c0%ae", "/a\xff", "/a#b", "/a%23b", "/a%3Fb",
}

func TestAPathWithMoreReadingsIsRefused(t *testing.T) {
	for _, path := range ambiguous {
		if got, err := splitPath(path); err == nil {
			t.Errorf("%q was split to %q", path, got)
		}
	}
}

func TestTheServiceGetsThePathThatWasDecidedAbout(t *testing.T) {
	for target, want := range map[string]string{
		"/v1/%70ersons?bsn=1":      "/v1/%70ersons",
		"/v1/a%2Fb":                "/v1/a%2Fb",
		"//v1//x":                  "//v1//x",
		"/a/../b":                  "/a/../b",
		"http://elders.example/v1": "/v1",
		"http://elders.example":    "/",
		"http://elders.example?a":  "/",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RequestURI = target
		var c Call
		if c.Request(r); c.Path != want {
			t.Errorf("%s: decided about %q, want %q", target, c.Path, want)
		}
	}
}

func operationOf(t *testing.T, methods string, paths ...string) operation {
	t.Helper()
	o, err := newOperation(strings.Fields(methods), paths)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAPermitFitsExactlyAndARefusalBroadly(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		allows, touch bool
	}{
		{"/v1/persons", "/v1/persons", true, true},
		{"/v1/persons", "/v1/%70ersons", true, true},
		{"/v1/persons", "/v1/Persons", false, true},
		{"/v1/persons", "/v1/persons/", false, true},
		{"/v1/persons/", "/v1/persons", false, true},
		{"/v1/persons", "/v1/persons.", false, true},
		{"/v1/persons", "/v1./PERSONS%20.", false, true},
		{"/v1/persons", "/v1/persons.json", false, false},
		{"/v1/...", "/v1/...", true, true},
		{"/v1/persons", "/v1/persons/1", false, false},
		{"/v1/*/name", "/v1/1/name", true, true},
		{"/v1/*/name", "/v1/1/2/name", false, false},
		{"/v1/*", "/v1/", false, false},
		{"/v1/**", "/v1", true, true},
		{"/v1/**", "/v1/", true, true},
		{"/v1/**", "/v1/a/b", true, true},
		{"/v1/**", "/v10/a", false, false},
		{"/**", "/", true, true},
		{"/", "/", true, true},
		{"/%2A", "/x", false, false},
		{"/%2A", "/*", true, true},
	} {
		path, err := splitPath(c.path)
		if err != nil {
			t.Fatal(err)
		}
		o := operationOf(t, "GET", c.pattern)
		if got := o.allows("GET", path); got != c.allows {
			t.Errorf("%s allows %s: %v", c.pattern, c.path, got)
		}
		if got := o.touches("GET", path); got != c.touch {
			t.Errorf("%s touches %s: %v", c.pattern, c.path, got)
		}
		if o.allows("get", path) || o.allows("POST", path) || o.touches("get", path) != c.touch || o.touches("POST", path) {
			t.Errorf("%s and %s: methods", c.pattern, c.path)
		}
	}
}

func TestMethodsAndPatternsThatCantBeMeantAreRefused(t *testing.T) {
	for _, path := range slices.Concat(ambiguous[:1], ambiguous[2:], []string{"/a*", "/a/**/b", "/persons/{id}", "/***"}) {
		if _, err := newOperation(nil, []string{path}); err == nil {
			t.Errorf("pattern %q was taken", path)
		}
	}
	for _, method := range []string{"", "GET POST", "G\x00T", strings.Repeat("A", 41)} {
		if _, err := newOperation([]string{method}, nil); err == nil {
			t.Errorf("method %q was taken", method)
		}
	}
}

// FuzzSplitPath looks for a path with one reading that has another: written down
// canonically it must be split the same, and it must not hide a separator.
func FuzzSplitPath(f *testing.F) {
	for _, path := range ambiguous {
		f.Add(path)
	}
	f.Add("/v1/%70ersons/a%20b")
	f.Fuzz(func(t *testing.T, path string) {
		segments, err := splitPath(path)
		if err != nil {
			return
		}
		for i, s := range segments {
			if s == "." || s == ".." || strings.ContainsAny(s, "/\\;?#\x00") || s == "" && i < len(segments)-1 {
				t.Fatalf("%q was split to %q", path, segments)
			}
			if again, ok := decode(s); strings.Contains(s, "%") && ok && again != s {
				t.Fatalf("%q: segment %q can be decoded again", path, s)
			}
		}
	})
}
