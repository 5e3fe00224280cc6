// SPDX-License-Identifier: EUPL-1.2

package samenspel_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Law L5: several nodes live in one process, so a package has no state of its
// own and no default that all nodes would share.

// sharedDefaults are the process-wide objects of libraries, with what to do instead.
var sharedDefaults = map[string]string{
	"net/http.DefaultClient":    "take an *http.Client",
	"net/http.DefaultTransport": "build an *http.Transport",
	"net/http.DefaultServeMux":  "build an *http.ServeMux",
	"net/http.Handle":           "build an *http.ServeMux",
	"net/http.HandleFunc":       "build an *http.ServeMux",
	"net/http.Get":              "take an *http.Client",
	"net/http.Head":             "take an *http.Client",
	"net/http.Post":             "take an *http.Client",
	"net/http.PostForm":         "take an *http.Client",
	"log/slog.Default":          "take a *slog.Logger",
	"log/slog.SetDefault":       "take a *slog.Logger",
	"log/slog.Debug":            "take a *slog.Logger",
	"log/slog.Info":             "take a *slog.Logger",
	"log/slog.Warn":             "take a *slog.Logger",
	"log/slog.Error":            "take a *slog.Logger",
	"log/slog.Log":              "take a *slog.Logger",
	"log/slog.LogAttrs":         "take a *slog.Logger",
	"log/slog.DebugContext":     "take a *slog.Logger",
	"log/slog.InfoContext":      "take a *slog.Logger",
	"log/slog.WarnContext":      "take a *slog.Logger",
	"log/slog.ErrorContext":     "take a *slog.Logger",

	prometheusPath + ".DefaultRegisterer": "build a prometheus.Registry per node",
	prometheusPath + ".DefaultGatherer":   "build a prometheus.Registry per node",
	prometheusPath + ".MustRegister":      "build a prometheus.Registry per node",
	prometheusPath + ".Register":          "build a prometheus.Registry per node",
	prometheusPath + "/promhttp.Handler":  "use promhttp.HandlerFor with the node's registry",
}

const prometheusPath = "github.com/prometheus/client_golang/prometheus"

// sharedPackages work on process-wide state only.
var sharedPackages = []string{"log", "expvar", "net/http/pprof", prometheusPath + "/promauto"}

// pureConstructors make values that are never changed afterwards.
var pureConstructors = []string{
	"errors.New", "fmt.Errorf", "regexp.MustCompile", "slices.Clone", "slices.Concat", "strings.NewReplacer", "hash/crc32.MakeTable", "reflect.TypeFor",
	"net/netip.MustParseAddr", "net/netip.MustParsePrefix", "math/big.NewInt", "time.Unix", "time.Date",
	"github.com/go-json-experiment/json.JoinOptions", "github.com/go-json-experiment/json.RejectUnknownMembers",
	"github.com/go-json-experiment/json/jsontext.AllowDuplicateNames", "github.com/go-json-experiment/json/jsontext.AllowInvalidUTF8",
}

// madeOnce are the variables that are allowed to be made at their first use, by
// a function without parameters: constants of a program that take long to read,
// which all nodes may share because nothing changes them.
var madeOnce = map[string]string{
	"internal/controller/restapi.readDocument": "the OpenAPI document",
	"internal/controller/web.loadCatalogues":   "the texts of the pages",
}

// stateTypes are types that only make sense when they change.
var stateTypes = []string{"sync", "sync/atomic", "math/rand", "math/rand/v2", "container/list", "bytes"}

// statePackages gives the packages that run inside a node: no tools, and none
// that only tests use.
func statePackages(w *world) []*pkg {
	var out []*pkg
	for _, name := range slices.Sorted(maps.Keys(w.ours)) {
		if p := w.ours[name]; !p.tool() && !under(name, "e2e") && !slices.Contains(p.Imports, "testing") {
			out = append(out, p)
		}
	}
	return out
}

func TestLawL5NoInitFunctions(t *testing.T) {
	w := mustWorld(t)
	for _, p := range statePackages(w) {
		files, fset := parseProduct(t, p)
		for _, f := range files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s: init function: do this work in a constructor", fset.Position(fn.Pos()))
				}
			}
		}
	}
}

