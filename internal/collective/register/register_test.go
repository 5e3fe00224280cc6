// SPDX-License-Identifier: EUPL-1.2

package register_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/register"
)

func load(t testing.TB) *register.Register {
	t.Helper()
	r, err := register.Load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func parseFacts(t testing.TB) (*register.Data, []byte) {
	t.Helper()
	raw, err := os.ReadFile("facts.txt")
	if err != nil {
		t.Fatal(err)
	}
	d, err := register.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return d, raw
}

func TestTheCountsOfTheDataStandStill(t *testing.T) {
	d, raw := parseFacts(t)
	members, differ := 0, 0
	for _, a := range d.Arrangements {
		members += len(a.Members)
	}
	for _, m := range d.Municipalities {
		if m.OIN != "00000001"+m.RSIN+"000" {
			differ++
		}
	}
	f := load(t).Figures()
	got := []int{len(d.Municipalities), len(d.Ended), len(d.Arrangements), members, len(d.Mergers), len(d.Splits), len(d.Processes), len(d.Frameworks), differ, f.Large, f.HoldHalf, f.Median}
	if want := []int{342, 271, 451, 3551, 1112 + 17, 5, 30, 5, 10, 32, 58, 33202}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !bytes.Equal(register.Format(d), raw) {
		t.Error("the facts don't format to themselves")
	}
}

func TestSuccessorsActAndSplitsAreDecidedByPeople(t *testing.T) {
	s := load(t).Successions()
	for _, c := range []struct {
		code, want register.Code
		at         register.Date
	}{
		{"GM0501", "GM0501", "2022-12-31"},
		{"GM0501", "GM1992", "2023-01-01"},
		{"GM0457", "GM0457", "2022-03-23"},
		{"GM0457", "GM0363", "2022-03-24"},
		{"GM0894", "GM0881", "1982-01-01"},
	} {
		if got, _, err := s.Heir(c.code, c.at); err != nil || got != c.want {
			t.Errorf("heir of %s on %s: %s, %v; want %s", c.code, c.at, got, err, c.want)
		}
	}
	var split *register.SplitError
	if _, _, err := s.Heir("GM0788", "2021-01-01"); !errors.As(err, &split) {
		t.Errorf("Haaren: %v, want a split", err)
	}
	list := register.EligibleList{Frozen: "2022-01-01", Buyers: []register.Code{"GM0501", "GM0530", "GM0363"}}
	if err := list.Check(s); err != nil {
		t.Fatal(err)
	}
	if v := s.Eligible(list, "GM1992", "2024-01-01"); !v.OK || v.Reason != register.ReasonSuccessor || len(v.From) != 2 {
		t.Errorf("successor: %+v", v)
	}
	if v := s.Eligible(list, "GM0599", "2024-01-01"); v.OK || v.Reason != register.ReasonNotListed {
		t.Errorf("not listed: %+v", v)
	}
}

func TestAQuotaMovesAndNeverDoubles(t *testing.T) {
	s := load(t).Successions()
	in := []register.Holding{{Owner: "GM0501", Reserved: 10, Committed: 5}, {Owner: "GM0614", Reserved: 7}, {Owner: "GM1992", Committed: 1}}
	out, err := s.Move(in, "2023-01-01")
	if want := []register.Holding{{Owner: "GM1992", Reserved: 17, Committed: 6}}; err != nil || !slices.Equal(out, want) {
		t.Errorf("%v, %v", out, err)
	}
	haaren := []register.Holding{{Owner: "GM0788", Reserved: 10}}
	var split *register.SplitError
	if _, err := s.Move(haaren, "2021-01-01"); !errors.As(err, &split) {
		t.Errorf("an undecided split moved: %v", err)
	}
	short := register.Division{From: "GM0788", Shares: []register.Holding{{Owner: "GM0824", Reserved: 9}}}
	if _, err := s.Move(haaren, "2021-01-01", short); !errors.Is(err, register.ErrQuota) {
		t.Errorf("a division that loses a unit: %v", err)
	}
}

func TestAComputedOINIsRefused(t *testing.T) {
	var identity *register.IdentityError
	if _, err := load(t).Identify("00000001854730564000"); !errors.As(err, &identity) || identity.Reason != register.ReasonDerived {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("samenspel-register\t1\nsource\troo\t2026-05-01\tx\nmerger\tGM0001\tGM0002\t2020-01-01\t\tA\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if d, err := register.Parse(raw); err == nil && !bytes.Equal(register.Format(d), raw) {
			t.Error("what was read doesn't format to itself")
		}
	})
}
