// SPDX-License-Identifier: EUPL-1.2

package personen

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/internal/fieldlab/personen/internal/facts"
)

// residence is the AbstractVerblijfplaats of the API, in one of its four
// types. Nil when the address is not in the test set.
func (v view) residence(home *facts.Residence) object {
	if home.Abroad != nil {
		return v.residenceAbroad(home.Abroad)
	}
	if home.Address == nil {
		return nil
	}
	o := object{}
	address := home.Address
	switch {
	case address.Street != "":
		o["type"] = "Adres"
		o.put("verblijfadres", homeAddress(address))
		o.put("adresseerbaarObjectIdentificatie", identifier(address.Object))
		o.put("nummeraanduidingIdentificatie", identifier(address.Designation))
	case address.Location != "":
		o["type"] = "Locatie"
		o["verblijfadres"] = object{"locatiebeschrijving": address.Location}
	default:
		return nil
	}
	o.put("functieAdres", addressUse(home.Use))
	o.put("datumVan", date(home.Since))
	o.put("datumIngangGeldigheid", date(home.Valid))
	return o
}

func homeAddress(address *facts.Address) object {
	o := object{}
	o.put("officieleStraatnaam", address.PublicSpace)
	o.put("korteStraatnaam", address.Street)
	o.put("huisnummer", address.Number)
	o.put("huisletter", address.Letter)
	o.put("huisnummertoevoeging", address.Addition)
	o.put("aanduidingBijHuisnummer", numberMarker(address.Marker))
	o.put("postcode", address.Postcode)
	o.put("woonplaats", address.City)
	return o
}

func (v view) residenceAbroad(abroad *facts.Abroad) object {
	o := object{"type": "VerblijfplaatsOnbekend"}
	o.put("datumVan", date(abroad.Since))
	land := code(v.tables.Countries, abroad.Country)
	if land == nil {
		return o
	}
	o["type"] = "VerblijfplaatsBuitenland"
	address := object{"land": land}
	address.put("regel1", abroad.Line1)
	address.put("regel2", abroad.Line2)
	address.put("regel3", abroad.Line3)
	o["verblijfadres"] = address
	return o
}

// identifier leaves out the sixteen zeros that mean unknown.
func identifier(value string) string {
	if strings.Trim(value, "0") == "" {
		return ""
	}
	return value
}

// addressLines is the address as it is written on an envelope (NEN 5825).
func (v view) addressLines(home *facts.Residence) object {
	o := object{}
	if home == nil {
		return o
	}
	if home.Abroad != nil {
		if land := code(v.tables.Countries, home.Abroad.Country); land != nil && home.Abroad.Line1 != "" {
			o.put("adresregel1", home.Abroad.Line1)
			o.put("adresregel2", home.Abroad.Line2)
			o.put("adresregel3", home.Abroad.Line3)
			o.put("land", land)
		}
		return o
	}
	if home.Address == nil {
		return o
	}
	municipality := v.tables.Municipalities[home.Municipality]
	switch address := home.Address; {
	case address.Street != "" && address.Street != "." && address.Number > 0:
		o.put("adresregel1", streetLine(address))
		o.put("adresregel2", cityLine(address, municipality))
	case address.Street == "" && address.Location != "":
		o.put("adresregel1", address.Location)
		o.put("adresregel2", strings.ToUpper(municipality))
	}
	return o
}

// streetLine is the street, the marker, the number and what follows it. An
// addition that begins with a digit needs a dash to stay readable.
func streetLine(a *facts.Address) string {
	line := a.Street + " " + map[string]string{"by": "bij ", "to": "t/o "}[a.Marker] + strconv.Itoa(a.Number)
	switch {
	case a.Letter != "":
		return line + " " + a.Letter + a.Addition
	case a.Addition == "":
		return line
	case a.Addition[0] >= '0' && a.Addition[0] <= '9':
		return line + "-" + a.Addition
	}
	return line + " " + a.Addition
}

func cityLine(a *facts.Address, municipality string) string {
	city := a.City
	if city == "." {
		city = ""
	}
	city = strings.ToUpper(cmp.Or(city, municipality))
	if len(a.Postcode) != 6 {
		return city
	}
	return a.Postcode[:4] + " " + a.Postcode[4:] + "  " + city
}
