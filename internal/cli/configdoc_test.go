// SPDX-License-Identifier: EUPL-1.2

package cli_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/node"
)

const configIntro = `# Configuration

A node reads a YAML file (` + "`--config`" + `) and then the environment. Unknown and
repeated keys are refused, so a typing error is found at the start;
` + "`samenspel check-config`" + ` tells everything that is wrong at once. Relative
paths start at the folder of the file.

Every key can be set by a variable: ` + "`manager.listen`" + ` is
` + "`SAMENSPEL_MANAGER_LISTEN`" + `. Lists are separated by commas; lists of objects are
written as YAML. A variable with ` + "`_FILE`" + ` behind its name holds the path of a file
with the value. Durations look like ` + "`5m`" + ` or ` + "`8760h`" + `.

Examples: [a provider](examples/provider.yaml) and
[a consumer](examples/consumer.yaml).

`

// configPage writes the reference of the configuration from the comments of its structs.
type configPage struct {
	b     strings.Builder
	types map[string]*ast.StructType
	docs  map[string]string
}

type configSection struct{ key, structName string }

func TestConfigurationReferenceIsUpToDate(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "node", "config.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	p := &configPage{types: map[string]*ast.StructType{}, docs: map[string]string{}}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.TYPE {
			continue
		}
		spec := g.Specs[0].(*ast.TypeSpec)
		if s, ok := spec.Type.(*ast.StructType); ok {
			p.types[spec.Name.Name], p.docs[spec.Name.Name] = s, g.Doc.Text()
		}
	}
	p.b.WriteString(generated + configIntro)
	p.section(configSection{"", "Config"})
	text := p.b.String()
	for _, key := range configKeys(reflect.TypeFor[node.Config](), "") {
		if !strings.Contains(text, "`"+key+"`") {
			t.Errorf("the reference has no row for %s", key)
		}
	}
	golden(t, text, "..", "..", "docs", "configuration.md")
}

// configKeys lists the keys as the program sees them.
func configKeys(t reflect.Type, prefix string) []string {
	var keys []string
	for f := range t.Fields() {
		key := prefix + f.Tag.Get("yaml")
		switch {
		case f.Type.Kind() == reflect.Struct:
			keys = append(keys, configKeys(f.Type, key+".")...)
		case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct:
			keys = append(keys, configKeys(f.Type.Elem(), key+"[].")...)
		default:
			keys = append(keys, key)
		}
	}
	return keys
}

func (p *configPage) section(s configSection) {
	prefix := ""
	if s.key != "" {
		fmt.Fprintf(&p.b, "## %s\n\n%s\n\n", s.key, meaning(p.docs[s.structName], []string{s.structName}, []string{s.key}))
		prefix = s.key + "."
	}
	p.b.WriteString("| key | value | meaning |\n|---|---|---|\n")
	nested := p.rows(prefix, s.structName)
	p.b.WriteString("\n")
	for _, n := range nested {
		p.section(n)
	}
}

// rows writes a row for each comment: fields that follow without one share it.
// Structs get a section of their own, which it gives; key pairs are written out.
func (p *configPage) rows(prefix, structName string) (nested []configSection) {
	fields := p.types[structName].Fields.List
	for i := 0; i < len(fields); {
		f := fields[i]
		group := []*ast.Field{f}
		name := p.structOf(f.Type)
		if i++; name != "" && name != "FilesConfig" {
			nested = append(nested, p.nested(prefix, f, name))
			continue
		}
		for ; i < len(fields) && fields[i].Doc == nil && p.structOf(fields[i].Type) == name; i++ {
			group = append(group, fields[i])
		}
		p.row(prefix, group)
	}
	return nested
}

// nested makes a section; a list of objects gets a row too.
func (p *configPage) nested(prefix string, f *ast.Field, name string) configSection {
	key := prefix + yamlKey(f)
	if _, list := f.Type.(*ast.ArrayType); list {
		if f.Doc != nil {
			fmt.Fprintf(&p.b, "| `%s` | list | %s See below. |\n", key, meaning(f.Doc.Text(), names(f), []string{yamlKey(f)}))
		}
		key += "[]"
	}
	return configSection{key, name}
}

func (p *configPage) row(prefix string, group []*ast.Field) {
	var keys, goNames, short []string
	for _, f := range group {
		goNames, short = append(goNames, f.Names[0].Name), append(short, yamlKey(f))
		if p.structOf(f.Type) == "FilesConfig" {
			keys = append(keys, "`"+prefix+yamlKey(f)+".certificate`", "`"+prefix+yamlKey(f)+".key`")
			continue
		}
		keys = append(keys, "`"+prefix+yamlKey(f)+"`")
	}
	fmt.Fprintf(&p.b, "| %s | %s | %s |\n", strings.Join(keys, "<br>"), valueOf(group[0].Type), meaning(group[0].Doc.Text(), goNames, short))
}

func (p *configPage) structOf(e ast.Expr) string {
	if a, ok := e.(*ast.ArrayType); ok {
		e = a.Elt
	}
	if id, ok := e.(*ast.Ident); ok && p.types[id.Name] != nil {
		return id.Name
	}
	return ""
}

func names(f *ast.Field) []string { return []string{f.Names[0].Name} }

func yamlKey(f *ast.Field) string {
	return reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("yaml")
}

// valueOf names the type of a key for somebody who doesn't know Go.
func valueOf(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.ArrayType:
		return "list of " + valueOf(x.Elt)
	case *ast.MapType:
		return "object"
	case *ast.SelectorExpr:
		if x.Sel.Name == "Duration" {
			return "duration"
		}
	case *ast.Ident:
		switch x.Name {
		case "bool":
			return "true or false"
		case "int":
			return "number"
		case "FilesConfig":
			return "file"
		}
	}
	return "text"
}

// meaning turns a comment into one line in which the Go names are keys.
func meaning(doc string, goNames, keys []string) string {
	text := strings.Join(strings.Fields(doc), " ")
	for i, name := range goNames {
		if at := regexp.MustCompile(`\b` + name + `\b`).FindStringIndex(text); at != nil {
			text = text[:at[0]] + "`" + keys[i] + "`" + text[at[1]:]
		}
	}
	return strings.ReplaceAll(text, "|", `\|`)
}