func TestLawL5NoProcessWideDefaults(t *testing.T) {
	w := mustWorld(t)
	for _, p := range statePackages(w) {
		for _, i := range p.Imports {
			if slices.Contains(sharedPackages, i) {
				t.Errorf("%s imports %s, which works on state of the whole process: several nodes live in one", p.rel(), i)
			}
		}
		files, fset := parseProduct(t, p)
		for _, f := range files {
			imports := importNames(f)
			ast.Inspect(f, func(n ast.Node) bool {
				if e, ok := n.(ast.Expr); ok {
					if advice := sharedDefaults[selector(imports, e)]; advice != "" {
						t.Errorf("%s: %s is shared by all nodes of the process: %s", fset.Position(n.Pos()), selector(imports, e), advice)
					}
				}
				return true
			})
		}
	}
}

func TestLawL5NoMutablePackageState(t *testing.T) {
	w := mustWorld(t)
	for _, p := range statePackages(w) {
		files, fset := parseProduct(t, p)
		types, vars := packageNames(files)
		for _, f := range files {
			imports := importNames(f)
			for _, spec := range packageVars(f) {
				if madeOnce[p.rel()+"."+spec.Names[0].Name] != "" {
					continue
				}
				if why := stateful(imports, types, spec); why != "" {
					t.Errorf("%s: package variable %s %s: make it a constant or a field of a struct", fset.Position(spec.Pos()), spec.Names[0].Name, why)
				}
			}
			for _, at := range writes(f, vars) {
				t.Errorf("%s: package variable %s is changed or its address leaves: make it a field of a struct", fset.Position(at.Pos()), at.Name)
			}
		}
	}
}

// packageNames gives the names of types and of variables declared at package level.
func packageNames(files map[string]*ast.File) (types, vars map[string]bool) {
	types, vars = map[string]bool{}, map[string]bool{}
	for _, f := range files {
		for _, spec := range packageVars(f) {
			for _, n := range spec.Names {
				vars[n.Name] = n.Name != "_"
			}
		}
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				for _, s := range g.Specs {
					types[s.(*ast.TypeSpec).Name.Name] = true
				}
			}
		}
	}
	return types, vars
}

func packageVars(f *ast.File) []*ast.ValueSpec {
	var out []*ast.ValueSpec
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			spec := s.(*ast.ValueSpec)
			if spec.Doc == nil {
				spec.Doc = g.Doc
			}
			out = append(out, spec)
		}
	}
	return out
}

// stateful says why a package variable is state, or "" when it is not.
func stateful(imports map[string]string, types map[string]bool, spec *ast.ValueSpec) string {
	if spec.Names[0].Name == "_" || embedded(spec) {
		return ""
	}
	if len(spec.Values) == 0 {
		if spec.Names[0].Name == "version" {
			return "" // set by the linker
		}
		return "has no value yet, so it is meant to be written"
	}
	why := ""
	visit := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ChanType:
			why = "is a channel"
		case *ast.SelectorExpr:
			sel := selector(imports, n)
			if from, _, ok := strings.Cut(sel, "."); ok && slices.Contains(stateTypes, from) {
				why = "uses " + sel
			}
		case *ast.CallExpr:
			if !pureCall(imports, types, n) {
				why = "is made by a call that isn't known to be pure"
			}
		}
		return why == ""
	}
	if spec.Type != nil {
		ast.Inspect(spec.Type, visit)
	}
	for _, v := range spec.Values {
		ast.Inspect(v, visit)
	}
	return why
}

