// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"mime"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/samenspel/samenspel/internal/controller"
)

func TestTheNameOfAnAnnexIsSafeForAFile(t *testing.T) {
	for name, want := range map[string]string{
		"overeenkomst 2026 (v2).pdf":       "overeenkomst 2026 (v2).pdf",
		"Één raamovereenkomst.pdf":         "Één raamovereenkomst.pdf",
		"../../etc/passwd":                 "passwd",
		`C:\Windows\system32\cmd.exe`:      "cmd.exe",
		".bashrc":                          "bashrc",
		"-rf":                              "rf",
		"..":                               "bijlage",
		"":                                 "bijlage",
		"///":                              "bijlage",
		"<script>alert(1)</script>":        "script_",
		"a\"; filename=\"b.exe":            "a__ filename__b.exe",
		"a\r\nSet-Cookie: x.pdf":           "a__Set-Cookie_ x.pdf",
		"verslag.pdf. . ":                  "verslag.pdf",
		strings.Repeat("é", 200) + ".html": strings.Repeat("é", 100),
	} {
		if got := controller.FileName(name); got != want {
			t.Errorf("%q gives %q, want %q", name, got, want)
		}
	}
}

func FuzzFileName(f *testing.F) {
	for _, name := range []string{"overeenkomst.pdf", "../x", "a\x00b", "\u202Efdp.exe", "<b>", "", " . ", "con:"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := controller.FileName(name)
		if got == "" || got != filepath.Base(got) || strings.HasPrefix(got, ".") || strings.HasPrefix(got, "-") || !utf8.ValidString(got) || utf8.RuneCountInString(got) > 100 {
			t.Errorf("%q gives %q", name, got)
		}
		for _, r := range got {
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" .-_()", r) {
				t.Errorf("%q gives %q with %q", name, got, r)
			}
		}
		header := mime.FormatMediaType("attachment", map[string]string{"filename": got})
		if _, params, err := mime.ParseMediaType(header); err != nil || params["filename"] != got {
			t.Errorf("%q doesn't come back from %q: %v", got, header, err)
		}
	})
}
