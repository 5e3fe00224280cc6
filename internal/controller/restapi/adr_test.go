// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"bytes"
	"maps"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/goccy/go-yaml"

	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/controller/restapi/oas"
)

// rules is a run of the tests of the Dutch API Design Rules (NLGov REST API
// Design Rules 2.1), one subtest for each rule under its own id.
type rules struct {
	*api
	t   *testing.T
	raw map[string]any
	ran []string
}

// rule runs the test of one rule.
func (r *rules) rule(id string, test func(t *testing.T)) {
	r.ran = append(r.ran, id)
	r.t.Run(id, test)
}

// at gives a part of the document.
func (r *rules) at(path ...string) any {
	var v any = r.raw
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func TestDutchAPIDesignRules(t *testing.T) {
	r := &rules{api: newAPI(t), t: t}
	must(t, json.Unmarshal(r.document.JSON, &r.raw))
	r.naming()
	r.moments()
	r.methods()
	r.errors()
	r.documentation()
	r.versions()
	r.transport()
	const all = 36
	slices.Sort(r.ran)
	if got := len(slices.Compact(r.ran)); got != all {
		t.Errorf("%d rules are tested, want %d", got, all)
	}
}

func (r *rules) naming() {
	singular := []string{"caller", "overview", "health", "directory", "content", "proposal", "timeline", "impact", "usage", "password", "second-factor", "traffic", "calendar", "dossier", "state"}
	r.rule("core/naming-resources", func(t *testing.T) {
		verbs := regexp.MustCompile(`(^|/)(get|list|create|make|put|delete|remove|do|set|accept|reject|revoke|check|run)(-|/|$)`)
		for _, op := range r.document.Operations {
			if verbs.MatchString(op.Path) {
				t.Errorf("%s is named by a verb", op.Path)
			}
		}
	})
	r.rule("core/naming-collections", func(t *testing.T) {
		for _, op := range r.document.Operations {
			for _, s := range strings.Split(op.Path, "/")[1:] {
				if !strings.HasPrefix(s, "{") && !strings.HasSuffix(s, "s") && !slices.Contains(singular, s) {
					t.Errorf("%s: %s is no plural", op.Path, s)
				}
			}
		}
	})
	r.rule("core/interface-language", func(t *testing.T) {
		english := regexp.MustCompile(`^[\x20-\x7e]*$`)
		for _, op := range r.document.Operations {
			if !english.MatchString(op.ID) || regexp.MustCompile(`(?i)contracten|diensten|organisaties|mensen|beleid`).MatchString(op.ID+op.Path) {
				t.Errorf("%s %s isn't English", op.ID, op.Path)
			}
		}
	})
	r.rule("core/no-trailing-slash", func(t *testing.T) {
		for _, op := range r.document.Operations {
			if strings.HasSuffix(op.Path, "/") {
				t.Errorf("%s ends with a slash", op.Path)
			}
			if op.Method == get {
				r.ask("reader", get, "/v1"+placeholder.ReplaceAllString(op.Path, "xxx")+"/", "").problem(404, "not_found")
			}
		}
	})
	r.rule("core/path-segments-kebab-case", func(t *testing.T) {
		kebab := regexp.MustCompile(`^(/([a-z0-9]+(-[a-z0-9]+)*|\{[a-z][A-Za-z]*\}))+$`)
		for _, op := range r.document.Operations {
			if !kebab.MatchString(op.Path) {
				t.Errorf("%s isn't kebab-case", op.Path)
			}
		}
	})
	r.rule("core/query-keys-camel-case", func(t *testing.T) {
		camel := regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)
		for _, op := range r.document.Operations {
			for _, p := range op.Parameters {
				if p.In == "query" && !camel.MatchString(p.Name) {
					t.Errorf("%s: %s isn't camelCase", op.ID, p.Name)
				}
			}
		}
	})
	r.rule("core/hide-implementation", func(t *testing.T) {
		if regexp.MustCompile(`(?i)sqlite|postgres|golang|goroutine|\bhtmx\b`).Match(r.document.YAML) {
			t.Error("the document tells of what the program is made")
		}
	})
	r.rule("core/resource-operations", func(t *testing.T) {
		sign := r.operation(post, "/v1/contracts/x/signatures")
		if sign == nil || sign.ID != "createContractSignature" {
			t.Error("to sign isn't to make a signature")
		}
	})
	r.rule("core/nested-child", func(t *testing.T) {
		for _, op := range r.document.Operations {
			if i := strings.LastIndex(op.Path, "}/"); i > 0 && !slices.ContainsFunc(r.document.Operations, func(p *oas.Operation) bool { return p.Path == op.Path[:i+1] }) &&
				!strings.Contains(op.Path[i+1:], "{") && op.Path[:i+1] != "/services/{name}" {
				t.Errorf("%s has no parent", op.Path)
			}
		}
	})
}

