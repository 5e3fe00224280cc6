// SPDX-License-Identifier: EUPL-1.2

package personen_test

import (
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/fieldlab/personen"
)

func TestRaadpleegGivesThePersonOfTheBSN(t *testing.T) {
	got := raadpleeg(t, "999993653", "burgerservicenummer,naam,geboorte,leeftijd,geslacht,adressering,verblijfplaats.verblijfadres")
	sameJSON(t, got, `{
		"burgerservicenummer": "999993653", "leeftijd": 40,
		"geslacht": {"code": "V", "omschrijving": "vrouw"},
		"naam": {"voornamen": "Suzanne", "geslachtsnaam": "Moulin", "voorletters": "S.", "volledigeNaam": "Suzanne Moulin",
			"aanduidingNaamgebruik": {"code": "E", "omschrijving": "eigen geslachtsnaam"}},
		"geboorte": {"datum": {"type": "Datum", "datum": "1985-12-01", "langFormaat": "1 december 1985"},
			"land": {"code": "5001", "omschrijving": "Canada"}, "plaats": {"omschrijving": "Thann"}},
		"adressering": {"adresregel1": "Boterdiep 31", "adresregel2": "3077 AW  ROTTERDAM"},
		"verblijfplaats": {"type": "Adres", "verblijfadres": {"officieleStraatnaam": "Boterdiep", "korteStraatnaam": "Boterdiep",
			"huisnummer": 31, "postcode": "3077AW", "woonplaats": "Rotterdam"}}}`)
}

func TestRaadpleegGivesRelationsAsTheyStandInTheRecord(t *testing.T) {
	got := raadpleeg(t, "999993653", "ouders.naam.geslachtsnaam,ouders.ouderAanduiding,partners.naam.voornamen,partners.soortVerbintenis")
	sameJSON(t, got, `{
		"ouders": [{"ouderAanduiding": "1", "naam": {"geslachtsnaam": "Béamont"}},
			{"ouderAanduiding": "2", "naam": {"geslachtsnaam": "Moulin"}}],
		"partners": [{"naam": {"voornamen": "Jean Marie"}, "soortVerbintenis": {"code": "H", "omschrijving": "huwelijk"}}]}`)
}

func TestRaadpleegShapesUnusualFacts(t *testing.T) {
	for name, test := range map[string]struct{ bsn, fields, want string }{
		"a dead person has no age and is marked unasked": {"999991139", "leeftijd,overlijden", `{
			"overlijden": {"datum": {"type": "JaarDatum", "jaar": 2008, "langFormaat": "2008"},
				"plaats": {"omschrijving": "Łódź"}, "land": {"code": "7028", "omschrijving": "Polen"}},
			"opschortingBijhouding": {"reden": {"code": "O", "omschrijving": "overlijden"},
				"datum": {"type": "JaarDatum", "jaar": 2008, "langFormaat": "2008"}}}`},
		"an address abroad and a predicate": {"999990305", "naam.volledigeNaam,naam.adellijkeTitelPredicaat,adressering,verblijfplaats.type", `{
			"naam": {"volledigeNaam": "jonkvrouw Żáïŀëñøŕ Åłéèç Đëļŧå 'S Streeveld",
				"adellijkeTitelPredicaat": {"code": "JV", "omschrijving": "jonkvrouw", "soort": "predicaat"}},
			"adressering": {"adresregel1": "Djordja Rajkovica 28", "adresregel2": "21000 Novi Sad",
				"land": {"code": "5103", "omschrijving": "Servië"}},
			"verblijfplaats": {"type": "VerblijfplaatsBuitenland"},
			"opschortingBijhouding": {"reden": {"code": "O", "omschrijving": "overlijden"},
				"datum": {"type": "Datum", "datum": "2017-12-01", "langFormaat": "1 december 2017"}}}`},
		"a birth date of which the year is known gives no age": {"999990482", "geboorte.datum,leeftijd", `{
			"geboorte": {"datum": {"type": "JaarDatum", "jaar": 1999, "langFormaat": "1999"}}}`},
		"a house number opposite another":      {"999990482", "adressering.adresregel1", `{"adressering": {"adresregel1": "1e Exloërmond t/o 3"}}`},
		"an addition that begins with a digit": {"999990883", "adressering.adresregel1", `{"adressering": {"adresregel1": "Atatürkstraat 9-2"}}`},
		"a location instead of an address": {"999997002", "verblijfplaats.verblijfadres,adressering", `{
			"verblijfplaats": {"type": "Locatie", "verblijfadres": {"locatiebeschrijving": "woonaak De Kabouter in Ruigoord"}},
			"adressering": {"adresregel1": "woonaak De Kabouter in Ruigoord", "adresregel2": "AMSTERDAM"}}`},
		"treated as Dutch": {"000009866", "nationaliteiten.redenOpname", `{"nationaliteiten": [{"type": "BehandeldAlsNederlander",
			"redenOpname": {"code": "310", "omschrijving": "Vaststelling bijzonder Nederlanderschap"}}]}`},
		"initials of a hyphenated name": {"999993197", "naam.voorletters", `{"naam": {"voorletters": "H."},
			"opschortingBijhouding": {"reden": {"code": "O", "omschrijving": "overlijden"},
				"datum": {"type": "Datum", "datum": "2019-04-28", "langFormaat": "28 april 2019"}}}`},
	} {
		t.Run(name, func(t *testing.T) { sameJSON(t, raadpleeg(t, test.bsn, test.fields), test.want) })
	}
}

