// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
)

// ruleForm reads a rule from the fields of its page.
type ruleForm struct {
	values url.Values
	rows   []int // the numbers of the property fields that aren't empty
}

func (w *ruleForm) get(name string) string { return strings.TrimSpace(w.values.Get(name)) }

func (w *ruleForm) read() controller.RuleForm {
	f := controller.RuleForm{
		ID: w.get("id"), Name: w.get("name"), Enabled: w.get("enabled") == "yes", Role: manager.Role(w.get("role")),
		Services: lines(w.get("services")), Providers: peerLines(w.get("providers")), Consumers: peerLines(w.get("consumers")),
		Delegators: peerLines(w.get("delegators")), AllowOtherProperties: w.get("allowOtherProperties") == "yes",
	}
	if text := w.get("maxValidityDays"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			n = -1 // the controller refuses it
		}
		f.MaxValidityDays = n
	}
	for j := range ruleRows(w.values) {
		prefix := "p" + strconv.Itoa(j) + "."
		p := controller.PropertyForm{Name: w.get(prefix + "name"), Value: w.get(prefix + "value")}
		if p.Name == "" && p.Value == "" {
			continue
		}
		if w.get(prefix+"json") != "yes" {
			p.Value = jsonText(p.Value)
		}
		w.rows = append(w.rows, j)
		f.Properties = append(f.Properties, p)
	}
	return f
}

// ruleRows is how many rows of properties the form has: those in use and some
// that are empty.
func ruleRows(v url.Values) int {
	last := -1
	for j := range maxWizardProperties {
		prefix := "p" + strconv.Itoa(j) + "."
		if v.Get(prefix+"name") != "" || v.Get(prefix+"value") != "" {
			last = j
		}
	}
	return min(last+3, maxWizardProperties)
}

// lines are the lines of a text that aren't empty; commas separate too.
func lines(text string) []string {
	var out []string
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == ';' }) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}

// peerLines are the organisations in a text, one a line.
func peerLines(text string) []fsc.PeerID {
	var out []fsc.PeerID
	for _, line := range lines(text) {
		out = append(out, fsc.PeerID(oinOf(line)))
	}
	return out
}

// ruleValues are the fields of the page for a rule.
func ruleValues(f controller.RuleForm) url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	yes := func(name string, is bool) {
		if is {
			v.Set(name, "yes")
		}
	}
	set("id", f.ID)
	set("name", f.Name)
	set("role", string(f.Role))
	set("services", strings.Join(f.Services, "\n"))
	set("providers", joinPeers(f.Providers))
	set("consumers", joinPeers(f.Consumers))
	set("delegators", joinPeers(f.Delegators))
	if f.MaxValidityDays > 0 {
		set("maxValidityDays", strconv.Itoa(f.MaxValidityDays))
	}
	yes("enabled", f.Enabled)
	yes("allowOtherProperties", f.AllowOtherProperties)
	for j, p := range f.Properties {
		prefix := "p" + strconv.Itoa(j) + "."
		set(prefix+"name", p.Name)
		text, ok := plainText(p.Value)
		if !ok {
			text = p.Value
		}
		set(prefix+"value", text)
		yes(prefix+"json", !ok)
	}
	return v
}

func joinPeers(ids []fsc.PeerID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return strings.Join(texts, "\n")
}

func sortOptions(list []option) {
	slices.SortFunc(list, func(x, y option) int { return cmp.Compare(x.Value, y.Value) })
}