// eachSchema visits all schemas of the document, with the name of the member.
func (r *rules) eachSchema(visit func(path string, s map[string]any)) {
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if v["type"] != nil || v["properties"] != nil {
				visit(path, v)
			}
			for name, inner := range v {
				walk(path+"/"+name, inner)
			}
		case []any:
			for _, inner := range v {
				walk(path, inner)
			}
		}
	}
	walk("", r.at("components", "schemas"))
	walk("", r.at("components", "parameters"))
}

func (r *rules) moments() {
	moment := regexp.MustCompile(`(At|Before|After|From|Until|from|until|since|hour|nextAttempt|lastLogin|oldest|now)$`)
	r.rule("core/date-time/format", func(t *testing.T) {
		found := 0
		r.eachSchema(func(path string, s map[string]any) {
			if s["format"] == "date-time" {
				found++
				if s["type"] != "string" {
					t.Errorf("%s: a moment is a string", path)
				}
			}
			if moment.MatchString(path) && s["type"] == "integer" && !strings.HasSuffix(path, "brokenAt") {
				t.Errorf("%s: a moment as a number", path)
			}
		})
		if found < 50 {
			t.Errorf("only %d moments", found)
		}
		wantErrors(t, r.ask("signer", post, "/v1/contract-previews", `{"notAfter":"1700000000","grants":[]}`).problem(400, "invalid_input"), "body #/notAfter date-time.format")
	})
	r.rule("core/date-time/timezone", func(t *testing.T) {
		zone := strings.Replace(r.proposal(), "Z", "+02:00", 1)
		d := r.ask("signer", post, "/v1/contracts", zone).want(201)
		if !regexp.MustCompile(`"notAfter":"[-0-9T:.]+Z"`).Match(d.body) || bytes.Contains(d.body, []byte("+02:00")) {
			t.Errorf("not in UTC: %s", d.body)
		}
	})
	r.rule("core/date-time/date-omit-time-portion", func(t *testing.T) {
		r.eachSchema(func(path string, s map[string]any) {
			if (strings.HasSuffix(path, "Date") || strings.HasSuffix(path, "Datum")) && s["format"] != "date" {
				t.Errorf("%s: a date has format date", path)
			}
		})
	})
}

func (r *rules) methods() {
	r.rule("core/http-methods", func(t *testing.T) {
		for _, op := range r.document.Operations {
			prefix := map[string]string{get: "get list", post: "create", put: "put", remove: "delete"}[op.Method]
			if !slices.ContainsFunc(strings.Fields(prefix), func(p string) bool { return strings.HasPrefix(op.ID, p) }) {
				t.Errorf("%s %s: method and name don't fit", op.Method, op.ID)
			}
			if op.Method == get && op.Body != nil {
				t.Errorf("%s: GET with a body", op.ID)
			}
		}
	})
	r.rule("core/http-safety", func(t *testing.T) {
		events := func() int64 {
			return into[client.AuditVerification](r.ask("auditor", post, "/v1/audit-verifications", "").want(200)).Events
		}
		before := events()
		for _, path := range []string{"/caller", "/overview", "/health", "/contracts", "/services", "/peers", "/routes", "/acceptance-rules", "/traffic"} {
			r.ask("reader", get, "/v1"+path, "").want(200)
		}
		if after := events(); after != before {
			t.Errorf("reading wrote %d events", after-before)
		}
		body := `{"upstream":"http://127.0.0.1:1"}`
		r.ask("admin", put, "/v1/services/twice", body).want(201)
		first := r.ask("admin", put, "/v1/services/twice", body).want(200)
		if second := r.ask("admin", put, "/v1/services/twice", body).want(200); !bytes.Equal(first.body, second.body) {
			t.Error("PUT isn't idempotent")
		}
	})
	r.rule("core/http-response-code", func(t *testing.T) {
		for _, op := range r.document.Operations {
			for status, response := range op.Responses {
				if !slices.Contains([]string{"200", "201", "202", "204", "400", "default"}, status) {
					t.Errorf("%s: status %s", op.ID, status)
				}
				if status == "201" && response.Headers["Location"] == nil {
					t.Errorf("%s: 201 without Location", op.ID)
				}
				if status == "204" && response.Content != nil {
					t.Errorf("%s: 204 with a body", op.ID)
				}
			}
		}
	})
	r.rule("core/stateless", func(t *testing.T) {
		res := r.ask("reader", get, "/v1/caller", "").want(200)
		if res.header.Get("Set-Cookie") != "" {
			t.Error("a cookie is set")
		}
		r.ask("", get, "/v1/caller", "", "Cookie", "session="+r.secrets["reader"]).problem(401, "login")
	})
}

