// SPDX-License-Identifier: EUPL-1.2

package personen

import "strings"

// The fields of Persoon and PersoonBeperkt, one path a word. A path that ends
// in "!" is a date and one that ends in "#" a code with its description:
// asking for a part of those gives the whole.
const (
	personFields = `aNummer burgerservicenummer leeftijd geslacht#
datumEersteInschrijvingGBA! datumInschrijvingInGemeente! gemeenteVanInschrijving#
indicatieCurateleRegister indicatieGezagMinderjarige# gezag
uitsluitingKiesrecht.uitgeslotenVanKiesrecht uitsluitingKiesrecht.einddatum!
europeesKiesrecht.aanduiding# europeesKiesrecht.einddatumUitsluiting!
verblijfstitel.aanduiding# verblijfstitel.datumEinde! verblijfstitel.datumIngang!
naam.voornamen naam.voorvoegsel naam.geslachtsnaam naam.voorletters naam.volledigeNaam
naam.adellijkeTitelPredicaat# naam.aanduidingNaamgebruik#
geboorte.datum! geboorte.land# geboorte.plaats#
overlijden.datum! overlijden.land# overlijden.plaats#
immigratie.datumVestigingInNederland! immigratie.landVanwaarIngeschreven#
immigratie.vanuitVerblijfplaatsOnbekend immigratie.indicatieVestigingVanuitBuitenland
nationaliteiten.type nationaliteiten.redenOpname# nationaliteiten.datumIngangGeldigheid!
nationaliteiten.nationaliteit#
adressering.adresregel1 adressering.adresregel2 adressering.adresregel3 adressering.land#
adressering.aanhef adressering.aanschrijfwijze.naam adressering.aanschrijfwijze.aanspreekvorm
adressering.gebruikInLopendeTekst
verblijfplaats.type verblijfplaats.datumVan! verblijfplaats.datumIngangGeldigheid! verblijfplaats.functieAdres#
verblijfplaats.adresseerbaarObjectIdentificatie verblijfplaats.nummeraanduidingIdentificatie
verblijfplaats.verblijfadres.officieleStraatnaam verblijfplaats.verblijfadres.korteStraatnaam
verblijfplaats.verblijfadres.huisnummer verblijfplaats.verblijfadres.huisletter
verblijfplaats.verblijfadres.huisnummertoevoeging verblijfplaats.verblijfadres.aanduidingBijHuisnummer#
verblijfplaats.verblijfadres.postcode verblijfplaats.verblijfadres.woonplaats
verblijfplaats.verblijfadres.locatiebeschrijving verblijfplaats.verblijfadres.land#
verblijfplaats.verblijfadres.regel1 verblijfplaats.verblijfadres.regel2 verblijfplaats.verblijfadres.regel3
ouders.burgerservicenummer ouders.geslacht# ouders.ouderAanduiding ouders.datumIngangFamilierechtelijkeBetrekking!
ouders.naam.voornamen ouders.naam.voorvoegsel ouders.naam.geslachtsnaam ouders.naam.voorletters
ouders.naam.adellijkeTitelPredicaat# ouders.geboorte.datum! ouders.geboorte.land# ouders.geboorte.plaats#
partners.burgerservicenummer partners.geslacht# partners.soortVerbintenis#
partners.naam.voornamen partners.naam.voorvoegsel partners.naam.geslachtsnaam partners.naam.voorletters
partners.naam.adellijkeTitelPredicaat# partners.geboorte.datum! partners.geboorte.land# partners.geboorte.plaats#
partners.aangaanHuwelijkPartnerschap.datum! partners.aangaanHuwelijkPartnerschap.land#
partners.aangaanHuwelijkPartnerschap.plaats# partners.ontbindingHuwelijkPartnerschap.datum!
kinderen.burgerservicenummer kinderen.naam.voornamen kinderen.naam.voorvoegsel kinderen.naam.geslachtsnaam
kinderen.naam.voorletters kinderen.naam.adellijkeTitelPredicaat#
kinderen.geboorte.datum! kinderen.geboorte.land# kinderen.geboorte.plaats#`

	limitedFields = `burgerservicenummer leeftijd geslacht# geboorte.datum!
naam.voornamen naam.voorvoegsel naam.geslachtsnaam naam.voorletters naam.volledigeNaam
naam.adellijkeTitelPredicaat#
adressering.adresregel1 adressering.adresregel2 adressering.adresregel3 adressering.land#`
)

