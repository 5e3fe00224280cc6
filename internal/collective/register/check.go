// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"fmt"
)

// check looks at what single lines can't tell: unique keys and references.
func check(d *Data) error {
	known, err := checkKeys(d)
	if err != nil {
		return err
	}
	if err := checkSources(d, known); err != nil {
		return err
	}
	if _, err := NewSuccessions(successionsOf(d)); err != nil {
		return err
	}
	return checkReferences(d, known)
}

// keys are the sets of keys that must be unique, by kind.
type keys map[string]map[string]bool

func (k keys) add(kind, key string) error {
	if k[kind] == nil {
		k[kind] = map[string]bool{}
	}
	if k[kind][key] {
		return fmt.Errorf("%s %s occurs twice", kind, key)
	}
	k[kind][key] = true
	return nil
}

func (k keys) has(kind, key string) bool { return k[kind][key] }

// row is a record as the pairs of kind and key that must be unique.
type row [][2]string

func checkKeys(d *Data) (keys, error) {
	k := keys{}
	for _, r := range keyRows(d) {
		for _, pair := range r {
			if pair[1] == "" {
				continue
			}
			if err := k.add(pair[0], pair[1]); err != nil {
				return nil, err
			}
		}
	}
	return k, nil
}

func keyRows(d *Data) []row {
	var rows []row
	for _, s := range d.Sources {
		rows = append(rows, row{{"source", s.ID}})
	}
	for _, a := range d.Attributes {
		rows = append(rows, row{{"attribute", a.Name}})
	}
	for _, m := range d.Municipalities {
		rows = append(rows, row{{"code", string(m.Code)}, {"oin", m.OIN}, {"kvk", m.KvK}, {"roo_id", m.ROO}, {"rsin", m.RSIN}})
	}
	for _, e := range d.Ended {
		rows = append(rows, row{{"oin", e.OIN}})
	}
	for _, m := range d.Mergers {
		rows = append(rows, row{{"merger", string(m.From)}})
	}
	for _, s := range d.Splits {
		rows = append(rows, row{{"split", string(s.From)}})
	}
	for _, p := range d.Parties {
		rows = append(rows, row{{"code", string(p.Code)}})
	}
	for _, a := range d.Arrangements {
		rows = append(rows, row{{"arrangement", a.ROO}})
		for _, m := range a.Members {
			rows = append(rows, row{{"member of " + a.ROO, string(m.Code) + m.Name}})
		}
	}
	for _, p := range d.Processes {
		rows = append(rows, row{{"process", p.Code}})
		for _, f := range p.Fields {
			rows = append(rows, row{{"field of " + p.Code, f.Name}})
		}
	}
	for _, f := range d.Frameworks {
		rows = append(rows, row{{"framework", f.ID}})
	}
	return rows
}

func checkSources(d *Data, k keys) error {
	for _, a := range d.Attributes {
		if !k.has("source", a.Source) {
			return fmt.Errorf("attribute %s names source %s, which isn't there", a.Name, a.Source)
		}
	}
	for _, m := range d.Mergers {
		if m.Source != "" && !k.has("source", m.Source) {
			return fmt.Errorf("merger of %s names source %s, which isn't there", m.From, m.Source)
		}
	}
	for _, s := range d.Splits {
		if !k.has("source", s.Source) {
			return fmt.Errorf("split of %s names source %s, which isn't there", s.From, s.Source)
		}
	}
	return nil
}

// checkReferences sees that whoever is named exists today or has an heir, and
// that nobody both exists and ended.
func checkReferences(d *Data, k keys) error {
	gone := func(c Code) bool { return k.has("merger", string(c)) || k.has("split", string(c)) }
	for _, m := range d.Municipalities {
		if gone(m.Code) {
			return fmt.Errorf("%s exists and has a successor", m.Code)
		}
	}
	there := func(c Code) bool { return k.has("code", string(c)) || gone(c) }
	for _, s := range successionsOf(d) {
		for _, to := range s.To {
			if !there(to) {
				return fmt.Errorf("%s is succeeded by %s, which isn't there", s.From, to)
			}
		}
	}
	for _, a := range d.Arrangements {
		for _, m := range a.Members {
			if m.Code != "" && !there(m.Code) {
				return fmt.Errorf("arrangement %s has member %s, which isn't there", a.ROO, m.Code)
			}
		}
	}
	return nil
}
