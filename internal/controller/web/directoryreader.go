// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"
	"regexp"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,][A-Za-z0-9_./:@%+=,-]*$`)

// shellWord makes one word of a command line that people copy, whatever another
// Peer put in it.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return quoted(s)
}

type directoryReaderPage struct {
	Provider  fsc.Peer
	Name, URL string
	Back      string
	Callable  bool
	Paths     []string
	Spec      *controller.Spec
}

// directoryReader is the page on which somebody has the description of an API shown.
func (s *server) directoryReader(q *request) error { return s.directoryReaderPage(q, nil) }

func (s *server) directoryReaderPage(q *request, spec *controller.Spec) error {
	d, err := s.directoryDetail(q)
	if err != nil {
		return err
	}
	return q.render("directory_openapi", q.t("directory.openapi.title", "service", brief(d.Name)), &directoryReaderPage{
		Provider: d.Provider, Name: d.Name, URL: d.OpenAPIURL, Back: directoryURL(d.Provider.ID, d.Name),
		Callable: d.Callable(), Paths: controller.SpecPaths(), Spec: spec,
	})
}

// directorySpec shows a description that was pasted or uploaded, or fetches it.
func (s *server) directorySpec(q *request) error {
	if isUpload(q.r) {
		return s.directorySpecFile(q)
	}
	var spec *controller.Spec
	var err error
	if document := q.value("document"); document != "" {
		spec, err = controller.ReadSpec([]byte(document))
	} else {
		spec, err = s.cfg.Controller.FetchSpec(q.Ctx, q.Actor, controller.SpecRequest{
			Peer: fsc.PeerID(q.path("peer")), Service: q.path("service"), Path: q.value("path"),
		})
	}
	if err != nil && !q.retry(err) {
		return err
	}
	return s.directoryReaderPage(q, spec)
}

// directorySpecFile shows a description from a file. Nothing of it is kept.
func (s *server) directorySpecFile(q *request) error {
	file, err := q.upload("file", controller.MaxSpecBytes)
	var spec *controller.Spec
	switch {
	case errors.Is(err, errNoUpload):
		q.wrong("file", "directory.openapi.file.none")
	case err != nil:
		q.wrong("file", "directory.openapi.file.wrong")
	default:
		if spec, err = controller.ReadSpec(file); err != nil {
			q.wrong("file", "problem.document")
		}
	}
	return s.directoryReaderPage(q, spec)
}
