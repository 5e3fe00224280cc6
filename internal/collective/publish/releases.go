// SPDX-License-Identifier: EUPL-1.2

package publish

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ocds"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// MaxReleases is how many releases one package has at most.
const MaxReleases = 500

// oinForm is how numbers of Dutch organisations look; other Groups have others.
var oinForm = regexp.MustCompile(`^[0-9]{20}$`)

// digest gives the first 256 bits of a deed's hash.
func digest(h deed.Hash) (out [sha256.Size]byte) {
	text := string(h)
	raw, err := base64.RawURLEncoding.DecodeString(text[strings.LastIndexByte(text, '$')+1:])
	if err == nil {
		copy(out[:], raw)
	}
	return out
}

// short names a deed in open data: the first 64 bits of its hash.
func short(h deed.Hash) string {
	d := digest(h)
	return hex.EncodeToString(d[:8])
}

// ocid is the process of a framework.
func (r *Record) ocid(framework deed.Hash) string { return r.cfg.Prefix + "-" + short(framework) }

func stamp(ocid string, h deed.Hash, at int64) ocds.Stamp {
	return ocds.Stamp{ID: ocds.ReleaseID(ocid, digest(h)), Date: instant(at)}
}

// releases makes the releases of a framework and what follows it, one per deed.
// One that can't be made is left out and logged: it must not keep the others
// from being read.
func (r *Record) releases(ctx context.Context, s *source, shown *Framework) []ocds.Release {
	var out []ocds.Release
	add := func(h deed.Hash, release ocds.Release, err error) {
		if err != nil {
			r.cfg.Logger.WarnContext(ctx, "deed not published as open data", "deed", h, "error", err)
			return
		}
		out = append(out, release)
	}
	f := s.facts(shown.OCID)
	concluded, err := r.standard.Concluded(f, s.award(f), stamp(f.OCID, shown.Hash, s.at.CompleteAt))
	add(shown.Hash, concluded, err)
	if err != nil {
		return nil
	}
	for _, at := range s.children(dossier.TypeChange) {
		if g, ok := changeOf(at); ok {
			release, err := r.standard.Amend(f, s.amended(f, g), g.amendment(), stamp(f.OCID, g.Hash, at.CompleteAt))
			add(g.Hash, release, err)
		}
	}
	for _, at := range s.children(dossier.TypeAccession) {
		if a, ok := s.accession(at); ok {
			release, err := r.standard.Accession(f, s.joins(f, at, a), stamp(f.OCID, a.Hash, at.CompleteAt))
			add(a.Hash, release, err)
		}
	}
	rank := map[fsc.PeerID]int{}
	for _, at := range s.children(dossier.TypeCallOff) {
		if at.Number == 0 {
			continue
		}
		buyer := dossier.Buyer(at.Deed)
		rank[buyer]++ // also for one that came to nothing: a number is used once
		o, ok := s.callOff(at)
		if !ok {
			continue
		}
		c := s.orders(f, o, rank[buyer])
		release, err := r.standard.CallOff(f, c, stamp(c.OCID, o.Hash, s.began(at)))
		add(o.Hash, release, err)
		for _, g := range collective.AppliedTo(s.view, o.Hash) {
			change, err := r.standard.Change(c, s.altered(g, o.Unit), stamp(c.OCID, g.Deed.Hash(), g.Since))
			add(g.Deed.Hash(), change, err)
		}
		if o.Word == collective.WordTerminated && err == nil {
			release, err = r.standard.Change(c, ended(at), endStamp(c.OCID, at))
			add(o.Hash, release, err)
		}
	}
	return out
}

// facts are those of the framework as it was concluded.
func (s *source) facts(ocid string) ocds.Framework {
	c := s.at.Deed
	var body dossier.Framework
	if deed.Unmarshal(c.Body, &body) != nil {
		body = *s.body
	}
	f := ocds.Framework{
		OCID: ocid, ID: short(c.Hash()), Title: body.Name, TermRationale: body.TermRationale,
		Term: ocds.Period{Start: instant(c.NotBefore), End: lastSecond(c.NotAfter), MaxExtent: lastSecond(body.ExtensionUntil)},
	}
	for _, p := range c.PeersInRole(dossier.RolePurchasingBody) {
		f.Lead = s.organisation(p)
	}
	for _, p := range body.Eligible {
		f.Eligible = append(f.Eligible, s.organisation(p))
	}
	for i, w := range body.Windows {
		f.Windows = append(f.Windows, ocds.EntryWindow{ID: fmt.Sprintf("window-%d", i+1), Title: "Instapmoment", Opens: instant(w.From), Closes: lastSecond(w.Until)})
	}
	f.Maximum.Currency = "EUR"
	for i := range body.Lots {
		l := &body.Lots[i]
		f.Maximum.Cents += l.MaximumValue
		f.Lots = append(f.Lots, ocds.Lot{
			ID: l.ID, Title: l.Name, Quantity: l.MaximumQuantity, Unit: l.Unit, Maximum: ocds.Money{Cents: l.MaximumValue, Currency: "EUR"},
		})
	}
	return f
}

