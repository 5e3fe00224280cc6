// SPDX-License-Identifier: EUPL-1.2

package samenspel_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The map of this repository is the package table in ARCHITECTURE.md. The tests
// in this file hold the code to that table; the files arch_laws_test.go,
// arch_state_test.go and arch_docs_test.go hold it to the laws.

const modulePath = "github.com/samenspel/samenspel"

// pkg is what `go list` tells about one package.
type pkg struct {
	ImportPath   string
	Name         string
	Dir          string
	Standard     bool
	DepOnly      bool
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
	Error        *struct{ Err string }
}

// rel is the package's path inside the repository; "." for the root.
func (p *pkg) rel() string {
	if p.ImportPath == modulePath {
		return "."
	}
	return strings.TrimPrefix(p.ImportPath, modulePath+"/")
}

// tool tells whether the package is a program for developers, so not part of a node.
func (p *pkg) tool() bool { return p.Name == "main" && p.rel() != "cmd/samenspel" }

// world is the result of one `go list` over the module.
type world struct {
	all  map[string]*pkg // by import path, standard library included
	ours map[string]*pkg // by path inside the repository, without the root
}

var loadWorld = sync.OnceValues(func() (*world, error) {
	fields := "ImportPath,Name,Dir,Standard,DepOnly,GoFiles,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports,Deps,Error"
	out, err := goTool("list", "-e", "-deps", "-json="+fields, "./...")
	if err != nil {
		return nil, err
	}
	w := &world{all: map[string]*pkg{}, ours: map[string]*pkg{}}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		p := new(pkg)
		if err := dec.Decode(p); errors.Is(err, io.EOF) {
			return w, nil
		} else if err != nil {
			return nil, err
		}
		w.all[p.ImportPath] = p
		if !p.DepOnly && p.rel() != "." {
			w.ours[p.rel()] = p
		}
	}
})

func mustWorld(t *testing.T) *world {
	t.Helper()
	w, err := loadWorld()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return w
}

// goTool runs the go command for the platform the golden files are made for.
func goTool(args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, errors.New("go " + strings.Join(args, " ") + ": " + err.Error() + "\n" + stderr.String())
	}
	return out, nil
}

// row is one line of the package table.
type row struct {
	path  string
	layer int
	owns  string
	may   []string // paths inside the repository
}

// parseTable reads the package table out of ARCHITECTURE.md. Package names in
// the last column may leave out "internal/".
func parseTable(t *testing.T) map[string]row {
	t.Helper()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]row{}
	inside := false
	for line := range strings.Lines(string(text)) {
		cells := tableCells(line)
		switch {
		case len(cells) == 4 && cells[0] == "package" && cells[1] == "layer":
			inside = true
		case inside && cells == nil:
			inside = false
		case inside && !strings.HasPrefix(cells[0], "---"):
			r := parseRow(t, cells)
			if _, twice := rows[r.path]; twice {
				t.Errorf("ARCHITECTURE.md: package %s stands in the table twice", r.path)
			}
			rows[r.path] = r
		}
	}
	if len(rows) == 0 {
		t.Fatal("ARCHITECTURE.md has no table with the header | package | layer | owns | may import (ours) |")
	}
	for name, r := range rows {
		for i, m := range r.may {
			r.may[i] = resolveName(t, rows, name, m)
		}
	}
	return rows
}

func tableCells(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

func parseRow(t *testing.T, cells []string) row {
	t.Helper()
	if len(cells) != 4 {
		t.Fatalf("ARCHITECTURE.md: table line with %d cells, want 4: %q", len(cells), cells)
	}
	layer, err := strconv.Atoi(cells[1])
	if err != nil {
		t.Fatalf("ARCHITECTURE.md: layer of %s: %v", cells[0], err)
	}
	r := row{path: strings.Trim(cells[0], "`"), layer: layer, owns: cells[2]}
	for name := range strings.SplitSeq(cells[3], ",") {
		if name = strings.TrimSpace(name); name != "" && name != "-" {
			r.may = append(r.may, name)
		}
	}
	return r
}

func resolveName(t *testing.T, rows map[string]row, from, name string) string {
	t.Helper()
	for _, p := range []string{name, path.Join("internal", name)} {
		if _, ok := rows[p]; ok {
			return p
		}
	}
	t.Errorf("ARCHITECTURE.md: %s may import %q, which is not a package of the table", from, name)
	return name
}

// ourImports gives the packages of this module that p imports, as paths inside
// the repository. Tests count for a package that consists of tests only.
func ourImports(p *pkg) []string {
	imports := p.Imports
	if len(p.GoFiles) == 0 {
		imports = slices.Concat(p.TestImports, p.XTestImports)
	}
	var out []string
	for _, i := range imports {
		if rest, ok := strings.CutPrefix(i, modulePath+"/"); ok && rest != p.rel() {
			out = append(out, rest)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestEveryPackageLoads(t *testing.T) {
	for name, p := range mustWorld(t).ours {
		if p.Error != nil {
			t.Errorf("%s: %s", name, p.Error.Err)
		}
	}
}

func TestTableAndFoldersNameTheSamePackages(t *testing.T) {
	rows, w := parseTable(t), mustWorld(t)
	for _, name := range slices.Sorted(maps.Keys(w.ours)) {
		if _, ok := rows[name]; !ok {
			t.Errorf("package %s is missing from the table in ARCHITECTURE.md: add a row, or move the code into a package that has one", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		if _, ok := w.ours[name]; !ok {
			t.Errorf("the table in ARCHITECTURE.md has a row for %s, but there is no such package: remove the row", name)
		}
		if rows[name].owns == "" {
			t.Errorf("the row of %s in ARCHITECTURE.md doesn't say what the package owns", name)
		}
	}
}

func TestImportsFollowTheTable(t *testing.T) {
	rows, w := parseTable(t), mustWorld(t)
	for _, name := range slices.Sorted(maps.Keys(w.ours)) {
		for _, i := range ourImports(w.ours[name]) {
			if !slices.Contains(rows[name].may, i) {
				t.Errorf("%s imports %s, which its row in ARCHITECTURE.md doesn't allow: "+
					"declare a narrow interface in %[1]s and let internal/node join them, or change the table on purpose", name, i)
			}
		}
	}
}

func TestArrowsPointDown(t *testing.T) {
	rows := parseTable(t)
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		from := rows[name]
		for _, m := range from.may {
			to := rows[m]
			family := strings.HasPrefix(to.path, from.path+"/") || strings.HasPrefix(from.path, to.path+"/")
			if to.layer > from.layer || (to.layer == from.layer && !family) {
				t.Errorf("arrow from %s (layer %d) to %s (layer %d) doesn't point down: only a parent and its child may share a layer",
					from.path, from.layer, to.path, to.layer)
			}
		}
	}
}

var replaceLine = regexp.MustCompile(`(?m)^\s*replace[\s(]`)

func TestGoModHasNoReplace(t *testing.T) {
	for _, name := range []string{"go.mod", "tools/go.mod"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if replaceLine.Match(text) {
			t.Errorf("%s has a replace directive: a published module must build as it stands; pick a released version instead", name)
		}
	}
}
