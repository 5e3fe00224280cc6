// SPDX-License-Identifier: EUPL-1.2

package personen_test

import (
	"net/http"
	"testing"
)

func TestFieldsGiveOnlyWhatWasAsked(t *testing.T) {
	const birthDate = `{"geboorte":{"datum":{"type":"Datum","datum":"1985-12-01","langFormaat":"1 december 1985"}}}`
	const sex = `{"geslacht":{"code":"V","omschrijving":"vrouw"}}`
	for fields, want := range map[string]string{
		"burgerservicenummer":                     `{"burgerservicenummer":"999993653"}`,
		"naam.geslachtsnaam":                      `{"naam":{"geslachtsnaam":"Moulin"}}`,
		"naam.geslachtsnaam,naam.voornamen":       `{"naam":{"geslachtsnaam":"Moulin","voornamen":"Suzanne"}}`,
		"naam.geslachtsnaam,naam":                 `{"naam":{"voornamen":"Suzanne","geslachtsnaam":"Moulin","voorletters":"S.","volledigeNaam":"Suzanne Moulin","aanduidingNaamgebruik":{"code":"E","omschrijving":"eigen geslachtsnaam"}}}`,
		"geboorte.datum":                          birthDate,
		"geboorte.datum.jaar":                     birthDate,
		"geboorte.datum.langFormaat":              birthDate,
		"geslacht":                                sex,
		"geslacht.omschrijving":                   sex,
		"naam.voorvoegsel":                        `{}`,
		"overlijden":                              `{}`,
		"verblijfstitel,gezag":                    `{}`,
		"kinderen.naam":                           `{}`,
		"partners.burgerservicenummer":            `{"partners":[{}]}`,
		"verblijfplaats.functieAdres.code":        `{"verblijfplaats":{"type":"Adres","functieAdres":{"code":"W","omschrijving":"woonadres"}}}`,
		"verblijfplaats.verblijfadres.huisnummer": `{"verblijfplaats":{"type":"Adres","verblijfadres":{"huisnummer":31}}}`,
		"nationaliteiten.nationaliteit":           `{"nationaliteiten":[{"type":"Nationaliteit","nationaliteit":{"code":"0057","omschrijving":"Franse"}}]}`,
	} {
		t.Run(fields, func(t *testing.T) { sameJSON(t, raadpleeg(t, "999993653", fields), want) })
	}
}

func TestFieldsThatCannotBeAskedAreRefused(t *testing.T) {
	const unknown, automatic = "Parameter bevat een niet bestaande veldnaam.", "Parameter bevat een niet toegestane veldnaam."
	const bsn = `"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999993653"]`
	const search = `"type":"ZoekMetGeslachtsnaamEnGeboortedatum","geslachtsnaam":"moulin","geboortedatum":"1985-12-01"`
	for name, test := range map[string]struct{ query, field, reason string }{
		"a field that does not exist":        {bsn, "bestaatNiet", unknown},
		"the wrong case":                     {bsn, "anummer", unknown},
		"a part of a field without parts":    {bsn, "naam.voornamen.eerste", unknown},
		"a part that a date does not have":   {bsn, "geboorte.datum.dag", unknown},
		"a field outside the limited person": {search, "aNummer", unknown},
		"a group outside the limited person": {search, "verblijfplaats", unknown},
		"the use of names in a search":       {search, "naam.aanduidingNaamgebruik", unknown},
		"an empty part":                      {bsn, "naam.", unknown},
		"a field that is given unasked":      {bsn, "opschortingBijhouding.reden", automatic},
		"secrecy in a search":                {search, "geheimhoudingPersoonsgegevens", automatic},
		"an investigation of a part":         {bsn, "naam.inOnderzoek.voornamen", automatic},
	} {
		t.Run(name, func(t *testing.T) {
			got := do(t, newSource(t).Handler(), request(`{`+test.query+`,"fields":["burgerservicenummer","`+test.field+`"]}`))
			if got.status != http.StatusBadRequest || got.Code != "paramsValidation" {
				t.Fatalf("got %d %s", got.status, got.Code)
			}
			sameJSON(t, asJSON(t, got.InvalidParams), `[{"name":"fields[1]","code":"fields","reason":"`+test.reason+`"}]`)
		})
	}
}
