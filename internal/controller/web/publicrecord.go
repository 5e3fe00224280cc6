// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/publish"
	"github.com/samenspel/samenspel/internal/collective/verify"
)

// Public is what somebody without a login may read. The zero value is nothing.
type Public struct {
	// Record has what organisations do together; nil: there are no public pages.
	Record *publish.Record
	// Verifier checks files of dossiers for who has no script, and Group and Anchors
	// (PEM) are what it trusts: browsers get them to check for themselves.
	Verifier *verify.Verifier
	// PeerIDField is where certificates of the Group keep the PeerID; empty: where
	// Dutch ones do.
	PeerIDField string
	Group       string
	Anchors     func() []byte
}

const (
	// publicCache lets browsers and proxies keep an answer as long as the record
	// gives it again itself.
	publicCache = "public, max-age=60"
	// publicCost is what reading a page counts, and verifyCost checking a file.
	publicCost, verifyCost = 1, 20
)

func (s *server) registerPublic() {
	if s.cfg.Public.Record == nil {
		return
	}
	s.shown = newAllowance()
	s.toAll("GET /public", publicCost, (*request).publicFrameworks)
	s.toAll("GET /public/frameworks/{hash}", publicCost, (*request).publicFramework)
	s.toAll("GET /public/frameworks/{hash}/dossier", publicCost, (*request).publicDossier)
	s.toAll("GET /public/ocds/releases", publicCost, (*request).publicReleases)
	s.toAll("GET /public/ocds/records/{ocid}", publicCost, (*request).publicProcess)
	if s.cfg.Public.Verifier != nil {
		s.toAll("GET /public/anchors.pem", publicCost, (*request).publicAnchors)
		s.toAll("GET /public/verify", publicCost, (*request).verifyPage)
		s.toAll("POST /public/verify", verifyCost, (*request).verifyFile)
	}
}

// toAll registers a page for everybody, who may ask for it so often.
func (s *server) toAll(pattern string, cost int, h func(*request) error) {
	s.public(pattern, func(q *request) error {
		if !s.shown.take(from(q.r), cost, s.cfg.Now()) {
			q.w.Header().Set("Retry-After", "60")
			q.problem(http.StatusTooManyRequests, "public_slower")
			return nil
		}
		err := h(q)
		if errors.Is(err, publish.ErrNotFound) {
			q.problem(http.StatusNotFound, "public_none")
			return nil
		}
		return err
	})
}

// frameworksData is the list of what is bought together.
type frameworksData struct {
	Frameworks       []*publish.Framework
	OpenData, Verify bool
}

func (q *request) publicFrameworks() error {
	all, err := q.s.cfg.Public.Record.Frameworks(q.Ctx)
	if err != nil {
		return err
	}
	d := frameworksData{Frameworks: all, Verify: q.s.cfg.Public.Verifier != nil}
	for _, f := range all {
		d.OpenData = d.OpenData || f.OCID != ""
	}
	q.cache = publicCache
	return q.render("public", q.t("public.title"), d)
}

// frameworkData is one framework with what isn't told of it.
type frameworkData struct {
	*publish.Framework
	Lots     []publicLot
	Withheld []publish.Kept
	Verify   bool
}

// publicLot is a lot with its amount in words.
type publicLot struct {
	publish.Lot
	MaximumEuro string
}

func (q *request) publicFramework() error {
	f, err := q.s.cfg.Public.Record.Framework(q.Ctx, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	d := frameworkData{Framework: f, Withheld: publish.Withheld(), Verify: q.s.cfg.Public.Verifier != nil}
	for _, l := range f.Lots {
		d.Lots = append(d.Lots, publicLot{l, euros(q.Lang, l.MaximumCents)})
	}
	q.cache = publicCache
	return q.render("public_framework", q.t("public.framework.title", "name", brief(f.Name)), d)
}

// euros writes whole euros, rounded up: what is shown is a maximum.
func euros(l language, cents int64) string {
	return "€\u00a0" + formatNumber(l, (cents+99)/100)
}

func (q *request) publicDossier() error {
	raw, err := q.s.cfg.Public.Record.Dossier(q.Ctx, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	q.w.Header().Set("Content-Disposition", `attachment; filename="dossier.json"`)
	q.plain("application/json", raw)
	return nil
}

func (q *request) publicReleases() error {
	skip := 0
	if text := q.query("skip"); text != "" {
		var err error
		if skip, err = strconv.Atoi(text); err != nil {
			return publish.ErrNotFound
		}
	}
	raw, next, err := q.s.cfg.Public.Record.Releases(q.Ctx, skip)
	if err != nil {
		return err
	}
	if next > 0 {
		q.w.Header().Set("Link", fmt.Sprintf(`</public/ocds/releases?skip=%d>; rel="next"`, next))
	}
	q.plain("application/json", raw)
	return nil
}

func (q *request) publicProcess() error {
	raw, err := q.s.cfg.Public.Record.Process(q.Ctx, q.path("ocid"))
	if err != nil {
		return err
	}
	q.plain("application/json", raw)
	return nil
}

func (q *request) publicAnchors() error {
	q.plain("application/x-pem-file", q.s.cfg.Public.Anchors())
	return nil
}

// plain answers with a file for programs.
func (q *request) plain(kind string, raw []byte) {
	h := q.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", publicCache)
	h.Set("Vary", "Accept-Encoding")
	if acceptsGzip(q.r) {
		raw = compress(raw)
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(raw)))
	if _, err := q.w.Write(raw); err != nil { //nolint:gosec // JSON by its type
		q.s.cfg.Logger.DebugContext(q.Ctx, "reader went away", "error", err)
	}
}
