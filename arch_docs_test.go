// SPDX-License-Identifier: EUPL-1.2

package samenspel_test

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	fileLines         = 500
	mainLines         = 40
	architectureLines = 250
	spdxLine          = "// SPDX-License-Identifier: EUPL-1.2"
)

// repoFiles gives every file of the repository that people write, with slashes.
func repoFiles(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "bin", "dist", "node_modules"}, d.Name()) {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			out = append(out, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestHouseIsComplete(t *testing.T) {
	for _, name := range []string{
		"README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "DEPENDENCIES.md", "SECURITY.md", "LICENSE",
		"Makefile", "publiccode.yml", ".editorconfig", ".gitignore", ".golangci.yml", ".ci/run", "tools/go.mod", "tools/go.sum",
		"docs/spec-notes.md", "docs/glossary.md",
	} {
		if _, err := os.Stat(name); err != nil {
			t.Errorf("a file every visitor looks for is missing: %v", err)
		}
	}
	if n := countLines(t, "ARCHITECTURE.md"); n > architectureLines {
		t.Errorf("ARCHITECTURE.md has %d lines, at most %d: move detail to docs", n, architectureLines)
	}
}

func TestEveryGoFileNamesItsLicence(t *testing.T) {
	for _, name := range repoFiles(t) {
		if path.Ext(name) != ".go" || strings.Contains(name, "/testdata/") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if first, _, _ := strings.Cut(string(text), "\n"); first != spdxLine {
			t.Errorf("%s: the first line must be %q", name, spdxLine)
		}
	}
}

func TestProductFilesAreSmall(t *testing.T) {
	for name, p := range mustWorld(t).ours {
		for _, file := range p.GoFiles {
			n := countLines(t, filepath.Join(p.Dir, file))
			if n > fileLines {
				t.Errorf("%s/%s has %d lines, at most %d: split it by concept", name, file, n, fileLines)
			}
			if name == "cmd/samenspel" && file == "main.go" && n > mainLines {
				t.Errorf("cmd/samenspel/main.go has %d lines, at most %d: the commands live in internal/cli", n, mainLines)
			}
		}
	}
}

func TestEveryPackageExplainsItselfOnce(t *testing.T) {
	w := mustWorld(t)
	for _, name := range slices.Sorted(maps.Keys(w.ours)) {
		p := w.ours[name]
		if len(p.GoFiles) == 0 {
			continue
		}
		files, _ := parseProduct(t, p)
		var with []string
		for file, f := range files {
			if f.Doc != nil {
				with = append(with, file)
			}
			if f.Doc != nil && strings.Contains(f.Doc.List[0].Text, "SPDX") {
				t.Errorf("%s/%s: put an empty line between the licence line and the package clause", name, file)
			}
		}
		if len(with) != 1 || with[0] != "doc.go" {
			slices.Sort(with)
			t.Errorf("%s has package comments in %q, want exactly one, in doc.go: what it owns, what it must not know, where to start", name, with)
		}
	}
}

func TestEveryDocumentedPathExists(t *testing.T) {
	all := repoFiles(t)
	for _, doc := range all {
		if path.Ext(doc) != ".md" || (strings.Contains(doc, "/") && !strings.HasPrefix(doc, "docs/")) {
			continue
		}
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range documentedPaths(string(text)) {
			if !pathExists(all, doc, ref) {
				t.Errorf("%s names %s, which doesn't exist: correct the text", doc, ref)
			}
		}
	}
}

var (
	fenced      = regexp.MustCompile("(?ms)^[ \t]*```.*?^[ \t]*```")
	codeSpan    = regexp.MustCompile("`([^`\n]+)`")
	mdLink      = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	plainPath   = regexp.MustCompile(`^[A-Za-z0-9_./-]+$`)
	repoFolders = []string{"cmd", "fsc", "internal", "e2e", "docs", "tools", "scripts", ".ci", ".", ".."}
	fileKinds   = []string{".go", ".md", ".yml", ".sh", ".mod", ".sum"}
)

// documentedPaths gives the words of a Markdown text that stand for a file or
// folder of this repository: link targets, and code spans that start with one
// of our folders or look like a file name. Code blocks don't count.
func documentedPaths(text string) []string {
	text = fenced.ReplaceAllString(text, "")
	var out []string
	for _, m := range mdLink.FindAllStringSubmatch(text, -1) {
		target, _, _ := strings.Cut(m[1], "#")
		if target != "" && !strings.Contains(target, ":") {
			out = append(out, "link:"+target)
		}
	}
	for _, m := range codeSpan.FindAllStringSubmatch(text, -1) {
		for word := range strings.FieldsSeq(m[1]) {
			if !plainPath.MatchString(word) || strings.Contains(word, "...") {
				continue
			}
			first, _, nested := strings.Cut(word, "/")
			if (nested && slices.Contains(repoFolders, first)) || (!nested && slices.Contains(fileKinds, path.Ext(word)) && path.Ext(word) != word) {
				out = append(out, word)
			}
		}
	}
	return out
}

// pathExists looks from the document's own folder for a link, and from the root
// for a code span. A bare file name may be in any folder.
func pathExists(all []string, doc, ref string) bool {
	if target, ok := strings.CutPrefix(ref, "link:"); ok {
		_, err := os.Stat(filepath.Join(filepath.Dir(doc), target))
		return err == nil
	}
	if !strings.Contains(ref, "/") {
		return slices.ContainsFunc(all, func(f string) bool { return path.Base(f) == ref })
	}
	_, err := os.Stat(filepath.FromSlash(ref))
	return err == nil
}

func TestDocumentedPathsAreRecognised(t *testing.T) {
	text := "See `internal/pki`, `net/http`, `/v1/token`, `go run ./cmd/samenspel fieldlab`, `doc.go`, [map](ARCHITECTURE.md#laws),\n" +
		"[site](https://example.org/x.md), `go test ./...` and `application/json`.\n\n```\n`docs/gone.md`\n```\n"
	want := []string{"link:ARCHITECTURE.md", "internal/pki", "./cmd/samenspel", "doc.go"}
	if got := documentedPaths(text); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
