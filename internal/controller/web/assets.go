// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
)

//go:embed all:dist
var distribution embed.FS

// errNoAssets is returned by New when the program was built without them.
var errNoAssets = errors.New("web assets are missing: run make assets")

// assetPrefix is where they are served. Their names carry a hash of what is in
// them, so a browser may keep them for ever.
const assetPrefix = "/assets/"

// asset is a file as it is sent.
type asset struct {
	path    string // with its hash
	kind    string // Content-Type
	forever bool
	// A built-in file is sent from the program itself, which takes no memory; it
	// is kept in one form, zipped unless that makes it no smaller.
	open    func() (fs.File, error)
	size    int64
	gzipped bool
	// The organisation's own file, when open is nil.
	plain, zipped []byte
}

// assets are all files by their path, and the icons by name.
type assets struct {
	byPath map[string]*asset
	byName map[string]*asset
	icons  map[string]template.HTML
}

// loadAssets reads what make assets made.
func loadAssets(dist fs.FS) (*assets, error) {
	data, err := fs.ReadFile(dist, "dist/manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoAssets
	}
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	var manifest struct {
		Files map[string]string `json:"files"` // name to file
		Icons map[string]string `json:"icons"` // name to drawing
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	all := &assets{byPath: map[string]*asset{}, byName: map[string]*asset{}, icons: map[string]template.HTML{}}
	for name, file := range manifest.Files {
		a, err := findAsset(dist, file)
		if err != nil {
			return nil, err
		}
		all.byPath[a.path], all.byName[name] = a, a
	}
	for name, drawing := range manifest.Icons {
		all.icons[name] = template.HTML(drawing) //nolint:gosec // G203: built in, from the icon package
	}
	return all, nil
}

// findAsset gives a file of dist.
func findAsset(dist fs.FS, file string) (*asset, error) {
	a := &asset{path: assetPrefix + strings.TrimSuffix(file, ".gz"), forever: true}
	a.kind = contentType(a.path)
	name := path.Join("dist", file)
	info, err := fs.Stat(dist, name)
	if err != nil {
		return nil, fmt.Errorf("find asset: %w", err)
	}
	a.size, a.gzipped = info.Size(), strings.HasSuffix(file, ".gz")
	a.open = func() (fs.File, error) { return dist.Open(name) }
	return a, nil
}

func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".wasm":
		return "application/wasm"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

// themeLimit is the most an organisation's style sheet may be, in bytes.
const themeLimit = 256 << 10

// loadTheme reads the organisation's style sheet; nil without one.
func loadTheme(file string) (*asset, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	f, err := os.Open(file) //nolint:gosec // G304: named in the configuration
	if err != nil {
		return nil, fmt.Errorf("open theme: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, themeLimit+1))
	if err != nil {
		return nil, fmt.Errorf("read theme: %w", err)
	}
	if len(data) > themeLimit {
		return nil, fmt.Errorf("read theme: %s is larger than %d KiB", file, themeLimit>>10)
	}
	sum := sha256.Sum256(data)
	return &asset{path: "/theme.css?v=" + hex.EncodeToString(sum[:5]), kind: "text/css; charset=utf-8", plain: data, zipped: compress(data)}, nil
}

func (s *server) registerAssets() {
	s.mux.HandleFunc("GET "+assetPrefix+"{file}", func(w http.ResponseWriter, r *http.Request) {
		a, ok := s.assets.byPath[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		a.serve(w, r)
	})
	s.mux.HandleFunc("GET /theme.css", func(w http.ResponseWriter, r *http.Request) {
		if s.theme == nil {
			http.NotFound(w, r)
			return
		}
		s.theme.serve(w, r)
	})
}

// serve sends the file, compressed when the browser takes that.
func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=3600")
	if a.forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if a.open != nil {
		a.serveBuiltIn(w, r)
		return
	}
	h.Set("Vary", "Accept-Encoding")
	body := a.plain
	if acceptsGzip(r) {
		body = a.zipped
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the browser went away: nobody to tell
}

func (a *asset) serveBuiltIn(w http.ResponseWriter, r *http.Request) {
	file, err := a.open()
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer func() { _ = file.Close() }()
	h := w.Header()
	if a.gzipped { // also for the rare browser that doesn't ask for it
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.FormatInt(a.size, 10))
	_, _ = io.Copy(w, file) // the browser went away: nobody to tell
}

// acceptsGzip tells whether the browser takes gzip; quality values of zero are
// so rare that a plain search is enough to refuse them.
func acceptsGzip(r *http.Request) bool {
	for one := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(one), ";")
		if name == "gzip" && strings.ReplaceAll(q, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

// compress packs what is made for one answer.
func compress(data []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return data
	}
	_, _ = z.Write(data) // a Buffer takes all
	_ = z.Close()
	return out.Bytes()
}
