// SPDX-License-Identifier: EUPL-1.2

package ocds

import "strconv"

// Limits bound what [Standard.Read] takes from outside.
type Limits struct {
	Bytes    int // of the whole file
	Depth    int // levels of nesting
	Values   int // names, texts, numbers, arrays and objects together
	Releases int // in one package
}

// DefaultLimits fit a year of a large publisher in parts: 16 MiB, 32 levels, a
// million values, ten thousand releases.
func DefaultLimits() Limits {
	return Limits{Bytes: 16 << 20, Depth: 32, Values: 1_000_000, Releases: 10_000}
}

// Reading is what was read: valid releases, and what we don't understand of them.
type Reading struct {
	Releases []Release
	// Unknown has the JSON Pointers of fields that neither OCDS 1.1.5 nor the
	// five extensions know, at most 1,000. They are kept in the releases.
	Unknown []string
}

// Read reads a release package, or a single release as some publishers give it.
// The standard allows fields of other extensions, so those are kept and listed.
// All else that breaks a schema is refused with an [*InvalidError] that names
// every reason: as is a name or an id that stands twice, a package of another
// version, and anything over the limits.
func (s *Standard) Read(raw []byte, limits Limits) (*Reading, error) {
	v, err := parse(raw, limits)
	if err != nil {
		return nil, err
	}
	top, ok := v.(object)
	if !ok {
		return nil, problem("", ruleJSON, "must be an object: a release package or a release")
	}
	if _, records := top["records"]; records {
		return nil, problem("/records", ruleVersion, "this is a record package; give the release package it was made of")
	}
	at, c := s.pack, checker{}
	_, isPackage := top["releases"]
	if _, isRelease := top["ocid"]; isRelease && !isPackage {
		at = s.release
	}
	c.check(at, "", top)
	releases := []object{top}
	if at == s.pack {
		releases = children(top, "releases")
		checkPackage(&c.found, top, limits)
	}
	checkIDs(&c.found, releases)
	if err := c.found.err(); err != nil {
		return nil, err
	}
	doc := &Reading{Unknown: c.unknown}
	for _, tree := range releases {
		doc.Releases = append(doc.Releases, Release{tree: tree})
	}
	return doc, nil
}

func checkPackage(found *findings, top object, limits Limits) {
	if v, stated := top["version"]; stated && v != version {
		found.add("/version", ruleVersion, "only OCDS 1.1 is read")
	}
	if list, _ := top["releases"].([]any); len(list) > limits.Releases {
		found.add("/releases", ruleLimit, "has %d releases, at most %d are read", len(list), limits.Releases)
	}
}

// checkIDs refuses two releases with one id in one process.
func checkIDs(found *findings, releases []object) {
	seen := make(map[string]bool, len(releases))
	for i, tree := range releases {
		key := Release{tree: tree}.key()
		if seen[key] {
			found.add("/releases/"+strconv.Itoa(i)+"/id", ruleDuplicate, "is the id of an earlier release of this process")
		}
		seen[key] = true
	}
}