// amended gives what a change made of the award: only what is new.
func (s *source) amended(f ocds.Framework, g Change) ocds.Award {
	a := ocds.Award{ID: f.ID}
	if g.Successor != "" {
		a.Suppliers = append(a.Suppliers, s.organisation(g.Successor))
	}
	if g.Kind == dossier.ChangeExtension {
		a.Term.End = f.Term.MaxExtent
	}
	return a
}

func (g Change) amendment() ocds.Amendment {
	return ocds.Amendment{ID: short(g.Hash), Date: g.At, Rationale: g.Reason, Description: string(g.Kind)}
}

func (s *source) award(f ocds.Framework) ocds.Award {
	a := ocds.Award{ID: f.ID, Date: instant(s.at.CompleteAt), Term: f.Term}
	for _, p := range s.at.Deed.PeersInRole(dossier.RoleSupplier) {
		a.Suppliers = append(a.Suppliers, s.organisation(p))
	}
	for _, l := range f.Lots {
		a.Lots = append(a.Lots, l.ID)
	}
	return a
}

func (s *source) joins(f ocds.Framework, at rule.Status, a Accession) ocds.Accession {
	return ocds.Accession{
		ID: short(a.Hash), Award: f.ID, Buyer: s.organisation(a.Buyer.ID), SuccessorOf: s.successorOf(a.Buyer.ID, at.CompleteAt), Lots: a.Lots,
		Signed: a.Since, Term: f.Term,
	}
}

// orders are the facts of the n-th call-off of a buyer. Its value is withheld,
// and the release says so.
func (s *source) orders(f ocds.Framework, o CallOff, n int) ocds.CallOff {
	buyer := s.organisation(o.Buyer.ID)
	c := ocds.CallOff{
		OCID: ocds.CallOffOCID(f.OCID, buyer, n), Buyer: buyer, Supplier: s.organisation(o.Supplier.ID), Lots: []string{o.Lot},
		SuccessorOf: s.successorOf(o.Buyer.ID, o.Signed.Unix()), Award: short(o.Hash), Contract: short(o.Hash), Signed: o.Signed,
		Term: ocds.Period{Start: o.From}, Title: f.Title,
		Documents: []ocds.Document{{ID: "withheld-contracts/value", Type: "x_withheldInformation", Title: "Niet openbaar: contracts/value, de prijs die koper en leverancier afspraken"}},
	}
	if !o.Until.IsZero() {
		c.Term.End = o.Until.Add(-time.Second)
	}
	return c
}

// began is when a call-off had all signatures and its receipt of the count.
func (s *source) began(at rule.Status) int64 {
	for _, h := range at.History {
		if slices.Contains(h.Overlays, collective.OverlayAllocated) {
			return max(h.At, at.CompleteAt)
		}
	}
	return at.CompleteAt
}

// altered tells that a call-off got another quantity. What the parties wrote as
// their reason stays theirs.
func (s *source) altered(g rule.Status, unit string) ocds.Change {
	why := ocds.Amendment{ID: short(g.Deed.Hash()), Date: instant(g.Since)}
	if body, err := dossier.ReadCallOffChange(g.Deed); err == nil {
		why.Rationale = fmt.Sprintf("De hoeveelheid is gewijzigd in %d %s.", body.Quantity, unit)
	}
	return ocds.Change{Why: why}
}

func ended(at rule.Status) ocds.Change {
	why := "De overeenkomst is voor het einde van de looptijd opgezegd."
	return ocds.Change{Ended: true, Why: ocds.Amendment{ID: short(at.Deed.Hash()) + "-end", Date: instant(at.Since), Rationale: why}}
}

func endStamp(ocid string, at rule.Status) ocds.Stamp {
	st := stamp(ocid, at.Deed.Hash(), at.Since)
	st.ID += "-end"
	return st
}

// organisation describes one by its OIN, and a municipality by what the register
// has of it.
func (s *source) organisation(id fsc.PeerID) ocds.Organisation {
	if m, ok := s.municipality(id); ok {
		return ocds.Organisation{Name: m.Name, OIN: m.OIN, KVK: m.KvK, CBS: string(m.Code)}
	}
	o := ocds.Organisation{Name: cmp.Or(s.peer(id).Name, string(id))}
	if oinForm.MatchString(string(id)) {
		o.OIN = string(id)
	} else {
		o.ID = string(id)
	}
	return o
}

// successorOf finds the buyer on the frozen list whose place another one took;
// empty for one that is on the list itself.
func (s *source) successorOf(buyer fsc.PeerID, at int64) string {
	if slices.Contains(s.body.Eligible, buyer) {
		return ""
	}
	self := s.code(buyer)
	for _, listed := range s.body.Eligible {
		code := s.code(listed)
		if code == "" || self == "" {
			continue
		}
		if heir, _, err := s.record.cfg.Register.Successions().Heir(code, dayOf(at)); err == nil && heir == self {
			return "NL-OIN-" + string(listed)
		}
	}
	return ""
}

func lastSecond(exclusive int64) time.Time {
	if exclusive == 0 {
		return time.Time{}
	}
	return instant(exclusive - 1)
}

func sortReleases(list []ocds.Release) {
	slices.SortStableFunc(list, func(a, b ocds.Release) int {
		return cmp.Or(a.Date().Compare(b.Date()), cmp.Compare(a.OCID(), b.OCID()), cmp.Compare(a.ID(), b.ID()))
	})
}
