// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// daysOf reads the validity of the wizard. Before the review an empty end is a
// year from now, so that only what was typed is checked.
func (q *request) daysOf(w *wizard, step int) (start, end time.Time, ok bool) {
	start, end, ok = q.validityIn(w, step == wizardSteps)
	if end.IsZero() && step < wizardSteps {
		end = q.s.cfg.Now().AddDate(1, 0, 0)
		if !end.After(start) {
			end = start.AddDate(1, 0, 0)
		}
	}
	return start, end, ok
}

func (q *request) validityIn(w *wizard, tell bool) (start, end time.Time, ok bool) {
	kept := q.form
	q.form = w.values
	before := len(q.problems)
	start, end, ok = q.validityOf("notBefore", "notAfter")
	q.form = kept
	if !tell {
		q.problems = q.problems[:before]
	}
	return start, end, ok
}

// isAboutForm tells whether an error can be mended in the form.
func (q *request) isAboutForm(err error) bool {
	return !slices.ContainsFunc(controller.FieldErrors(err), func(e *operator.Error) bool {
		return e.Kind != operator.KindInvalid
	})
}

// isRefusal tells whether the rules of the standard refuse the contract.
func (q *request) isRefusal(err error) bool {
	f, ok := errors.AsType[*fsc.Error](err)
	return ok && f.Code.HTTPStatus() < http.StatusInternalServerError
}

// reviewOf tells in words what will be signed.
func (q *request) reviewOf(w *wizard, c *controller.Contract) *wizardReview {
	r := &wizardReview{
		Validity: q.validityText(c.NotBefore, c.NotAfter), Signers: q.peersText(others(c)),
		IV: w.get("iv"), CreatedAt: w.get("createdAt"), CLI: createCLI(c),
	}
	if r.IV == "" {
		r.IV = freshIV()
		r.CreatedAt = strconv.FormatInt(q.s.cfg.Now().Unix(), 10)
	}
	for _, g := range c.Grants {
		r.Grants = append(r.Grants, q.grantView(g))
		if g.ExternalReference {
			r.Warnings = append(r.Warnings, q.t("contracts.warn.external"))
		}
		if g.Consumer.ID == q.s.self.ID && g.OutwayThumbprint != "" && g.OutwayName == "" {
			r.Warnings = append(r.Warnings, q.t("contracts.warn.outway"))
		}
	}
	for _, p := range others(c) {
		if p.Name == "" {
			r.Warnings = append(r.Warnings, q.t("contracts.warn.unknown", "peer", visible(p.ID)))
		}
	}
	return r
}

// createCLI is the command that makes the same contract; empty when it takes a file.
func createCLI(c *controller.Contract) string {
	if len(c.Grants) != 1 {
		return ""
	}
	g := c.Grants[0]
	line := "samenspel contract create --type " + grantKey(g.Type) + " --service " + shellWord(g.Service)
	add := func(flag, value string) {
		if value != "" {
			line += " --" + flag + " " + shellWord(value)
		}
	}
	add("provider", string(g.Provider.ID))
	add("consumer", string(g.Consumer.ID))
	add("delegator", string(g.Delegator.ID))
	add("service-delegator", string(g.ServiceDelegator.ID))
	add("directory", string(g.Directory.ID))
	add("thumbprint", g.OutwayThumbprint)
	add("domain", g.OutwayDomain)
	if g.Protocol == fsc.ProtocolHTTP2 {
		add("protocol", "http/2")
	}
	for _, p := range g.Properties {
		add("property", p.Name+"="+p.Value)
	}
	add("not-before", c.NotBefore.UTC().Format(time.RFC3339))
	add("not-after", c.NotAfter.UTC().Format(time.RFC3339))
	return line
}

// fillGrants makes the fields about each grant.
func (s *server) fillGrants(q *request, w *wizard, v *wizardView) error {
	known, err := s.cfg.Controller.Suggestions(q.Ctx, q.Actor)
	if err != nil {
		return err
	}
	peers := make([]string, 0, len(known.Peers))
	for _, p := range known.Peers {
		peers = append(peers, suggestion(p))
	}
	for i := range w.grants() {
		kind := w.get(grantName(i, "type"))
		t := grantOfKey(kind)
		g := wizardGrant{
			Number: i + 1, Index: i, Prefix: grantName(i, ""), Kind: kind, Connection: t.IsConnection(), Delegated: t.IsDelegated(),
			Peers: peers, Removable: w.grants() > 1, Outways: q.outwayOptions(known.Outways),
			Directories: q.directoryOptions(known.Directories, w.get(grantName(i, "directory"))),
			Protos:      []option{{string(fsc.ProtocolHTTP11), "HTTP/1.1"}, {string(fsc.ProtocolHTTP2), "HTTP/2"}},
			Services:    serviceSuggestions(known, t, oinOf(w.get(grantName(i, "provider")))),
		}
		for j := range w.propertyRows(i) {
			g.Properties = append(g.Properties, grantName(i, "p"+strconv.Itoa(j)+"."))
		}
		v.Grants = append(v.Grants, g)
	}
	v.CanAdd = w.grants() < maxWizardGrants
	return nil
}

// suggestion names an organisation so that oinOf reads it back.
func suggestion(p fsc.Peer) string {
	if p.Name == "" {
		return string(p.ID)
	}
	return brief(p.Name) + " (" + string(p.ID) + ")"
}

func serviceSuggestions(known *controller.Suggestions, t fsc.GrantType, provider string) []string {
	if t.IsPublication() {
		return known.OwnServices
	}
	var names []string
	for _, s := range known.Services {
		if provider == "" || string(s.Provider.ID) == provider {
			names = append(names, s.Name)
		}
	}
	if provider == "" {
		names = append(names, known.OwnServices...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (q *request) outwayOptions(own []controller.Outway) []option {
	var out []option
	for _, o := range own {
		out = append(out, option{o.PublicKeyThumbprint, q.t("contracts.outway.own", "name", o.Name, "thumbprint", shorten(o.PublicKeyThumbprint))})
	}
	return append(out, option{otherOutway, q.t("contracts.outway.other")})
}

func (q *request) directoryOptions(known []fsc.Peer, chosen string) []option {
	var out []option
	for _, d := range known {
		out = append(out, option{string(d.ID), q.peerText(d)})
	}
	if chosen != "" && !slices.ContainsFunc(out, func(o option) bool { return o.Value == chosen }) {
		out = append(out, option{chosen, visible(chosen)})
	}
	return out
}
