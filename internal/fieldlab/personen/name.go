// SPDX-License-Identifier: EUPL-1.2

package personen

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/samenspel/samenspel/internal/fieldlab/personen/internal/facts"
)

// name is the NaamGerelateerde of the API.
func (v view) name(n facts.Name) object {
	given, surname := spelled(n)
	o := object{}
	o.put("voornamen", given)
	o.put("adellijkeTitelPredicaat", v.title(n.Title))
	o.put("voorvoegsel", n.Prefix)
	o.put("geslachtsnaam", surname)
	o.put("voorletters", initials(given))
	return o
}

// ownName is the name of the person asked for, which has a full name too.
func (v view) ownName(p *facts.Person) object {
	o := v.name(p.Name)
	o.put("volledigeNaam", v.fullName(p))
	return o
}

// spelled gives the names with diacritics where there are any. A full stop
// stands for an unknown name and is left out.
func spelled(n facts.Name) (given, surname string) {
	given = cmp.Or(n.GivenDiacritic, n.Given)
	surname = cmp.Or(n.SurnameDiacritic, n.Surname)
	if given == "." {
		given = ""
	}
	if surname == "." {
		surname = ""
	}
	return given, surname
}

func (v view) title(code string) object {
	title, known := v.tables.Titles[code]
	if !known {
		return nil
	}
	return object{"code": code, "omschrijving": title.Name, "soort": title.Kind}
}

// fullName puts a predicate before the given names and a title after them,
// in the form of the person's sex.
func (v view) fullName(p *facts.Person) string {
	given, surname := spelled(p.Name)
	title := v.tables.Titles[titleFor(p.Name.Title, p.Sex)]
	parts := []string{given, title.Name, p.Name.Prefix, surname}
	if title.Kind == "predicaat" {
		parts[0], parts[1] = parts[1], parts[0]
	}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

// titleFor is the code of a title in the form for a man or a woman. Other
// codes, and titles without a second form, stay as they are.
func titleFor(code, sex string) string {
	for _, pair := range [...][2]string{
		{"B", "BS"}, {"G", "GI"}, {"H", "HI"}, {"JH", "JV"}, {"M", "MI"}, {"P", "PS"},
	} {
		if code != pair[0] && code != pair[1] {
			continue
		}
		switch sex {
		case "M":
			return pair[0]
		case "V":
			return pair[1]
		}
	}
	return code
}

// initials takes the first letter of every given name. A name of one letter
// gets no full stop, and a space when more follows.
func initials(given string) string {
	var letters strings.Builder
	open := false // the last initial has no full stop
	for name := range strings.FieldsSeq(given) {
		if open {
			letters.WriteByte(' ')
		}
		first, size := utf8.DecodeRuneInString(name)
		letters.WriteRune(first)
		open = len(name) == size
		if !open {
			letters.WriteByte('.')
		}
	}
	return letters.String()
}