// embedded tells whether the variable is filled by a go:embed line.
func embedded(spec *ast.ValueSpec) bool {
	if spec.Doc == nil {
		return false
	}
	return slices.ContainsFunc(spec.Doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// pureCall tells whether a call is a conversion or a constructor of a constant thing.
func pureCall(imports map[string]string, types map[string]bool, call *ast.CallExpr) bool {
	switch fn := call.Fun.(type) {
	case *ast.ArrayType, *ast.ParenExpr, *ast.StarExpr:
		return true
	case *ast.Ident:
		basic := []string{"string", "byte", "rune", "int", "int32", "int64", "uint8", "uint32", "uint64", "float64", "len", "append"}
		return types[fn.Name] || slices.Contains(basic, fn.Name)
	case *ast.IndexExpr:
		return slices.Contains(pureConstructors, selector(imports, fn.X))
	case *ast.SelectorExpr:
		if slices.Contains(pureConstructors, selector(imports, fn)) {
			return true
		}
		return strings.HasPrefix(selector(imports, fn.X), "encoding/base64.") // e.g. RawURLEncoding.Strict()
	}
	return false
}

// writes gives the places in f where a package variable is assigned to, changed
// through an index or field, emptied, or where its address is taken. A local
// name that hides the variable is left alone.
func writes(f *ast.File, vars map[string]bool) []*ast.Ident {
	var out []*ast.Ident
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		hidden := localNames(fn)
		note := func(e ast.Expr) {
			if id := root(e); id != nil && vars[id.Name] && !hidden[id.Name] {
				out = append(out, id)
			}
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok != token.DEFINE {
					for _, l := range n.Lhs {
						note(l)
					}
				}
			case *ast.IncDecStmt:
				note(n.X)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					note(n.X)
				}
			case *ast.CallExpr:
				if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "delete" || id.Name == "clear") && len(n.Args) > 0 {
					note(n.Args[0])
				}
			}
			return true
		})
	}
	return out
}

// root gives the variable that an expression such as x[i].f starts from.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// localNames gives the names declared anywhere inside fn.
func localNames(fn *ast.FuncDecl) map[string]bool {
	names := map[string]bool{}
	add := func(ids ...*ast.Ident) {
		for _, id := range ids {
			names[id.Name] = true
		}
	}
	if fn.Recv != nil {
		for _, f := range fn.Recv.List {
			add(f.Names...)
		}
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncType:
			for _, f := range slices.Concat(fieldsOf(n.Params), fieldsOf(n.Results)) {
				add(f.Names...)
			}
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, l := range n.Lhs {
					add(root(l))
				}
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				if id, ok := e.(*ast.Ident); ok && n.Tok == token.DEFINE {
					add(id)
				}
			}
		case *ast.ValueSpec:
			add(n.Names...)
		}
		return true
	})
	return names
}

func TestPackageStateIsRecognised(t *testing.T) {
	for name, c := range map[string]struct {
		decl  string
		state bool
	}{
		"a sentinel error":            {`var ErrX = errors.New("x")`, false},
		"a table of constants":        {`var m = map[string]int{"a": 1}`, false},
		"a compiled pattern":          {`var re = regexp.MustCompile("x")`, false},
		"an interface check":          {`var _ error = (*T)(nil)`, false},
		"a conversion to an own type": {`var x = T("a")`, false},
		"a function as a table value": {`var f = map[string]func(){"a": func() { g() }}`, false},
		"the linker's version":        {`var version string`, false},
		"a lock":                      {`var mu sync.Mutex`, true},
		"a once":                      {`var once = sync.OnceValue(g)`, true},
		"an empty variable":           {`var n int`, true},
		"a map to be filled":          {`var m = make(map[string]int)`, true},
		"a channel":                   {`var c chan int = nil`, true},
		"a clock":                     {`var start = time.Now()`, true},
	} {
		src := "package p\nimport (\"errors\"; \"regexp\"; \"sync\"; \"time\")\n" + c.decl
		f, err := parser.ParseFile(token.NewFileSet(), "p.go", src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		why := stateful(importNames(f), map[string]bool{"T": true}, packageVars(f)[0])
		if (why != "") != c.state {
			t.Errorf("%s: %q gives %q, want state: %v", name, c.decl, why, c.state)
		}
	}
}

func TestWritesToPackageVariablesAreRecognised(t *testing.T) {
	for body, want := range map[string]int{
		`v = 1`:                        1,
		`v["a"]++`:                     1,
		`v.field = 2`:                  1,
		`delete(v, "a")`:               1,
		`clear(v)`:                     1,
		`use(&v)`:                      1,
		`func() { v = 2 }()`:           1,
		`use(v)`:                       0,
		`v := 1; v = 2; use(&v)`:       0,
		`for v := range 3 { v = 2 }`:   0,
		`func(v int) { v = 2 }(3)`:     0,
		`other = 1; use(v["a"].field)`: 0,
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "p.go", "package p\nfunc f() { "+body+" }", parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if got := len(writes(f, map[string]bool{"v": true})); got != want {
			t.Errorf("%s: %d writes found, want %d", body, got, want)
		}
	}
}

func fieldsOf(l *ast.FieldList) []*ast.Field {
	if l == nil {
		return nil
	}
	return l.List
}
