// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// compared is a comparison of two sides that do the same.
func compared() *comparison {
	c := &comparison{
		options: &options{compare: "main", concurrency: []int{64}, bodies: []int{100}}, base: "0123456789abcdef",
		results: results{}, fresh: map[string]int{sideHead: 0, sideBase: 0}, small: map[string][]map[string]smallFigure{},
	}
	for _, side := range []string{sideHead, sideBase} {
		for n, opened := range []int{3, 9, 0} {
			s := round(n, 1000, 0)
			s.newConnections = opened
			c.results.add(side, cell{100, 64, 0}, s)
		}
		for _, allocations := range []int64{9, 8, 8} {
			found := map[string]smallFigure{}
			for _, b := range smallBenchmarks {
				found[b.pkg+" "+b.name] = smallFigure{nsPerOp: 1000, allocations: allocations, bytes: 100}
			}
			c.small[side] = append(c.small[side], found)
		}
	}
	return c
}

func TestEqualSidesAreNotWorse(t *testing.T) {
	page, worse := compared().page()
	if len(worse) != 0 {
		t.Errorf("got %q", worse)
	}
	for _, want := range []string{"| 100 | 64 | 1.00 (1.00–1.00) |", "3 (0–9)", "| 8 | 8 | 100 | 100 |", "commit 0123456789ab.", "No more allocations"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

func TestMoreAllocationsOrConnectionsAreWorseAndTimesNever(t *testing.T) {
	forward := "internal/proxy BenchmarkForwardSmallGet"
	for name, c := range map[string]struct {
		change func(*comparison)
		want   string
	}{
		"an allocation more in every round": {func(c *comparison) {
			for _, found := range c.small[sideHead] {
				found[forward] = smallFigure{nsPerOp: 1000, allocations: 9}
			}
		}, "9 allocations, before 8"},
		"a connection for the second request": {func(c *comparison) { c.fresh[sideHead] = 1 }, "a second request opens 1"},
		"a connection per call": {func(c *comparison) {
			for i := range c.results[sideHead][cell{100, 64, 0}] {
				c.results[sideHead][cell{100, 64, 0}][i].newConnections = 2000
			}
		}, "64 connections open at least 2000 more"},
		"an allocation more in one round only": {func(c *comparison) { c.small[sideHead][2][forward] = smallFigure{nsPerOp: 1000, allocations: 20} }, ""},
		"a connection more by chance":          {func(c *comparison) { c.results[sideHead][cell{100, 64, 0}][1].newConnections = 40 }, ""},
		"ten times as slow": {func(c *comparison) {
			for i := range c.results[sideHead][cell{100, 64, 0}] {
				c.results[sideHead][cell{100, 64, 0}][i].perSec = 100
			}
			c.small[sideHead][0][forward] = smallFigure{nsPerOp: 10_000, allocations: 8}
		}, ""},
	} {
		cmp := compared()
		c.change(cmp)
		_, worse := cmp.page()
		if got := strings.Join(worse, "; "); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestABenchmarkOfOneSideOnlyIsTold(t *testing.T) {
	c := compared()
	for _, found := range c.small[sideBase] {
		delete(found, "internal/inway "+benchKnownToken)
	}
	if page, worse := c.page(); len(worse) != 0 || !strings.Contains(string(page), "`internal/inway` | only on one side") {
		t.Errorf("worse: %q\n%s", worse, page)
	}
}

func TestTheBaseIsPutBesideTheTree(t *testing.T) {
	repo := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		args = append([]string{"-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "commit.gpgsign=false"}, args...)
		if _, err := output(t.Context(), repo, "git", args...); err != nil {
			t.Fatal(err)
		}
	}
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(repo, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q", "-b", "main")
	put("a.txt", "before")
	put(webAssets+"/.gitkeep", "")
	git("add", "-A")
	git("commit", "-q", "-m", "first")
	put("a.txt", "after")
	put(webAssets+"/app.css", "made")
	git("add", "a.txt")
	git("commit", "-q", "-m", "second")
	tree := filepath.Join(t.TempDir(), "base-tree")
	commit, err := checkOut(t.Context(), repo, "HEAD~1", tree)
	if err != nil || len(commit) < 40 {
		t.Fatalf("got %q, %v", commit, err)
	}
	for name, want := range map[string]string{"a.txt": "before", webAssets + "/app.css": "made"} {
		if b, err := os.ReadFile(filepath.Join(tree, name)); err != nil || string(b) != want {
			t.Errorf("%s is %q, %v, want %q", name, b, err, want)
		}
	}
	if _, err := checkOut(t.Context(), repo, "no-such-branch", filepath.Join(t.TempDir(), "x")); err == nil {
		t.Error("a revision that isn't there is checked out")
	}
}
