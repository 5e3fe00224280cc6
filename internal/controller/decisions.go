// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

const (
	actOpenDecision = "decision.open"
	actStateStance  = "stance.state"
)

// DecisionLine is a decision of several organisations in a list.
type DecisionLine struct {
	DeedState
	Title     string
	Group     deed.Hash // empty for one outside a group
	GroupName string
	ClosesAt  time.Time
	// Voters is how many decide, Stated how many of them have stated a stance.
	Voters, Stated int
	// OurVote tells that we are one of them, and OurStance what we said; empty: nothing.
	OurVote   bool
	OurStance rule.StanceKind
}

// DecisionDetail is a decision with its count.
type DecisionDetail struct {
	DecisionLine
	Text      string
	Initiator fsc.Peer
	Rule      rule.Decision
	// Outcome is the count at the closing, or as it would be now; Counted tells
	// which. What is counted before the closing can still change.
	Outcome rule.Outcome
	Counted bool
	// Why are the reasons of the outcome.
	Why    []Because
	Voices []Voice
	Silent []fsc.Peer // who can speak and has not
	// NotNow counts the reasons of who doesn't take part now.
	NotNow []CodeCount
	// MayState tells that this person can state our stance now.
	MayState bool
}

// Voice is the stance that counts for one organisation.
type Voice struct {
	Peer        fsc.Peer
	Inhabitants int64
	Kind        rule.StanceKind
	Code        rule.NotNowCode
	Reason      string
	Proposal    string
	By          fsc.Peer // ID empty: it spoke itself
}

// CodeCount is how often a reason was given.
type CodeCount struct {
	Code  rule.NotNowCode
	Count int
}

// Decisions lists the decisions that this node knows, newest first; with open only
// those that take stances.
func (c *Controller) Decisions(ctx context.Context, a operator.Actor, open bool, p Place) (Window[DecisionLine], error) {
	var none Window[DecisionLine]
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return none, err
	}
	f := collective.StateFilter{Types: []deed.Type{dossier.TypeDecision}}
	if open {
		f.States = []rule.State{rule.Open}
	}
	states, err := desk.States(ctx, f)
	if err != nil {
		return none, err
	}
	w := cut(states, func(s collective.State) string { return string(s.Deed) }, p)
	out := Window[DecisionLine]{Total: w.Total, Next: w.Next, Previous: w.Previous}
	for _, s := range w.Items {
		v, status, err := c.folded(ctx, s)
		if err != nil {
			return none, err
		}
		line, err := c.decisionLine(ctx, v, status)
		if err != nil {
			return none, err
		}
		out.Items = append(out.Items, *line)
	}
	return out, nil
}

func (c *Controller) decisionLine(ctx context.Context, v *rule.View, s rule.Status) (*DecisionLine, error) {
	k, err := c.clerkFor(ctx, nil, s)
	if err != nil {
		return nil, err
	}
	d := &DecisionLine{DeedState: k.state(s), Title: titleOf(v, s)}
	for _, h := range s.Deed.Parents {
		if t, err := h.Type(); err == nil && t == dossier.TypeGroup {
			d.Group = h
			if g, ok := v.Status(h); ok {
				d.GroupName = titleOf(v, g)
			}
		}
	}
	r, err := rule.ParseDecision(s.Deed.Rule.Decision)
	if err != nil {
		return d, nil //nolint:nilerr // void: the reasons say so
	}
	stances := stancesOn(v, s.Deed.Hash())
	d.ClosesAt, d.Voters, d.Stated = instant(r.ClosesAt), len(r.Electorate), len(stances)
	d.OurVote, d.OurStance = r.Votes(c.Self().ID), stances[c.Self().ID].Kind
	return d, nil
}

// stancesOn gives the stance of each voter that stands now: the last that was
// received, if it wasn't revoked.
func stancesOn(v *rule.View, decision deed.Hash) map[fsc.PeerID]rule.Stance {
	last := map[fsc.PeerID]rule.Status{}
	for _, s := range children(v, decision, rule.TypeStance) {
		if s.CompleteAt == 0 || s.State == rule.Refused || len(s.Deed.Parties) == 0 {
			continue
		}
		by := s.Deed.Parties[0].PeerID
		was, ok := last[by]
		if !ok || was.CompleteAt < s.CompleteAt || was.CompleteAt == s.CompleteAt && was.Number < s.Number {
			last[by] = s
		}
	}
	out := map[fsc.PeerID]rule.Stance{}
	for by, s := range last {
		if stance, err := rule.ParseStance(s.Deed.Body); err == nil && s.State == rule.InForce {
			out[by] = stance
		}
	}
	return out
}

// Decision gives one decision with its count.
func (c *Controller) Decision(ctx context.Context, a operator.Actor, h deed.Hash) (*DecisionDetail, error) {
	v, s, err := c.within(ctx, a, h, dossier.TypeDecision)
	if err != nil {
		return nil, err
	}
	line, err := c.decisionLine(ctx, v, s)
	if err != nil {
		return nil, err
	}
	d := &DecisionDetail{DecisionLine: *line}
	body, err := dossier.ReadDecision(s.Deed)
	if err != nil {
		return d, nil //nolint:nilerr // void: the reasons say so
	}
	r, err := rule.ParseDecision(s.Deed.Rule.Decision)
	if err != nil {
		return d, nil //nolint:nilerr // likewise
	}
	d.Text, d.Rule = body.Text, *r
	if d.Counted = s.Outcome != nil; d.Counted {
		d.Outcome = *s.Outcome
	} else {
		d.Outcome = r.Count(stancesOn(v, h))
	}
	d.MayState = s.State == rule.Open && d.OurVote && c.sees(a, operator.PermissionSign)
	return d, c.voices(ctx, s, d)
}

// voices adds who said what, with names.
func (c *Controller) voices(ctx context.Context, s rule.Status, d *DecisionDetail) error {
	var ids []fsc.PeerID
	for _, v := range d.Rule.Electorate {
		ids = append(ids, v.PeerID)
	}
	k, err := c.clerkFor(ctx, ids, s)
	if err != nil {
		return err
	}
	for _, p := range s.Deed.PeersInRole(dossier.RoleInitiator) {
		d.Initiator = k.peer(p)
	}
	d.Why = k.reasons(d.Outcome.Reasons)
	spoke, codes := map[fsc.PeerID]bool{}, map[rule.NotNowCode]int{}
	for _, v := range d.Outcome.Voices {
		one := Voice{
			Peer: k.peer(v.Voter.PeerID), Inhabitants: v.Voter.Inhabitants, Kind: v.Stance.Kind, Code: v.Stance.Code,
			Reason: v.Stance.Reason, Proposal: v.Stance.Proposal,
		}
		if v.By != v.Voter.PeerID {
			one.By = k.peer(v.By)
		}
		spoke[v.Voter.PeerID] = true
		if v.Stance.Code != "" {
			codes[v.Stance.Code]++
		}
		d.Voices = append(d.Voices, one)
	}
	for _, id := range ids {
		if !spoke[id] {
			d.Silent = append(d.Silent, k.peer(id))
		}
	}
	d.NotNow = codeCounts(codes)
	return nil
}

func codeCounts(counted map[rule.NotNowCode]int) []CodeCount {
	var out []CodeCount
	for _, code := range rule.NotNowCodes() {
		if n := counted[code]; n > 0 {
			out = append(out, CodeCount{code, n})
		}
	}
	return out
}
