// SPDX-License-Identifier: EUPL-1.2

package publish

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/internal/collective/ocds"
	"github.com/samenspel/samenspel/internal/collective/register"
)

// License is that of the open data: no rights reserved.
const License = "https://creativecommons.org/publicdomain/zero/1.0/"

// Releases gives a release package with the releases after the first skip, oldest
// first, at most [MaxReleases]; next is what to skip for those that follow, or 0.
// [ErrNotFound] when the node publishes no open data or has nothing more.
func (r *Record) Releases(ctx context.Context, skip int) (raw []byte, next int, err error) {
	e, err := r.edition(ctx)
	if err != nil {
		return nil, 0, err
	}
	if skip < 0 || skip >= len(e.releases) {
		return nil, 0, ErrNotFound
	}
	list := e.releases[skip:]
	if len(list) > MaxReleases {
		list, next = list[:MaxReleases], skip+MaxReleases
	}
	raw, err = r.standard.Pack(r.meta("releases", strconv.Itoa(skip), list), list...)
	return raw, next, err
}

// Process gives the record of one contracting process: its releases, merged and
// with every version; [ErrNotFound].
func (r *Record) Process(ctx context.Context, ocid string) ([]byte, error) {
	e, err := r.edition(ctx)
	if err != nil {
		return nil, err
	}
	var list []ocds.Release
	for _, one := range e.releases {
		if one.OCID() == ocid {
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return r.standard.Record(r.meta("records", ocid, list), list...)
}

// meta names a package: by its address or else by the publisher.
func (r *Record) meta(kind, name string, list []ocds.Release) ocds.Meta {
	m := ocds.Meta{
		URI: "urn:oin:" + string(r.cfg.Self.ID) + ":ocds:" + kind + ":" + name, Publisher: r.cfg.Self.Name, License: License,
		Published: slices.MaxFunc(list, func(a, b ocds.Release) int { return a.Date().Compare(b.Date()) }).Date(),
	}
	if m.Publisher == "" {
		m.Publisher = string(r.cfg.Self.ID)
	}
	if oinForm.MatchString(string(r.cfg.Self.ID)) {
		m.OIN = string(r.cfg.Self.ID)
	}
	if r.cfg.Base != "" {
		m.URI = r.cfg.Base + "/public/ocds/" + kind + "/" + name
		if kind == "releases" {
			m.URI = r.cfg.Base + "/public/ocds/releases?skip=" + name
		}
	}
	return m
}

// dayOf gives the day of an instant in the Netherlands.
func dayOf(at int64) register.Date {
	t := time.Unix(at, 0)
	if zone, err := time.LoadLocation("Europe/Amsterdam"); err == nil {
		t = t.In(zone)
	}
	return register.Date(t.Format(time.DateOnly))
}
