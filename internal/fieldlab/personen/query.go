// SPDX-License-Identifier: EUPL-1.2

package personen

import (
	"encoding/json"
	"regexp"
	"strings"
)

// The search types we answer; the others of the API are refused by value.
const (
	byBSN      = "RaadpleegMetBurgerservicenummer"
	byName     = "ZoekMetGeslachtsnaamEnGeboortedatum"
	byPostcode = "ZoekMetPostcodeEnHuisnummer"
)

const (
	maxBSNs   = 20
	maxFields = 130
	maxNumber = 99999
)

// query is a checked request. Empty members were not given.
type query struct {
	kind         string
	fields       selection
	bsns         []string
	municipality string
	surname      string
	born         string // eight digits
	given        string
	prefix       string
	sex          string
	postcode     string // upper case, no space
	number       int
	letter       string
	addition     string
	includeDead  bool
}

// rules are the patterns of the API's parameters and the fields it has.
type rules struct {
	bsn, municipality, field    *regexp.Regexp
	surname, given, prefix, sex *regexp.Regexp
	postcode, letter, addition  *regexp.Regexp
	personFields, limitedFields fieldTree
}

func newRules() rules {
	return rules{
		bsn:           regexp.MustCompile(`^[0-9]{9}$`),
		municipality:  regexp.MustCompile(`^[0-9]{4}$`),
		field:         regexp.MustCompile(`^[a-zA-Z0-9\._]{1,200}$`),
		surname:       regexp.MustCompile(`^[a-zA-Z0-9À-ž \.\-\']{1,200}$|^[a-zA-Z0-9À-ž \.\-\']{3,199}\*{1}$`),
		given:         regexp.MustCompile(`^[a-zA-Z0-9À-ž \.\-\']{1,199}\*{0,1}$`),
		prefix:        regexp.MustCompile(`^[a-zA-Z \']{1,10}$`),
		sex:           regexp.MustCompile(`^([Mm]|[Vv]|[Oo])$`),
		postcode:      regexp.MustCompile(`^[1-9]{1}[0-9]{3}[ ]?[A-Za-z]{2}$`),
		letter:        regexp.MustCompile(`^[a-zA-Z]{1}$`),
		addition:      regexp.MustCompile(`^[a-zA-Z0-9 \-]{1,4}$`),
		personFields:  newFieldTree(personFields),
		limitedFields: newFieldTree(limitedFields),
	}
}

// check turns the parameters into a query, or names all that is wrong.
func (r rules) check(p params) (query, *problem) {
	c := &checker{params: p, known: map[string]bool{}}
	asked := query{}
	value, given := p["type"]
	if !given || string(value) == "null" {
		return asked, invalid([]fault{missing("type")})
	}
	c.known["type"] = true
	if json.Unmarshal(value, &asked.kind) != nil {
		asked.kind = ""
	}
	tree := r.limitedFields
	switch asked.kind {
	case byBSN:
		tree = r.personFields
		asked.bsns = c.list("burgerservicenummer", maxBSNs, r.bsn)
	case byName:
		asked.born = c.birthDate(true)
		asked.surname = c.text("geslachtsnaam", true, r.surname)
		asked.sex = c.text("geslacht", false, r.sex)
		asked.prefix = c.text("voorvoegsel", false, r.prefix)
		asked.given = c.text("voornamen", false, r.given)
		asked.includeDead = c.includeDead()
	case byPostcode:
		asked.postcode = strings.ToUpper(strings.ReplaceAll(c.text("postcode", true, r.postcode), " ", ""))
		asked.number = c.houseNumber()
		asked.letter = c.text("huisletter", false, r.letter)
		asked.addition = c.text("huisnummertoevoeging", false, r.addition)
		asked.surname = c.text("geslachtsnaam", false, r.surname)
		asked.born = c.birthDate(false)
		asked.includeDead = c.includeDead()
	default:
		return asked, invalid([]fault{{Name: "type", Code: "value", Reason: "Waarde is geen geldig zoek type."}})
	}
	asked.municipality = c.text("gemeenteVanInschrijving", false, r.municipality)
	asked.fields = c.fields(tree, r.field)
	c.faults = append(c.faults, p.unknown(c.known)...)
	if c.faults != nil {
		return asked, invalid(c.faults)
	}
	return asked, nil
}
