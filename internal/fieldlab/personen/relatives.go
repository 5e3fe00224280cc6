// SPDX-License-Identifier: EUPL-1.2

package personen

import "github.com/samenspel/samenspel/internal/fieldlab/personen/internal/facts"

func (v view) relative(r facts.Relative) object {
	o := object{}
	o.put("burgerservicenummer", r.BSN)
	o.put("geslacht", sex(r.Sex))
	o.put("naam", v.name(r.Name))
	o.put("geboorte", v.event(r.Birth))
	return o
}

func (v view) parents(parents []facts.Parent) []object {
	list := make([]object, 0, len(parents))
	for _, parent := range parents {
		o := v.relative(parent.Relative)
		o.put("ouderAanduiding", parent.Number)
		o.put("datumIngangFamilierechtelijkeBetrekking", date(parent.Since))
		list = append(list, o)
	}
	return list
}

func (v view) children(children []facts.Relative) []object {
	list := make([]object, 0, len(children))
	for _, child := range children {
		list = append(list, v.relative(child))
	}
	return list
}

// partners gives the unions that last, or else the one that ended last.
func (v view) partners(partners []facts.Partner) []object {
	var list []object
	var last *facts.Partner
	for i := range partners {
		p := &partners[i]
		if p.Ended == "" {
			list = append(list, v.partner(p))
		} else if last == nil || p.Ended > last.Ended {
			last = p
		}
	}
	if list == nil && last != nil {
		list = append(list, v.partner(last))
	}
	return list
}

func (v view) partner(p *facts.Partner) object {
	o := v.relative(p.Relative)
	o.put("soortVerbintenis", unionKind(p.Kind))
	o.put("aangaanHuwelijkPartnerschap", v.event(p.Begun))
	ended := object{}
	ended.put("datum", date(p.Ended))
	o.put("ontbindingHuwelijkPartnerschap", ended)
	return o
}
