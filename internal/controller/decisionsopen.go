// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

// DecisionForm is what somebody lets others decide.
type DecisionForm struct {
	Group       deed.Hash
	Title, Text string
	// About are deeds that it is about, like a framework; may be empty. They stand in
	// the decision as its parents.
	About    []deed.Hash
	ClosesAt time.Time
	// Document is what is decided about; nil: what Text says.
	Document *DocumentForm
	// Method empty: majority. Quorum and Threshold nil: those of [rule.NewDecision].
	Method            rule.Method
	Quorum, Threshold *rule.Share
}

// StanceForm is what this Peer says of a proposal.
type StanceForm struct {
	Kind     rule.StanceKind `json:"stance"`
	Reason   string          `json:"reason,omitempty"`
	Proposal string          `json:"proposal,omitempty"`
	Code     rule.NotNowCode `json:"code,omitempty"`
	Proxy    fsc.PeerID      `json:"proxy,omitempty"`
}

// OpenDecision lets the voting members of a group decide. The electorate and the
// weight of each are fixed now: one organisation, one voice, and its inhabitants.
func (c *Controller) OpenDecision(ctx context.Context, a operator.Actor, f DecisionForm) (deed.Hash, error) {
	v, _, err := c.within(ctx, a, f.Group, dossier.TypeGroup)
	if err != nil {
		return "", err
	}
	return c.seal(ctx, a, operator.Event{Act: actOpenDecision, Object: string(f.Group)}, func(desk *collective.Desk) (deed.Draft, deed.Role, error) {
		if f.ClosesAt.IsZero() || !f.ClosesAt.After(c.cfg.Now()) {
			return deed.Draft{}, "", invalid("closesAt", "choose a moment in the future at which the decision closes")
		}
		r := rule.NewDecision(c.electorate(v, f.Group), f.ClosesAt.Unix())
		if f.Method != "" {
			r.Method = f.Method
		}
		if f.Quorum != nil {
			r.Quorum = *f.Quorum
		}
		if f.Threshold != nil {
			r.Threshold = *f.Threshold
		}
		if len(r.Electorate) == 0 {
			return deed.Draft{}, "", &operator.Error{Kind: operator.KindConflict, Text: "the group has no voting members yet"}
		}
		raw, err := r.Raw()
		if err != nil {
			return deed.Draft{}, "", invalid("rule", err.Error())
		}
		body, err := json.Marshal(dossier.Decision{Title: f.Title, Text: f.Text, Document: f.Document.hash()})
		return deed.Draft{
			Type: dossier.TypeDecision, Parents: append([]deed.Hash{f.Group}, f.About...), Body: body,
			Rule:    deed.Rule{Kind: deed.RuleThreshold, Decision: raw},
			Annexes: c.annex(f.Document),
			Parties: []deed.Party{{PeerID: desk.Self(), Role: dossier.RoleInitiator}},
		}, dossier.RoleInitiator, err
	})
}

// electorate lists the voting members of a group with their inhabitants. A body
// has no vote beside those who take part in it.
func (c *Controller) electorate(v *rule.View, group deed.Hash) []rule.Voter {
	participants := map[string][]string{}
	for _, arrangement := range c.cfg.Register.Arrangements() {
		if arrangement.BodyOIN == "" {
			continue
		}
		for _, p := range arrangement.Members {
			if m, ok := c.cfg.Register.Municipality(p.Code); ok {
				participants[arrangement.BodyOIN] = append(participants[arrangement.BodyOIN], m.OIN)
			}
		}
	}
	var seats []register.Seat
	for _, m := range children(v, group, dossier.TypeMembership) {
		member := string(dossier.Member(m.Deed))
		taken := slices.ContainsFunc(seats, func(s register.Seat) bool { return s.Member == member })
		if m.CompleteAt != 0 && !m.Final && !taken {
			seats = append(seats, register.Seat{Member: member, Class: classOf(m.Deed)})
		}
	}
	var out []rule.Voter
	for _, id := range register.Electorate(seats, func(member string) []string { return participants[member] }) {
		out = append(out, rule.Voter{PeerID: fsc.PeerID(id), Inhabitants: int64(c.inhabitants(fsc.PeerID(id)))})
	}
	return out
}

// StateStance says what this Peer thinks of a proposal; the last word before the
// closing counts.
func (c *Controller) StateStance(ctx context.Context, a operator.Actor, decision deed.Hash, f StanceForm) (deed.Hash, error) {
	if _, _, err := c.within(ctx, a, decision, dossier.TypeDecision); err != nil {
		return "", err
	}
	return c.seal(ctx, a, operator.Event{Act: actStateStance, Object: string(decision)}, func(desk *collective.Desk) (deed.Draft, deed.Role, error) {
		if err := f.check(); err != nil {
			return deed.Draft{}, "", err
		}
		body, err := json.Marshal(f)
		return deed.Draft{
			Type: rule.TypeStance, Parents: []deed.Hash{decision}, Rule: deed.Rule{Kind: deed.RuleOne}, Body: body,
			Parties: []deed.Party{{PeerID: desk.Self(), Role: rule.RoleVoter}},
		}, rule.RoleVoter, err
	})
}

// check names the field that is wrong; what doesn't go with the stance is left out.
func (f *StanceForm) check() error {
	if f.Kind != rule.Object {
		f.Proposal = ""
	}
	if f.Kind != rule.Object && f.Kind != rule.NotNow {
		f.Reason = ""
	}
	if f.Kind != rule.NotNow {
		f.Code = ""
	}
	if f.Kind != rule.ByProxy {
		f.Proxy = ""
	}
	switch {
	case !slices.Contains([]rule.StanceKind{rule.Agree, rule.Abstain, rule.Object, rule.NotNow, rule.ByProxy}, f.Kind):
		return invalid("stance", "choose agree, abstain, object, not_now or by_proxy")
	case f.Kind == rule.NotNow && !slices.Contains(rule.NotNowCodes(), f.Code):
		return invalid("code", "choose why not now")
	case f.Kind == rule.NotNow && f.Code == rule.NotNowOther && f.Reason == "":
		return invalid("reason", "say why not now")
	case f.Kind == rule.ByProxy && !deed.ValidPeer(f.Proxy):
		return invalid("proxy", "choose the organisation that speaks for this one")
	}
	return nil
}
