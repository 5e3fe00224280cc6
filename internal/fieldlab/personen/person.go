// SPDX-License-Identifier: EUPL-1.2

package personen

import (
	"time"

	"github.com/samenspel/samenspel/internal/fieldlab/personen/internal/facts"
)

// object is a JSON object of the API.
type object map[string]any

// put adds a value unless it is empty: the API never sends empty fields.
func (o object) put(name string, value any) {
	switch value := value.(type) {
	case string:
		if value == "" || value == "." {
			return
		}
	case object:
		if len(value) == 0 {
			return
		}
	case []object:
		if len(value) == 0 {
			return
		}
	case bool:
		if !value {
			return
		}
	case int:
		if value == 0 {
			return
		}
	}
	o[name] = value
}

// view gives the facts of a person the shape of the API on a given day.
type view struct {
	tables facts.Tables
	today  time.Time
}

// limited is the PersoonBeperkt of the API: what a search may show.
func (v view) limited(p *facts.Person) object {
	o := object{}
	o.put("burgerservicenummer", p.BSN)
	o.put("geslacht", sex(p.Sex))
	o.put("naam", v.ownName(p))
	birth := object{}
	birth.put("datum", date(p.Birth.Date))
	o.put("geboorte", birth)
	if years, known := age(p, v.today); known {
		o["leeftijd"] = years
	}
	o.put("adressering", v.addressLines(p.Residence))
	return o
}

// person is the Persoon of the API.
func (v view) person(p *facts.Person) object {
	o := v.limited(p)
	o.put("aNummer", p.ANumber)
	o.put("datumEersteInschrijvingGBA", date(p.FirstRegistered))
	if name, named := o["naam"].(object); named {
		name.put("aanduidingNaamgebruik", nameUse(p.NameUse))
	}
	o.put("geboorte", v.event(p.Birth))
	if p.Death != nil {
		o.put("overlijden", v.event(*p.Death))
	}
	o.put("nationaliteiten", v.nationalities(p.Nationalities))
	if home := p.Residence; home != nil {
		o.put("gemeenteVanInschrijving", code(v.tables.Municipalities, home.Municipality))
		o.put("datumInschrijvingInGemeente", date(home.MunicipalitySince))
		o.put("immigratie", v.immigration(home))
		o.put("verblijfplaats", v.residence(home))
	}
	o.put("ouders", v.parents(p.Parents))
	o.put("partners", v.partners(p.Partners))
	o.put("kinderen", v.children(p.Children))
	return o
}

// addAutomatic adds the fields that are given unasked.
func (v view) addAutomatic(o object, p *facts.Person) {
	o.put("geheimhoudingPersoonsgegevens", p.Secret)
	if p.Suspended != nil {
		suspended := object{}
		suspended.put("reden", suspensionReason(p.Suspended.Code))
		suspended.put("datum", date(p.Suspended.Date))
		o.put("opschortingBijhouding", suspended)
	}
}

func (v view) event(e facts.Event) object {
	o := object{}
	o.put("datum", date(e.Date))
	o.put("plaats", v.place(e.Place))
	o.put("land", code(v.tables.Countries, e.Country))
	return o
}

// place is a municipality by its code, or a place abroad by its name.
func (v view) place(place string) object {
	if isMunicipality(place) {
		return code(v.tables.Municipalities, place)
	}
	o := object{}
	o.put("omschrijving", place)
	return o
}

func (v view) nationalities(all []facts.Nationality) []object {
	list := make([]object, 0, len(all))
	for _, n := range all {
		o := object{"type": nationalityType(n)}
		if o["type"] == "Nationaliteit" {
			o.put("nationaliteit", code(v.tables.Nationalities, n.Code))
		}
		o.put("redenOpname", code(v.tables.Reasons, n.Reason))
		o.put("datumIngangGeldigheid", date(n.Since))
		list = append(list, o)
	}
	return list
}

func nationalityType(n facts.Nationality) string {
	switch {
	case n.Special == "B" || n.Code == "0002":
		return "BehandeldAlsNederlander"
	case n.Special == "V" || n.Code == "0500":
		return "VastgesteldNietNederlander"
	case n.Code == "0499":
		return "Staatloos"
	case n.Code == "0000":
		return "NationaliteitOnbekend"
	}
	return "Nationaliteit"
}

func (v view) immigration(home *facts.Residence) object {
	o := object{}
	o.put("datumVestigingInNederland", date(home.CameOn))
	o.put("landVanwaarIngeschreven", code(v.tables.Countries, home.CameFrom))
	o.put("indicatieVestigingVanuitBuitenland", home.CameOn != "")
	o.put("vanuitVerblijfplaatsOnbekend", home.CameFrom == "0000")
	return o
}
