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
	l := law(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := deed.Parse(raw)
		if err != nil {
			return
		}
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
