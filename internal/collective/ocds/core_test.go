// SPDX-License-Identifier: EUPL-1.2

package ocds_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/ocds"
)

func load(t testing.TB) *ocds.Standard {
	t.Helper()
	s, err := ocds.Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
func TestX(t *testing.T) {
	s := load(t)
	m, _ := filepath.Glob("testdata/*/*.json")
	for _, f := range m {
		r, err := s.Read(file(t, strings.TrimPrefix(f, "testdata/")), ocds.DefaultLimits())
		t.Log(f, err)
		if err == nil {
			t.Log(r.Unknown, s.CheckFramework(r.Releases[0], ""))
		}
	}
}
