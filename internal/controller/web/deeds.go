// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// deedView is any deed that has no page of its own.
type deedView struct {
	D                            *controller.Deed
	Word                         wordView
	Turn                         string
	Kind                         string
	Signers                      []signerRow
	Reasons, Notes               []reasonView
	History                      []stepView
	Parents                      []option // address and hash
	AcceptURL, RejectURL, EndURL string
	Raw                          string
	CLI                          string
}

func (s *server) deedPage(q *request) error {
	h := deed.Hash(q.path("hash"))
	if to := deedURL(h); to != q.r.URL.EscapedPath() && to != q.r.URL.Path {
		http.Redirect(q.w, q.r, operator.LocalPath(to), http.StatusSeeOther) //nolint:gosec // G710: LocalPath keeps it here
		return nil
	}
	d, err := s.cfg.Controller.Deed(q.Ctx, q.Actor, h)
	if err != nil {
		return err
	}
	return q.render("deed", q.deedKind(d.Type), q.deedView(d))
}

func (q *request) deedKind(t deed.Type) string {
	if key := "collective.type." + decimal(int64(t)); q.s.words[q.Lang].has(key) {
		return q.t(key)
	}
	return q.t("collective.type", "number", decimal(int64(t)))
}

func (q *request) deedView(d *controller.Deed) *deedView {
	v := &deedView{
		D: d, Word: wordOf(d.Word), Turn: q.awaitText(&d.DeedState), Kind: q.deedKind(d.Type), Signers: q.signerRows(&d.DeedState),
		Reasons: q.reasonViews(d.Reasons), Notes: q.reasonViews(d.Notes), History: q.stepViews(d.History), Raw: indented(d.Raw),
		CLI: "samenspel deed show " + quoted(string(d.Hash)),
	}
	if !q.s.words[q.Lang].has(v.Word.Key) {
		v.Word.Key = "collective.word.other"
	}
	for _, p := range d.Parents {
		v.Parents = append(v.Parents, option{deedURL(p), string(p)})
	}
	if d.Turn && !d.Final && q.maySign() {
		v.AcceptURL, v.RejectURL = signURL(d.Hash, deed.Accept), signURL(d.Hash, deed.Reject)
	}
	return v
}

// deedConfirm asks once more before a deed is signed, and tells what comes of it.
func (s *server) deedConfirm(q *request, act deed.Act) error {
	d, err := s.cfg.Controller.Deed(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	kind := "deed"
	switch d.Type {
	case dossier.TypeFramework:
		kind = "framework"
	case dossier.TypeAccession:
		kind = "accession"
	case dossier.TypeCallOff:
		kind = "calloff"
	case dossier.TypePriceSheet:
		kind = "price"
	case dossier.TypeCallOffChange:
		kind = "change"
	default:
	}
	key := "deeds.confirm." + kind + "." + string(act)
	if !q.s.words[q.Lang].has(key) {
		kind, key = "deed", "deeds.confirm.deed."+string(act)
	}
	consequences := []string{q.t(key + ".text")}
	more, err := s.signedTexts(q, d, act)
	if err != nil {
		return err
	}
	consequences = append(more, consequences...)
	if d.Type == dossier.TypeCallOffChange {
		kind = "calloff" // whose second person signs its changes as well
	}
	if s.people.NeedsSecond(kind + "." + second(kind, act)) {
		consequences = append(consequences, q.t("contracts.confirm.second"))
	}
	return q.confirm(confirmation{
		Question: q.t(key), Consequences: consequences, Action: signURL(d.Hash, act), Button: q.t(key + ".button"), Cancel: deedURL(d.Hash),
		CLI: "samenspel deed sign " + quoted(string(d.Hash)) + " --act " + string(act),
	})
}

// signedTexts tell what a deed says that one signs, where the page has words for it.
func (s *server) signedTexts(q *request, d *controller.Deed, act deed.Act) ([]string, error) {
	switch d.Type {
	case dossier.TypeCallOff:
		return s.callOffConsequences(q, d.Hash, act)
	case dossier.TypePriceSheet:
		return s.priceConsequences(q, d)
	case dossier.TypeCallOffChange:
		return s.changeConsequences(q, d)
	default:
		return nil, nil
	}
}

// second is how the act is called that may need a second person.
func second(kind string, act deed.Act) string {
	switch {
	case act == deed.Accept && kind == "accession":
		return "seal"
	case act == deed.Accept:
		return "sign"
	case act == deed.Revoke:
		return "end"
	}
	return string(act)
}

// callOffConsequences tell what one signs, and what stops.
func (s *server) callOffConsequences(q *request, h deed.Hash, act deed.Act) ([]string, error) {
	o, err := s.cfg.Controller.CallOff(q.Ctx, q.Actor, h)
	if err != nil {
		return nil, err
	}
	row := q.callOffRow(&o.CallOff)
	out := []string{q.t("deeds.confirm.calloff.what", "quantity", o.Quantity, "unit", visible(o.Unit), "lot", brief(o.LotName),
		"buyer", q.peerText(o.Buyer), "supplier", q.peerText(o.Supplier), "money", row.Money)}
	if act != deed.Revoke {
		return out, nil
	}
	for _, c := range o.Contracts {
		out = append(out, q.t("deeds.confirm.calloff.contract", "hash", shorten(c.Hash)))
		more, err := s.impactTexts(q, c.Hash)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

func (s *server) deedSign(q *request, act deed.Act) error {
	h := deed.Hash(q.path("hash"))
	if q.value("confirmed") != "yes" {
		return q.redirect(signURL(h, act), "")
	}
	if err := s.cfg.Controller.SignDeed(q.Ctx, q.Actor, h, act); err != nil {
		return err
	}
	return q.redirect(deedURL(h), "deeds.flash."+string(act))
}
