// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// The organisations of these tests. Those from 00000099 are fictitious; the
// register knows the others.
const (
	purchaser fsc.PeerID = "00000099000000110000"
	supplier  fsc.PeerID = "00000099000000500000"
	second    fsc.PeerID = "00000099000000510000"
	town      fsc.PeerID = "00000099000000300000"
	village   fsc.PeerID = "00000099000000310000"
	stranger  fsc.PeerID = "00000099000000390000"

	brielle       fsc.PeerID = "00000001001911193000" // ended on 1 January 2023
	hellevoet     fsc.PeerID = "00000001001911259000" // likewise
	voorneAanZee  fsc.PeerID = "00000001826902273000" // their successor
	weesp         fsc.PeerID = "00000001001997634000" // ended on 24 March 2022
	amsterdam     fsc.PeerID = "00000001002564440000" // its successor
	lot                      = "perceel-1"
	lotTwo                   = "perceel-2"
	testGroup                = "samenspel-test"
	hour                     = int64(3600)
	keyOfTown                = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	bodyRole                 = dossier.RolePurchasingBody
	buyerRole                = dossier.RoleBuyer
	supplierRole             = dossier.RoleSupplier
	contractOfFSC            = "$1$1$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA"
)

// scene collects deeds and signatures, with the receipts of one secretariat.
type scene struct {
	t     testing.TB
	table *rule.Table
	reg   *register.Register
	facts rule.Facts
	roots map[deed.Hash]deed.Hash
	ids   int64
	n     int64
}

func newScene(t testing.TB) *scene {
	t.Helper()
	reg, err := facts()
	if err != nil {
		t.Fatal(err)
	}
	table, err := collective.NewTable(reg)
	if err != nil {
		t.Fatal(err)
	}
	return &scene{t: t, table: table, reg: reg, roots: map[deed.Hash]deed.Hash{}}
}

// on gives an hour of a day in the Netherlands, in Unix seconds.
func on(t testing.TB, year int, month time.Month, day, hour int) int64 {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(year, month, day, hour, 0, 0, 0, zone).Unix()
}

func (s *scene) deed(d deed.Draft, body any) *deed.Content {
	s.t.Helper()
	s.ids++
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		d.Body = raw
	}
	if d.GroupID == "" {
		d.GroupID = testGroup
	}
	if d.NotBefore == 0 {
		d.NotBefore = 1
	}
	d.ID, d.IssuedAt = deed.NewID(s.ids, [10]byte{}), max(d.IssuedAt, 1)
	c, err := d.Content()
	if err != nil {
		s.t.Fatal(err)
	}
	s.facts.Deeds = append(s.facts.Deeds, c)
	s.roots[c.Hash()] = c.Hash()
	if _, founds := c.Keeper(); !founds && len(c.Parents) > 0 {
		s.roots[c.Hash()] = s.roots[c.Parents[0]]
	}
	return c
}

// sign adds a signature that the secretariat receives at a moment.
func (s *scene) sign(c *deed.Content, peer fsc.PeerID, role deed.Role, act deed.Act, at int64) *deed.Signed {
	s.n++
	s.facts.Signed = append(s.facts.Signed, deed.Signed{
		Statement: deed.Statement{DeedHash: c.Hash(), Act: act, Role: role, SignedAt: at}, Signer: peer,
		KeyThumbprint: fmt.Sprintf("%064x", []byte(peer)),
		Receipt:       deed.Receipt{Dossier: s.roots[c.Hash()], Number: s.n, At: at},
	})
	return &s.facts.Signed[len(s.facts.Signed)-1]
}

// accept lets all that have to sign a deed do so at a moment.
func (s *scene) accept(c *deed.Content, at int64) *deed.Content {
	for _, p := range c.Signatories() {
		s.sign(c, p.PeerID, p.Role, deed.Accept, at)
	}
	return c
}

func (s *scene) view(now int64) *rule.View { return rule.Fold(s.table, s.facts, now) }

func (s *scene) at(c *deed.Content, now int64) rule.Status {
	s.t.Helper()
	st, ok := s.view(now).Status(c.Hash())
	if !ok {
		s.t.Fatal("the deed is unknown")
	}
	return st
}

// want asks for a state and, among its reasons and notes, for codes. Each reason
// has to name what it rests on.
func (s *scene) want(c *deed.Content, now int64, want rule.State, codes ...rule.ReasonCode) rule.Status {
	s.t.Helper()
	st := s.at(c, now)
	all := slices.Concat(st.Reasons, st.Notes)
	if st.State != want {
		s.t.Errorf("%s is %s, want %s: %+v", s.table.Name(c.Type), st.State, want, all)
	}
	for _, code := range codes {
		i := slices.IndexFunc(all, func(r rule.Reason) bool { return r.Code == code })
		if i < 0 {
			s.t.Errorf("%s has no reason %s: %+v", s.table.Name(c.Type), code, all)
		} else if all[i].Source == "" && code != rule.ReasonTooLate && code != rule.ReasonParentUnknown && code != rule.ReasonParentGroup {
			s.t.Errorf("reason %s names no source", code)
		}
	}
	return st
}