func (r *rules) errors() {
	r.rule("core/error-handling/problem-details", func(t *testing.T) {
		for _, op := range r.document.Operations {
			fallback := op.Responses["default"]
			if fallback == nil || fallback.Content["application/problem+json"] == nil {
				t.Errorf("%s: errors are no problem details", op.ID)
			}
		}
		p := r.ask("reader", get, "/v1/services/nothing", "").problem(404, "not_found")
		if p.Instance != "/v1/services/nothing" || !strings.HasPrefix(p.Type, "urn:samenspel:problem:") {
			t.Errorf("problem %+v", p)
		}
	})
	r.rule("core/error-handling/invalid-input", func(t *testing.T) {
		for _, op := range r.document.Operations {
			if (op.Method == post || op.Method == put || len(op.Parameters) > 0) && op.Responses["400"] == nil {
				t.Errorf("%s doesn't declare 400", op.ID)
			}
			if op.Responses["422"] != nil {
				t.Errorf("%s declares 422", op.ID)
			}
		}
		wantErrors(t, r.ask("reader", get, "/v1/contracts?limit=x", "").problem(400, "invalid_input"), "query limit type")
	})
	r.rule("core/error-handling/all-errors", func(t *testing.T) {
		p := r.ask("admin", put, "/v1/services/a%20b", `{"upstrem":"x"}`).problem(400, "invalid_input")
		wantErrors(t, p, "path name pattern", "body #/upstream required", "body #/upstrem unknown")
	})
}

func (r *rules) documentation() {
	r.rule("core/doc-openapi", func(t *testing.T) {
		if v, _ := r.at("openapi").(string); v != "3.0.3" {
			t.Errorf("version %s", v)
		}
	})
	r.rule("core/doc-openapi-contact", func(t *testing.T) {
		for _, name := range []string{"name", "email", "url"} {
			if v, _ := r.at("info", "contact", name).(string); v == "" {
				t.Errorf("info.contact.%s is missing", name)
			}
		}
	})
	r.rule("core/doc-language", func(t *testing.T) {
		paths, _ := r.at("paths").(map[string]any)
		for path, item := range paths {
			for method := range item.(map[string]any) {
				if s, _ := r.at("paths", path, method, "summary").(string); s == "" {
					t.Errorf("%s %s has no summary", method, path)
				}
			}
		}
		schemas, _ := r.at("components", "schemas").(map[string]any)
		for name, s := range schemas {
			if v := s.(map[string]any); v["description"] == nil && v["enum"] == nil {
				t.Errorf("schema %s has no description", name)
			}
		}
	})
	r.rule("core/publish-openapi", func(t *testing.T) {
		asJSON := r.ask("", get, "/v1/openapi.json", "").want(200)
		asYAML := r.ask("", get, "/v1/openapi.yaml", "").want(200)
		for _, a := range []*answer{asJSON, asYAML} {
			if a.header.Get("Access-Control-Allow-Origin") != "*" {
				t.Error("pages of others can't read the document")
			}
		}
		converted, err := yaml.YAMLToJSON(asYAML.body)
		must(t, err)
		var x, y any
		must(t, json.Unmarshal(asJSON.body, &x))
		must(t, json.Unmarshal(converted, &y))
		if !reflect.DeepEqual(x, y) {
			t.Error("the two forms differ")
		}
		r.ask("", post, "/v1/openapi.json", "").problem(405, "method_not_allowed")
	})
}

