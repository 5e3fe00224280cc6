// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"
	"strings"

	"github.com/samenspel/samenspel/internal/controller"
)

// frameworkReleases takes a framework agreement over from open data: the form is
// filled in as far as the data goes, and what is missing is told at its field.
func (s *server) frameworkReleases(q *request) error {
	raw, err := q.upload("releases", controller.MaxReleasesBytes)
	if err != nil {
		key := "frameworks.import.problem.releases.file"
		if errors.Is(err, errNoUpload) {
			key = "directory.openapi.file.none"
		}
		q.wrong("releases", key)
		return s.frameworkImportPage(q)
	}
	read, err := s.cfg.Controller.ReadReleases(q.Actor, controller.ReleasesForm{Raw: raw})
	if refused, ok := errors.AsType[*controller.ReleasesError](err); ok {
		key := "frameworks.import.problem.releases"
		if refused.TooLong() {
			key = "frameworks.import.problem.releases.long"
		}
		q.wrong("releases", key, "detail", brief(refused.Error()))
		return s.frameworkImportPage(q)
	}
	if err != nil {
		return err
	}
	form := &read.Form
	if len(form.Lots) > maxDraftLots || len(form.Windows) > maxDraftWindows {
		q.wrong("releases", "frameworks.import.problem.many", "lots", maxDraftLots, "windows", maxDraftWindows)
		return s.frameworkImportPage(q)
	}
	d := q.frameworkDraftOf(*form)
	for i := range form.Lots { // what open data doesn't tell isn't zero
		if form.Lots[i].MaximumQuantity == 0 {
			d.values.Del(lotField(i, "quantity"))
		}
		if form.Lots[i].MaximumValue == 0 {
			d.values.Del(lotField(i, "value"))
		}
	}
	d.left = q.leftOut(read)
	return s.frameworkStep(q, d, 2)
}

// leftOut tells what of open data couldn't be taken over.
func (q *request) leftOut(read *controller.FrameworkReading) []string {
	var out []string
	if names := read.Unnumbered; len(names) > 0 {
		const most = 10
		var shown []string
		for _, name := range names[:min(most, len(names))] {
			shown = append(shown, brief(name))
		}
		out = append(out, q.t("frameworks.import.left.unnumbered", "count", len(names), "names", strings.Join(shown, ", ")))
	}
	if read.Currency != "" {
		out = append(out, q.t("frameworks.import.left.currency", "currency", brief(read.Currency)))
	}
	return out
}
