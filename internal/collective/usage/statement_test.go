// SPDX-License-Identifier: EUPL-1.2

package usage_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/txlog/idset"
	"github.com/samenspel/samenspel/internal/txlog/idset/idsettest"
)

var annex = deed.Annex{Hash: deed.AnnexHash([]byte("invoice")), Name: "Factuur", MediaType: "application/pdf", Size: 7, Owner: buyer}

func at(year int, month time.Month, day, hour int) int64 {
	from, _, err := amsterdam(year, month)
	if err != nil {
		panic(err)
	}
	return time.Unix(from, 0).AddDate(0, 0, day-1).Unix() + int64(hour)*3600
}

// callOff runs from half November 2026 to the end of 2027.
func callOff(t testing.TB) *deed.Content {
	t.Helper()
	return write(t, deed.Draft{
		Type: 112, IssuedAt: at(2026, 11, 1, 9), NotBefore: at(2026, 11, 15, 0), NotAfter: at(2028, 1, 1, 0), Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{{PeerID: buyer, Role: usage.RoleBuyer}, {PeerID: supplier, Role: usage.RoleSupplier}},
	}, map[string]string{"lot": "perceel-1"})
}

func statementDraft(t testing.TB, by deed.Party) deed.Draft {
	t.Helper()
	return deed.Draft{
		Type: usage.TypeStatement, IssuedAt: at(2026, 12, 1, 0), NotBefore: at(2026, 12, 1, 0), Parents: []deed.Hash{callOff(t).Hash()},
		Parties: []deed.Party{by}, Rule: deed.Rule{Kind: deed.RuleOne},
	}
}

func november(t testing.TB, n int) usage.Statement {
	t.Helper()
	m, err := usage.ParseMonth("2026-11")
	if err != nil {
		t.Fatal(err)
	}
	s := tree(idsettest.Calls(n, 1)).Summary()
	return usage.Statement{Month: m, Count: s.Count, Root: s.Root}
}

var (
	byBuyer    = deed.Party{PeerID: buyer, Role: usage.RoleBuyer}
	bySupplier = deed.Party{PeerID: supplier, Role: usage.RoleSupplier}
)

func TestAStatementComesBackFromItsDeed(t *testing.T) {
	for _, by := range []deed.Party{byBuyer, bySupplier} {
		for _, n := range []int{0, 3} {
			want := november(t, n)
			c := write(t, statementDraft(t, by), want)
			got, err := usage.ReadStatement(c)
			if err != nil || *got != want {
				t.Errorf("%s: got %+v, %v", by.Role, got, err)
			}
			if err := usage.JudgeStatement(callOff(t), c, got, amsterdam, 0); err != nil {
				t.Errorf("%s: %v", by.Role, err)
			}
		}
	}
}