func (r *rules) versions() {
	r.rule("core/uri-version", func(t *testing.T) {
		if r.document.Base != "/v"+r.document.Version[:1] {
			t.Errorf("base %s of version %s", r.document.Base, r.document.Version)
		}
	})
	r.rule("core/semver", func(t *testing.T) {
		if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(r.document.Version) {
			t.Errorf("version %s", r.document.Version)
		}
	})
	r.rule("core/version-header", func(t *testing.T) {
		for _, op := range r.document.Operations {
			for status, response := range op.Responses {
				if response.Headers["API-Version"] == nil {
					t.Errorf("%s: %s doesn't declare API-Version", op.ID, status)
				}
			}
		}
		if v := r.ask("", get, "/v1/nothing", "").header.Get("API-Version"); v != r.document.Version {
			t.Errorf("API-Version %q", v)
		}
	})
	about, _ := r.at("info", "description").(string)
	r.rule("core/changelog", func(t *testing.T) {
		if _, err := os.Stat("../../../CHANGELOG.md"); err != nil || !strings.Contains(about, "changelog") {
			t.Errorf("there is no changelog, or the document doesn't name it: %v", err)
		}
	})
	r.rule("core/deprecation-schedule", func(t *testing.T) {
		if !strings.Contains(about, "`Deprecation`") || !strings.Contains(about, "`Sunset`") {
			t.Error("the document doesn't say how the end of a version is announced")
		}
	})
	r.rule("core/transition-period", func(t *testing.T) {
		if !strings.Contains(about, "at least a year") {
			t.Error("the document names no period")
		}
	})
}

func (r *rules) transport() {
	r.rule("core/transport/tls", func(t *testing.T) {
		// The node's door brings TLS; browsers and clients are told to stay with it.
		if v := r.ask("", get, "/v1/nothing", "").header.Get("Strict-Transport-Security"); !strings.HasPrefix(v, "max-age=") {
			t.Errorf("Strict-Transport-Security %q", v)
		}
	})
	r.rule("core/transport/no-sensitive-uris", func(t *testing.T) {
		secret := regexp.MustCompile(`(?i)password|secret|bsn|email|token$`)
		for _, op := range r.document.Operations {
			for _, p := range op.Parameters {
				if p.In != "header" && secret.MatchString(p.Name) {
					t.Errorf("%s: %s in the URI", op.ID, p.Name)
				}
			}
		}
	})
	r.rule("core/transport/security-headers", func(t *testing.T) {
		want := map[string]string{
			"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Strict-Transport-Security": "max-age=31536000",
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
		}
		for _, target := range []string{"/v1/caller", "/v1/nothing", "/v1/openapi.json", "/v1/contracts?x=1"} {
			got := r.ask("reader", get, target, "").header
			for _, name := range slices.Sorted(maps.Keys(want)) {
				if got.Get(name) != want[name] {
					t.Errorf("%s: %s is %q", target, name, got.Get(name))
				}
			}
			if got.Get("Content-Type") == "" {
				t.Errorf("%s: no Content-Type", target)
			}
		}
	})
	r.rule("core/transport/cors", func(t *testing.T) {
		a := r.ask("reader", get, "/v1/caller", "", "Origin", "https://elsewhere.example").want(200)
		if got := a.header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("pages of %s can read answers", got)
		}
		r.ask("", http.MethodOptions, "/v1/caller", "", "Origin", "https://elsewhere.example").problem(405, "method_not_allowed")
	})
	// No module applies: nothing here is a place on earth, and TLS signs and seals.
	none := func(words string) func(t *testing.T) {
		return func(t *testing.T) {
			r.eachSchema(func(path string, _ map[string]any) {
				if regexp.MustCompile(words).MatchString(path) {
					t.Errorf("%s: this module applies after all", path)
				}
			})
		}
	}
	r.rule("core/modules/geospatial", none(`(?i)latitude|longitude|geometry|bbox|crs$`))
	r.rule("core/modules/signing", none(`(?i)jades|detachedSignature`))
	r.rule("core/modules/encryption", none(`(?i)ciphertext|jwe$`))
}