// mantel is the body and draft of a framework of two years from 1 January 2026,
// with options up to four.
func (s *scene) mantel() (deed.Draft, dossier.Framework) {
	t := s.t
	d := deed.Draft{
		Type: dossier.TypeFramework, Rule: deed.Rule{Kind: deed.RuleAll},
		NotBefore: on(t, 2026, 1, 1, 0), NotAfter: on(t, 2028, 1, 1, 0),
		Parties: []deed.Party{
			{PeerID: purchaser, Role: bodyRole},
			{PeerID: supplier, Role: supplierRole},
			{PeerID: second, Role: supplierRole},
			{PeerID: office, Role: deed.Secretariat},
		},
	}
	return d, dossier.Framework{
		Name: "Formulieren", Published: on(t, 2025, 6, 1, 0), ExtensionUntil: on(t, 2030, 1, 1, 0), TailDays: 365,
		Eligible: []fsc.PeerID{town, village},
		Windows:  []dossier.Window{{From: on(t, 2026, 1, 1, 0), Until: on(t, 2026, 10, 1, 0)}, {From: on(t, 2027, 3, 1, 0), Until: on(t, 2027, 10, 1, 0)}},
		Lots: []dossier.Lot{{
			ID: lot, Name: "Verhuizing", Unit: "meldingen", MaximumQuantity: 1000, MaximumValue: 50_000_000,
			Suppliers: []fsc.PeerID{supplier, second}, Services: []string{"verhuizing-doorgeven"},
		}},
	}
}

// framework makes a framework that all sign before it begins, changed as asked.
func (s *scene) framework(change ...func(*deed.Draft, *dossier.Framework)) *deed.Content {
	s.t.Helper()
	d, f := s.mantel()
	for _, c := range change {
		c(&d, &f)
	}
	return s.accept(s.deed(d, f), d.NotBefore-hour)
}

func reserve(need, reserved int64) []dossier.Reservation {
	return []dossier.Reservation{{Lot: lot, Need: need, Reserved: reserved}}
}

// join makes an accession that the buyer signs at a moment.
func (s *scene) join(f *deed.Content, by fsc.PeerID, at int64, lots []dossier.Reservation, more ...*deed.Content) *deed.Content {
	s.t.Helper()
	d := deed.Draft{
		Type: dossier.TypeAccession, Parents: []deed.Hash{f.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: by, Role: buyerRole}},
	}
	for _, p := range more {
		d.Parents = append(d.Parents, p.Hash())
	}
	return s.accept(s.deed(d, dossier.Accession{Lots: lots}), at)
}

// callOff is offered from 1 March 2026 for a year, and signed by nobody yet.
func (s *scene) callOff(f, in *deed.Content, quantity int64, change ...func(*deed.Draft, *dossier.CallOff)) *deed.Content {
	s.t.Helper()
	d := deed.Draft{
		Type: dossier.TypeCallOff, Parents: []deed.Hash{f.Hash(), in.Hash()}, Rule: deed.Rule{Kind: deed.RuleAll},
		NotBefore: on(s.t, 2026, 3, 1, 0), NotAfter: on(s.t, 2027, 3, 1, 0),
		Parties: []deed.Party{{PeerID: dossier.Buyer(in), Role: buyerRole}, {PeerID: supplier, Role: supplierRole}},
	}
	o := dossier.CallOff{Lot: lot, Quantity: quantity, Value: 100_000, Services: []string{"verhuizing-doorgeven"}}
	for _, c := range change {
		c(&d, &o)
	}
	return s.deed(d, o)
}

// allocate lets the purchasing body answer all that it owes at a moment.
func (s *scene) allocate(f *deed.Content, at int64) []*deed.Content {
	s.t.Helper()
	var made []*deed.Content
	for range 20 {
		v := s.view(at)
		owed, err := collective.OwedBy(v, f.Hash())
		if err != nil {
			s.t.Fatal(err)
		}
		if len(owed) == 0 {
			return made
		}
		l, err := collective.LedgerOf(v, f.Hash())
		if err != nil {
			s.t.Fatal(err)
		}
		for _, o := range owed {
			d, err := collective.Allocate(f, o, l)
			if err != nil {
				s.t.Fatal(err)
			}
			made = append(made, s.accept(s.deed(d, nil), at))
			if o.About == "" {
				break
			}
		}
	}
	s.t.Fatal("what is owed doesn't end")
	return nil
}

// count gives what is committed, reserved and left of the lot.
func (s *scene) count(f *deed.Content, now int64) (committed, reserved, pool int64) {
	s.t.Helper()
	l, err := collective.LedgerOf(s.view(now), f.Hash())
	if err != nil {
		s.t.Fatal(err)
	}
	st := l.Lots()[0]
	return st.Committed, st.Escrowed, st.Pool
}

func (s *scene) wantCount(f *deed.Content, now, committed, reserved, pool int64) {
	s.t.Helper()
	if c, r, p := s.count(f, now); c != committed || r != reserved || p != pool {
		s.t.Errorf("committed %d, reserved %d, pool %d; want %d, %d, %d", c, r, p, committed, reserved, pool)
	}
}

// change makes a change that all its parties sign at a moment.
func (s *scene) change(f *deed.Content, at int64, g dossier.Change, suppliers ...fsc.PeerID) *deed.Content {
	s.t.Helper()
	d := deed.Draft{
		Type: dossier.TypeChange, Parents: []deed.Hash{f.Hash()}, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{{PeerID: purchaser, Role: bodyRole}},
	}
	for _, p := range suppliers {
		d.Parties = append(d.Parties, deed.Party{PeerID: p, Role: supplierRole})
	}
	if g.Reason == "" {
		g.Reason = "Zie artikel 9."
	}
	return s.accept(s.deed(d, g), at)
}
