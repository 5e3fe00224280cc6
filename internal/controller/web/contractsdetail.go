// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
)

// contractView is one contract.
type contractView struct {
	C              *controller.ContractDetail
	Badge, Turn    string
	Kind, Validity string
	Grants         []grantView
	Actions        []contractAction
	Parties        []partyView
	Timeline       []momentView
	Raw            string
	Signatures     []signatureView
	Reasons        []string
	Undelivered    bool
	Cannot         bool // some act can't be done now
	CLI            string
}

type grantView struct {
	Text     string
	Protocol string
	controller.Sentence
}

type contractAction struct {
	Act, Path, Label, Why string
	OK, Danger, Main      bool
}

type partyView struct {
	Peer  fsc.Peer
	Self  bool
	Parts string
	Did   []string
}

type momentView struct {
	At          time.Time
	Class, Text string
	Detail      string
}

type signatureView struct {
	Peer     fsc.Peer
	Did, JWS string
	Until    time.Time // end of the certificate
}

func (s *server) contractPage(q *request) error {
	c, err := s.cfg.Controller.Contract(q.Ctx, q.Actor, fsc.ContentHash(q.path("hash")))
	if err != nil {
		return err
	}
	return q.render("contracts_one", q.t("contracts.one.title", "services", services(&c.Contract)), newContractView(q, c))
}

func newContractView(q *request, c *controller.ContractDetail) contractView {
	v := contractView{
		C: c, Badge: stateBadge(&c.Contract), Turn: q.turnText(&c.Contract), Kind: q.t(kindKey(&c.Contract)),
		Validity: q.validityText(c.NotBefore, c.NotAfter), Reasons: q.reasons(c), CLI: "samenspel contract show " + quoted(string(c.Hash)),
		Undelivered: c.Choice("retry").OK,
	}
	for _, g := range c.Grants {
		v.Grants = append(v.Grants, q.grantView(g))
	}
	for _, ch := range c.Choices {
		if ch.Act != "retry" {
			v.Actions = append(v.Actions, q.contractAction(c, ch))
			v.Cannot = v.Cannot || !ch.OK
		}
	}
	for i := range c.Parties {
		v.Parties = append(v.Parties, q.partyView(&c.Parties[i]))
	}
	for _, m := range c.Timeline {
		v.Timeline = append(v.Timeline, q.momentView(m))
	}
	names := map[fsc.PeerID]fsc.Peer{}
	for _, p := range c.Parties {
		names[p.Peer.ID] = p.Peer
	}
	for _, sig := range c.Signatures {
		v.Signatures = append(v.Signatures, signatureView{
			Peer: names[sig.PeerID], Did: q.t("contracts.signed." + string(sig.Type)), JWS: sig.JWS, Until: sig.CertificateNotAfter,
		})
	}
	v.Raw = indented(c.Raw)
	return v
}

func (q *request) grantView(g controller.Sentence) grantView {
	v := grantView{Text: q.grantText(g), Sentence: g}
	if g.Protocol != "" {
		v.Protocol = protocolText(g.Protocol)
	}
	return v
}

// protocolText is a protocol as people know it.
func protocolText(p fsc.Protocol) string {
	if p == fsc.ProtocolHTTP2 {
		return "HTTP/2"
	}
	return "HTTP/1.1"
}

// contractAction is a button, or why it isn't there.
func (q *request) contractAction(c *controller.ContractDetail, ch controller.Choice) contractAction {
	a := contractAction{
		Act: ch.Act, OK: ch.OK, Label: q.t("contracts.act." + ch.Act), Path: contractPath(c.Hash) + "/" + ch.Act,
		Danger: ch.Act == "revoke" || ch.Act == "reject", Main: ch.Act == "accept",
	}
	if ch.Act == "copy" {
		a.Path = "/contracts/new?copy=" + string(c.Hash)
	}
	if !ch.OK {
		a.Why = q.t("contracts.why."+ch.Why, "service", visible(ch.Detail))
	}
	return a
}

