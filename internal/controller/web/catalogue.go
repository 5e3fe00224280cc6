// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed catalogue
var catalogueFiles embed.FS

// catalogue is the texts of one language by key. A text has placeholders as
// {name}. A text that counts has two keys, <key>.one and <key>.other, and is
// asked for by <key> with an argument named count.
type catalogue struct {
	lang  language
	texts map[string]string
}

// loadCatalogues gives the texts of all languages. To read them takes 50 ms and
// nothing changes them, so all servers of a process share them.
var loadCatalogues = sync.OnceValues(readCatalogues)

// readCatalogues reads all files of all languages. A key stands in one file only.
func readCatalogues() (map[language]*catalogue, error) {
	all := map[language]*catalogue{}
	for _, l := range languages() {
		c, err := loadCatalogue(l)
		if err != nil {
			return nil, err
		}
		all[l] = c
	}
	return all, nil
}

func loadCatalogue(l language) (*catalogue, error) {
	c := &catalogue{lang: l, texts: map[string]string{}}
	names, err := fs.Glob(catalogueFiles, path.Join("catalogue", string(l), "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list catalogue: %w", err)
	}
	for _, name := range names {
		data, err := catalogueFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		var texts map[string]string
		if err := yaml.Unmarshal(data, &texts); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		for key, text := range texts {
			if _, double := c.texts[key]; double {
				return nil, fmt.Errorf("read %s: key %s stands in another file too", name, key)
			}
			c.texts[key] = text
		}
	}
	return c, nil
}

// has tells whether there is a text.
func (c *catalogue) has(key string) bool {
	_, ok := c.texts[key]
	return ok
}

// text fills in a text; args are pairs of a placeholder's name and its value.
// Numbers are written as the language does. A key without text gives the key,
// so that it shows.
func (c *catalogue) text(key string, args ...any) string {
	pairs := make([]string, 0, len(args))
	count, counted := int64(0), false
	for i := 0; i+1 < len(args); i += 2 {
		name := fmt.Sprint(args[i])
		if n, ok := whole(args[i+1]); ok {
			pairs = append(pairs, "{"+name+"}", formatNumber(c.lang, n))
			if name == "count" {
				count, counted = n, true
			}
			continue
		}
		pairs = append(pairs, "{"+name+"}", fmt.Sprint(args[i+1]))
	}
	text, ok := c.texts[key]
	if !ok && counted {
		text, ok = c.texts[key+plural(count)]
	}
	if !ok {
		return key
	}
	if len(pairs) == 0 {
		return text
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// plural is the ending of the key for a number; Dutch and English agree here.
func plural(n int64) string {
	if n == 1 {
		return ".one"
	}
	return ".other"
}
