// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
)

// wizardSteps is how many steps it takes to describe a contract.
const wizardSteps = 4

// wizardView is one step of describing a contract.
type wizardView struct {
	Step   int
	Steps  []wizardStep
	Kinds  []wizardKind
	Grants []wizardGrant
	// Hidden are the fields of the other steps.
	Hidden []option
	// Start and End are the days to begin with.
	Start, End string
	Review     *wizardReview
	CanAdd     bool
	Second     bool // signing waits for a second person
}

type wizardStep struct {
	Key, URL string
	Current  bool
}

type wizardKind struct {
	Key, URL string
	Chosen   bool
}

// wizardGrant is what the page asks about one grant.
type wizardGrant struct {
	Number, Index                int
	Prefix, Kind                 string
	Connection, Delegated        bool
	Peers, Services              []string
	Outways, Directories, Protos []option
	Properties                   []string // prefixes of the fields of properties
	Removable                    bool
}

// wizardReview is the last step: the contract in words.
type wizardReview struct {
	Grants        []grantView
	Validity      string
	Signers       string
	Warnings      []string
	IV, CreatedAt string
	CLI           string
}

// contractsNew shows a step of the wizard.
func (s *server) contractsNew(q *request) error {
	if copied := q.query("copy"); copied != "" {
		return s.wizardFromCopy(q, fsc.ContentHash(copied))
	}
	if kind := q.query("type"); kind != "" {
		return s.wizardFromLink(q, kind)
	}
	w := &wizard{values: q.r.URL.Query()}
	step := w.edit(q.query("step"))
	if step < wizardSteps {
		w.values.Del("iv") // a fresh one at the next review
		w.values.Del("createdAt")
	}
	return s.wizardPage(q, w, step)
}

// wizardFromCopy begins with the grants of a contract that is known.
func (s *server) wizardFromCopy(q *request, h fsc.ContentHash) error {
	f, err := s.cfg.Controller.Copy(q.Ctx, q.Actor, h)
	if err != nil {
		return err
	}
	own, err := s.cfg.Controller.Outways(q.Actor)
	if err != nil {
		return err
	}
	v := valuesOf(f, own)
	v.Set("step", "2")
	return q.redirect("/contracts/new?"+v.Encode(), "")
}

// wizardFromLink begins with what a link from another page names.
func (s *server) wizardFromLink(q *request, kind string) error {
	v := url.Values{"step": {"2"}, "n": {"1"}, "g0.type": {kind}}
	for _, field := range []string{"provider", "service", "consumer", "directory", "delegator", "serviceDelegator", "protocol"} {
		if value := q.query(field); value != "" {
			v.Set(grantName(0, field), value)
		}
	}
	return q.redirect("/contracts/new?"+v.Encode(), "")
}

// edit carries out what a button asks: "3" goes to a step, "2+" adds a grant
// and "2-1" removes the second one.
func (w *wizard) edit(button string) int {
	if button == "2+" && w.grants() < maxWizardGrants {
		w.values.Set(grantName(w.grants(), "type"), w.get(grantName(w.grants()-1, "type")))
		w.values.Set("n", strconv.Itoa(w.grants()+1))
		return 2
	}
	if number, ok := strings.CutPrefix(button, "2-"); ok {
		if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < w.grants() && w.grants() > 1 {
			w.remove(i)
		}
		return 2
	}
	step, err := strconv.Atoi(strings.TrimSuffix(button, "+"))
	if err != nil {
		return 1
	}
	return max(1, min(step, wizardSteps))
}

// remove takes out a grant and moves up those behind it.
func (w *wizard) remove(i int) {
	n := w.grants()
	moved := url.Values{}
	for name, values := range w.values {
		number, field, ok := strings.Cut(name, ".")
		k, err := strconv.Atoi(strings.TrimPrefix(number, "g"))
		switch {
		case !ok || err != nil || k < i:
			moved[name] = values
		case k > i:
			moved[grantName(k-1, field)] = values
		}
	}
	moved.Set("n", strconv.Itoa(n-1))
	w.values = moved
}

