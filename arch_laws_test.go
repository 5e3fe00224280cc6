// SPDX-License-Identifier: EUPL-1.2

package samenspel_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Limits of law L7. The whole is measured in lines of code, without comments and
// blank lines, so that nobody saves on explanation; a file in all its lines.
const (
	hotPathLines     = 5600
	hotPathFileLines = 300
)

// hotPathWriters are the files of internal/txlog that work during a call.
// Reading, indexing and queries happen beside it.
var hotPathWriters = []string{"log.go", "commit.go", "segment.go", "frame.go", "codec.go", "record.go", "sync_linux.go", "async_linux.go", "direct_linux.go"}

// pureLibraries are the only modules outside the standard library that fsc may use.
var pureLibraries = []string{
	"github.com/go-jose/go-jose/v4",
	"github.com/go-json-experiment/json",
	"github.com/gowebpki/jcs",
}

// sqlModules reach a database.
var sqlModules = []string{"database/sql", "modernc.org/sqlite", "github.com/jackc/pgx/v5", "github.com/pressly/goose/v3"}

// under tells whether import path p is root or lies below it.
func under(p, root string) bool { return p == root || strings.HasPrefix(p, root+"/") }

func underAny(p string, roots []string) bool {
	return slices.ContainsFunc(roots, func(r string) bool { return under(p, r) })
}

// parseProduct parses the product files of p, keyed by file name.
func parseProduct(t *testing.T, p *pkg) (map[string]*ast.File, *token.FileSet) {
	t.Helper()
	fset := token.NewFileSet()
	files := map[string]*ast.File{}
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = f
	}
	return files, fset
}

// versionElement is the last element of an import path such as go-jose/v4.
var versionElement = regexp.MustCompile(`^v[0-9]+$`)

// importNames maps the local names of a file's imports to their paths.
func importNames(f *ast.File) map[string]string {
	names := map[string]string{}
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(p)
		if versionElement.MatchString(name) {
			name = path.Base(path.Dir(p))
		}
		name = strings.TrimPrefix(name, "go-")
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = p
	}
	return names
}

// selector gives "import/path.Name" for an expression pkg.Name, or "".
func selector(imports map[string]string, e ast.Expr) string {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	x, ok := s.X.(*ast.Ident)
	if !ok || imports[x.Name] == "" {
		return ""
	}
	return imports[x.Name] + "." + s.Sel.Name
}

func TestLawL1StandardIsAPureLibrary(t *testing.T) {
	w := mustWorld(t)
	p := w.ours["fsc"]
	if p == nil {
		t.Fatal("there is no package fsc")
	}
	forbidden := []string{"net", "net/http", "database/sql", "log", "log/slog", "os", "os/exec", "syscall", "io/ioutil"}
	for _, i := range p.Imports {
		switch std := w.all[i] != nil && w.all[i].Standard; {
		case slices.Contains(forbidden, i):
			t.Errorf("fsc imports %s: the standard's library does no input or output; take what you need as an argument", i)
		case !std && !underAny(i, pureLibraries):
			t.Errorf("fsc imports %s: only %s are allowed beside the standard library", i, strings.Join(pureLibraries, ", "))
		}
	}
	files, fset := parseProduct(t, p)
	for _, f := range files {
		imports := importNames(f)
		ast.Inspect(f, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok && selector(imports, e) == "time.Now" {
				t.Errorf("%s: fsc reads the clock: take the time as an argument", fset.Position(n.Pos()))
			}
			return true
		})
	}
}

func TestLawL2HotPathKnowsNoManagerNoSQLNoTemplates(t *testing.T) {
	w := mustWorld(t)
	banned := []string{"database/sql", "html/template", "text/template"}
	for _, ours := range []string{"internal/manager", "internal/store", "internal/controller", "internal/collective"} {
		banned = append(banned, modulePath+"/"+ours)
	}
	for _, name := range []string{"internal/inway", "internal/outway"} {
		p := w.ours[name]
		if p == nil {
			t.Errorf("there is no package %s", name)
			continue
		}
		for _, d := range p.Deps {
			if underAny(d, banned) {
				t.Errorf("%s reaches %s (find the way with `go list -deps`): declare the interface you need in %[1]s and let internal/node fill it", name, d)
			}
		}
	}
}

func TestLawL3SQLOnlyInStoreTemplatesOnlyInController(t *testing.T) {
	w := mustWorld(t)
	for _, name := range slices.Sorted(maps.Keys(w.ours)) {
		for _, i := range w.ours[name].Imports {
			if underAny(i, sqlModules) && !under(name, "internal/store") && name != "e2e/bench" {
				t.Errorf("%s imports %s: all SQL lives in internal/store; declare a store interface in %[1]s and implement it there", name, i)
			}
			if i == "html/template" && !under(name, "internal/controller") {
				t.Errorf("%s imports html/template: pages are made in the controller only", name)
			}
		}
	}
}

func TestLawL4SiblingsMeetThroughTheirOwnInterfaces(t *testing.T) {
	rows, w := parseTable(t), mustWorld(t)
	for _, name := range slices.Sorted(maps.Keys(w.ours)) {
		if rows[name].layer != 2 {
			continue
		}
		for _, i := range ourImports(w.ours[name]) {
			if rows[i].layer == 2 && !strings.HasPrefix(i, name+"/") { // a parent may import its children
				t.Errorf("%s imports its sibling %s: declare what you need as an interface in %[1]s; internal/node joins the two", name, i)
			}
		}
	}
}

