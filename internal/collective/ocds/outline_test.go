// SPDX-License-Identifier: EUPL-1.2

package ocds_test

import (
	"testing"

	"github.com/samenspel/samenspel/internal/collective/ocds"
)

func outlineOf(t *testing.T, name, rationale string) (*ocds.Outline, error) {
	t.Helper()
	s := load(t)
	return s.Outline(read(t, s, file(t, name)).Releases, rationale)
}

func TestARealFrameworkIsOutlined(t *testing.T) {
	o, err := outlineOf(t, "real/uk-cf-repairs-planned-works-framework-award.json", "")
	if err != nil {
		t.Fatal(err)
	}
	if o.Title != "Repairs and Planned Works Framework" || o.Maximum != (ocds.Money{Cents: 175_000_000_00, Currency: "GBP"}) || !o.Published.IsZero() {
		t.Errorf("outline %+v", o)
	}
	if !o.Term.Start.Equal(at(t, "2025-03-31T23:00:00Z")) || !o.Term.End.Equal(at(t, "2029-03-31T22:59:59Z")) {
		t.Errorf("term %+v", o.Term)
	}
	if len(o.Lots) != 0 || len(o.Suppliers[""]) != 30 || o.Suppliers[""][1].Name != "Axis Europe PLC" || o.Suppliers[""][1].OIN != "" {
		t.Errorf("lots %v, suppliers %v", o.Lots, o.Suppliers)
	}
}

func TestAFiveYearFrameworkIsOutlinedWithAReasonOnly(t *testing.T) {
	_, err := outlineOf(t, cabling, "")
	refused(t, err, "/tender/contractPeriod", ocds.RuleFourYears)
	o, err := outlineOf(t, cabling, "Kabels gaan twintig jaar mee.")
	if err != nil || o.TermRationale != "Kabels gaan twintig jaar mee." || o.Term.End.Year() != 2030 {
		t.Errorf("outline %+v %v", o, err)
	}
}

func TestOurOwnFrameworkIsOutlinedWithLotsBuyersAndWindows(t *testing.T) {
	o, err := outlineOf(t, designFile, "")
	if err != nil {
		t.Fatal(err)
	}
	if o.OCID != processID || o.Published.IsZero() || len(o.Lots) == 0 || len(o.Eligible) == 0 || o.Eligible[0].OIN == "" {
		t.Errorf("outline %+v", o)
	}
	for _, l := range o.Lots {
		if len(o.Suppliers[l.ID]) == 0 {
			t.Errorf("lot %s has no supplier", l.ID)
		}
	}
	s := load(t)
	f := framework(t)
	f.Windows = []ocds.EntryWindow{{ID: "w", Title: "eerste", Opens: at(t, "2026-06-01T00:00:00Z"), Closes: at(t, "2026-07-01T00:00:00Z")}}
	f.Lots[0].Quantity, f.Lots[0].Unit = 500, "meldingen"
	tender, err := s.Tender(f, ocds.Stamp{ID: "1", Date: at(t, "2026-03-02T08:00:00Z")})
	if err != nil {
		t.Fatal(err)
	}
	if o, err = s.Outline([]ocds.Release{tender}, ""); err != nil || len(o.Windows) != 1 || !o.Windows[0].Closes.Equal(f.Windows[0].Closes) ||
		o.Lots[0].Quantity != 500 || o.Lots[0].Unit != "meldingen" {
		t.Errorf("windows %+v, lots %+v: %v", o.Windows, o.Lots, err)
	}
}

func TestOnlyOneFrameworkIsOutlined(t *testing.T) {
	s := load(t)
	both := append(read(t, s, file(t, cabling)).Releases, read(t, s, file(t, "real/uk-cf-repairs-planned-works-framework-award.json")).Releases...)
	_, err := s.Outline(both, "")
	refused(t, err, "/releases", "input")
	_, err = s.Outline(nil, "")
	refused(t, err, "/releases", "input")
}
