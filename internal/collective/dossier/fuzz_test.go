// SPDX-License-Identifier: EUPL-1.2

package dossier_test

import (
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
)

// FuzzBodies reads whatever a deed can hold as each of the bodies. What is
// accepted keeps the bounds on which the ledger's sums rest.
func FuzzBodies(f *testing.F) {
	d, body := mantel(f)
	f.Add(write(f, d, body).Raw())
	f.Add(accession(f, write(f, d, body), buyer, dossier.Reservation{Lot: "perceel-1", Need: 1, Reserved: 1}).Raw())
	for typ, body := range map[deed.Type]string{
		dossier.TypeAllocation: `{` + command + `,` + receipt + `}`, dossier.TypeBinding: `{"contract":"` + contract + `"}`,
		dossier.TypeOrganization: `{"name":"Lochem","kind":"municipality","attributes":[]}`, dossier.TypeGroup: `{"name":"IMG","kind":"region"}`,
		dossier.TypePriceSheet: prices("12500", "EUR", "40", "Exclusief btw."),
		dossier.TypeMembership: `{"class":"voting"}`, dossier.TypeDecision: `{"title":"Kern","text":"Zo."}`,
		dossier.TypeProcess: `{"code":"P01","name":"Verhuizen"}`, dossier.TypeConfirmation: `{}`,
		dossier.TypeCallOffChange: `{"quantity":300,"value_cents":5,"reason":"Meer balies."}`,
		dossier.TypeOwnDraw:       ownDraw("draw", string(buyer), "5", "1"),
		dossier.TypeChange:        `{"kind":"indexation","reason":"Artikel 9.","basis_points":-250}`,
	} {
		d := draft(f, typ, body)
		c, err := d.Content()
		if err != nil || readAs(typ, c) != nil {
			f.Fatal(typ, err)
		}
		f.Add(c.Raw())
	}
	l := law(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := deed.Parse(raw)
		if err != nil {
			return
		}
		readTheRest(t, c)
		if m, err := dossier.ReadFramework(c, l); err == nil {
			for i := range m.Lots {
				if m.Lots[i].MaximumQuantity <= 0 || m.Lots[i].MaximumValue <= 0 {
					t.Fatalf("a lot without a maximum: %+v", m.Lots[i])
				}
			}
			if m.TermRationale == "" && m.End(c).After(time.Unix(c.NotBefore, 0).AddDate(4, 0, 1)) {
				t.Fatalf("a framework to %v without a reason", m.End(c))
			}
		}
		if a, err := dossier.ReadAccession(c); err == nil {
			for _, r := range a.Lots {
				if r.Reserved < 0 || r.Reserved > 2*r.Need {
					t.Fatalf("reserved %+v", r)
				}
			}
		}
		if o, err := dossier.ReadCallOff(c); err == nil && (o.Quantity <= 0 || dossier.Buyer(c) == "" || dossier.Supplier(c) == "") {
			t.Fatalf("a call-off of nothing or nobody: %+v", o)
		}
	})
}

// readTheRest reads the other bodies; what is accepted keeps its own bounds.
func readTheRest(t *testing.T, c *deed.Content) {
	t.Helper()
	if a, err := dossier.ReadAllocation(c); err == nil && (a.Receipt == nil) == (a.Refusal == nil) {
		t.Fatalf("an allocation with both or neither: %+v", a)
	}
	if b, err := dossier.ReadBinding(c); err == nil && (b.Contract.Validate() != nil || c.NotAfter == 0) {
		t.Fatalf("a binding to nothing: %+v", b)
	}
	if g, err := dossier.ReadChange(c); err == nil && (g.BasisPoints > 10_000 || g.BasisPoints < -10_000 || g.Reason == "") {
		t.Fatalf("a change out of bounds: %+v", g)
	}
	if p, err := dossier.ReadPriceSheet(c); err == nil && (p.Cents < 0 || p.Cents > dossier.MaxPriceCents || p.Hours < 0 || p.Hours > dossier.MaxEffortHours) {
		t.Fatalf("a price out of bounds: %+v", p)
	}
	if o, err := dossier.ReadOrganization(c); err == nil && len(o.Predecessors) > 0 && len(c.PeersInRole(dossier.RoleRegistrar)) != 1 {
		t.Fatalf("a takeover without a registrar: %+v", o)
	}
	if o, err := dossier.ReadOwnDraw(c); err == nil && (o.Command.Quantity <= 0 || o.Command.Local <= 0 || o.Command.Buyer != string(dossier.Buyer(c))) {
		t.Fatalf("an own draw of nothing or for another: %+v", o)
	}
	if g, err := dossier.ReadCallOffChange(c); err == nil && (g.Quantity <= 0 || g.Value <= 0 || dossier.Supplier(c) == "") {
		t.Fatalf("a change to nothing or by nobody: %+v", g)
	}
	for _, typ := range []deed.Type{dossier.TypeGroup, dossier.TypeMembership, dossier.TypeDecision, dossier.TypeProcess, dossier.TypeConfirmation} {
		_ = readAs(typ, c)
	}
}
