// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"fmt"
	"html/template"
	"net/url"
	"time"
)

// funcs are what templates can call, in one language.
func (s *server) funcs(l language) template.FuncMap {
	words, clock := s.words[l], location()
	return template.FuncMap{
		"t":        words.text,
		"has":      words.has,
		"date":     func(at time.Time) string { return formatDate(l, at, clock) },
		"datetime": func(at time.Time) string { return formatDatetime(l, at, clock) },
		"zoned":    func(at time.Time) string { return formatZoned(l, at, clock) },
		"exact":    func(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) },
		"number":   func(n any) string { return numberText(l, n) },
		"money":    func(cents int64) string { return moneyText(l, cents) },
		"ago":      func(at time.Time) string { return s.ago(words, at) },
		"icon":     s.icon,
		"asset":    s.assetPath,
		"short":    shorten,
		"visible":  visible,
		"brief":    brief,
		"name":     newShownName,
		"weblink":  webLink,
		"dict":     dict,
		"fresh":    freshIV,
		"list":     func(items ...any) []any { return items },
		"peer": func(id, name any) map[string]any {
			return map[string]any{"ID": fmt.Sprint(id), "Name": fmt.Sprint(name)}
		},
		"field":     newField,
		"sortby":    sortBy,
		"withquery": withQuery,
		"pager":     newPager,
		"chart":     func(c Chart) drawnChart { return drawChart(l, c) },
	}
}

func numberText(l language, v any) string {
	if n, ok := whole(v); ok {
		return formatNumber(l, n)
	}
	return fmt.Sprint(v)
}

func (s *server) ago(words *catalogue, at time.Time) string {
	if at.IsZero() {
		return words.text("time.never")
	}
	key, n := distance(s.cfg.Now().Sub(at))
	return words.text(key, "count", n)
}

// icon draws an icon that only decorates: what it means stands beside it.
func (s *server) icon(name string) (template.HTML, error) {
	drawing, ok := s.assets.icons[name]
	if !ok {
		return "", fmt.Errorf("there is no icon %s: add it to assets/icons.txt", name)
	}
	return drawing, nil
}

func (s *server) assetPath(name string) (string, error) {
	a, ok := s.assets.byName[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %s", name)
	}
	return a.path, nil
}

// shorten keeps the ends of a hash or ID; the whole belongs in a title or in a
// button that copies.
func shorten(v any) string {
	text := []rune(fmt.Sprint(v))
	if len(text) <= 20 {
		return string(text)
	}
	return string(text[:12]) + "…" + string(text[len(text)-4:])
}

const (
	// maxShown is how many characters of somebody else's text stand in a line of a
	// page; a service's name is never longer. The end stays, so that texts that
	// differ only there look different.
	maxShown, shownEnd = 100, 15
	// maxHover is how many characters a title has; a page has many of them.
	maxHover = 1000
)

// brief is visible for a text of any length: of a long one the middle is left out.
func brief(v any) string { return newShownName(v).Short }

// shownName is somebody else's text for a page, ready to be read.
type shownName struct {
	Short, Hover, Whole string
	Cut                 bool // Short isn't all of it
}

func newShownName(v any) shownName {
	whole := visible(v)
	letters := []rune(whole)
	if len(letters) <= maxShown {
		return shownName{Short: whole, Hover: whole, Whole: whole}
	}
	n := shownName{Whole: whole, Hover: whole, Cut: true}
	n.Short = string(letters[:maxShown-shownEnd-1]) + "…" + string(letters[len(letters)-shownEnd:])
	if len(letters) > maxHover {
		n.Hover = string(letters[:maxHover-1]) + "…"
	}
	return n
}

// webLink gives an address that another Peer wrote when it is a whole http or
// https URL without a name and password in it, else "".
func webLink(v any) string {
	u, err := url.Parse(fmt.Sprint(v))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}

// dict makes a map of pairs, to give a part more than one thing.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict wants pairs, has %d values", len(pairs))
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m, nil
}

// withQuery gives the page's own address with query parameters changed; an
// empty value removes one.
func withQuery(p *page, pairs ...string) string {
	v := p.URL.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		if v.Del(pairs[i]); pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	u := url.URL{Path: p.URL.Path, RawQuery: v.Encode()}
	return u.String()
}
