// SPDX-License-Identifier: EUPL-1.2

package personen_test

import (
	"net/http"
	"testing"
)

func TestSearchByNameAndBirthDate(t *testing.T) {
	for name, test := range map[string]struct {
		filters string
		want    int
	}{
		"the full name in any case":             {`"geslachtsnaam":"MOULIN","geboortedatum":"1985-12-01"`, 1},
		"a wildcard":                            {`"geslachtsnaam":"mou*","geboortedatum":"1985-12-01"`, 1},
		"a wildcard that covers nothing":        {`"geslachtsnaam":"moulin*","geboortedatum":"1985-12-01"`, 1},
		"no wildcard, so no part":               {`"geslachtsnaam":"mou","geboortedatum":"1985-12-01"`, 0},
		"another birth date":                    {`"geslachtsnaam":"moulin","geboortedatum":"1985-12-02"`, 0},
		"a given name":                          {`"geslachtsnaam":"moulin","geboortedatum":"1985-12-01","voornamen":"suz*"`, 1},
		"another given name":                    {`"geslachtsnaam":"moulin","geboortedatum":"1985-12-01","voornamen":"anna"`, 0},
		"the sex":                               {`"geslachtsnaam":"moulin","geboortedatum":"1985-12-01","geslacht":"v"`, 1},
		"the other sex":                         {`"geslachtsnaam":"moulin","geboortedatum":"1985-12-01","geslacht":"M"`, 0},
		"another municipality":                  {`"geslachtsnaam":"moulin","geboortedatum":"1985-12-01","gemeenteVanInschrijving":"0363"`, 0},
		"a name without its diacritics":         {`"geslachtsnaam":"Velazquez","geboortedatum":"1935-09-15"`, 1},
		"a name with its diacritics":            {`"geslachtsnaam":"VELÁZQUEZ","geboortedatum":"1935-09-15","voorvoegsel":"De"`, 1},
		"another prefix":                        {`"geslachtsnaam":"Velazquez","geboortedatum":"1935-09-15","voorvoegsel":"van"`, 0},
		"a dead person":                         {`"geslachtsnaam":"Saasveld","geboortedatum":"1998-12-01"`, 0},
		"a dead person when asked for the dead": {`"geslachtsnaam":"Saasveld","geboortedatum":"1998-12-01","inclusiefOverledenPersonen":true`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := ask(t, `{"type":"ZoekMetGeslachtsnaamEnGeboortedatum","fields":["burgerservicenummer"],`+test.filters+`}`)
			if len(got) != test.want {
				t.Errorf("%d persons, want %d", len(got), test.want)
			}
		})
	}
}

func TestSearchShowsOnlyTheLimitedPerson(t *testing.T) {
	got := ask(t, `{"type":"ZoekMetGeslachtsnaamEnGeboortedatum","geslachtsnaam":"moulin","geboortedatum":"1985-12-01",
		"fields":["burgerservicenummer","naam","geboorte","adressering","leeftijd","geslacht"]}`)
	sameJSON(t, asJSON(t, got), `[{"burgerservicenummer":"999993653","leeftijd":40,
		"geslacht":{"code":"V","omschrijving":"vrouw"},
		"naam":{"voornamen":"Suzanne","geslachtsnaam":"Moulin","voorletters":"S.","volledigeNaam":"Suzanne Moulin"},
		"geboorte":{"datum":{"type":"Datum","datum":"1985-12-01","langFormaat":"1 december 1985"}},
		"adressering":{"adresregel1":"Boterdiep 31","adresregel2":"3077 AW  ROTTERDAM"}}]`)
}

func TestSearchByPostcodeAndHouseNumber(t *testing.T) {
	for name, test := range map[string]struct {
		filters string
		want    int
	}{
		"any case and a space":          {`"postcode":"3077 aw","huisnummer":31,"geslachtsnaam":"mou*"`, 1},
		"another house":                 {`"postcode":"3077AW","huisnummer":32`, 0},
		"another birth date":            {`"postcode":"3077AW","huisnummer":31,"geboortedatum":"1900-01-01"`, 0},
		"an addition":                   {`"postcode":"3066VS","huisnummer":9,"huisnummertoevoeging":"2","geslachtsnaam":"man"`, 1},
		"an addition that is not there": {`"postcode":"3077AW","huisnummer":31,"huisnummertoevoeging":"b"`, 0},
		"a letter that is not there":    {`"postcode":"3077AW","huisnummer":31,"huisletter":"b"`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := ask(t, `{"type":"ZoekMetPostcodeEnHuisnummer","fields":["burgerservicenummer"],`+test.filters+`}`)
			if len(got) != test.want {
				t.Errorf("%d persons, want %d", len(got), test.want)
			}
		})
	}
}

func TestSearchRefusesMoreThanTenResults(t *testing.T) {
	got := do(t, newSource(t).Handler(), request(
		`{"type":"ZoekMetGeslachtsnaamEnGeboortedatum","geslachtsnaam":"digid*","geboortedatum":"1919-12-19","fields":["burgerservicenummer"]}`))
	if got.status != http.StatusBadRequest || got.Code != "tooManyResults" || got.Persons != nil {
		t.Errorf("got %d %s", got.status, got.Code)
	}
}
