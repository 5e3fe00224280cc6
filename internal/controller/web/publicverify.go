// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"
	"slices"
	"time"

	"github.com/samenspel/samenspel/internal/collective/verify"
)

// verifyPolicy lets the page that checks files run the program that does it. The
// program comes from here and may reach nothing but this address.
const verifyPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// maxVerified is the largest file that is checked here, in bytes. The browser and
// the command line check larger ones.
const maxVerified = uploadLimit - 16<<10

// checkData is the page that checks a dossier.
type checkData struct {
	Group, PeerIDField string
	// Anchors are the trust anchors, as PEM, for the program in the page.
	Anchors string
	// Program tells that the page can check by itself; Kilobytes is its size on the line.
	Program   bool
	Kilobytes int64
	Limit     int64       // megabytes that the server checks
	Report    *reportData // nil: nothing was checked here
	Words     []string    // keys of texts for the program, below public.verify
	States    []string
}

// reportData is a report of what the server checked.
type reportData struct {
	*verify.Report
	Dossiers []dossierData
}

type dossierData struct {
	*verify.Dossier
	Deeds []deedData
}

type deedData struct {
	*verify.Deed
	Since time.Time
}

func (q *request) verifyPage() error { return q.verified(nil) }

func (q *request) verifyFile() error {
	raw, err := q.upload("dossier", int(maxVerified))
	switch {
	case errors.Is(err, errNoUpload):
		q.problems = append(q.problems, fieldProblem{Field: "dossier", Text: q.t("public.verify.no_file")})
		return q.verified(nil)
	case err != nil:
		q.problems = append(q.problems, fieldProblem{Field: "dossier", Text: q.t("public.verify.too_large", "limit", int64(maxVerified)>>20)})
		return q.verified(nil)
	}
	report, err := q.s.cfg.Public.Verifier.Verify(q.s.cfg.Now().Unix(), verify.File{Name: q.t("public.verify.your_file"), Raw: raw})
	if err != nil {
		return err
	}
	return q.verified(report)
}

// verified renders the page. Its policy differs from that of all others.
func (q *request) verified(r *verify.Report) error {
	q.w.Header().Set("Content-Security-Policy", verifyPolicy)
	d := checkData{Group: q.s.cfg.Public.Group, PeerIDField: q.s.cfg.Public.PeerIDField, Limit: int64(maxVerified) >> 20, Report: reportOf(r), Words: verifyWords(), States: verifyStates()}
	if q.s.cfg.Public.Anchors != nil {
		d.Anchors = string(q.s.cfg.Public.Anchors())
	}
	program, loader, script := q.s.assets.byName["verify.wasm"], q.s.assets.byName["wasm_exec.js"], q.s.assets.byName["verify.js"]
	if program != nil && loader != nil && script != nil {
		d.Program, d.Kilobytes = true, program.size>>10
	}
	return q.render("public_verify", q.t("public.verify.title"), d)
}

func reportOf(r *verify.Report) *reportData {
	if r == nil {
		return nil
	}
	out := &reportData{Report: r}
	for i := range r.Dossiers {
		d := dossierData{Dossier: &r.Dossiers[i]}
		for j := range d.Dossier.Deeds {
			one := deedData{Deed: &d.Dossier.Deeds[j]}
			if one.Deed.Since > 0 {
				one.Since = time.Unix(one.Deed.Since, 0)
			}
			d.Deeds = append(d.Deeds, one)
		}
		out.Dossiers = append(out.Dossiers, d)
	}
	return out
}

// verifyWords are the texts that the program in the page needs.
func verifyWords() []string {
	return []string{
		"sound", "unsound", "keeper", "nobody", "feed", "withheld", "finding", "stories", "missing", "unread", "deeds", "state", "since", "waits", "why",
		"kind", "busy", "failed",
	}
}

// verifyStates are the states of deeds with a text of their own.
func verifyStates() []string {
	return slices.Concat([]string{
		"proposed", "planned", "asserted", "live", "suspended", "exhausted", "expired", "terminated", "annulled", "requested", "effective", "ended",
		"offered", "waits", "completed", "refused", "rejected", "lapsed", "void", "waiting",
	}, []string{"pending", "in_force", "revoked", "open", "adopted", "signed", "issued", "bound", "cut", "active", "replaced", "forming", "dissolved", "member", "left", "superseded", "withdrawn"})
}