func TestLawL6PublicSignaturesNameOnlyStandardAndOwnTypes(t *testing.T) {
	w := mustWorld(t)
	for _, name := range []string{"fsc", "fsc/fscapi"} {
		p := w.ours[name]
		if p == nil {
			t.Errorf("there is no package %s", name)
			continue
		}
		files, fset := parseProduct(t, p)
		for _, f := range files {
			imports := importNames(f)
			for _, e := range exportedTypeExprs(f) {
				ast.Inspect(e, func(n ast.Node) bool {
					x, ok := n.(ast.Expr)
					if !ok {
						return true
					}
					sel := selector(imports, x)
					from := strings.TrimSuffix(sel, path.Ext(sel))
					if sel != "" && !under(from, modulePath) && (w.all[from] == nil || !w.all[from].Standard) {
						t.Errorf("%s: an exported signature of %s names %s: wrap it in a type of our own", fset.Position(n.Pos()), name, sel)
					}
					return true
				})
			}
		}
	}
}

func TestForeignTypesInSignaturesAreRecognised(t *testing.T) {
	for decl, want := range map[string]string{
		`func F(k jose.Key) {}`:                    "jose.Key",
		`func (t *T) M() ([]jose.Key, error)`:      "jose.Key",
		`type S struct{ K map[string]jose.Key }`:   "jose.Key",
		`type S struct{ jose.Key }`:                "jose.Key",
		`type I interface{ M(jose.Key) }`:          "jose.Key",
		`type A = jose.Key`:                        "jose.Key",
		`var V jose.Key`:                           "jose.Key",
		`func (t *hidden) M(jose.Key) {}`:          "",
		`func f(k jose.Key) {}`:                    "",
		`type S struct{ k jose.Key }`:              "",
		`func F() { use(jose.New()) }`:             "",
		`func F(a any, b ...string) (error, bool)`: "",
	} {
		src := "package p\nimport \"github.com/go-jose/go-jose/v4\"\n" + decl
		f, err := parser.ParseFile(token.NewFileSet(), "p.go", src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("%s: %v", decl, err)
		}
		got := ""
		for _, e := range exportedTypeExprs(f) {
			ast.Inspect(e, func(n ast.Node) bool {
				if x, ok := n.(ast.Expr); ok && selector(importNames(f), x) != "" {
					got = strings.Replace(selector(importNames(f), x), pureLibraries[0], "jose", 1)
				}
				return true
			})
		}
		if got != want {
			t.Errorf("%s: found %q, want %q", decl, got, want)
		}
	}
}

// exportedTypeExprs gives the type expressions that a reader of the package's
// documentation sees. Unexported fields and function bodies don't count.
func exportedTypeExprs(f *ast.File) []ast.Node {
	var out []ast.Node
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || receiverExported(d.Recv)) {
				out = append(out, d.Type)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				out = append(out, exportedSpecExprs(s)...)
			}
		}
	}
	return out
}

func receiverExported(recv *ast.FieldList) bool {
	e := recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

func exportedSpecExprs(s ast.Spec) []ast.Node {
	var out []ast.Node
	switch s := s.(type) {
	case *ast.TypeSpec:
		if !s.Name.IsExported() {
			return nil
		}
		st, ok := s.Type.(*ast.StructType)
		if !ok {
			return []ast.Node{s.Type}
		}
		for _, field := range st.Fields.List {
			if len(field.Names) == 0 || slices.ContainsFunc(field.Names, (*ast.Ident).IsExported) {
				out = append(out, field.Type)
			}
		}
	case *ast.ValueSpec:
		if !slices.ContainsFunc(s.Names, (*ast.Ident).IsExported) {
			return nil
		}
		if s.Type != nil {
			return []ast.Node{s.Type}
		}
		for _, v := range s.Values {
			out = append(out, v)
		}
	}
	return out
}

func TestLawL7HotPathFitsInOneSitting(t *testing.T) {
	w := mustWorld(t)
	total := 0
	for _, name := range []string{"internal/http1", "internal/http1/socket", "internal/inway", "internal/limit", "internal/outway", "internal/proxy", "internal/spread", "internal/txlog"} {
		p := w.ours[name]
		if p == nil {
			t.Errorf("there is no package %s", name)
			continue
		}
		for _, file := range p.GoFiles {
			if name == "internal/txlog" && !slices.Contains(hotPathWriters, file) {
				continue
			}
			total += countCode(t, filepath.Join(p.Dir, file))
			if n := countLines(t, filepath.Join(p.Dir, file)); n > hotPathFileLines {
				t.Errorf("%s/%s has %d lines, a file of the hot path has at most %d: split it by concept", name, file, n, hotPathFileLines)
			}
		}
	}
	for _, file := range hotPathWriters {
		if p := w.ours["internal/txlog"]; p != nil && !slices.Contains(p.GoFiles, file) {
			t.Errorf("internal/txlog has no file %s: correct hotPathWriters, so that the writer stays measured", file)
		}
	}
	if total > hotPathLines {
		t.Errorf("the hot path has %d lines of code, at most %d: move what isn't done for every call out of it", total, hotPathLines)
	}
}

func countLines(t *testing.T, name string) int {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), "\n")
}

// countCode counts lines that are neither blank nor only a comment.
func countCode(t *testing.T, name string) int {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			n++
		}
	}
	return n
}
