// SPDX-License-Identifier: EUPL-1.2

package loket

import (
	"strconv"

	"github.com/samenspel/samenspel/internal/controller/web"
)

// bsnField asks for a BSN; people may write spaces in it.
func bsnField(name string, required, hint bool) web.LoketField {
	return web.LoketField{Name: name, Kind: web.LoketText, Max: "14", Required: required, Hint: hint, Digits: true}
}

func textField(name string, limit int, required bool) web.LoketField {
	return web.LoketField{Name: name, Kind: web.LoketText, Max: strconv.Itoa(limit), Required: required}
}

// yesNo asks a question that must be answered.
func yesNo(name string) web.LoketField {
	return web.LoketField{Name: name, Kind: web.LoketChoice, Options: []string{"ja", "nee"}, Required: true}
}

// moveSections are the fields of a move.
func moveSections() []web.LoketSection {
	postcode := textField("postcode", 8, true)
	postcode.Hint = true
	const consent = "toestemmingHoofdbewoner."
	return []web.LoketSection{
		{Key: "who", Fields: []web.LoketField{
			bsnField("bsn", true, true),
			{Name: "verhuisdatum", Kind: web.LoketDate, Required: true, Hint: true},
		}},
		{Key: "address", Fields: []web.LoketField{
			postcode, textField("huisnummer", maxNumber, true), textField("huisletter", maxLetter, false),
			textField("huisnummertoevoeging", maxNumber, false), textField("straatnaam", maxStreet, true),
			textField("woonplaats", maxStreet, false),
		}},
		{Key: "consent", Fields: []web.LoketField{
			textField(consent+"naam", maxName, false), bsnField(consent+"bsn", false, false),
			{Name: consent + "akkoord", Kind: web.LoketYes},
		}},
		{Key: "relatives", Rows: maxRelatives, List: relativesList, Fields: []web.LoketField{
			bsnField("bsn", true, false), textField("voornamen", maxName, true), textField("achternaam", maxName, true),
		}},
	}
}

// deathSections are the fields of a death notice.
func deathSections() []web.LoketSection {
	var places []string
	for _, m := range Municipalities() {
		places = append(places, m.Name)
	}
	birthPlace := textField("overledene.geboorteplaats", maxStreet, false)
	statement := textField("doktersverklaring", maxStatement, false)
	bsn := bsnField("overledene.bsn", false, true)
	birthPlace.Hint, statement.Hint = true, true
	bsn.Depends, birthPlace.Depends, statement.Depends = true, true, true
	return []web.LoketSection{
		{Key: "place", Fields: []web.LoketField{
			{Name: "plaatsVanOverlijden", Kind: web.LoketPlace, Options: places, Required: true, Hint: true},
		}},
		{Key: "who", Fields: []web.LoketField{bsnField("aangever.bsn", true, true)}},
		{Key: "deceased", Fields: []web.LoketField{
			yesNo("overledene.heeftBSN"), bsn,
			textField("overledene.voornamen", maxName, true), textField("overledene.achternaam", maxName, true),
			{Name: "overledene.geboortedatum", Kind: web.LoketDate, Required: true},
			{Name: "overledene.geslacht", Kind: web.LoketChoice, Options: sexes(), Hint: true, Depends: true},
			birthPlace,
		}},
		{Key: "moment", Fields: []web.LoketField{
			yesNo("datumBekend"),
			{Name: "datumOverlijden", Kind: web.LoketDate, Hint: true, Depends: true},
			yesNo("tijdstipBekend"),
			{Name: "tijdstipOverlijden", Kind: web.LoketTime, Hint: true, Depends: true},
			{Name: "aardOverlijden", Kind: web.LoketChoice, Options: natures(), Required: true},
			statement,
		}},
		{Key: "rest", Fields: []web.LoketField{
			{Name: "soortLijkbezorging", Kind: web.LoketChoice, Options: rests(), Required: true},
		}},
	}
}
