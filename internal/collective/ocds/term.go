// SPDX-License-Identifier: EUPL-1.2

package ocds

import (
	"encoding/json"
	"math"
	"strings"
	"time"
)

const (
	maxTermYears = 4
	maxTermDays  = 4*365 + 1
	// clockShift is what summer time can add to the same span of calendar days.
	clockShift = time.Hour
)

// checkTerm applies the rule of four years: a framework's term with all its
// options is at most four years, unless a reason is given.
func checkTerm(found *findings, path string, p Period, rationale string) {
	if p.Start.IsZero() || p.last().IsZero() || strings.TrimSpace(rationale) != "" {
		return
	}
	limit := p.Start.AddDate(maxTermYears, 0, 0)
	if p.last().After(limit.Add(clockShift)) {
		found.add(path, RuleFourYears, "the framework runs from %s to %s, longer than four years; shorten it or give the reason why its subject needs more",
			p.Start.Format(time.DateOnly), p.last().Format(time.DateOnly))
	}
}

// CheckFramework holds a release of somebody else, taken as a framework, against
// the rule of four years ([RuleFourYears]). It looks at the periods of the tender, its lots, its
// framework agreement and its awards, by dates and by number of days. A reason
// in the release (periodRationale) lifts the rule, and so does the one given
// here, which the importer answers for. It also refuses a period that ends
// before it starts and a framework without any term. A maximum isn't demanded:
// many publishers have no field for it. The error is an [*InvalidError].
func (s *Standard) CheckFramework(r Release, rationale string) error {
	found := &findings{}
	tender := child(r.tree, "tender")
	agreement := child(child(tender, "techniques"), "frameworkAgreement")
	if strings.TrimSpace(rationale) == "" {
		rationale = text(agreement, "periodRationale")
	}
	terms := []struct {
		path   string
		period object
	}{
		{"/tender/contractPeriod", child(tender, "contractPeriod")},
		{"/tender/techniques/frameworkAgreement/period", child(agreement, "period")},
	}
	for _, part := range []struct {
		path string
		in   object
		name string
	}{{"/tender/lots", tender, "lots"}, {"/awards", r.tree, "awards"}} {
		for i, o := range children(part.in, part.name) {
			terms = append(terms, struct {
				path   string
				period object
			}{element(part.path, i) + "/contractPeriod", child(o, "contractPeriod")})
		}
	}
	stated := false
	for _, t := range terms {
		p, days := readPeriod(t.period)
		stated = stated || days > 0 || (!p.Start.IsZero() && !p.last().IsZero())
		if days > maxTermDays && strings.TrimSpace(rationale) == "" {
			found.add(t.path, RuleFourYears, "the framework runs %d days, longer than four years; shorten it or give the reason why its subject needs more", days)
			continue
		}
		if !p.Start.IsZero() && !p.last().IsZero() && p.last().Before(p.Start) {
			found.add(t.path, ruleInput, "ends before it starts")
		}
		checkTerm(found, t.path, p, rationale)
	}
	if !stated {
		found.add("/tender/contractPeriod", "required", "is missing; without a term nobody can tell whether the framework still lives")
	}
	return found.err()
}

// readPeriod reads a period of a valid release, with its number of days, which
// stands for the dates where those aren't known.
func readPeriod(o object) (Period, int64) {
	moment := func(name string) time.Time {
		t, err := time.Parse(time.RFC3339, text(o, name))
		if err != nil {
			return time.Time{} // absent or null
		}
		return t
	}
	number, _ := o["durationInDays"].(json.Number)
	days, err := number.Int64()
	if err != nil && number != "" {
		days = math.MaxInt64 // a number of days that fits no machine is no short term
	}
	return Period{Start: moment("startDate"), End: moment("endDate"), MaxExtent: moment("maxExtentDate")}, days
}
