// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// contractConfirm asks once more before a contract is signed, and tells what
// comes of it.
func (s *server) contractConfirm(q *request, t fsc.SignatureType) error {
	c, err := s.cfg.Controller.Contract(q.Ctx, q.Actor, fsc.ContentHash(q.path("hash")))
	if err != nil {
		return err
	}
	act := string(t)
	if ch := c.Choice(act); !ch.OK {
		return q.redirect(contractPath(c.Hash), "contracts.flash.cannot")
	}
	var consequences []string
	for _, g := range c.Grants {
		consequences = append(consequences, q.grantText(g))
	}
	consequences = append(consequences, q.validityText(c.NotBefore, c.NotAfter), q.t("contracts.confirm."+act+".text"))
	if s.people.NeedsSecond("contract." + act) {
		consequences = append(consequences, q.t("contracts.confirm.second"))
	}
	if t == fsc.SignatureTypeRevoke {
		more, err := s.impactTexts(q, c.Hash)
		if err != nil {
			return err
		}
		consequences = append(consequences, more...)
	}
	return q.confirm(confirmation{
		Question: q.t("contracts.confirm." + act), Consequences: consequences, Action: contractPath(c.Hash) + "/" + act,
		Button: q.t("contracts.confirm." + act + ".button"), Cancel: contractPath(c.Hash),
		CLI: "samenspel contract " + act + " " + quoted(string(c.Hash)),
	})
}

// impactTexts say what stops when a contract ends.
func (s *server) impactTexts(q *request, h fsc.ContentHash) ([]string, error) {
	impact, err := s.cfg.Controller.Impact(q.Ctx, q.Actor, h)
	if err != nil {
		return nil, err
	}
	var out []string
	publication := len(impact.Grants) > 0 && impact.Grants[0].Sentence.Type.IsPublication()
	switch {
	case publication:
		out = append(out, q.t("contracts.impact.publication"))
	case impact.CallsPerDay > 0:
		out = append(out, q.t("contracts.impact.calls", "calls", impact.CallsPerDay, "count", impact.Applications))
	case !impact.Unseen:
		out = append(out, q.t("contracts.impact.none"))
	}
	if impact.Unseen {
		out = append(out, q.t("contracts.impact.unseen"))
	}
	for _, g := range impact.Grants {
		if g.Alternative != "" {
			out = append(out, q.t("contracts.impact.alternative", "service", visible(g.Sentence.Service), "hash", shorten(g.Alternative)))
		}
	}
	return out, nil
}

func (s *server) contractSign(q *request, t fsc.SignatureType) error {
	h := fsc.ContentHash(q.path("hash"))
	if q.value("confirmed") != "yes" {
		return q.redirect(contractPath(h)+"/"+string(t), "")
	}
	c, err := s.cfg.Controller.Sign(q.Ctx, q.Actor, h, t)
	if err != nil {
		return err
	}
	return q.redirect(contractPath(c.Hash), "contracts.flash."+string(t))
}

func (s *server) contractRetry(q *request) error {
	h := fsc.ContentHash(q.path("hash"))
	n, err := s.cfg.Controller.ResendContract(q.Ctx, q.Actor, h)
	if err != nil {
		return err
	}
	return q.redirect(contractPath(h), "contracts.flash.retry", "number", n)
}

// bulkView is what came of a list of contracts, or the question before it.
type bulkView struct {
	Act      string
	Asking   bool
	Rows     []bulkRow
	Outcomes bool
}

type bulkRow struct {
	Hash        fsc.ContentHash
	Path, Text  string
	Badge, Told string
}

// contractsBulk accepts or rejects several contracts: it shows them first, and
// then what came of each.
func (s *server) contractsBulk(q *request) error {
	act := q.value("act")
	t := fsc.SignatureType(act)
	if t != fsc.SignatureTypeAccept && t != fsc.SignatureTypeReject {
		return &operator.Error{Kind: operator.KindInvalid, Field: "act", Text: "a list of contracts can be accepted or rejected"}
	}
	var hashes []fsc.ContentHash
	for _, h := range q.form["hash"] {
		hashes = append(hashes, fsc.ContentHash(h))
	}
	if len(hashes) == 0 {
		return q.redirect("/contracts?state=waiting", "contracts.flash.none_chosen")
	}
	v := bulkView{Act: act, Asking: q.value("confirmed") != "yes"}
	told := map[fsc.ContentHash]string{}
	if !v.Asking {
		outcomes, err := s.cfg.Controller.SignAll(q.Ctx, q.Actor, hashes, t)
		if err != nil {
			return err
		}
		for _, o := range outcomes {
			told[o.Hash] = q.outcomeText(o, t)
		}
	}
	for _, h := range hashes {
		row := bulkRow{Hash: h, Path: contractPath(h), Told: told[h]}
		c, err := s.cfg.Controller.Contract(q.Ctx, q.Actor, h)
		if err != nil && !isNotFound(err) {
			return err
		}
		if err == nil {
			row.Badge = stateBadge(&c.Contract)
			for _, g := range c.Grants {
				row.Text += q.grantText(g) + " "
			}
			row.Text += q.validityText(c.NotBefore, c.NotAfter)
		}
		v.Rows = append(v.Rows, row)
	}
	return q.render("contracts_bulk", q.t("contracts.bulk."+act), v)
}

