// SPDX-License-Identifier: EUPL-1.2

package personen

import "strings"

// code is the Waardetabel of the API. A code of only zeros means unknown and
// is left out.
func code(names map[string]string, value string) object {
	if strings.Trim(value, "0") == "" {
		return nil
	}
	o := object{"code": value}
	o.put("omschrijving", names[value])
	return o
}

func isMunicipality(place string) bool {
	return len(place) == 4 && strings.Trim(place, "0123456789") == ""
}

func sex(value string) object {
	return code(map[string]string{"M": "man", "V": "vrouw", "O": "onbekend"}, value)
}

func nameUse(value string) object {
	return code(map[string]string{
		"E": "eigen geslachtsnaam",
		"N": "geslachtsnaam echtgenoot/geregistreerd partner na eigen geslachtsnaam",
		"P": "geslachtsnaam echtgenoot/geregistreerd partner",
		"V": "geslachtsnaam echtgenoot/geregistreerd partner voor eigen geslachtsnaam",
	}, value)
}

func suspensionReason(value string) object {
	return code(map[string]string{
		"O": "overlijden", "E": "emigratie", "M": "ministerieel besluit",
		"R": "pl is aangelegd in de rni", ".": "onbekend",
	}, value)
}

func unionKind(value string) object {
	return code(map[string]string{
		"H": "huwelijk", "P": "geregistreerd partnerschap", ".": "onbekend",
	}, value)
}

func addressUse(value string) object {
	return code(map[string]string{"W": "woonadres", "B": "briefadres"}, value)
}

func numberMarker(value string) object {
	return code(map[string]string{"to": "tegenover", "by": "bij"}, value)
}
