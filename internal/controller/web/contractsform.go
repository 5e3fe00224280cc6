// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

const (
	// maxWizardGrants is how many grants the pages can describe in one contract.
	maxWizardGrants = 20
	// maxWizardProperties is how many properties a grant can have there.
	maxWizardProperties = 50
	// otherOutway is the choice for an Outway that isn't one of ours.
	otherOutway = "other"
)

// wizard is a contract as far as it has been described. It travels along in the
// fields of the pages; the server keeps nothing.
type wizard struct {
	values url.Values
	// rows are, per grant, the numbers of the property fields that aren't empty.
	rows [][]int
}

func (w *wizard) get(name string) string { return strings.TrimSpace(w.values.Get(name)) }

// grants is how many grants there are.
func (w *wizard) grants() int {
	n, err := strconv.Atoi(w.get("n"))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, maxWizardGrants)
}

// grantName is the name of a field of a grant.
func grantName(i int, field string) string { return "g" + strconv.Itoa(i) + "." + field }

// propertyName is the name of a field of a property of a grant.
func propertyName(i, j int, field string) string {
	return grantName(i, "p"+strconv.Itoa(j)+"."+field)
}

// form reads the fields as the controller takes them. Days are read apart.
func (w *wizard) form() controller.ProposalForm {
	f := controller.ProposalForm{IV: w.get("iv"), Profile: fsc.Profile(w.get("profile"))}
	if created, err := strconv.ParseInt(w.get("createdAt"), 10, 64); err == nil && created > 0 {
		f.CreatedAt = time.Unix(created, 0).UTC()
	}
	w.rows = nil
	for i := range w.grants() {
		f.Grants = append(f.Grants, w.grant(i))
	}
	return f
}

func (w *wizard) grant(i int) controller.GrantForm {
	text := func(field string) string { return w.get(grantName(i, field)) }
	peer := func(field string) fsc.PeerID { return fsc.PeerID(oinOf(text(field))) }
	g := controller.GrantForm{
		Type: grantOfKey(text("type")), Service: text("service"), Provider: peer("provider"), Consumer: peer("consumer"),
		Directory: peer("directory"), Delegator: peer("delegator"), ServiceDelegator: peer("serviceDelegator"),
		Protocol: fsc.Protocol(text("protocol")), OutwayThumbprint: text("outwayThumbprint"), OutwayDomain: text("outwayDomain"),
	}
	if chosen := text("outway"); chosen != "" && chosen != otherOutway {
		g.OutwayThumbprint, g.OutwayDomain = chosen, ""
	}
	if g.Type.IsPublication() {
		g.OutwayThumbprint, g.OutwayDomain, g.Consumer, g.ServiceDelegator = "", "", "", ""
	} else {
		g.Directory, g.Protocol = "", ""
	}
	if !g.Type.IsDelegated() {
		g.Delegator = ""
	}
	var rows []int
	for j := range w.propertyRows(i) {
		p := controller.PropertyForm{Name: w.get(propertyName(i, j, "name")), Value: w.get(propertyName(i, j, "value"))}
		if p.Name == "" && p.Value == "" {
			continue
		}
		if w.get(propertyName(i, j, "json")) != "yes" {
			p.Value = jsonText(p.Value)
		}
		rows = append(rows, j)
		g.Properties = append(g.Properties, p)
	}
	w.rows = append(w.rows, rows)
	return g
}

// propertyRows is how many rows of properties a grant has: those in use and
// some that are empty.
func (w *wizard) propertyRows(i int) int {
	last := -1
	for j := range maxWizardProperties {
		if w.get(propertyName(i, j, "name")) != "" || w.get(propertyName(i, j, "value")) != "" {
			last = j
		}
	}
	return min(last+3, maxWizardProperties)
}

// jsonText is a text as JSON.
func jsonText(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		return `""`
	}
	return string(out)
}

// plainText is the text of a JSON string; false for other JSON.
func plainText(value string) (string, bool) {
	var text string
	if err := json.Unmarshal([]byte(value), &text); err != nil || strings.TrimSpace(text) != text {
		return "", false
	}
	return text, true
}

