// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ocds"
	"github.com/samenspel/samenspel/internal/operator"
)

// MaxReleasesBytes is how large a file with open data may be.
const MaxReleasesBytes = MaxSpecBytes

// euro is the currency that frameworks are kept in (ISO 4217).
const euro = "EUR"

// ReleasesForm is open data about a framework agreement: a release package of OCDS
// 1.1 or one release.
type ReleasesForm struct {
	Raw []byte // JSON as it was published
	// Name is that of the file; empty: releases.json.
	Name string
	// Rationale is the reason for a term of more than four years, where the file has
	// none.
	Rationale string
}

// FrameworkReading is what open data says of a framework agreement that was
// concluded elsewhere, as far as it can be taken over.
type FrameworkReading struct {
	// Form has what was read; other fields are zero, for a person to fill in. Its
	// source is the file itself.
	Form FrameworkForm
	// Unnumbered are organisations without an OIN. They weren't taken over.
	Unnumbered []string
	// Currency is that of amounts that weren't taken over, because they aren't in
	// euros; empty if there are none.
	Currency string
}

// ReleasesError says why open data was refused. It is an operator.Error of
// KindInvalid about the field "releases".
type ReleasesError struct{ cause *ocds.InvalidError }

// Error names the first reasons, with their JSON Pointers.
func (e *ReleasesError) Error() string { return e.cause.Error() }

// Unwrap gives it as every invalid field is told.
func (e *ReleasesError) Unwrap() error { return invalid("releases", e.Error()) }

// TooLong tells that the only reason is a term of more than four years without a
// reason (Directive 2014/24/EU, article 33(1)).
func (e *ReleasesError) TooLong() bool {
	return !slices.ContainsFunc(e.cause.Problems, func(p ocds.Problem) bool { return p.Rule != ocds.RuleFourYears })
}

// ReadReleases reads open data strictly and makes a framework of it, to look at and
// to complete. Nothing is stored or signed. The error is a *[ReleasesError] where
// the data breaks the standard or the rule of four years.
func (c *Controller) ReadReleases(a operator.Actor, f ReleasesForm) (*FrameworkReading, error) {
	if _, err := c.desk(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	standard, err := ocds.Load()
	if err != nil {
		return nil, err
	}
	limits := ocds.DefaultLimits()
	limits.Bytes = MaxReleasesBytes
	reading, err := standard.Read(f.Raw, limits)
	if err != nil {
		return nil, refusedReleases(err)
	}
	o, err := standard.Outline(reading.Releases, f.Rationale)
	if err != nil {
		return nil, refusedReleases(err)
	}
	out := readingOf(o)
	name := f.Name
	if name == "" {
		name = "releases.json"
	}
	out.Form.Source = &DocumentForm{Name: name, MediaType: "application/json", Size: int64(len(f.Raw)), Hash: deed.AnnexHash(f.Raw)}
	return out, nil
}

func refusedReleases(err error) error {
	if invalid, ok := errors.AsType[*ocds.InvalidError](err); ok {
		return &ReleasesError{cause: invalid}
	}
	return err
}

func readingOf(o *ocds.Outline) *FrameworkReading {
	out := &FrameworkReading{Form: FrameworkForm{
		Name: o.Title, Published: o.Published, NotBefore: o.Term.Start, NotAfter: after(o.Term.End), TermRationale: o.TermRationale,
	}}
	if o.Term.MaxExtent.After(o.Term.End) {
		out.Form.ExtensionUntil = after(o.Term.MaxExtent)
	}
	out.Form.Eligible = out.numbered(o.Eligible)
	for _, w := range o.Windows {
		out.Form.Windows = append(out.Form.Windows, WindowForm{From: w.Opens, Until: after(w.Closes)})
	}
	if len(o.Lots) == 0 { // the framework is one lot
		o.Lots = []ocds.Lot{{Title: o.Title, Maximum: o.Maximum}}
	}
	for _, l := range o.Lots {
		lot := dossier.Lot{ID: l.ID, Name: l.Title, Unit: l.Unit, MaximumQuantity: l.Quantity, Suppliers: out.numbered(o.Suppliers[l.ID])}
		if lot.ID == "" {
			lot.ID = "1"
		}
		switch l.Maximum.Currency {
		case "":
		case euro:
			lot.MaximumValue = l.Maximum.Cents
		default:
			out.Currency = l.Maximum.Currency
		}
		out.Form.Lots = append(out.Form.Lots, lot)
	}
	return out
}

// after is the moment at which something is over that lasts to the end of a second.
func after(last time.Time) time.Time {
	if last.Second() == 59 {
		return last.Truncate(time.Second).Add(time.Second)
	}
	return last
}

// numbered gives the identities of organisations, and keeps the names of those
// without one.
func (r *FrameworkReading) numbered(all []ocds.Organisation) []fsc.PeerID {
	var out []fsc.PeerID
	for _, o := range all {
		id := fsc.PeerID(o.OIN)
		switch name := strings.TrimSpace(o.Name); {
		case id != "" && !slices.Contains(out, id):
			out = append(out, id)
		case id == "" && name != "" && !slices.Contains(r.Unnumbered, name):
			r.Unnumbered = append(r.Unnumbered, name)
		}
	}
	return out
}