// wizardPage shows the step that was asked for, or an earlier one where
// something is wrong.
func (s *server) wizardPage(q *request, w *wizard, step int) error {
	v := wizardView{Second: s.people.NeedsSecond("contract.propose")}
	if step > 1 {
		f := w.form()
		// The review needs the days; until then it doesn't matter that they are empty.
		var wellFormed bool
		f.NotBefore, f.NotAfter, wellFormed = q.daysOf(w, step)
		preview, err := s.cfg.Controller.Preview(q.Ctx, q.Actor, f)
		found := controller.FieldErrors(err)
		first := q.problemsOf(found, w, step)
		switch {
		case first < step:
			step = first
		case !wellFormed:
			step = 3
		case err != nil && len(found) == 0 && step == wizardSteps:
			if !q.retry(err) {
				return err
			}
			step = 3
		case err == nil && step == wizardSteps:
			v.Review = q.reviewOf(w, preview)
		}
	}
	v.Step = step
	w.values.Set("step", strconv.Itoa(step))
	s.fillWizard(w, &v)
	if step == 2 || step == 3 {
		if err := s.fillGrants(q, w, &v); err != nil {
			return err
		}
	}
	q.showForm(w.values)
	return q.render("contracts_new", q.t("contracts.new.title"), v)
}

// showForm makes the page show these fields, whichever way they came.
func (q *request) showForm(v url.Values) {
	if q.r.Method == http.MethodPost {
		q.form = v
		return
	}
	u, r := *q.r.URL, *q.r
	u.RawQuery = v.Encode()
	r.URL = &u
	q.r = &r
}

// fillWizard makes the steps and hidden fields of a page.
func (s *server) fillWizard(w *wizard, v *wizardView) {
	for n, key := range []string{"kind", "who", "when", "sign"} {
		one := wizardStep{Key: "contracts.new.step." + key, Current: n+1 == v.Step}
		if n+1 < v.Step {
			one.URL = w.link(map[string]string{"step": strconv.Itoa(n + 1)})
		}
		v.Steps = append(v.Steps, one)
	}
	if v.Step == 1 {
		for _, t := range controller.GrantTypes() {
			key := grantKey(t)
			v.Kinds = append(v.Kinds, wizardKind{Key: key, Chosen: w.get("g0.type") == key, URL: w.link(map[string]string{"step": "2", "g0.type": key})})
		}
		return
	}
	v.Start, v.End = w.get("notBefore"), w.get("notAfter")
	if v.End == "" {
		v.End = lastDayText(s.cfg.Now().AddDate(1, 0, 0))
	}
	names := make([]string, 0, len(w.values))
	for name := range w.values {
		if !shownAt(name, v.Step) && w.get(name) != "" && name != "step" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		v.Hidden = append(v.Hidden, option{name, w.get(name)})
	}
}

// shownAt tells whether a step has a visible field of this name.
func shownAt(name string, step int) bool {
	number, field, isGrant := strings.Cut(name, ".")
	isGrant = isGrant && strings.HasPrefix(number, "g")
	property := isGrant && strings.Contains(field, ".")
	switch step {
	case 2:
		return isGrant && !property && field != "type"
	case 3:
		return property || name == "notBefore" || name == "notAfter"
	}
	return name == "iv" || name == "createdAt"
}

// link is the address of the wizard with some fields changed.
func (w *wizard) link(change map[string]string) string {
	v := url.Values{}
	for name := range w.values {
		if value := w.get(name); value != "" {
			v.Set(name, value)
		}
	}
	for name, value := range change {
		v.Set(name, value)
	}
	return "/contracts/new?" + v.Encode()
}

// contractsPropose signs the contract of the last step and sends it.
func (s *server) contractsPropose(q *request) error {
	w := &wizard{values: q.form}
	if step := q.value("step"); step != strconv.Itoa(wizardSteps) {
		return s.wizardPage(q, w, w.edit(step))
	}
	f := w.form()
	f.NotBefore, f.NotAfter, _ = q.daysOf(w, wizardSteps)
	c, err := s.cfg.Controller.Propose(q.Ctx, q.Actor, f)
	if len(controller.FieldErrors(err)) > 0 && q.isAboutForm(err) || q.isRefusal(err) {
		return s.wizardPage(q, w, wizardSteps)
	}
	if err != nil {
		return err
	}
	return q.redirect(contractPath(c.Hash), "contracts.flash.proposed")
}

// freshIV gives what makes a form that is sent twice the same contract, or one act.
func freshIV() string {
	iv, err := uuid.NewV7()
	if err != nil {
		return "" // the controller makes one
	}
	return iv.String()
}
