// SPDX-License-Identifier: EUPL-1.2

package loket_test

import (
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/fieldlab/loket"
)

func TestEveryMunicipalityHasItsOwnColour(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range loket.Municipalities() {
		v, err := loket.VariationOf(m.Key)
		if err != nil {
			t.Fatal(err)
		}
		if v.Municipality != m.Key || seen[v.Welcome] {
			t.Errorf("%s has the variation of another: %+v", m.Key, v)
		}
		seen[v.Welcome] = true
	}
	if _, err := loket.VariationOf("../variations/duinwijk"); err == nil {
		t.Error("a path is no municipality")
	}
}

func TestVariationNamesTheFieldThatIsWrong(t *testing.T) {
	hours := func(day, from, until string) any {
		return []any{object{"dag": "dinsdag", "van": "09:00", "tot": "12:00"}, object{"dag": day, "van": from, "tot": until}}
	}
	for name, w := range map[string]wrong{
		"another municipality":   {"gemeente", "utrecht", "", "place"},
		"no welcome":             {"welkom", nil, "", "required"},
		"mark-up":                {"welkom", "<b>Welkom</b>", "", "characters"},
		"a long text":            {"inleidingen.verhuizing", strings.Repeat("x", 401), "", "too_long"},
		"an intro of no form":    {"inleidingen.paspoort", "x", "inleidingen", "unknown"},
		"a field extra":          {"kleur", "#fff", "", "unknown"},
		"never open":             {"openingstijden", []any{}, "", "required"},
		"a day that isn't one":   {"openingstijden", hours("feestdag", "09:00", "12:00"), "openingstijden.1.dag", "choice"},
		"a day twice":            {"openingstijden", hours("dinsdag", "09:00", "12:00"), "openingstijden.1.dag", "choice"},
		"a day too late":         {"openingstijden", hours("maandag", "09:00", "12:00"), "openingstijden.1.dag", "choice"},
		"a time that isn't one":  {"openingstijden", hours("vrijdag", "9 uur", "A"), "", ""},
		"closed before it opens": {"openingstijden", hours("vrijdag", "12:00", "09:00"), "openingstijden.1.tot", "time"},
	} {
		t.Run(name, func(t *testing.T) {
			whole := object{
				"gemeente": "duinwijk", "welkom": "Welkom", "adres": "Zeeweg 1", "telefoon": "(000)", "inleidingen": object{"verhuizing": "x", "overlijden": "y"},
				"openingstijden": []any{object{"dag": "maandag", "van": "09:00", "tot": "17:00"}},
			}
			_, faults := loket.ParseVariation([]byte(text(t, with(whole, w.path, w.value))))
			if w.code == "" {
				if len(faults) == 0 {
					t.Error("taken")
				}
				return
			}
			w.check(t, faults)
		})
	}
}