func (q *request) partyView(p *controller.Party) partyView {
	v := partyView{Peer: p.Peer, Self: p.Self, Parts: q.partsText(p.Parts)}
	for _, one := range []struct {
		key string
		sig *manager.Signature
	}{{"accept", p.Accepted}, {"reject", p.Rejected}, {"revoke", p.Revoked}} {
		if one.sig != nil {
			v.Did = append(v.Did, q.t("contracts.did."+one.key, "at", formatDatetime(q.Lang, one.sig.SignedAt, location())))
		}
	}
	if p.Awaited {
		v.Did = append(v.Did, q.t("contracts.did.awaited"))
	}
	return v
}

func (q *request) momentView(m controller.Moment) momentView {
	v := momentView{At: m.At, Class: "done", Text: q.t("contracts.moment."+string(m.Kind), "peer", q.peerText(m.Peer))}
	switch {
	case m.Kind == controller.MomentDeliveryFailed, m.Kind == controller.MomentRejected, m.Kind == controller.MomentRevoked:
		v.Class = "failed"
	case m.Ahead, m.Kind == controller.MomentDeliveryWaiting:
		v.Class = "waiting"
	}
	if d := m.Delivery; d != nil {
		v.Text = q.t("contracts.moment."+string(m.Kind), "peer", q.peerText(m.Peer), "what", q.t("contracts.delivery."+string(d.Kind)))
		if d.LastError != "" {
			v.Detail = q.t("contracts.delivery.error", "attempts", d.Attempts, "error", visible(d.LastError))
		}
	}
	return v
}

// reasons tell why no rule signed a contract that waits for us.
func (q *request) reasons(c *controller.ContractDetail) []string {
	if c.Decision == nil || c.Decision.Accepts {
		return nil
	}
	return q.decisionTexts(*c.Decision)
}

// decisionTexts tell why the rules don't sign a proposal.
func (q *request) decisionTexts(d manager.Decision) []string {
	if d.Reason == manager.ReasonAgreement {
		return []string{q.agreementText(d.Detail)}
	}
	if d.Reason == manager.ReasonProperty {
		return []string{q.refusalText(d.Detail)}
	}
	if d.Reason != "" {
		return []string{q.t("contracts.reason."+string(d.Reason), "detail", visible(d.Detail))}
	}
	var out []string
	for _, g := range d.Grants {
		if g.External {
			out = append(out, q.t("contracts.reason.external"))
		}
		for _, m := range g.Misfits {
			var conditions []string
			for _, one := range m.Conditions {
				conditions = append(conditions, q.conditionText(one))
			}
			out = append(out, q.t("contracts.reason.misfit", "rule", visible(m.RuleName), "conditions", strings.Join(conditions, "; ")))
		}
	}
	return out
}

// conditionText names a condition that wasn't met; a duration is told in days.
func (q *request) conditionText(c manager.Condition) string {
	value := brief(c.Value)
	if d, err := time.ParseDuration(c.Value); err == nil && c.Field == manager.FieldMaxValidity {
		value = q.t("contracts.days", "count", int64(d/(24*time.Hour)))
	}
	return q.t("contracts.condition."+string(c.Field), "value", value)
}

func indented(raw []byte) string {
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return string(raw)
	}
	return out.String()
}

// contractContent gives the content as it was received.
func (s *server) contractContent(q *request) error {
	c, err := s.cfg.Controller.Contract(q.Ctx, q.Actor, fsc.ContentHash(q.path("hash")))
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="contract-`+fileName(string(c.Hash))+`.json"`)
	h.Set("Cache-Control", "no-store")
	if _, err := q.w.Write(c.Raw); err != nil { //nolint:gosec // G705: a file of JSON, which no browser shows
		s.cfg.Logger.DebugContext(q.Ctx, "browser went away", "error", err)
	}
	return nil
}
