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
)

//go:embed templates
var templateFiles embed.FS

// views are the pages of one language, ready to be filled in. A page is a file
// templates/<name>.html that defines "main"; files in templates/parts are
// shared by all pages.
type views struct{ pages map[string]*template.Template }

// parseViews parses every page in every language, so that a broken template
// shows at the start.
func parseViews(s *server) (map[language]*views, error) {
	all := map[language]*views{}
	for _, l := range languages() {
		base, err := template.New("base").Funcs(s.funcs(l)).Option("missingkey=error").ParseFS(templateFiles, "templates/parts/*.html")
		if err != nil {
			return nil, fmt.Errorf("parse parts: %w", err)
		}
		names, err := fs.Glob(templateFiles, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("list templates: %w", err)
		}
		if all[l], err = parsePages(base, names...); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// parsePages parses files, each as a page with the parts of base.
func parsePages(base *template.Template, names ...string) (*views, error) {
	v := &views{pages: map[string]*template.Template{}}
	for _, name := range names {
		clone, err := base.Clone()
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", name, err)
		}
		page, err := clone.ParseFS(templateFiles, name)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", name, err)
		}
		v.pages[strings.TrimSuffix(path.Base(name), ".html")] = page
	}
	return v, nil
}

// execute writes a page.
func (v *views) execute(w io.Writer, name string, p *page) error {
	t, ok := v.pages[name]
	if !ok {
		return fmt.Errorf("there is no page %s", name)
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "layout", p); err != nil {
		return fmt.Errorf("write page %s: %w", name, err)
	}
	if _, err := out.WriteTo(w); err != nil {
		return fmt.Errorf("write page %s: %w", name, err)
	}
	return nil
}
