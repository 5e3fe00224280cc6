// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"time"

	"github.com/spf13/pflag"
)

// validityFlags tell when a contract is valid.
type validityFlags struct {
	notBefore, notAfter string
	validFor            time.Duration
}

func (v *validityFlags) add(f *pflag.FlagSet) {
	f.StringVar(&v.notBefore, "not-before", "", "first `MOMENT`: 2027-01-31 (0:00 UTC) or 2027-01-31T12:00:00+01:00 (default: now)")
	f.StringVar(&v.notAfter, "not-after", "", "`MOMENT` from which the contract is over, instead of --valid-for")
	f.DurationVar(&v.validFor, "valid-for", 365*24*time.Hour, "how `LONG` the contract is valid from its first moment")
}

// times gives the two ends; the first is zero when it is now.
func (v *validityFlags) times(f *pflag.FlagSet, now time.Time) (from, until time.Time, err error) {
	if from, err = parseMoment("--not-before", v.notBefore); err != nil {
		return from, until, err
	}
	if until, err = parseMoment("--not-after", v.notAfter); err != nil {
		return from, until, err
	}
	if !until.IsZero() {
		if f.Changed("valid-for") {
			return from, until, usagef("--not-after and --valid-for exclude each other")
		}
		return from, until, nil
	}
	if v.validFor <= 0 {
		return from, until, usagef("--valid-for must be more than nothing")
	}
	start := from
	if start.IsZero() {
		start = now
	}
	return from, start.Add(v.validFor), nil
}

func parseMoment(flag, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("%s is %q; it must look like 2027-01-31 or 2027-01-31T12:00:00+01:00", flag, s)
}