// fieldTree is the fields that exist. A nil tree is a single value; the parts
// of dates and codes are nil too, and whole says they come together.
type fieldTree struct {
	parts map[string]fieldTree
	whole bool
}

func newFieldTree(paths string) fieldTree {
	root := fieldTree{parts: map[string]fieldTree{}}
	for path := range strings.FieldsSeq(paths) {
		var leaf fieldTree
		if name, isDate := strings.CutSuffix(path, "!"); isDate {
			path, leaf = name, together("type", "datum", "jaar", "maand", "onbekend", "langFormaat")
		} else if name, isCode := strings.CutSuffix(path, "#"); isCode {
			path, leaf = name, together("code", "omschrijving")
			if strings.HasSuffix(path, "adellijkeTitelPredicaat") {
				leaf = together("code", "omschrijving", "soort")
			}
		}
		root.grow(strings.Split(path, "."), leaf)
	}
	return root
}

func together(names ...string) fieldTree {
	leaf := fieldTree{parts: map[string]fieldTree{}, whole: true}
	for _, name := range names {
		leaf.parts[name] = fieldTree{}
	}
	return leaf
}

func (t fieldTree) grow(path []string, leaf fieldTree) {
	if len(path) == 1 {
		t.parts[path[0]] = leaf
		return
	}
	next, exists := t.parts[path[0]]
	if !exists {
		next = fieldTree{parts: map[string]fieldTree{}}
		t.parts[path[0]] = next
	}
	next.grow(path[1:], leaf)
}

// resolve checks that a path exists and cuts it at the first date or code.
func (t fieldTree) resolve(path []string) ([]string, bool) {
	at, end := t, len(path)
	for i, name := range path {
		next, exists := at.parts[name]
		if !exists {
			return nil, false
		}
		if next.whole && i < end {
			end = i + 1
		}
		at = next
	}
	return path[:end], true
}

// automatic reports whether a path leads to a field that is given unasked,
// and so may not be asked for.
func automatic(path string) bool {
	for i, name := range strings.Split(path, ".") {
		switch name {
		case "inOnderzoek", "indicatieVastgesteldVerblijftNietOpAdres":
			return true
		case "geheimhoudingPersoonsgegevens", "opschortingBijhouding", "rni", "verificatie":
			return i == 0
		}
	}
	return false
}

// selection is the fields asked for. A nil selection is everything below.
type selection map[string]selection

func (s selection) add(path []string) {
	below, asked := s[path[0]]
	switch {
	case asked && below == nil:
		return
	case len(path) == 1:
		s[path[0]] = nil
		return
	case !asked:
		below = selection{}
		s[path[0]] = below
	}
	below.add(path[1:])
}

// pick copies what was asked for. Groups without values are left out; the
// elements of a list stay, even empty, because they say that someone exists.
func (s selection) pick(from object) object {
	picked := object{}
	for name, below := range s {
		value, exists := from[name]
		if !exists {
			continue
		}
		if below == nil {
			picked[name] = value
			continue
		}
		switch value := value.(type) {
		case object:
			if group := below.pickGroup(value); len(group) > 0 {
				picked[name] = group
			}
		case []object:
			list := make([]object, len(value))
			for i, element := range value {
				list[i] = below.pickGroup(element)
			}
			picked[name] = list
		}
	}
	return picked
}

// pickGroup picks from a group and keeps the type that tells its shape.
func (s selection) pickGroup(group object) object {
	picked := s.pick(group)
	if kind, typed := group["type"]; typed {
		picked["type"] = kind
	}
	return picked
}