func TestRaadpleegGivesAnEmptyListForUnknownPersons(t *testing.T) {
	got := ask(t, `{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["000000012"],"fields":["naam"]}`)
	if got == nil || len(got) != 0 {
		t.Errorf("persons %v, want an empty list", got)
	}
}

func TestRaadpleegKeepsTheOrderAndDropsRepeats(t *testing.T) {
	got := ask(t, `{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999993653","999990482","999993653"],"fields":["burgerservicenummer"]}`)
	sameJSON(t, asJSON(t, got), `[{"burgerservicenummer":"999993653"},{"burgerservicenummer":"999990482"}]`)
}

func TestRaadpleegKeepsToTheMunicipality(t *testing.T) {
	for municipality, want := range map[string]int{"0599": 1, "0363": 0} {
		got := ask(t, `{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999993653"],"gemeenteVanInschrijving":"`+
			municipality+`","fields":["burgerservicenummer"]}`)
		if len(got) != want {
			t.Errorf("municipality %s: %d persons, want %d", municipality, len(got), want)
		}
	}
}

func TestSampleBSNsAreStableAndCanBeAsked(t *testing.T) {
	source := newSource(t)
	sample := source.SampleBSNs(20)
	other, err := personen.New()
	if err != nil {
		t.Fatal(err)
	}
	if len(sample) != 20 || !slices.IsSorted(sample) || !slices.Equal(sample, other.SampleBSNs(20)) {
		t.Fatalf("sample %v", sample)
	}
	if len(slices.Compact(slices.Clone(sample))) != 20 {
		t.Error("sample repeats a BSN")
	}
	for _, bsn := range sample[:3] {
		if got := raadpleeg(t, bsn, "adressering.adresregel1"); got == "{}" {
			t.Error("a sample person has no address")
		}
	}
	if got := source.SampleBSNs(0); got != nil {
		t.Errorf("sample of none: %v", got)
	}
	if got := source.SampleBSNs(1 << 20); len(got) < 100 {
		t.Errorf("all suited persons: %d", len(got))
	}
}

func TestAgeFollowsTheClock(t *testing.T) {
	var now time.Time
	source, err := personen.New(personen.WithClock(func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{
		"2026-11-30": `{"leeftijd":40}`, "2026-12-01": `{"leeftijd":41}`, "1985-12-01": `{"leeftijd":0}`, "1980-01-01": `{}`,
	} {
		if now, err = time.Parse(time.DateOnly, day); err != nil {
			t.Fatal(err)
		}
		got := do(t, source.Handler(), request(`{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999993653"],"fields":["leeftijd"]}`))
		if len(got.Persons) != 1 {
			t.Fatalf("%d persons, want 1", len(got.Persons))
		}
		sameJSON(t, asJSON(t, got.Persons[0]), want)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := personen.New(); err != nil {
			b.Fatal(err)
		}
	}
}