func TestStatementsAreReadStrictly(t *testing.T) {
	good, err := json.Marshal(november(t, 3))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*deed.Draft, *string)
		want   usage.Reason
	}{
		"another type":        {func(d *deed.Draft, _ *string) { d.Type = 114 }, usage.ReasonMalformed},
		"both sign":           {func(d *deed.Draft, _ *string) { d.Parties, d.Rule.Kind = append(d.Parties, bySupplier), deed.RuleAll }, usage.ReasonSignatories},
		"the purchasing body": {func(d *deed.Draft, _ *string) { d.Parties[0].Role = "central_purchasing_body" }, usage.ReasonSignatories},
		"no call-off":         {func(d *deed.Draft, _ *string) { d.Parents = nil }, usage.ReasonParent},
		"a framework": {func(d *deed.Draft, _ *string) {
			d.Parents[0] = deed.Hash(strings.Replace(string(d.Parents[0]), "$112$", "$110$", 1))
		}, usage.ReasonParent},
		"an unknown member": {func(_ *deed.Draft, s *string) { *s = strings.Replace(*s, `{`, `{"lots":1,`, 1) }, usage.ReasonMalformed},
		"month 13":          {func(_ *deed.Draft, s *string) { *s = strings.Replace(*s, "2026-11", "2026-13", 1) }, usage.ReasonMalformed},
		"a month in short":  {func(_ *deed.Draft, s *string) { *s = strings.Replace(*s, "2026-11", "2026-1", 1) }, usage.ReasonMalformed},
		"a day":             {func(_ *deed.Draft, s *string) { *s = strings.Replace(*s, "2026-11", "2026-11-01", 1) }, usage.ReasonMalformed},
		"no month":          {func(_ *deed.Draft, s *string) { *s = strings.Replace(*s, `"month":"2026-11",`, "", 1) }, usage.ReasonMalformed},
		"no count":          {func(_ *deed.Draft, s *string) { *s = strings.Replace(*s, `"count":3,`, "", 1) }, usage.ReasonMalformed},
		"below zero":        {func(_ *deed.Draft, s *string) { *s = strings.Replace(*s, `"count":3`, `"count":-3`, 1) }, usage.ReasonMalformed},
		"calls without a root": {func(_ *deed.Draft, s *string) {
			*s = strings.Replace(*s, november(t, 3).Root.String(), idset.EmptyRoot().String(), 1)
		}, usage.ReasonMalformed},
		"a root without calls":  {func(_ *deed.Draft, s *string) { *s = strings.Replace(*s, `"count":3`, `"count":0`, 1) }, usage.ReasonMalformed},
		"a root of other bytes": {func(_ *deed.Draft, s *string) { *s = strings.Replace(*s, november(t, 3).Root.String(), "AAAA", 1) }, usage.ReasonMalformed},
	} {
		d, text := statementDraft(t, byBuyer), string(good)
		c.change(&d, &text)
		if _, err := usage.ReadStatement(write(t, d, json.RawMessage(text))); reasonOf(err) != c.want {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

func TestAStatementFitsItsCallOff(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*deed.Draft, *usage.Statement)
		want   usage.Reason
		ended  int64
	}{
		"the month isn't over":            {func(d *deed.Draft, _ *usage.Statement) { d.IssuedAt-- }, usage.ReasonMonth, 0},
		"the call-off ended in the month": {func(d *deed.Draft, _ *usage.Statement) { d.IssuedAt = at(2026, 11, 20, 9) }, "", at(2026, 11, 20, 9)},
		"before that end":                 {func(d *deed.Draft, _ *usage.Statement) { d.IssuedAt = at(2026, 11, 20, 8) }, usage.ReasonMonth, at(2026, 11, 20, 9)},
		"the call-off ended long after":   {func(d *deed.Draft, _ *usage.Statement) { d.IssuedAt-- }, usage.ReasonMonth, at(2027, 2, 1, 0)},
		"before the call-off":             {func(_ *deed.Draft, s *usage.Statement) { s.Month.Month = time.October }, usage.ReasonMonth, 0},
		"after the call-off": {func(d *deed.Draft, s *usage.Statement) {
			s.Month.Year, s.Month.Month, d.IssuedAt = 2028, 1, at(2028, 2, 1, 0)
		}, usage.ReasonMonth, 0},
		"its last month": {func(d *deed.Draft, s *usage.Statement) {
			s.Month.Year, s.Month.Month, d.IssuedAt = 2027, 12, at(2028, 1, 1, 0)
		}, "", 0},
		"somebody else":         {func(d *deed.Draft, _ *usage.Statement) { d.Parties[0].PeerID = stranger }, usage.ReasonSignatories, 0},
		"the buyer as supplier": {func(d *deed.Draft, _ *usage.Statement) { d.Parties[0].Role = usage.RoleSupplier }, usage.ReasonSignatories, 0},
		"another call-off":      {func(d *deed.Draft, _ *usage.Statement) { d.Parents[0] = d.Parents[0][:80] + "A" + d.Parents[0][81:] }, usage.ReasonParent, 0},
		"a month far ahead":     {func(d *deed.Draft, s *usage.Statement) { s.Month.Year, d.IssuedAt = 9999, at(2030, 1, 1, 0) }, usage.ReasonMonth, 0},
	} {
		d, s := statementDraft(t, byBuyer), november(t, 3)
		c.change(&d, &s)
		d.NotBefore = d.IssuedAt
		content := write(t, d, s)
		read, err := usage.ReadStatement(content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := usage.JudgeStatement(callOff(t), content, read, amsterdam, c.ended); reasonOf(err) != c.want {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestEqualRootsSettleAndOthersDiffer(t *testing.T) {
	own, same, less, next := november(t, 5), november(t, 5), november(t, 4), november(t, 5)
	next.Month.Month++
	if o, err := usage.Compare(&own, &same); o != usage.Equal || err != nil {
		t.Error(o, err)
	}
	if o, err := usage.Compare(&own, &less); o != usage.Differ || err != nil {
		t.Error(o, err)
	}
	if _, err := usage.Compare(&own, &next); reasonOf(err) != usage.ReasonMonth {
		t.Error(err)
	}
}

func settlement(t testing.TB) (deed.Draft, usage.Settlement, usage.Signed, usage.Signed) {
	t.Helper()
	own, other := november(t, 5), november(t, 4)
	one := usage.Signed{Deed: write(t, statementDraft(t, byBuyer), own), Body: &own}
	two := usage.Signed{Deed: write(t, statementDraft(t, bySupplier), other), Body: &other}
	d := statementDraft(t, byBuyer)
	d.Type, d.Parties, d.Rule.Kind = usage.TypeSettlement, []deed.Party{byBuyer, bySupplier}, deed.RuleAll
	d.Parents = append(d.Parents, one.Deed.Hash(), two.Deed.Hash())
	return d, usage.Settlement{Month: own.Month, Count: 5, Reason: "Eén record kwam te laat binnen."}, one, two
}

func TestBothSidesSettleADifference(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*deed.Draft, *usage.Settlement)
		want   usage.Reason
	}{
		"as it should be":         {func(*deed.Draft, *usage.Settlement) {}, ""},
		"by zero calls":           {func(_ *deed.Draft, s *usage.Settlement) { s.Count = 0 }, ""},
		"one signs":               {func(d *deed.Draft, _ *usage.Settlement) { d.Parties, d.Rule.Kind = d.Parties[:1], deed.RuleOne }, usage.ReasonSignatories},
		"the same Peer twice":     {func(d *deed.Draft, _ *usage.Settlement) { d.Parties[1].PeerID = buyer }, usage.ReasonSignatories},
		"another Peer":            {func(d *deed.Draft, _ *usage.Settlement) { d.Parties[1].PeerID = stranger }, usage.ReasonSignatories},
		"without a reason":        {func(_ *deed.Draft, s *usage.Settlement) { s.Reason = "" }, usage.ReasonMalformed},
		"a reason with an escape": {func(_ *deed.Draft, s *usage.Settlement) { s.Reason = "\x1b[31m" }, usage.ReasonMalformed},
		"a reason without end":    {func(_ *deed.Draft, s *usage.Settlement) { s.Reason = strings.Repeat("x", 2001) }, usage.ReasonMalformed},
		"below zero":              {func(_ *deed.Draft, s *usage.Settlement) { s.Count = -1 }, usage.ReasonMalformed},
		"one statement":           {func(d *deed.Draft, _ *usage.Settlement) { d.Parents = d.Parents[:2] }, usage.ReasonParent},
		"statements turned round": {func(d *deed.Draft, _ *usage.Settlement) { d.Parents[1], d.Parents[2] = d.Parents[2], d.Parents[1] }, usage.ReasonParent},
		"another month":           {func(_ *deed.Draft, s *usage.Settlement) { s.Month.Month++ }, usage.ReasonMonth},
	} {
		d, s, one, two := settlement(t)
		c.change(&d, &s)
		w := write(t, d, s)
		read, err := usage.ReadSettlement(w)
		if err == nil {
			err = usage.JudgeSettlement(w, read, one, two)
		}
		if reasonOf(err) != c.want {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// FuzzBodies reads whatever a deed can hold as each of the bodies.
func FuzzBodies(f *testing.F) {
	f.Add(write(f, statementDraft(f, byBuyer), november(f, 3)).Raw())
	d, s, _, _ := settlement(f)
	f.Add(write(f, d, s).Raw())
	save, saved := saving(f)
	f.Add(write(f, save, saved).Raw())
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := deed.Parse(raw)
		if err != nil {
			return
		}
		if s, err := usage.ReadStatement(c); err == nil {
			again, err := usage.ParseMonth(s.Month.String())
			if err != nil || again != s.Month || s.Count < 0 || (s.Count == 0) != (s.Root == idset.EmptyRoot()) {
				t.Errorf("got %+v, %v", s, err)
			}
		}
		if s, err := usage.ReadSettlement(c); err == nil && (s.Count < 0 || s.Reason == "") {
			t.Errorf("got %+v", s)
		}
		if s, err := usage.ReadSaving(c); err == nil {
			if _, err := s.Cents(); err != nil || s.Quantity <= 0 || s.Baseline.Source == "" {
				t.Errorf("got %+v, %v", s, err)
			}
		}
	})
}
