// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
)

// frameworkImportView is the page on which one takes over a framework agreement:
// first its document, then what it says.
type frameworkImportView struct {
	// Document is what was chosen: fields that travel along; nil before.
	Document []option
	Hash     string
	Size     int64
	CLI      string
	// ReleasesCLI is the line for open data.
	ReleasesCLI string
}

func (s *server) frameworkImportPage(q *request) error {
	v := &frameworkImportView{
		Hash: q.value("source.hash"), CLI: "samenspel framework create raamovereenkomst.json --source overeenkomst.pdf --preview",
		ReleasesCLI: "samenspel framework import release-package.json",
	}
	if v.Hash != "" {
		v.Size = readCount(q.value("source.size"))
		for _, name := range []string{"source.hash", "source.size", "source.mediaType"} {
			v.Document = append(v.Document, option{name, q.value(name)})
		}
	}
	return q.render("framework_import", q.t("frameworks.import.title"), v)
}

// frameworkImport reads the document or, after that, what it says; then it shows
// what the framework would be.
func (s *server) frameworkImport(q *request) error {
	if isUpload(q.r) {
		return s.frameworkDocument(q)
	}
	var file frameworkFile
	if err := deed.Unmarshal([]byte(q.value("json")), &file); err != nil {
		q.wrong("json", "frameworks.import.problem.json", "detail", faultText(err))
		return s.frameworkImportPage(q)
	}
	if len(file.Lots) > maxDraftLots || len(file.EntryWindows) > maxDraftWindows {
		q.wrong("json", "frameworks.import.problem.many", "lots", maxDraftLots, "windows", maxDraftWindows)
		return s.frameworkImportPage(q)
	}
	form := file.form()
	if source := q.annexForm("source"); source != nil {
		form.Source = source
	}
	return s.frameworkStep(q, q.frameworkDraftOf(form), 2)
}

// faultText is the part of an error about JSON that is written for others.
func faultText(err error) string {
	if e, ok := errors.AsType[*deed.Error](err); ok {
		return e.Field + " " + e.Detail
	}
	return ""
}

// frameworkDocument takes a document, which is kept for who may read the framework.
func (s *server) frameworkDocument(q *request) error {
	if err := q.takeAnnex("document", "source"); err != nil {
		return err
	}
	return s.frameworkImportPage(q)
}

// frameworkConfirmView is the question whether an imported framework is right.
type frameworkConfirmView struct {
	F      *controller.FrameworkDetail
	URL    string
	Lots   []lotView
	Buyers []option // to choose from, where a supplier begins
	CLI    string
}

func (s *server) frameworkConfirmPage(q *request) error {
	f, err := s.cfg.Controller.Framework(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	return q.render("framework_confirm", q.t("frameworks.confirm.title", "name", q.frameworkTitle(&f.Framework)), q.frameworkConfirmView(f))
}

func (q *request) frameworkConfirmView(f *controller.FrameworkDetail) *frameworkConfirmView {
	v := &frameworkConfirmView{F: f, URL: deedURL(f.Hash), CLI: "samenspel framework confirm " + quoted(string(f.Hash))}
	for _, l := range f.Lots {
		v.Lots = append(v.Lots, lotOf(l))
	}
	if f.Part == partSupplier {
		v.Buyers = peerOptions(f.EligiblePeers)
		v.CLI += " --buyer OIN"
	}
	return v
}

func (s *server) frameworkConfirm(q *request) error {
	h := deed.Hash(q.path("hash"))
	if q.value("confirmed") != "yes" {
		return q.redirect(deedURL(h)+"/confirm", "")
	}
	made, err := s.cfg.Controller.ConfirmFramework(q.Ctx, q.Actor, h, fsc.PeerID(q.value("buyer")))
	if q.retry(err) {
		return s.frameworkConfirmPage(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(deedURL(made), "frameworks.flash.confirmed")
}
