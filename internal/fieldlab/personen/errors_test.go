// SPDX-License-Identifier: EUPL-1.2

package personen_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestBadParametersAreNamed(t *testing.T) {
	const bsn = `"type":"RaadpleegMetBurgerservicenummer","fields":["naam"]`
	const name = `"type":"ZoekMetGeslachtsnaamEnGeboortedatum","fields":["naam"]`
	const postcode = `"type":"ZoekMetPostcodeEnHuisnummer","fields":["naam"]`
	many := strings.Repeat(`"999993653",`, 20) + `"999993653"`
	for _, test := range []struct{ title, body, want string }{
		{"no type", ``, "type:required"},
		{"an empty type", `"type":""`, "type:value"},
		{"an unknown type", `"type":"zoekmetgeslachtsnaamengeboortedatum"`, "type:value"},
		{"a type that is no text", `"type":5`, "type:value"},
		{"a search type we do not have", `"type":"ZoekMetNummeraanduidingIdentificatie","fields":["naam"]`, "type:value"},
		{"no BSN", bsn, "burgerservicenummer:required"},
		{"a null BSN", bsn + `,"burgerservicenummer":null`, "burgerservicenummer:required"},
		{"a BSN that is no list", bsn + `,"burgerservicenummer":"999993653"`, "burgerservicenummer:array"},
		{"no BSN in the list", bsn + `,"burgerservicenummer":[]`, "burgerservicenummer:minItems"},
		{"too many BSNs", bsn + `,"burgerservicenummer":[` + many + `]`, "burgerservicenummer:maxItems"},
		{"short and good BSNs", bsn + `,"burgerservicenummer":["1","999993653","x"]`, "burgerservicenummer[0]:pattern burgerservicenummer[2]:pattern"},
		{"a BSN as a number", bsn + `,"burgerservicenummer":[999993653]`, "burgerservicenummer[0]:string"},
		{"a parameter of another type", bsn + `,"burgerservicenummer":["999993653"],"voornamen":"x"`, "voornamen:unknownParam"},
		{"a strange parameter", bsn + `,"burgerservicenummer":["999993653"],"<script>":1`, "onbekend:unknownParam"},
		{"a municipality", bsn + `,"burgerservicenummer":["999993653"],"gemeenteVanInschrijving":"123"`, "gemeenteVanInschrijving:pattern"},
		{"neither name nor date", name, "geboortedatum:required geslachtsnaam:required"},
		{"empty name and date", name + `,"geslachtsnaam":"","geboortedatum":""`, "geboortedatum:required geslachtsnaam:required"},
		{"a date in another form", name + `,"geslachtsnaam":"moulin","geboortedatum":"19851201"`, "geboortedatum:date"},
		{"a date that does not exist", name + `,"geslachtsnaam":"moulin","geboortedatum":"1985-02-30"`, "geboortedatum:date"},
		{"a wildcard after two letters", name + `,"geslachtsnaam":"ab*","geboortedatum":"1985-12-01"`, "geslachtsnaam:pattern"},
		{"a wildcard in front", name + `,"geslachtsnaam":"*sen","geboortedatum":"1985-12-01"`, "geslachtsnaam:pattern"},
		{"a wildcard inside", name + `,"geslachtsnaam":"mou*in","geboortedatum":"1985-12-01"`, "geslachtsnaam:pattern"},
		{
			"wrong options", name + `,"geslachtsnaam":"moulin","geboortedatum":"1985-12-01","geslacht":"N","voorvoegsel":"1","voornamen":"","inclusiefOverledenPersonen":"ja"`,
			"geslacht:pattern voorvoegsel:pattern voornamen:pattern inclusiefOverledenPersonen:boolean",
		},
		{"neither postcode nor number", postcode, "postcode:required huisnummer:required"},
		{"wrong postcode and number", postcode + `,"postcode":"0628HJ","huisnummer":"twee"`, "postcode:pattern huisnummer:integer"},
		{"a number below the range", postcode + `,"postcode":"2628HJ","huisnummer":0`, "huisnummer:minimum"},
		{"a number above the range", postcode + `,"postcode":"2628HJ","huisnummer":100000`, "huisnummer:maximum"},
		{"a letter and an addition", postcode + `,"postcode":"2628HJ","huisnummer":2,"huisletter":"1","huisnummertoevoeging":"123.45"`, "huisletter:pattern huisnummertoevoeging:pattern"},
		{"a name twice", bsn + `,"fields":["naam"],"burgerservicenummer":["999993653"]`, "fields:duplicate"},
		{"fields that are no list", `"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999993653"],"fields":"naam"`, "fields:array"},
		{"no fields in the list", `"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999993653"],"fields":[]`, "fields:minItems"},
		{"too many fields", `"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999993653"],"fields":[` + strings.Repeat(`"naam",`, 130) + `"naam"]`, "fields:maxItems"},
	} {
		t.Run(test.title, func(t *testing.T) {
			got := do(t, newSource(t).Handler(), request(`{`+test.body+`}`))
			var faults, names []string
			for _, p := range got.InvalidParams {
				faults = append(faults, p["name"]+":"+p["code"])
				names = append(names, p["name"])
				if p["reason"] == "" {
					t.Error("a fault has no reason")
				}
			}
			if joined := strings.Join(faults, " "); joined != test.want {
				t.Errorf("faults %q, want %q", joined, test.want)
			}
			if got.status != 400 || got.Code != "paramsValidation" || got.Title != "Een of meerdere parameters zijn niet correct." ||
				got.Detail != "De foutieve parameter(s) zijn: "+strings.Join(names, ", ")+"." {
				t.Errorf("problem %+v", got)
			}
		})
	}
}

