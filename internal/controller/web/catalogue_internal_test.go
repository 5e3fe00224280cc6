// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var placeholder = regexp.MustCompile(`\{[a-zA-Z_]+\}`)

func TestCataloguesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	all, err := loadCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	nl, en := all[dutch].texts, all[english].texts
	for _, key := range slices.Sorted(maps.Keys(nl)) {
		other, ok := en[key]
		if !ok {
			t.Errorf("en has no %s", key)
			continue
		}
		a, b := placeholder.FindAllString(nl[key], -1), placeholder.FindAllString(other, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(slices.Compact(a), slices.Compact(b)) {
			t.Errorf("%s has placeholders %v in nl, %v in en", key, a, b)
		}
		if strings.TrimSpace(nl[key]) == "" || strings.TrimSpace(other) == "" {
			t.Errorf("%s is empty", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(en)) {
		if _, ok := nl[key]; !ok {
			t.Errorf("nl has no %s", key)
		}
	}
}

func TestTemplatesOnlyUseKeysThatExist(t *testing.T) {
	all, err := loadCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`[({ ](?:t|field \. "[^"]*"|field \$ "[^"]*"|sortby [.$] "[^"]*") "([a-z][a-z_0-9]*\.[A-Za-z_0-9.-]+)"`)
	err = filepath.WalkDir("templates", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, found := range call.FindAllStringSubmatch(string(data), -1) {
			key := found[1]
			if strings.HasSuffix(key, ".") {
				continue // the rest is put together
			}
			if !all[dutch].has(key) && !all[dutch].has(key+".one") {
				t.Errorf("%s: there is no text %s", name, key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTextsCountInBothLanguages(t *testing.T) {
	all, err := loadCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		lang language
		n    int
		want string
	}{
		{dutch, 1, "over 1 dag"},
		{dutch, 1234, "over 1.234 dagen"},
		{english, 1, "in 1 day"},
		{english, 1234, "in 1,234 days"},
	} {
		if got := all[c.lang].text("time.ahead.days", "count", c.n); got != c.want {
			t.Errorf("%s %d: %q, want %q", c.lang, c.n, got, c.want)
		}
	}
	if got := all[dutch].text("no.such.key"); got != "no.such.key" {
		t.Errorf("a missing text shows as %q", got)
	}
}
