// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
)

//go:embed templates
var templateFiles embed.FS

// mainDefinition is how a page's file begins; mainPrefix is put before the name
// of the file to tell the pages of one set apart.
const (
	mainDefinition = `{{define "main"}}`
	mainPrefix     = "page "
)

// views are the pages of one language, ready to be filled in. A page is a file
// templates/<name>.html that defines "main"; files in templates/parts are
// shared by all pages. All are one set: a copy of the parts for each page would
// take megabytes in each node.
type views struct {
	set   *template.Template
	pages map[string]*template.Template
}

// pageNames lists all pages.
func pageNames() ([]string, error) {
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(path.Base(file), ".html")
	}
	return files, nil
}

// lazyViews gives the named pages by language. A language is parsed when
// somebody first asks for it: that takes milliseconds, and the pages of a
// language that nobody reads take no memory.
func lazyViews(s *server, names []string) map[language]func() (*views, error) {
	all := map[language]func() (*views, error){}
	for _, l := range languages() {
		all[l] = sync.OnceValues(func() (*views, error) { return parseViews(s.funcs(l), names) })
	}
	return all
}

// parseViews parses pages with the functions of one language.
func parseViews(funcs template.FuncMap, names []string) (*views, error) {
	set, err := template.New("base").Funcs(funcs).Option("missingkey=error").ParseFS(templateFiles, "templates/parts/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse parts: %w", err)
	}
	v := &views{set: set, pages: map[string]*template.Template{}}
	for _, name := range names {
		if err := v.parse(name); err != nil {
			return nil, fmt.Errorf("parse page %s: %w", name, err)
		}
	}
	return v, nil
}

// parse adds a page to the set. Its own definitions must have names that no
// other page has.
func (v *views) parse(name string) error {
	text, err := templateFiles.ReadFile("templates/" + name + ".html")
	if err != nil {
		return err
	}
	own := strings.Replace(string(text), mainDefinition, `{{define "`+mainPrefix+name+`"}}`, 1)
	for rest := own; ; {
		_, after, found := strings.Cut(rest, `{{define "`)
		if !found {
			break
		}
		definition, after, _ := strings.Cut(after, `"`)
		if v.set.Lookup(definition) != nil {
			return fmt.Errorf("another file defines %q too", definition)
		}
		rest = after
	}
	if _, err := v.set.New(name + ".html").Parse(own); err != nil {
		return err
	}
	page := v.set.Lookup(mainPrefix + name)
	if page == nil {
		return fmt.Errorf("the file has no %s", mainDefinition)
	}
	v.pages[name] = page
	return nil
}

// execute writes a page: its own part, and the frame around that.
func (v *views) execute(w io.Writer, name string, p *page) error {
	t, ok := v.pages[name]
	if !ok {
		return fmt.Errorf("there is no page %s", name)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, p); err != nil {
		return fmt.Errorf("write page %s: %w", name, err)
	}
	framed := *p
	framed.Main = template.HTML(out.String()) //nolint:gosec // G203: the page escaped it
	out.Reset()
	if err := v.set.ExecuteTemplate(&out, "layout", &framed); err != nil {
		return fmt.Errorf("write page %s: %w", name, err)
	}
	if _, err := out.WriteTo(w); err != nil {
		return fmt.Errorf("write page %s: %w", name, err)
	}
	return nil
}