func TestMissingFieldsHaveTheirOwnError(t *testing.T) {
	got := do(t, newSource(t).Handler(), request(`{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999993653"]}`))
	if got.Code != "paramsCombination" || got.Title != "Minimale combinatie van parameters moet worden opgegeven." {
		t.Errorf("problem %+v", got)
	}
	sameJSON(t, asJSON(t, got.InvalidParams), `[{"name":"fields","code":"required","reason":"Parameter is verplicht."}]`)
}

func TestBodiesThatAreNoObjectAreRefused(t *testing.T) {
	handler := newSource(t).Handler()
	for _, body := range []string{``, `[]`, `null`, `"x"`, `{`, `{"type"}`, `{"type":}`, `{"type":"x"} {}`, `{"type":"x"}]`, `{"a":1,}`, "{\"type\":\"\xff\"}"} {
		got := do(t, handler, request(body))
		if got.status != http.StatusBadRequest || got.Code != "paramsValidation" || got.InvalidParams != nil {
			t.Errorf("body %q: %d %+v", body, got.status, got)
		}
	}
}

func TestRequestsThatAreNotAQuestionAreRefused(t *testing.T) {
	handler := newSource(t).Handler()
	const good = `{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999993653"],"fields":["naam"]}`
	for name, test := range map[string]struct {
		method, path, header, value, body string
		status                            int
		code                              string
	}{
		"another path":             {method: "POST", path: "/haalcentraal/api/brp/dieren", body: good, status: 404, code: "notFound"},
		"a path below":             {method: "POST", path: "/personen/1", body: good, status: 404, code: "notFound"},
		"another method":           {method: "GET", path: path, status: 405, code: "methodNotAllowed"},
		"another answer":           {method: "POST", path: path, header: "Accept", value: "application/xml", body: good, status: 406, code: "notAcceptable"},
		"another charset":          {method: "POST", path: path, header: "Accept", value: "application/json;charset=cp1252", body: good, status: 406, code: "notAcceptable"},
		"JSON not wanted":          {method: "POST", path: path, header: "Accept", value: "application/json;q=0, text/csv", body: good, status: 406, code: "notAcceptable"},
		"another body type":        {method: "POST", path: path, header: "Content-Type", value: "text/csv", body: good, status: 415, code: "unsupportedMediaType"},
		"another body set":         {method: "POST", path: path, header: "Content-Type", value: "application/json; charset=cp1252", body: good, status: 415, code: "unsupportedMediaType"},
		"any body type":            {method: "POST", path: path, header: "Content-Type", value: "*/*", body: good, status: 415, code: "unsupportedMediaType"},
		"a body that is too large": {method: "POST", path: path, body: `{"type":"` + strings.Repeat("x", 64<<10) + `"}`, status: 413, code: "requestTooLarge"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, test.path, strings.NewReader(test.body))
			if test.header != "" {
				r.Header.Set(test.header, test.value)
			}
			got := do(t, handler, r)
			if got.status != test.status || got.Status != test.status || got.Code != test.code || got.Instance != test.path {
				t.Errorf("problem %d %+v", got.status, got)
			}
			if got.header.Get("Content-Type") != "application/problem+json" || !strings.HasPrefix(got.Type, "https://") || got.Title == "" || got.Detail == "" {
				t.Errorf("problem %+v", got)
			}
		})
	}
}

func TestAnswersGoToClientsThatTakeJSON(t *testing.T) {
	handler := newSource(t).Handler()
	accepts := []string{"", "*/*", "*/*; charset=utf-8", "application/json", "application/json;charset=UTF-8", "text/html, application/*;q=0.1"}
	types := []string{"", "application/json", "application/json;charset=Utf-8"}
	for _, prefix := range []string{"", "/haalcentraal/api/brp", "/any/prefix"} {
		for i, accept := range accepts {
			r := request(`{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999993653"],"fields":["naam"]}`)
			r.URL.Path = prefix + "/personen"
			r.Header.Set("Accept", accept)
			r.Header.Set("Content-Type", types[i%len(types)])
			got := do(t, handler, r)
			if got.status != http.StatusOK || got.Type != "RaadpleegMetBurgerservicenummer" || len(got.Persons) != 1 {
				t.Errorf("accept %q: %+v", accept, got)
			}
			if !slices.Equal(got.header["Content-Type"], []string{"application/json; charset=utf-8"}) || got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", got.header)
			}
		}
	}
}

func FuzzHandler(f *testing.F) {
	for _, body := range []string{
		`{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999993653"],"fields":["naam","kinderen.naam"]}`,
		`{"type":"ZoekMetGeslachtsnaamEnGeboortedatum","geslachtsnaam":"mou*","geboortedatum":"1985-12-01","fields":["leeftijd"]}`,
		`{"type":"ZoekMetPostcodeEnHuisnummer","postcode":"3077AW","huisnummer":31,"fields":["adressering"]}`,
		`{"type":1}`, `[]`, `{"a":{"b":[]}}`,
	} {
		f.Add([]byte(body))
	}
	handler := newSource(f).Handler()
	f.Fuzz(func(t *testing.T, body []byte) {
		got := do(t, handler, request(string(body)))
		switch {
		case got.status == http.StatusOK:
			if got.Persons == nil {
				t.Error("an answer without a list")
			}
		case got.status != http.StatusBadRequest && got.status != http.StatusRequestEntityTooLarge,
			got.Code == "", got.Detail == "", got.Instance != path:
			t.Errorf("problem %d %+v", got.status, got)
		}
	})
}