func isNotFound(err error) bool {
	o, ok := errors.AsType[*operator.Error](err)
	return ok && o.Kind == operator.KindNotFound
}

func (q *request) outcomeText(o controller.Outcome, t fsc.SignatureType) string {
	if o.Err == nil {
		return q.t("contracts.bulk.done." + string(t))
	}
	if e, ok := errors.AsType[*operator.Error](o.Err); ok {
		if e.Kind == operator.KindSecondPerson {
			return q.t("contracts.bulk.second")
		}
		return q.t("contracts.bulk.failed", "reason", e.Text)
	}
	if e, ok := errors.AsType[*fsc.Error](o.Err); ok && e.Code != fsc.CodeInternal {
		return q.t("contracts.bulk.failed", "reason", e.Detail)
	}
	q.s.cfg.Logger.ErrorContext(q.Ctx, "contract not signed", "content_hash", o.Hash, "error", o.Err)
	return q.t("contracts.bulk.failed", "reason", q.t("failure.internal.text"))
}

// renewView is the form for a contract that follows on another.
type renewView struct {
	C          *controller.ContractDetail
	Grants     []string
	OldKey     bool // our Outway has another key now
	Start, End string
	Copy, CLI  string
	Validity   string
}

func (s *server) contractRenewForm(q *request) error {
	h := fsc.ContentHash(q.path("hash"))
	c, err := s.cfg.Controller.Contract(q.Ctx, q.Actor, h)
	if err != nil {
		return err
	}
	form, err := s.cfg.Controller.RenewalOf(q.Ctx, q.Actor, h)
	if err != nil {
		return err
	}
	v := renewView{
		C: c, Start: dayText(form.NotBefore), End: lastDayText(form.NotAfter), Copy: "/contracts/new?copy=" + string(h),
		Validity: q.validityText(c.NotBefore, c.NotAfter), CLI: "samenspel contract renew " + quoted(string(c.Hash)),
	}
	for _, g := range c.Grants {
		v.Grants = append(v.Grants, q.grantText(g))
		v.OldKey = v.OldKey || g.Consumer.ID == s.self.ID && g.OutwayThumbprint != "" && g.OutwayName == ""
	}
	return q.render("contracts_renew", q.t("contracts.renew.title", "services", services(&c.Contract)), v)
}

func (s *server) contractRenew(q *request) error {
	start, end, ok := q.validityOf("notBefore", "notAfter")
	if !ok {
		return s.contractRenewForm(q)
	}
	c, err := s.cfg.Controller.Renew(q.Ctx, q.Actor, fsc.ContentHash(q.path("hash")), start, end)
	if q.retryForm(err) {
		return s.contractRenewForm(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(contractPath(c.Hash), "contracts.flash.proposed")
}

// validityOf reads two days; the second is the last one on which the contract
// is valid. It tells false when one of them isn't a day.
func (q *request) validityOf(first, last string) (start, end time.Time, ok bool) {
	var err error
	ok = true
	if text := q.field(first); text != "" {
		if start, err = time.ParseInLocation(time.DateOnly, text, location()); err != nil {
			q.wrong(first, "contracts.problem.day")
			ok = false
		}
		if today := dayText(q.s.cfg.Now()); text == today {
			start = time.Time{} // from this moment on
		}
	}
	if text := q.field(last); text != "" {
		if end, err = time.ParseInLocation(time.DateOnly, text, location()); err != nil {
			q.wrong(last, "contracts.problem.day")
			return start, end, false
		}
		end = end.AddDate(0, 0, 1)
	}
	return start, end, ok
}

// field gives what was typed, by POST or by GET.
func (q *request) field(name string) string {
	if q.form.Has(name) {
		return q.form.Get(name)
	}
	return q.query(name)
}

// dayText is a day as fields for dates take it.
func dayText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(location()).Format(time.DateOnly)
}

// lastDayText is the last day before a moment.
func lastDayText(end time.Time) string {
	if end.IsZero() {
		return ""
	}
	return dayText(end.Add(-time.Second))
}