// fieldOf is the name of the field on the page for a field of the form.
func (w *wizard) fieldOf(field string) string {
	rest, ok := strings.CutPrefix(field, "grants[")
	if !ok {
		return field
	}
	number, rest, _ := strings.Cut(rest, "].")
	i, err := strconv.Atoi(number)
	if err != nil {
		return ""
	}
	if rest == "" {
		return grantName(i, "provider")
	}
	if property, ok := strings.CutPrefix(rest, "properties["); ok {
		number, last, _ := strings.Cut(property, "].")
		j, err := strconv.Atoi(number)
		if err != nil || i >= len(w.rows) || j >= len(w.rows[i]) {
			return ""
		}
		return propertyName(i, w.rows[i][j], last)
	}
	if rest == "outwayThumbprint" && w.get(grantName(i, "outwayThumbprint")) == "" {
		rest = "outway"
	}
	return grantName(i, rest)
}

// stepOf is the step of the wizard at which a field of the form is filled in.
func stepOf(field string) int {
	switch {
	case strings.HasSuffix(field, "].type"), field == "grants":
		return 1
	case strings.Contains(field, ".properties["), !strings.HasPrefix(field, "grants["):
		return 3
	}
	return 2
}

// problemKey is the key of the text about a field of a form.
func problemKey(field string) string {
	if i := strings.LastIndex(field, "."); i >= 0 {
		field = field[i+1:]
	}
	if field == "" {
		field = "part"
	}
	return "contracts.problem." + field
}

// problemsOf tells what is wrong, at most up to a step; it gives the first step
// at which something is.
func (q *request) problemsOf(found []*operator.Error, w *wizard, before int) int {
	first := before
	for _, e := range found {
		at := stepOf(e.Field)
		if at >= before {
			continue
		}
		first = min(first, at)
	}
	for _, e := range found {
		if stepOf(e.Field) == first && first < before {
			q.problems = append(q.problems, fieldProblem{Field: w.fieldOf(e.Field), Text: q.formProblem(e)})
		}
	}
	return first
}

func (q *request) formProblem(e *operator.Error) string {
	if problem, ok := controller.PropertyProblem(e.Text); ok {
		return q.t("contracts.problem.property_malformed", "detail", visible(problem))
	}
	if key := problemKey(e.Field); q.s.words[q.Lang].has(key) {
		return q.t(key)
	}
	return q.problemText(e)
}

// retryForm is retry for errors about several fields at once.
func (q *request) retryForm(err error) bool {
	found := controller.FieldErrors(err)
	if len(found) == 0 {
		return q.retry(err)
	}
	for _, e := range found {
		if e.Kind != operator.KindInvalid && e.Kind != operator.KindConflict {
			return false
		}
	}
	for _, e := range found {
		q.problems = append(q.problems, fieldProblem{Field: e.Field, Text: q.formProblem(e)})
	}
	return true
}

// valuesOf are the fields of the wizard for a form, to begin with.
func valuesOf(f controller.ProposalForm, own []controller.Outway) url.Values {
	v := url.Values{"n": {strconv.Itoa(len(f.Grants))}}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("profile", string(f.Profile))
	for i := range f.Grants {
		g := &f.Grants[i]
		for field, value := range map[string]string{
			"type": grantKey(g.Type), "service": g.Service, "provider": string(g.Provider), "consumer": string(g.Consumer),
			"directory": string(g.Directory), "delegator": string(g.Delegator), "serviceDelegator": string(g.ServiceDelegator),
			"protocol": string(g.Protocol), "outwayThumbprint": g.OutwayThumbprint, "outwayDomain": g.OutwayDomain,
		} {
			set(grantName(i, field), value)
		}
		if g.Type.IsConnection() {
			v.Set(grantName(i, "outway"), otherOutway)
		}
		for _, o := range own {
			if o.PublicKeyThumbprint == g.OutwayThumbprint && g.OutwayThumbprint != "" {
				v.Set(grantName(i, "outway"), o.PublicKeyThumbprint)
				v.Del(grantName(i, "outwayThumbprint"))
			}
		}
		for j, p := range g.Properties {
			set(propertyName(i, j, "name"), p.Name)
			if text, ok := plainText(p.Value); ok {
				set(propertyName(i, j, "value"), text)
				continue
			}
			set(propertyName(i, j, "value"), p.Value)
			set(propertyName(i, j, "json"), "yes")
		}
	}
	return v
}
