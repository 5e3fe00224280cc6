// SPDX-License-Identifier: EUPL-1.2

package operator_test

import (
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/operator"
)

func TestPasswordRules(t *testing.T) {
	for _, good := range []string{
		"vier paarden bij de molen", "correct horse battery staple", "welkom in mijn groene huis", "Tj4$kq!9Zw2&", "хорошо что погода",
		"fiets zomer kaas boter", "94028475610389", strings.Repeat("vier paarden ", 9) + "ja", "annabel rijdt naar zee",
	} {
		if err := operator.CheckPassword(good, "Anna de Vries", "a.devries@lochem.nl"); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for name, bad := range map[string]string{
		"empty":                   "",
		"short":                   "Tj4$kq!9Zw2",
		"short in characters":     "хорошо что",
		"long":                    strings.Repeat("vier paarden ", 10),
		"one character":           "aaaaaaaaaaaaaaaa",
		"few characters":          "abababbaabbab",
		"a word twice":            "kaasboterkaasboter",
		"a pattern":               "xk3xk3xk3xk3xk",
		"digits in a row":         "1234567890123",
		"letters in a row":        "abcdefghijklm",
		"a row backwards":         "zyxwvutsrqpon",
		"season and year":         "Zomer2026!!!!",
		"month and year":          "november2026!",
		"well-known word":         "Wachtwoord123",
		"welcome":                 "Welkom2026!@#",
		"own name":                "AnnadeVries1!",
		"own address":             "a.devries@lochem.nl",
		"place and year":          "Lochem2026!!!",
		"keyboard":                "qwerty123456!",
		"the product":             "samenspel2026",
		"characters nobody types": "vier paarden\x00bij de molen",
		"broken text":             "vier paarden \xff bij de molen",
	} {
		t.Run(name, func(t *testing.T) {
			wantKind(t, operator.CheckPassword(bad, "Anna de Vries", "a.devries@lochem.nl"), operator.KindInvalid, "password")
		})
	}
}

func TestStoredHashOfAnotherFormMatchesNothing(t *testing.T) {
	o := operator.New(operator.Config{HashMemory: 64})
	for _, stored := range []string{
		"", "plain", "$argon2id$", "$argon2i$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=99999999,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=1,p=1$$", "$argon2id$v=19$m=64,t=1,p=1 $AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	} {
		if ok, _, err := operator.MatchesHash(t.Context(), o, "", stored); ok || err != nil {
			t.Errorf("%q: %v %v", stored, ok, err)
		}
	}
}

func FuzzStoredHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$$$$$")
	o := operator.New(operator.Config{HashMemory: 64})
	f.Fuzz(func(t *testing.T, stored string) {
		if strings.Contains(stored, "m=") && len(stored) > 40 && !strings.Contains(stored, "m=64,t=1,") {
			return // too much work for a fuzz target
		}
		if ok, _, err := operator.MatchesHash(t.Context(), o, "another password", stored); ok || err != nil {
			t.Errorf("%v %v", ok, err)
		}
	})
}
