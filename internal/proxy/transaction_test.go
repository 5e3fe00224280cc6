// SPDX-License-Identifier: EUPL-1.2

package proxy_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/proxy"
)

func TestNewTransactionIDIsAValidUUIDOfThisMoment(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 10_000 {
		before := time.Now().UnixMilli()
		id := proxy.NewTransactionID()
		ms, err := strconv.ParseInt(strings.ReplaceAll(id, "-", "")[:12], 16, 64)
		if err != nil || ms < before || ms > time.Now().UnixMilli() {
			t.Fatalf("time in %s: %d, %v", id, ms, err)
		}
		if !proxy.ValidTransactionID(id) || id != strings.ToLower(id) || seen[id] {
			t.Fatalf("%s invalid or seen before", id)
		}
		seen[id] = true
	}
}

func TestValidTransactionID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"01890a5d-ac96-774b-bcce-b302099a8057":  true,
		"01890A5D-AC96-774B-BCCE-B302099A8057":  true,
		"ffffffff-ffff-7fff-8fff-ffffffffffff":  true,
		"01890a5d-ac96-774b-9cce-b302099a8057":  true,
		"01890a5d-ac96-774b-acce-b302099a8057":  true,
		"01890a5d-ac96-474b-bcce-b302099a8057":  false, // version 4
		"01890a5d-ac96-774b-ccce-b302099a8057":  false, // variant
		"01890a5d-ac96-774b-7cce-b302099a8057":  false,
		"01890a5dac96774bbcceb302099a8057":      false,
		"01890a5d-ac96-774b-bcce-b302099a805":   false,
		"01890a5d-ac96-774b-bcce-b302099a80571": false,
		"01890a5d_ac96-774b-bcce-b302099a8057":  false,
		"01890a5g-ac96-774b-bcce-b302099a8057":  false,
		"01890a5\x10-ac96-774b-bcce-b302099a80": false,
		"{1890a5d-ac96-774b-bcce-b302099a8057}": false,
		"01890a5d-ac96-774b-bcce-b302099a805\n": false,
		"":                                      false,
	} {
		if proxy.ValidTransactionID(id) != want {
			t.Errorf("%q: want %v", id, want)
		}
	}
}

func TestParseTraceparent(t *testing.T) {
	t.Parallel()
	const trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	for h, want := range map[string]bool{
		"00-" + trace + "-" + span + "-01":                         true,
		"00-" + trace + "-" + span + "-ff":                         true,
		"cc-" + trace + "-" + span + "-01":                         true,
		"cc-" + trace + "-" + span + "-01-more":                    true,
		"cc-" + trace + "-" + span + "-01.more":                    false,
		"00-" + trace + "-" + span + "-01-more":                    false,
		"ff-" + trace + "-" + span + "-01":                         false,
		"0-" + trace + "-" + span + "-01":                          false,
		"00-" + strings.ToUpper(trace) + "-" + span + "-01":        false,
		"00-" + strings.Repeat("0", 32) + "-" + span + "-01":       false,
		"00-" + trace + "-" + strings.Repeat("0", 16) + "-01":      false,
		"00-" + trace + "-" + span + "-0":                          false,
		"00-" + trace + "-" + span + "-0x":                         false,
		"00-" + trace + "_" + span + "-01":                         false,
		" 00-" + trace + "-" + span + "-01":                        false,
		"":                                                         false,
		"00-" + trace[:31] + "g-" + span + "-01":                   false,
		"00-" + trace + "-" + span + "-01\r\n":                     false,
		strings.Repeat("-", 55):                                    false,
		"0Z-" + trace + "-" + span + "-01":                         false,
		"00-" + trace + "-" + strings.Repeat("z", 16) + "-01":      false,
		"00-" + strings.Repeat("\xff", 32) + "-" + span + "-01-01": false,
	} {
		gotTrace, gotSpan, ok := proxy.ParseTraceparent(h)
		if ok != want || ok && (gotTrace != trace || gotSpan != span) || !ok && gotTrace+gotSpan != "" {
			t.Errorf("%q: %q %q %v", h, gotTrace, gotSpan, ok)
		}
	}
}

func FuzzValidTransactionID(f *testing.F) {
	f.Add("01890a5d-ac96-774b-bcce-b302099a8057")
	re := regexp.MustCompile(`\A[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-7[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}\z`)
	f.Fuzz(func(t *testing.T, s string) {
		if proxy.ValidTransactionID(s) != re.MatchString(s) {
			t.Errorf("%q", s)
		}
	})
}

func FuzzTraceparent(f *testing.F) {
	f.Add("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	f.Add("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x")
	re := regexp.MustCompile(`\A(?:00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}|[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?s:-.*)?)\z`)
	f.Fuzz(func(t *testing.T, s string) {
		trace, span, ok := proxy.ParseTraceparent(s)
		if !ok {
			return
		}
		if !re.MatchString(s) || s[:2] == "ff" || s[:2] == "00" && len(s) != 55 || len(trace) != 32 || len(span) != 16 {
			t.Errorf("%q", s)
		}
	})
}
