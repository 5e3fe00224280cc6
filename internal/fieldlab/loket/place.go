// SPDX-License-Identifier: EUPL-1.2

package loket

import (
	"slices"
	"strings"
)

// Municipality is a made-up municipality of the tale.
type Municipality struct {
	// Key is the name of its organisation in the fieldlab, such as "duinwijk".
	Key string
	// Name is what people call it: "Duinwijk".
	Name string
	// Postcodes is how the postcodes of its addresses begin. Real postcodes begin
	// with 1 to 9, those of the fieldlab with 0: nobody's real address fits.
	Postcodes string
	// Towns are the places within it; the first has its own name.
	Towns []string
}

// Municipalities gives the three of the tale. No municipality of the
// Netherlands has or had one of their names.
func Municipalities() []Municipality {
	return []Municipality{
		{Key: "duinwijk", Name: "Duinwijk", Postcodes: "01", Towns: []string{"Duinwijk", "Duinwijk aan Zee"}},
		{Key: "veenhoven", Name: "Veenhoven", Postcodes: "02", Towns: []string{"Veenhoven", "Oosterveenhoven"}},
		{Key: "zilverbroek", Name: "Zilverbroek", Postcodes: "03", Towns: []string{"Zilverbroek", "Zilverbroekse Dijk"}},
	}
}

// municipalityWhere finds the municipality that fits; false when none does.
func municipalityWhere(fits func(Municipality) bool) (Municipality, bool) {
	all := Municipalities()
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return all[i], true
	}
	return Municipality{}, false
}

// municipalityOf finds it by its key.
func municipalityOf(key string) (Municipality, bool) {
	return municipalityWhere(func(m Municipality) bool { return m.Key == key })
}

// municipalityAt finds it by a postcode of one of its addresses.
func municipalityAt(postcode string) (Municipality, bool) {
	return municipalityWhere(func(m Municipality) bool { return strings.HasPrefix(postcode, m.Postcodes) })
}

// municipalityNamed finds it by its name, in any case.
func municipalityNamed(name string) (Municipality, bool) {
	return municipalityWhere(func(m Municipality) bool { return strings.EqualFold(m.Name, name) })
}

// has tells whether a place lies in it.
func (m Municipality) has(town string) bool {
	return slices.ContainsFunc(m.Towns, func(t string) bool { return strings.EqualFold(t, town) })
}
