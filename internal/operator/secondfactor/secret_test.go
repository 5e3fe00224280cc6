// SPDX-License-Identifier: EUPL-1.2

package secondfactor_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/operator/secondfactor"
)

func published() (s secondfactor.Secret) {
	copy(s[:], "12345678901234567890")
	return s
}

func TestCodesAreThoseOfTheRFC(t *testing.T) {
	// RFC 6238, appendix B, rows of SHA-1: the last six of their eight digits.
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := published().Code(secondfactor.Step(time.Unix(at, 0))); got != want {
			t.Errorf("at %d: got %s, want %s", at, got, want)
		}
	}
	// RFC 4226, appendix D.
	for step, want := range []string{
		"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
	} {
		if got := published().Code(int64(step)); got != want {
			t.Errorf("step %d: got %s, want %s", step, got, want)
		}
	}
}

func TestACodeCountsOneStepEachWayAndOnce(t *testing.T) {
	s, now := published(), time.Unix(1_800_000_000, 0)
	middle := secondfactor.Step(now)
	for off, want := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		step, ok := s.Match(s.Code(middle+off), now, 0)
		if ok != want || ok && step != middle+off {
			t.Errorf("off by %d: got %d %t, want %t", off, step, ok, want)
		}
	}
	if _, ok := s.Match(s.Code(middle), now, middle); ok {
		t.Error("a code that was accepted counts again")
	}
	if _, ok := s.Match(s.Code(middle-1), now, middle); ok {
		t.Error("an older code counts after a newer one")
	}
	for _, code := range []string{"", "12345", "1234567", "abcdef", "١٢٣", strings.Repeat("9", 10_000)} {
		if _, ok := s.Match(code, now, 0); ok {
			t.Errorf("%.20q counts", code)
		}
	}
	code := s.Code(middle)
	if _, ok := s.Match(" "+code[:3]+" "+code[3:]+" ", now, 0); !ok {
		t.Error("a code with spaces, as apps show it, doesn't count")
	}
}

func TestASecretIsShownInTwoFormsAndNeverByAccident(t *testing.T) {
	s := published()
	if got, want := s.Text(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	u, err := url.Parse(s.URI("Gemeente Zilver & Broek", "a+b@x.example"))
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Gemeente Zilver & Broek:a+b@x.example" ||
		u.Query().Get("secret") != strings.ReplaceAll(s.Text(), " ", "") || u.Query().Get("issuer") != "Gemeente Zilver & Broek" {
		t.Errorf("got %s", u)
	}
	for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v", s, s, s), s.LogValue().String()} {
		if strings.Contains(shown, "49") || strings.Contains(shown, "GEZD") {
			t.Errorf("a log would show %s", shown)
		}
	}
	if one, other := secondfactor.New(), secondfactor.New(); one == other {
		t.Error("two secrets are the same")
	}
}

func TestARecoveryCodeIsFoundHoweverItIsTyped(t *testing.T) {
	codes, hashes := secondfactor.NewRecovery()
	if len(codes) != secondfactor.RecoveryCodes || len(slices.Compact(slices.Sorted(slices.Values(codes)))) != len(codes) {
		t.Fatalf("got %q", codes)
	}
	for i, code := range codes {
		if got := secondfactor.FindRecovery(hashes, " "+strings.ToLower(strings.ReplaceAll(code, "-", " "))); got != i {
			t.Errorf("code %d is found at %d", i, got)
		}
	}
	if got := secondfactor.FindRecovery(hashes, "AAAA-AAAA-AAAA-AAAA"); got != -1 {
		t.Errorf("an unknown code is found at %d", got)
	}
}

func FuzzMatchTakesNothingButTheThreeCodes(f *testing.F) {
	f.Add("287082")
	f.Add(" 28 70 82")
	f.Fuzz(func(t *testing.T, code string) {
		s, now := published(), time.Unix(59, 0)
		_, ok := s.Match(code, now, -1)
		plain := strings.ReplaceAll(strings.TrimSpace(code), " ", "")
		if want := plain == s.Code(0) || plain == s.Code(1) || plain == s.Code(2); ok != want {
			t.Errorf("%q: got %t, want %t", code, ok, want)
		}
	})
}
